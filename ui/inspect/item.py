"""The canvas item that puts two pictures together."""

from __future__ import annotations

from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget

from .framed import Framed
from .pattern import checker_path, swipe_path
from .state import CHECKER, REDCYAN, SWIPES, View, share_of_second, swipe_is_vertical

_RED, _CYAN = QColor(255, 0, 0), QColor(0, 255, 255)
#: Half the length of the swipe handle's box, in pixels.
_GRIP_PX = 9


class CompareItem(QgsMapCanvasItem):
    """Covers the map with the comparison of two pictures."""

    def __init__(self, canvas: QgsMapCanvas):
        super().__init__(canvas)
        self._canvas = canvas
        self.setZValue(30)
        self.view = View()
        self.second_shown = False
        self.pictures: list[Framed | None] = [None, None]

    def updatePosition(self) -> None:
        """Follow the map."""
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the whole canvas."""
        return QRectF(self._canvas.viewport().rect())

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem | None = None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw; called by the canvas."""
        first, second = self.pictures
        if first is None or second is None:
            return
        area = self.boundingRect()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.view.mode == REDCYAN:
            self._paint_red_cyan(painter, first, second)
            return
        painter.fillRect(area, self._canvas.canvasColor())
        share = share_of_second(self.view, self.second_shown)
        divided = self.view.mode == CHECKER or self.view.mode in SWIPES
        if divided or share < 1.0:
            first.draw(painter, self)
        painter.save()
        if self.view.mode == CHECKER:
            painter.setClipPath(checker_path(area, self.view.cell_px))
            painter.fillRect(area, self._canvas.canvasColor())
        elif self.view.mode in SWIPES:
            upright = swipe_is_vertical(self.view)
            painter.setClipPath(swipe_path(area, self.view.position, upright))
            painter.fillRect(area, self._canvas.canvasColor())
        elif share > 0.0:
            painter.setOpacity(share)
        if share > 0.0:
            second.draw(painter, self)
        painter.restore()
        if self.view.mode in SWIPES:
            self._paint_edge(painter, area)

    def _paint_red_cyan(self, painter: QPainter, first: Framed, second: Framed) -> None:
        """Show the first picture in red and the second in green and blue."""
        size = self.boundingRect().size().toSize()
        ratio = self._canvas.devicePixelRatioF()
        total = QImage(size * ratio, QImage.Format.Format_RGB32)
        total.setDevicePixelRatio(ratio)
        total.fill(Qt.GlobalColor.black)
        for framed, colour in ((first, _RED), (second, _CYAN)):
            layer = QImage(total.size(), QImage.Format.Format_RGB32)
            layer.setDevicePixelRatio(ratio)
            layer.fill(Qt.GlobalColor.black)
            ink = QPainter(layer)
            ink.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            framed.grey().draw(ink, self)
            ink.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
            ink.fillRect(self.boundingRect(), colour)
            ink.end()
            sum_up = QPainter(total)
            sum_up.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
            sum_up.drawImage(0, 0, layer)
            sum_up.end()
        painter.drawImage(0, 0, total)

    def _paint_edge(self, painter: QPainter, area: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if swipe_is_vertical(self.view):
            x = self.view.position * area.width()
            start, stop = QPointF(x, 0), QPointF(x, area.height())
            along, across = QPointF(0, 1), QPointF(1, 0)
        else:
            y = self.view.position * area.height()
            start, stop = QPointF(0, y), QPointF(area.width(), y)
            along, across = QPointF(1, 0), QPointF(0, 1)
        for colour, width in ((QColor(0, 0, 0, 120), 4.0), (QColor("#ffffff"), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(start, stop)
        middle = (start + stop) / 2
        painter.setPen(QPen(QColor(0, 0, 0, 140), 1.0))
        painter.setBrush(QColor("#ffffff"))
        painter.drawEllipse(middle, _GRIP_PX + 3, _GRIP_PX + 3)
        painter.setBrush(QColor(40, 40, 40))
        painter.setPen(Qt.PenStyle.NoPen)
        for sign in (-1, 1):
            tip = middle + across * (sign * _GRIP_PX)
            foot = middle + across * (sign * 3)
            head = QPolygonF([tip, foot + along * 4, foot - along * 4])
            painter.drawPolygon(head)
