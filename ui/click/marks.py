"""What the map tool draws on the canvas: points, arrows, what is asked, a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qgis.core import QgsCoordinateTransform, QgsCsException, QgsPointXY, QgsProject
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QPointF, QRectF, QSizeF, Qt
from qgis.PyQt.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QTextOption,
)
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ..i18n import tr
from ..styles import CLASSES
from .points import XY, ControlPoint, PointList

#: Radius of a point's handles, and how near a click has to be, in pixels.
HANDLE_PX, CATCH_PX = 6.0, 10.0
#: Side of the small picture on the map, and its distance from the place.
PICTURE_PX, PICTURE_GAP_PX = 160, 18
_SURE, _FAIR, _WEAK = QColor("#1a9850"), QColor("#f9a602"), QColor("#d7191c")
_HAND, _OFF = QColor("#3a56d4"), QColor("#909090")
_INK = QColor(20, 20, 20, 220)


def confidence_colour(confidence: float) -> QColor:
    """Return green, amber or red."""
    if confidence >= 0.8:
        return _SURE
    return _FAIR if confidence >= 0.5 else _WEAK


def point_colour(point: ControlPoint, points: PointList) -> QColor:
    """Return the colour of a point: by residual once fitted, else by confidence."""
    if not point.enabled:
        return _OFF
    fit = points.fit
    if fit is not None and point.number in fit.residuals and len(points.enabled) > 3:
        px = fit.residuals[point.number].px
        return QColor(next(colour for high, colour in CLASSES if px < high))
    return _HAND if point.by_hand else confidence_colour(point.confidence)


@dataclass(frozen=True)
class Picture:
    """The small checkerboard and what is written under it.

    Args:
        image: of the aligned window.
        at: map position of the place it belongs to.
        text: one line or two.
    """

    image: QImage
    at: XY
    text: str


class Marks(QgsMapCanvasItem):
    """Draws all of the map tool; covers the canvas, never catches the mouse."""

    def __init__(self, canvas: QgsMapCanvas, points: PointList):
        super().__init__(canvas)
        self._canvas, self._points = canvas, points
        self.setZValue(90)
        self.waiting: list[XY] = []
        self.refused: list[XY] = []
        self.pinned: XY | None = None
        self.pointer: XY | None = None
        self.dragged: ControlPoint | None = None
        self.picture: Picture | None = None
        points.changed.connect(self.redraw)
        points.fitted.connect(self.redraw)

    def close_down(self) -> None:
        """Take it off the canvas."""
        self._points.changed.disconnect(self.redraw)
        self._points.fitted.disconnect(self.redraw)
        if self.scene() is not None:
            self.scene().removeItem(self)

    def redraw(self) -> None:
        """Draw again soon."""
        self.update()

    def updatePosition(self) -> None:
        """Follow the map."""
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the whole canvas."""
        return QRectF(self._canvas.viewport().rect())

    def find(self, place: QPointF) -> tuple[ControlPoint, str] | None:
        """Return the point and the end ("ref" or "mov") under the mouse."""
        best, distance = None, CATCH_PX
        for point in reversed(self._points.points):
            for end in ("ref", "mov"):
                at = self.on_canvas(getattr(point, end))
                off = math.hypot(at.x() - place.x(), at.y() - place.y())
                if off < distance:
                    best, distance = (point, end), off
        return best

    def on_canvas(self, xy: XY) -> QPointF:
        """Return where a position of the list's CRS is on the canvas, in pixels."""
        canvas_crs = self._canvas.mapSettings().destinationCrs()
        at = QgsPointXY(*xy)
        crs = self._points.crs
        if crs.isValid() and canvas_crs.isValid() and crs != canvas_crs:
            change = QgsCoordinateTransform(crs, canvas_crs, QgsProject.instance())
            try:
                at = change.transform(at)
            except QgsCsException:
                return QPointF(-1e4, -1e4)
        return self.toCanvasCoordinates(at)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem | None = None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw; called by the canvas."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for point in self._points.points:
            if self.dragged is None or self.dragged.number != point.number:
                self._draw_point(painter, point)
        if self.dragged is not None:
            self._draw_point(painter, self.dragged)
        for xy in self.waiting:
            self._draw_waiting(painter, self.on_canvas(xy))
        for xy in self.refused:
            self._draw_cross(painter, self.on_canvas(xy))
        if self.pinned is not None:
            self._draw_pinned(painter)
        if self.picture is not None:
            self._draw_picture(painter, self.picture)

    def _draw_point(self, painter: QPainter, point: ControlPoint) -> None:
        mov, ref = self.on_canvas(point.mov), self.on_canvas(point.ref)
        colour = point_colour(point, self._points)
        selected = point.number == self._points.selected
        _draw_arrow(painter, mov, ref, colour)
        painter.setPen(QPen(Qt.GlobalColor.white, 3.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(mov, 3.5, 3.5)
        painter.setPen(QPen(colour, 1.8))
        painter.drawEllipse(mov, 3.5, 3.5)
        painter.setPen(QPen(Qt.GlobalColor.white, 2.0))
        painter.setBrush(colour if point.enabled else QColor(255, 255, 255, 160))
        painter.drawEllipse(ref, HANDLE_PX, HANDLE_PX)
        if selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(_INK, 1.6))
            painter.drawEllipse(ref, HANDLE_PX + 3.5, HANDLE_PX + 3.5)
        self._draw_text(painter, ref + QPointF(10, -9), str(point.number))

    def _draw_waiting(self, painter: QPainter, at: QPointF) -> None:
        for colour, width in ((QColor(255, 255, 255, 230), 4.5), (_INK, 1.8)):
            pen = QPen(colour, width)
            pen.setStyle(Qt.PenStyle.SolidLine if width > 2 else Qt.PenStyle.DotLine)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, 9, 9)

    def _draw_cross(self, painter: QPainter, at: QPointF) -> None:
        for colour, width in ((QColor(255, 255, 255, 230), 5.0), (_WEAK, 2.4)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(at + QPointF(-6, -6), at + QPointF(6, 6))
            painter.drawLine(at + QPointF(-6, 6), at + QPointF(6, -6))

    def _draw_pinned(self, painter: QPainter) -> None:
        start = self.on_canvas(self.pinned)
        if self.pointer is not None:
            _draw_arrow(painter, start, self.on_canvas(self.pointer), _HAND)
        painter.setPen(QPen(Qt.GlobalColor.white, 2.0))
        painter.setBrush(_HAND)
        painter.drawEllipse(start, 4.5, 4.5)
        text = tr("Now click where it belongs (Esc to cancel)")
        self._draw_text(painter, start + QPointF(10, -9), text)

    def _draw_picture(self, painter: QPainter, picture: Picture) -> None:
        painter.setFont(self._canvas.font())
        metrics = QFontMetricsF(self._canvas.font())
        lines = picture.text.split("\n")
        under = metrics.lineSpacing() * len(lines) + 6
        width = max([PICTURE_PX, *(metrics.horizontalAdvance(line) for line in lines)])
        size = QSizeF(width + 8, PICTURE_PX + 8 + under)
        box = self._beside(self.on_canvas(picture.at), size)
        painter.setPen(QPen(QColor(0, 0, 0, 90), 1.0))
        painter.setBrush(QColor(255, 255, 255, 235))
        painter.drawRect(box)
        left = box.left() + (size.width() - PICTURE_PX) / 2
        inner = QRectF(left, box.top() + 4, PICTURE_PX, PICTURE_PX)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(inner, picture.image)
        painter.setPen(_INK)
        text = QRectF(box.left(), inner.bottom() + 2, size.width(), under)
        middle = QTextOption(Qt.AlignmentFlag.AlignCenter)
        middle.setWrapMode(QTextOption.WrapMode.ManualWrap)
        painter.drawText(text, picture.text, middle)

    def _beside(self, at: QPointF, size: QSizeF) -> QRectF:
        """Return a box beside the place, on whichever side there is room."""
        area = self.boundingRect()
        x, y = at.x() + PICTURE_GAP_PX, at.y() + PICTURE_GAP_PX
        if x + size.width() > area.width():
            x = at.x() - PICTURE_GAP_PX - size.width()
        if y + size.height() > area.height():
            y = at.y() - PICTURE_GAP_PX - size.height()
        return QRectF(QPointF(max(x, 2.0), max(y, 2.0)), size)

    def _draw_text(self, painter: QPainter, at: QPointF, text: str) -> None:
        font = QFont(self._canvas.font())
        font.setBold(True)
        outline = QPainterPath()
        outline.addText(at, font, text)
        rim = QPen(QColor(255, 255, 255, 230), 4.0)
        rim.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(outline, rim)
        painter.fillPath(outline, _INK)


def _draw_arrow(
    painter: QPainter, start: QPointF, stop: QPointF, colour: QColor
) -> None:
    """Draw an arrow with a pale rim, so that it shows on any ground."""
    way = stop - start
    length = math.hypot(way.x(), way.y())
    if length < 2.0:
        return
    unit = QPointF(way.x() / length, way.y() / length)
    side = QPointF(-unit.y(), unit.x())
    # The head ends at the rim of the point, not under it.
    tip = stop - unit * min(HANDLE_PX, 0.4 * length)
    size = min(9.0, 0.4 * length)
    neck = tip - unit * size
    head = QPolygonF([tip, neck + side * (0.5 * size), neck - side * (0.5 * size)])
    for ink, width in ((QColor(255, 255, 255, 230), 4.5), (colour, 2.2)):
        pen = QPen(ink, width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(ink)
        painter.drawLine(start, neck)
        painter.drawPolygon(head)
