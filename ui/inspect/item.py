"""The canvas item that puts two pictures together."""

from __future__ import annotations

from typing import Callable

from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QTextOption,
)
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ..qt.guard import ends_on_failure
from .map_picture import MapPicture
from .pattern import checker_path, swipe_path
from .state import (
    CHECKER,
    FLICKER,
    OVERLAID,
    REDCYAN,
    SWIPES,
    TOGGLE,
    View,
    share_of_second,
    swipe_is_vertical,
)

_RED, _CYAN = QColor(255, 0, 0), QColor(0, 255, 255)
#: Half the length of the swipe handle's box, in pixels.
_GRIP_PX = 9
#: Room around and inside the boxes that name what is shown, in pixels.
_MARGIN_PX, _PAD_PX = 10, 5


class CompareItem(QgsMapCanvasItem):
    """Covers the map with the comparison of two pictures.

    Args:
        canvas: the map.
        failed: gets what went wrong where painting breaks down.
    """

    def __init__(self, canvas: QgsMapCanvas, failed: Callable[[Exception], None]):
        super().__init__(canvas)
        self._canvas, self.fail = canvas, failed
        self.setZValue(30)
        self.view = View()
        self.second_shown = False
        self.names = ("", "")
        self.pictures: list[MapPicture | None] = [None, None, None]

    def updatePosition(self) -> None:
        """Follow the map."""
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the whole canvas."""
        return QRectF(self._canvas.viewport().rect())

    @ends_on_failure
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem | None = None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw; called by the canvas."""
        first, second, under = self.pictures
        if first is None or second is None:
            return
        area, mode = self.boundingRect(), self.view.mode
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if mode == REDCYAN:
            self._paint_red_cyan(painter, first, second)
            return
        self._paint_ground(painter, under)
        share = share_of_second(self.view, self.second_shown)
        divided = mode == CHECKER or mode in SWIPES
        if divided or share < 1.0:
            self._paint_picture(painter, first, 1.0)
        painter.save()
        if divided:
            painter.setClipPath(self._part_of_second(area))
            self._paint_ground(painter, under)
        if share > 0.0:
            self._paint_picture(painter, second, share)
        painter.restore()
        if mode in SWIPES:
            self._paint_edge(painter, area)
        self._paint_names(painter, area)

    def _part_of_second(self, area: QRectF) -> QPainterPath:
        if self.view.mode == CHECKER:
            return checker_path(area, self.view.cell_px)
        return swipe_path(area, self.view.position, swipe_is_vertical(self.view))

    def _paint_ground(self, painter: QPainter, under: MapPicture | None) -> None:
        painter.fillRect(self.boundingRect(), self._canvas.canvasColor())
        if under is not None and self.view.mode in OVERLAID:
            under.draw(painter, self)

    def _paint_picture(
        self, painter: QPainter, picture: MapPicture, share: float
    ) -> None:
        over = self.view.mode in OVERLAID and self.pictures[2] is not None
        painter.setOpacity(share * (self.view.opacity if over else 1.0))
        picture.draw(painter, self)
        painter.setOpacity(1.0)

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        """Say on the map which image is where."""
        other = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        first = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        if self.view.mode in SWIPES:
            if not swipe_is_vertical(self.view):
                other = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            self._paint_name(painter, area, self.names[0], first)
            self._paint_name(painter, area, self.names[1], other)
        elif self.view.mode in (FLICKER, TOGGLE):
            name = self.names[1 if self.second_shown else 0]
            self._paint_name(painter, area, name, first)

    def _paint_name(
        self, painter: QPainter, area: QRectF, name: str, where: Qt.AlignmentFlag
    ) -> None:
        if not name:
            return
        painter.setFont(self._canvas.font())
        room = area.adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        inner = room.adjusted(_PAD_PX, _PAD_PX, -_PAD_PX, -_PAD_PX)
        box = painter.boundingRect(inner, name, QTextOption(where))
        box.adjust(-_PAD_PX, -_PAD_PX, _PAD_PX, _PAD_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor("#ffffff"))
        centred = QTextOption(Qt.AlignmentFlag.AlignCenter)
        painter.drawText(box, name, centred)

    def _paint_red_cyan(
        self, painter: QPainter, first: MapPicture, second: MapPicture
    ) -> None:
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
