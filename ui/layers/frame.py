"""The outline of a rectangle on the map."""

from __future__ import annotations

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsGeometry,
    QgsRectangle,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtGui import QColor

from .change import change_between, stay

_LINE, _FILL = QColor(230, 97, 0), QColor(230, 97, 0, 25)
_WIDTH_PX = 2
#: Each side is cut into so many parts, as it bends in another CRS.
_PARTS = 20


class Frame:
    """Shows one rectangle at a time, whatever the CRS of the map.

    Args:
        canvas: the map.
    """

    def __init__(self, canvas: QgsMapCanvas):
        self._canvas = canvas
        self._box: QgsRectangle | None = None
        self._crs = QgsCoordinateReferenceSystem()
        self._on = True
        self._band: QgsRubberBand | None = None
        canvas.destinationCrsChanged.connect(self._draw)

    def show(self, box: QgsRectangle | None, crs: QgsCoordinateReferenceSystem) -> None:
        """Show a rectangle from now on, None for none."""
        self._box, self._crs = box, crs
        self._draw()

    def switch(self, on: bool) -> None:
        """Show it, or hide it for a while."""
        self._on = on
        self._draw()

    def close_down(self) -> None:
        """Take it off the map."""
        self._canvas.destinationCrsChanged.disconnect(self._draw)
        self._box = None
        self._draw()

    def _draw(self) -> None:
        band, self._band = self._band, None
        if band is not None and band.scene() is not None:
            band.scene().removeItem(band)
        if self._box is None or not self._on:
            return
        target = self._canvas.mapSettings().destinationCrs()
        outline = QgsGeometry.fromRect(self._box).densifyByCount(_PARTS)
        try:
            if not stay(self._crs, target):
                outline.transform(change_between(self._crs, target))
        except QgsCsException:
            # It lies where this map does not reach.
            return
        band = QgsRubberBand(self._canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
        band.setStrokeColor(_LINE)
        band.setFillColor(_FILL)
        band.setWidth(_WIDTH_PX)
        band.setToGeometry(outline)
        self._band = band
