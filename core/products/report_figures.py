"""Drawings of the report as SVG path data and coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.words import numbers
from ..base.words.marks import N_
from ..base.words.message import Translate
from .report_pictures import Pictures

#: Upper edges of the residual classes in px; the last one is open.
CLASS_EDGES_PX = (0.5, 1.0, 2.0, 5.0)
CLASS_NAMES = (
    N_("up to 0.5 px"),
    N_("0.5 to 1 px"),
    N_("1 to 2 px"),
    N_("2 to 5 px"),
    N_("over 5 px"),
)
_HALF, _NINE_TENTHS = N_("half within {length}"), N_("90 % within {length}")

_MOST_ARROWS = 320
_MOST_DOTS = 1200
_FACTORS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_OUTLIER_CLASS = len(CLASS_NAMES)


@dataclass(frozen=True)
class ReportPoints:
    """Tie points as the report draws them, working pixels.

    Args:
        mov_xy: (n, 2) where features were, by the original georeference.
        ref_xy: (n, 2) where they belong.
        residual_xy: (n, 2) what is left after registration: found minus expected.
        inlier: (n,) bool.
    """

    mov_xy: np.ndarray
    ref_xy: np.ndarray
    residual_xy: np.ndarray
    inlier: np.ndarray

    @property
    def residual_px(self) -> np.ndarray:
        """(n,) length of the residuals."""
        return np.hypot(self.residual_xy[:, 0], self.residual_xy[:, 1])


@dataclass(frozen=True)
class ArrowMap:
    """Arrows over a picture.

    Args:
        factor: how many times longer than life the arrows are.
        paths: SVG path data of the inliers' arrows, by residual class.
        rings: (x, y) of the outliers.
        shown: how many inliers are drawn.
    """

    factor: int
    paths: list[str]
    rings: list[tuple[float, float]]
    shown: int


@dataclass(frozen=True)
class Bar:
    """One bar of the histogram, in SVG units."""

    x: float
    y: float
    width: float
    height: float
    kind: int


@dataclass(frozen=True)
class Histogram:
    """Bars and axis of the residual histogram in a 640 x 294 view box.

    Args:
        bars: one per bin with at least one inlier.
        ticks: (x, label) along the axis.
        marks: (x, label, row) of the median and the 90 % line; labels on
            different rows never touch.
        beyond: inliers beyond the right end.
    """

    bars: list[Bar]
    ticks: list[tuple[float, str]]
    marks: list[tuple[float, str, int]]
    beyond: int


@dataclass(frozen=True)
class Scatter:
    """Residuals in x and y around zero, in a view box of -150 to 150.

    Args:
        dots: (x, y, residual class).
        radius: of the circle that holds 90 % of them.
        rings: (radius, label) of the scale.
        mean: (x, y) of the mean residual.
    """

    dots: list[tuple[float, float, int]]
    radius: float
    rings: list[tuple[float, str]]
    mean: tuple[float, float]


def residual_class(residual_px: np.ndarray) -> np.ndarray:
    """Return the index into ``CLASS_NAMES`` of (n,) residuals in px."""
    return np.searchsorted(CLASS_EDGES_PX, residual_px, side="left")


def arrows(points: ReportPoints, pictures: Pictures, left: bool) -> ArrowMap:
    """Draw what registration moves, or with ``left`` what is left after it.

    Of dense points an even choice is drawn, the same in both drawings.
    """
    vector = points.residual_xy if left else points.ref_xy - points.mov_xy
    start = points.ref_xy if left else points.mov_xy
    start = (start - pictures.origin_xy) / pictures.step_px
    vector = vector / pictures.step_px
    chosen = np.flatnonzero(points.inlier)
    chosen = chosen[_evenly(points.ref_xy[chosen], _MOST_ARROWS)]
    factor = _factor(np.hypot(*vector[chosen].T), pictures.width / 18)
    kinds = residual_class(points.residual_px)
    paths = []
    for kind in range(_OUTLIER_CLASS):
        pick = chosen[kinds[chosen] == kind]
        paths.append(_arrow_path(start[pick], start[pick] + vector[pick] * factor))
    wild = np.flatnonzero(~points.inlier)
    wild = wild[_evenly(points.ref_xy[wild], _MOST_ARROWS // 2)]
    rings = [(round(float(x), 1), round(float(y), 1)) for x, y in start[wild]]
    return ArrowMap(factor, paths, rings, len(chosen))


def histogram(residual_px: np.ndarray, translate: Translate = str) -> Histogram | None:
    """Lay out the histogram of (n,) inlier residuals in px; None without any."""
    if not len(residual_px):
        return None
    ce90 = float(np.quantile(residual_px, 0.9))
    step = next((s for s in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0) if 2 * ce90 / s <= 30), 5.0)
    end = step * max(10, np.ceil(2 * ce90 / step))
    edges = np.arange(0.0, end + step / 2, step)
    counts = np.histogram(residual_px, edges)[0]
    wide, high, base = 600 / len(counts), 225.0, 265.0
    bars = []
    for index, count in enumerate(counts):
        if count:
            tall = high * count / counts.max()
            kind = int(residual_class(np.array([edges[index] + step / 2]))[0])
            x, y = 20 + index * wide, base - tall
            bars.append(Bar(round(x + 1, 1), round(y, 1), wide - 2, tall, kind))
    every = max(1, round(len(counts) / 8))
    ticks = [(20 + i * wide, f"{edges[i]:g}") for i in range(0, len(edges), every)]
    median = float(np.median(residual_px))
    marks = [
        (20 + 600 * value / end, _mark(text, value, translate), row)
        for row, (text, value) in enumerate(((_HALF, median), (_NINE_TENTHS, ce90)))
    ]
    return Histogram(bars, ticks, marks, int((residual_px > end).sum()))


def _mark(text: str, value: float, translate: Translate) -> str:
    return translate(text).format(length=numbers.pixels(value, translate))


def class_names(translate: Translate = str) -> list[str]:
    """Return the names of the residual classes."""
    return [translate(name) for name in CLASS_NAMES]


def scatter(residual_xy: np.ndarray) -> Scatter | None:
    """Lay out (n, 2) inlier residuals in px, y down; None without any."""
    if not len(residual_xy):
        return None
    length = np.hypot(*residual_xy.T)
    ce90 = max(float(np.quantile(length, 0.9)), 1e-6)
    step = next((s for s in (0.1, 0.25, 0.5, 1.0, 2.0, 5.0) if 1.6 * ce90 <= 4 * s), 20)
    reach = step * max(2, np.ceil(1.6 * ce90 / step))
    unit = 140 / reach
    shown = np.flatnonzero(length <= reach)
    shown = shown[:: max(1, len(shown) // _MOST_DOTS)]
    kinds = residual_class(length[shown])
    places = np.round(residual_xy[shown] * unit, 1)
    dots = [
        (float(x), float(y), int(kind))
        for (x, y), kind in zip(places, kinds, strict=True)
    ]
    marks = np.arange(1, round(reach / step) + 1) * step
    rings = [(round(float(m * unit), 1), f"{m:g}") for m in marks]
    mean = residual_xy.mean(axis=0) * unit
    return Scatter(dots, ce90 * unit, rings, (float(mean[0]), float(mean[1])))


def _evenly(xy: np.ndarray, most: int) -> np.ndarray:
    """Return indices of at most ``most`` of (n, 2) points, evenly spread."""
    if len(xy) <= most:
        return np.arange(len(xy))
    low, span = xy.min(axis=0), np.maximum(np.ptp(xy, axis=0), 1e-9)
    cells_x = max(1, int(np.sqrt(most * span[0] / span[1])))
    cells_y = max(1, most // cells_x)
    place = np.minimum(
        (xy - low) / span * (cells_x, cells_y), (cells_x - 1, cells_y - 1)
    )
    place = place.astype(int) @ (1, cells_x)
    return np.unique(place, return_index=True)[1]


def _factor(length: np.ndarray, wanted: float) -> int:
    """Return the factor that brings the usual long arrow near ``wanted``."""
    if not len(length):
        return 1
    long = max(float(np.quantile(length, 0.9)), 1e-9)
    return max((f for f in _FACTORS if f * long <= wanted), default=1)


def _arrow_path(start: np.ndarray, stop: np.ndarray) -> str:
    """Return arrows as SVG path data: shaft and a head of 10 units."""
    way = stop - start
    length = np.hypot(*way.T)
    along = way / np.maximum(length, 1e-9)[:, None]
    across = along[:, ::-1] * (-1, 1)
    head = np.minimum(10.0, 0.5 * length)[:, None]
    left = stop - head * along + 0.55 * head * across
    right = stop - head * along - 0.55 * head * across
    rows = np.round(np.hstack([start, stop, left, stop, right]), 1).tolist()
    return "".join(
        f"M{a:g} {b:g}L{c:g} {d:g}M{e:g} {f:g}L{g:g} {h:g}L{i:g} {j:g}"
        for a, b, c, d, e, f, g, h, i, j in rows
    )
