"""A picture of the map that is drawn where it belongs while the map moves on."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.core import QgsMapSettings, QgsPointXY
from qgis.gui import QgsMapCanvasItem
from qgis.PyQt.QtCore import QPointF, Qt
from qgis.PyQt.QtGui import QImage, QPainter, QTransform

from ..qt.pool import repainted


@dataclass(frozen=True)
class MapPicture:
    """An image with its place on the map.

    Args:
        image: what was drawn.
        corners: map positions of the upper left, upper right, lower right and
            lower left corner.
        crs: authority id of the map's CRS at that time.
    """

    image: QImage
    corners: tuple[QgsPointXY, ...]
    crs: str

    def grey(self) -> MapPicture:
        """Return the same without colours, black where nothing was drawn."""
        shown = QImage(self.image.size(), QImage.Format.Format_RGB32)
        shown.fill(Qt.GlobalColor.black)
        image = QImage(self.image)
        image.setDevicePixelRatio(1.0)
        painter = QPainter(shown)
        painter.drawImage(0, 0, image)
        painter.end()
        grey = repainted(shown, QImage.Format.Format_Grayscale8)
        return MapPicture(grey, self.corners, self.crs)

    def draw(self, painter: QPainter, item: QgsMapCanvasItem) -> None:
        """Draw the image where its corners are now."""
        first, right, _, low = (
            QPointF(item.toCanvasCoordinates(p)) for p in self.corners
        )
        across = (right - first) / max(self.image.width(), 1)
        down = (low - first) / max(self.image.height(), 1)
        place = QTransform(
            across.x(), across.y(), down.x(), down.y(), first.x(), first.y()
        )
        image = QImage(self.image)
        image.setDevicePixelRatio(1.0)
        painter.save()
        painter.setTransform(place, True)
        painter.drawImage(QPointF(0, 0), image)
        painter.restore()


def canvas_corners(settings: QgsMapSettings) -> tuple[QgsPointXY, ...]:
    """Return the map positions of the corners of a map's picture, clockwise."""
    width = settings.outputSize().width()
    height = settings.outputSize().height()
    to_map = settings.mapToPixel()
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    return tuple(to_map.toMapCoordinates(x, y) for x, y in corners)
