"""The map tool that was in use before one of ours, and its return."""

from __future__ import annotations

from qgis.gui import QgsMapCanvas, QgsMapTool
from qgis.PyQt import sip


class EarlierTool:
    """Puts a map tool on the canvas, and the one before it back.

    Args:
        canvas: the map.
    """

    def __init__(self, canvas: QgsMapCanvas):
        self._canvas = canvas
        self._before: QgsMapTool | None = None

    def replace_by(self, tool: QgsMapTool) -> None:
        """Make a tool the canvas's and remember the one that was."""
        before = self._canvas.mapTool()
        if before is not tool:
            self._before = before
        self._canvas.setMapTool(tool)

    def give_back(self, tool: QgsMapTool) -> None:
        """Put the earlier tool back, if the canvas still has ours."""
        before, self._before = self._before, None
        if self._canvas.mapTool() is not tool:
            return
        self._canvas.unsetMapTool(tool)
        if before is not None and not sip.isdeleted(before):
            self._canvas.setMapTool(before)
