"""Two small pictures of the matches: how far they are off, and where to."""

from __future__ import annotations

import csv
import math
import time
from pathlib import Path
from typing import Any, NamedTuple

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QWidget

from ..layers.styles import CLASSES
from ..qt.i18n import tr
from ..qt.units import pixels

#: More arrows than this along one side are only a blur.
_ARROWS_A_SIDE = 12
_BINS = 24
#: What is read of each match.
_COLUMNS = ("mov_x", "mov_y", "ref_x", "ref_y", "residual_px")
#: Rows that are read without a pause, about a millisecond's worth, and the pause.
_ROWS_AT_ONCE, _BREATH_S = 400, 0.001


def as_number(flags: Any) -> int:
    """Return flags as QPainter takes them: Qt 6 has them as an enumeration."""
    return int(getattr(flags, "value", flags))


_WRAPPED = as_number(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
_WRAPPED |= as_number(Qt.TextFlag.TextWordWrap)
_LEFT = as_number(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


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


def evenly(points: list[PlotPoint], apart: float) -> list[PlotPoint]:
    """Return one point of each square of ground with this side."""
    cells: dict[tuple[int, int], PlotPoint] = {}
    for point in points:
        cell = math.floor(point.x / apart), math.floor(point.y / apart)
        cells.setdefault(cell, point)
    return list(cells.values())


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
        return QSize(12 * line, 9 * line)

    def minimumSizeHint(self) -> QSize:
        """Return the same height; the width may shrink."""
        hint = self.sizeHint()
        return QSize(hint.width() // 2, hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title and content."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.text_colour())
        frame = QRectF(self.rect()).adjusted(2, 0, -2, -2)
        title = painter.boundingRect(frame, _WRAPPED, self.title())
        painter.drawText(frame, _WRAPPED, self.title())
        if self._points:
            self.draw(painter, frame.adjusted(0, title.height() + 4, 0, 0))
        painter.end()

    def text_colour(self) -> QColor:
        """Return the colour of labels in the theme at hand."""
        return self.palette().color(self.foregroundRole())

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
        return tr("What is left at the matches used")

    def draw(self, painter: QPainter, frame: QRectF) -> None:
        """Draw bars over an axis that ends at the 98th percentile, at least 1 px.

        The last bar holds what lies beyond as well. The left end of the tallest one
        has its number of matches.
        """
        values = sorted(point.residual_px for point in self._points)
        top = max(1.0, math.ceil(values[int(0.98 * (len(values) - 1))]))
        counts = [0] * _BINS
        for value in values:
            counts[min(int(value / top * _BINS), _BINS - 1)] += 1
        line = self.fontMetrics().height()
        area = frame.adjusted(0, line, 0, -line - 2)
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
        painter.setPen(QPen(self.text_colour(), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        beyond = "+" if values[-1] > top else ""
        below = QRectF(area.left(), area.bottom() + 2, area.width(), line)
        for text, side in (
            ("0", Qt.AlignmentFlag.AlignLeft),
            (f"{top / 2:g}", Qt.AlignmentFlag.AlignHCenter),
            (pixels(f"{top:g}{beyond}"), Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(below, as_number(side), text)
        above = QRectF(frame.left(), frame.top(), frame.width(), line)
        tallest = tr("Tallest bar: {n} matches").format(n=most)
        painter.drawText(above, as_number(Qt.AlignmentFlag.AlignRight), tallest)


class Arrows(_Plot):
    """Where the matches are and where each had to move, drawn to one scale."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._median_px = 0.0

    def show_points(
        self, points: list[PlotPoint], median_px: float | None = None
    ) -> None:
        """Draw other points; half of them moved by less than ``median_px``.

        The displacements are in map units; the median tells how long a pixel is.
        """
        self._median_px = median_px or 0.0
        super().show_points(points)

    def title(self) -> str:
        """Return what the picture shows."""
        return tr("Where the matches had to move, enlarged")

    def sizeHint(self) -> QSize:
        """Return a height that leaves room for the arrows."""
        hint = super().sizeHint()
        return QSize(hint.width(), hint.height() * 3 // 2)

    def draw(self, painter: QPainter, frame: QRectF) -> None:
        """Draw arrows in map orientation, the usual long one a ninth of the picture."""
        line = self.fontMetrics().height()
        lengths = sorted(math.hypot(p.dx, p.dy) for p in self._points)
        long = lengths[int(0.9 * (len(lengths) - 1))] or 1.0
        area = frame.adjusted(0, 0, 0, -line - 4)
        xs = [p.x for p in self._points]
        ys = [p.y for p in self._points]
        span = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
        side = min(area.width(), area.height()) * 0.85
        scale, stretch = side / span, side / 9 / long
        middle = QPointF((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
        for point in evenly(self._points, span / _ARROWS_A_SIDE):
            end = area.center() + QPointF(
                (point.x - middle.x()) * scale, (middle.y() - point.y) * scale
            )
            start = end - QPointF(point.dx * stretch, -point.dy * stretch)
            self._arrow(painter, start, end, colour_of(point.residual_px))
        median = lengths[len(lengths) // 2]
        if self._median_px and median:
            per_px = median / self._median_px * stretch
            self._legend(painter, frame, per_px, side / 9)

    def _arrow(
        self, painter: QPainter, start: QPointF, end: QPointF, colour: QColor
    ) -> None:
        """Draw a shaft and a head over a dark edge, so that each colour is seen."""
        way = end - start
        length = math.hypot(way.x(), way.y())
        head = min(0.4 * self.fontMetrics().height(), 0.6 * length)
        along = way / length if length else QPointF(0.0, 0.0)
        across = QPointF(-along.y(), along.x())
        neck = end - along * head
        wings = QPolygonF([end, neck + across * head * 0.5, neck - across * head * 0.5])
        edge = self.text_colour()
        edge.setAlpha(150)
        for pen in (QPen(edge, 3.2), QPen(colour, 1.6)):
            painter.setPen(pen)
            painter.setBrush(pen.color())
            painter.drawLine(start, neck)
            painter.drawPolygon(wings)

    def _legend(
        self, painter: QPainter, frame: QRectF, per_px: float, wanted: float
    ) -> None:
        """Draw an arrow of a round length below the others, and say how long it is."""
        exponent = math.floor(math.log10(wanted / per_px))
        rounds = [m * 10.0**exponent for m in (1, 2, 5, 10)]
        length = min(rounds, key=lambda value: abs(value * per_px - wanted))
        line = self.fontMetrics().height()
        left = QPointF(frame.left() + 2, frame.bottom() - line / 2)
        right = left + QPointF(length * per_px, 0.0)
        self._arrow(painter, left, right, self.text_colour())
        painter.setPen(self.text_colour())
        place = QRectF(right.x() + 6, frame.bottom() - line, frame.width(), line)
        painter.drawText(place, _LEFT, pixels(f"{length:g}"))
