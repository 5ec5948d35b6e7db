"""Two small pictures of the matches: how far they are off, and where to."""

from __future__ import annotations

import csv
import math
import time
from pathlib import Path
from typing import NamedTuple

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPaintEvent, QPen
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QWidget

from .i18n import tr
from .styles import CLASSES

#: More arrows than this are only a blur.
MOST_ARROWS = 160
_BINS = 24
#: What is read of each match.
_COLUMNS = ("mov_x", "mov_y", "ref_x", "ref_y", "residual_px")
#: Rows that are read without a pause, about a millisecond's worth, and the pause.
_ROWS_AT_ONCE, _BREATH_S = 400, 0.001


class PlotPoint(NamedTuple):
    """One inlier: reference position, displacement, residual."""

    x: float
    y: float
    dx: float
    dy: float
    residual_px: float


def read_points(path: str) -> list[PlotPoint]:
    """Return the inliers of a ``matches.csv``.

    Some ten thousand of them are usual. QGIS's window would have to wait for
    Python's lock while they are read, so this stops for a moment now and then.
    """
    points = []
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        names = next(rows)
        columns = [names.index(name) for name in _COLUMNS]
        inlier = names.index("inlier")
        for number, row in enumerate(rows):
            if number % _ROWS_AT_ONCE == 0:
                time.sleep(_BREATH_S)
            if row[inlier] == "1":
                x0, y0, x, y, residual = (float(row[i]) for i in columns)
                points.append(PlotPoint(x, y, x - x0, y - y0, residual))
    return points


def colour_of(residual_px: float) -> QColor:
    """Return the colour that the map gives this residual."""
    return QColor(next(c for high, c in CLASSES if residual_px < high))


class _Plot(QLabel):
    """Draws points; a label, so that dark themes give it a readable text colour."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._points: list[PlotPoint] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_points(self, points: list[PlotPoint]) -> None:
        """Draw other points."""
        self._points = points
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size that follows the font."""
        line = self.fontMetrics().height()
        return QSize(12 * line, 8 * line)

    def minimumSizeHint(self) -> QSize:
        """Return the same height; the width may shrink."""
        hint = self.sizeHint()
        return QSize(hint.width() // 2, hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title and content."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().height()
        painter.setPen(self.palette().color(self.foregroundRole()))
        frame = QRectF(self.rect())
        painter.drawText(
            frame.adjusted(2, 0, -2, 0),
            int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft),
            self.title(),
        )
        inner = frame.adjusted(2, line + 4, -2, -2)
        if self._points:
            self.draw(painter, inner)
        painter.end()

    def title(self) -> str:
        """Return what the picture shows."""
        raise NotImplementedError

    def draw(self, painter: QPainter, frame: QRectF) -> None:
        """Draw the content."""
        raise NotImplementedError


class Histogram(_Plot):
    """How many matches have which residual."""

    def title(self) -> str:
        """Return what the picture shows."""
        return tr("Residuals of the matches, px")

    def draw(self, painter: QPainter, frame: QRectF) -> None:
        """Draw bars over an axis that ends at the 98th percentile, at least 1 px."""
        values = sorted(point.residual_px for point in self._points)
        top = max(1.0, math.ceil(values[int(0.98 * (len(values) - 1))]))
        counts = [0] * _BINS
        for value in values:
            counts[min(int(value / top * _BINS), _BINS - 1)] += 1
        line = self.fontMetrics().height()
        area = frame.adjusted(0, 0, 0, -line)
        width, most = area.width() / _BINS, max(counts)
        painter.setPen(Qt.PenStyle.NoPen)
        for i, count in enumerate(counts):
            height = area.height() * count / most
            painter.setBrush(colour_of((i + 0.5) / _BINS * top))
            painter.drawRect(
                QRectF(
                    area.left() + i * width, area.bottom() - height, width - 1, height
                )
            )
        pen = self.palette().color(self.foregroundRole())
        painter.setPen(QPen(pen, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        below = QRectF(area.left(), area.bottom(), area.width(), line)
        for text, side in (
            ("0", Qt.AlignmentFlag.AlignLeft),
            (f"{top / 2:g}", Qt.AlignmentFlag.AlignHCenter),
            (f"{top:g}", Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(below, int(side), text)


class Arrows(_Plot):
    """Where the matches are and where each had to move, drawn to one scale."""

    def title(self) -> str:
        """Return what the picture shows."""
        return tr("Displacements, enlarged")

    def sizeHint(self) -> QSize:
        """Return a height that leaves room for the arrows."""
        hint = super().sizeHint()
        return QSize(hint.width(), hint.height() * 3 // 2)

    def draw(self, painter: QPainter, frame: QRectF) -> None:
        """Draw arrows in map orientation, the longest a tenth of the picture."""
        xs = [p.x for p in self._points]
        ys = [p.y for p in self._points]
        span = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
        side = min(frame.width(), frame.height()) * 0.9
        scale = side / span
        middle = QPointF((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
        longest = max(math.hypot(p.dx, p.dy) for p in self._points) or 1.0
        stretch = 0.1 * side / longest
        step = max(1, len(self._points) // MOST_ARROWS)
        for point in self._points[::step]:
            end = frame.center() + QPointF(
                (point.x - middle.x()) * scale, (middle.y() - point.y) * scale
            )
            start = end - QPointF(point.dx * stretch, -point.dy * stretch)
            painter.setPen(QPen(colour_of(point.residual_px), 1.2))
            painter.drawLine(start, end)
            painter.setBrush(colour_of(point.residual_px))
            painter.drawEllipse(end, 1.5, 1.5)
