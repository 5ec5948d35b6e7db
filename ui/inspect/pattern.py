"""Which part of the canvas shows which layer."""

from __future__ import annotations

import math

from qgis.PyQt.QtCore import QRectF
from qgis.PyQt.QtGui import QPainterPath


def checker_path(area: QRectF, cell_px: float) -> QPainterPath:
    """Return every other cell of a checkerboard, the upper left one left out."""
    path = QPainterPath()
    columns = math.ceil(area.width() / cell_px)
    rows = math.ceil(area.height() / cell_px)
    for row in range(rows):
        for column in range((row + 1) % 2, columns, 2):
            path.addRect(QRectF(column * cell_px, row * cell_px, cell_px, cell_px))
    return path


def swipe_path(area: QRectF, position: float, vertical: bool) -> QPainterPath:
    """Return the part right of, or below, an edge.

    Args:
        area: the canvas.
        position: of the edge, 0 (left or top) to 1.
        vertical: whether the edge is upright.
    """
    path = QPainterPath()
    if vertical:
        x = position * area.width()
        path.addRect(QRectF(x, 0, area.width() - x, area.height()))
    else:
        y = position * area.height()
        path.addRect(QRectF(0, y, area.width(), area.height() - y))
    return path
