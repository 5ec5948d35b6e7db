"""What the map tool draws on the canvas: points, arrows, what is asked, a picture."""

from __future__ import annotations

import math
from typing import Callable

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsPointXY,
)
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QPointF, QRectF, Qt, QTimer
from qgis.PyQt.QtGui import (
    QColor,
    QPainter,
    QPen,
)
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ..layers.change import change_between, stay
from ..layers.styles import CLASSES
from ..qt.guard import giving_up
from ..qt.i18n import tr
from .drawing import HANDLE_PX, INK, Picture, draw_arrow, draw_picture, draw_text
from .points import XY, ControlPoint, PointList

#: How near to a point a click has to be, in pixels.
CATCH_PX = 10.0
_SURE, _FAIR, _WEAK = QColor("#1a9850"), QColor("#f9a602"), QColor("#d7191c")
_HAND, _OFF = QColor("#3a56d4"), QColor("#909090")


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


class Marks(QgsMapCanvasItem):
    """Draws all of the map tool; covers the canvas, never catches the mouse.

    Args:
        canvas: the map; nothing is on it before ``show_on_map``.
        points: what is drawn.
        failed: called soon after a painting that raised; nothing is drawn from then
            on until the next ``show_on_map``.
    """

    def __init__(
        self,
        canvas: QgsMapCanvas,
        points: PointList,
        failed: Callable[[], None] = lambda: None,
    ):
        super().__init__(canvas)
        self._canvas, self._points = canvas, points
        self.setZValue(90)
        self._failed = failed
        self.broken = False
        self.waiting: list[XY] = []
        self.refused: list[XY] = []
        self.pinned: XY | None = None
        self.pointer: XY | None = None
        self.dragged: ControlPoint | None = None
        self.picture: Picture | None = None
        points.changed.connect(self.redraw)
        points.fitted.connect(self.redraw)
        self.hide_from_map()

    def close_down(self) -> None:
        """Take it off the canvas."""
        self._points.changed.disconnect(self.redraw)
        self._points.fitted.disconnect(self.redraw)
        self.hide_from_map()

    @property
    def is_busy(self) -> bool:
        """Return whether something is shown that Esc takes away."""
        return bool(self.pinned or self.dragged or self.picture or self.refused)

    def show_on_map(self) -> None:
        """Put it on the canvas."""
        self.broken = False
        if self.scene() is None:
            self._canvas.scene().addItem(self)
        self.updatePosition()

    def hide_from_map(self) -> None:
        """Take it off the canvas, for as long as it is not wanted."""
        if self.scene() is not None:
            self.scene().removeItem(self)

    def give_up(self) -> None:
        """Draw nothing more; the item is taken off when the painting is over."""
        self.broken = True
        QTimer.singleShot(0, self._failed)

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
        canvas_crs = self._map_crs()
        at = QgsPointXY(*xy)
        crs = self._points.crs
        if not stay(crs, canvas_crs):
            try:
                at = change_between(crs, canvas_crs).transform(at)
            except QgsCsException:
                return QPointF(-1e4, -1e4)
        return self.toCanvasCoordinates(at)

    def _map_crs(self) -> QgsCoordinateReferenceSystem:
        return self._canvas.mapSettings().destinationCrs()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem | None = None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw; called by the canvas."""
        if not self.broken:
            self._draw(painter)

    @giving_up
    def _draw(self, painter: QPainter) -> None:
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
            at = self.on_canvas(self.picture.at)
            draw_picture(
                painter, self._canvas.font(), self.picture, at, self.boundingRect()
            )

    def _draw_point(self, painter: QPainter, point: ControlPoint) -> None:
        mov, ref = self.on_canvas(point.mov), self.on_canvas(point.ref)
        colour = point_colour(point, self._points)
        selected = point.number == self._points.selected
        draw_arrow(painter, mov, ref, colour)
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
            painter.setPen(QPen(INK, 1.6))
            painter.drawEllipse(ref, HANDLE_PX + 3.5, HANDLE_PX + 3.5)
        draw_text(
            painter, self._canvas.font(), ref + QPointF(10, -9), str(point.number)
        )

    def _draw_waiting(self, painter: QPainter, at: QPointF) -> None:
        for colour, width in ((QColor(255, 255, 255, 230), 4.5), (INK, 1.8)):
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
            draw_arrow(painter, start, self.on_canvas(self.pointer), _HAND)
        painter.setPen(QPen(Qt.GlobalColor.white, 2.0))
        painter.setBrush(_HAND)
        painter.drawEllipse(start, 4.5, 4.5)
        text = tr("Now click where it belongs (Esc to cancel)")
        draw_text(painter, self._canvas.font(), start + QPointF(10, -9), text)
