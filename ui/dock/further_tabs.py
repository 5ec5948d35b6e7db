"""The dock's further tabs: control points and live comparison."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject

from ..click import ClickPanel, ClickTool
from ..inspect import Inspector, InspectPanel
from ..layers.inputs import file_path
from ..qt.i18n import tr
from ..qt.later import later
from ..qt.widgets import TallScroll
from .click_jobs import DockJobs
from .dock import RegisterDock

#: A dock that is docked elsewhere is out of sight for less than this.
HIDDEN_AFTER_MS = 100


class FurtherTabs(QObject):
    """Puts the tools into two more tabs of the dock, behind that of its form.

    Args:
        dock: where the pair is chosen.
        canvas: the map.
    """

    def __init__(self, dock: RegisterDock, canvas: QgsMapCanvas):
        super().__init__(dock)
        self._dock, self._pair = dock, ("", "")
        self.jobs = DockJobs(dock)
        self.tool = ClickTool(canvas, dock.engine, self.jobs)
        self.points = ClickPanel(self.tool)
        self.inspector = Inspector(canvas)
        self.compare = InspectPanel(self.inspector)
        self.tabs = dock.tabs
        for panel, title, topic in (
            (self.points, tr("Points"), "points"),
            (self.compare, tr("Compare"), "compare"),
        ):
            self.tabs.add(TallScroll(panel, title), title, topic)
        dock.pairChanged.connect(self._follow)
        dock.resultReady.connect(self._show_result)
        self._hidden = later(self, HIDDEN_AFTER_MS, self._end_hidden)
        dock.visibilityChanged.connect(self._follow_dock)
        dock.panel.compareWanted.connect(self.compare_result)
        self.tool.session.applied.connect(self._show_result)
        self._follow()

    def close_down(self) -> None:
        """Take everything off the map and end all requests."""
        self._dock.pairChanged.disconnect(self._follow)
        self._dock.resultReady.disconnect(self._show_result)
        self._dock.visibilityChanged.disconnect(self._follow_dock)
        self._hidden.stop()
        self.inspector.stop()
        self.compare.close_down()
        self.tool.close_down()
        self.jobs.close_down()

    def compare_result(self) -> None:
        """Show the comparison of reference and result on the map."""
        self.tabs.setCurrentIndex(2)
        self.compare.switch.setChecked(True)

    def _follow(self) -> None:
        """Change over to the pair that is chosen in the form."""
        self.tool.follow()
        optical, sar = self._dock.optical_layer, self._dock.sar_layer
        pair = (optical.id() if optical else "", sar.id() if sar else "")
        # Other changes of the form, or the end of a run, leave the comparison alone.
        if pair != self._pair and not self.inspector.is_on:
            self._pair = pair
            self.compare.choose(optical, sar)

    def _show_result(self, result: dict[str, Any] | None) -> None:
        """Offer the registered image for comparison."""
        path = result["files"].get("registered", "") if result else ""
        if not path or self.inspector.is_on:
            return
        pair = [self._dock.sar_layer, self._dock.optical_layer]
        if self._dock.choice.settings.moving != "sar":
            pair.reverse()
        for layer in QgsProject.instance().mapLayers().values():
            if file_path(layer) == path:
                self.compare.choose(pair[1], layer)
                self.compare.choose_placements(pair[0], layer, pair[1])

    def _follow_dock(self, visible: bool) -> None:
        if not visible:
            self._hidden.start()

    def _end_hidden(self) -> None:
        """Give the map back when the dock is closed, not when a tab covers it."""
        if self._dock.isHidden():
            self.inspector.stop()
