"""Shapes that the map tool draws: arrows, text with a rim, the picture of a window."""

from __future__ import annotations

import math
from dataclasses import dataclass

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

from .points import XY

#: Radius of a point's handles, in pixels.
HANDLE_PX = 6.0
#: Side of the small picture on the map, and its distance from the place.
PICTURE_PX, PICTURE_GAP_PX = 192, 18
#: Colour of outlines and text.
INK = QColor(20, 20, 20, 220)


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


def draw_picture(
    painter: QPainter, font: QFont, picture: Picture, at: QPointF, area: QRectF
) -> None:
    """Draw a picture and its text beside a place of the canvas, where there is room."""
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    lines = picture.text.split("\n")
    under = metrics.lineSpacing() * len(lines) + 6
    width = max([PICTURE_PX, *(metrics.horizontalAdvance(line) for line in lines)])
    size = QSizeF(width + 8, PICTURE_PX + 8 + under)
    box = _beside(at, size, area)
    painter.setPen(QPen(QColor(0, 0, 0, 90), 1.0))
    painter.setBrush(QColor(255, 255, 255, 235))
    painter.drawRect(box)
    left = box.left() + (size.width() - PICTURE_PX) / 2
    inner = QRectF(left, box.top() + 4, PICTURE_PX, PICTURE_PX)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(inner, picture.image)
    painter.setPen(INK)
    text = QRectF(box.left(), inner.bottom() + 2, size.width(), under)
    middle = QTextOption(Qt.AlignmentFlag.AlignCenter)
    middle.setWrapMode(QTextOption.WrapMode.ManualWrap)
    painter.drawText(text, picture.text, middle)


def _beside(at: QPointF, size: QSizeF, area: QRectF) -> QRectF:
    """Return a box beside the place, on whichever side there is room."""
    x, y = at.x() + PICTURE_GAP_PX, at.y() + PICTURE_GAP_PX
    if x + size.width() > area.width():
        x = at.x() - PICTURE_GAP_PX - size.width()
    if y + size.height() > area.height():
        y = at.y() - PICTURE_GAP_PX - size.height()
    return QRectF(QPointF(max(x, 2.0), max(y, 2.0)), size)


def draw_text(painter: QPainter, font: QFont, at: QPointF, text: str) -> None:
    """Draw bold text with a pale rim, so that it shows on any ground."""
    font = QFont(font)
    font.setBold(True)
    outline = QPainterPath()
    outline.addText(at, font, text)
    rim = QPen(QColor(255, 255, 255, 230), 4.0)
    rim.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(outline, rim)
    painter.fillPath(outline, INK)


def draw_arrow(
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
