"""Control points set by hand or by clicks, and what they have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Sequence

import numpy as np

from ..base.errors import BadInput
from ..base.types import Matches
from ..estimation.cross_validation import Blocks, make_blocks
from ..estimation.robust_fit import trust_of
from ..estimation.sharing import SHARED, apart, correlations, shares
from .click_window import box_around
from .map_frame import MapFrame

#: Up to this many groups of points each is left out alone.
_EACH_ALONE = 60
#: Points are on one line when they spread across it less than this share of along it.
_LINE_SHARE = 0.05


@dataclass(frozen=True)
class Controls:
    """Control points as they are on the map.

    Args:
        matches: all points, working pixels.
        enabled: (n,) bool, which of them count.
        boxes: (n, 4) x0, y0, width, height of the windows they were found in,
            working pixels, NaN for points set by hand; None where all were.
    """

    matches: Matches
    enabled: np.ndarray
    boxes: np.ndarray | None = None

    @cached_property
    def active(self) -> Matches:
        """Return the points that count."""
        return self.matches.take(self.enabled)

    @cached_property
    def correlation(self) -> np.ndarray:
        """Return (m, m), how far the points that count are the same measurement."""
        if self.boxes is None:
            return np.eye(int(self.enabled.sum()))
        return correlations(self.boxes[self.enabled])

    @cached_property
    def weights(self) -> np.ndarray:
        """Return (m,) float64 weights of the points that count."""
        return trust_of(self.active) * shares(self.correlation)

    @property
    def independent(self) -> float:
        """Return as how many independent places the points count."""
        return float(shares(self.correlation).sum())

    @cached_property
    def blocks(self) -> Blocks:
        """Return which points that count are left out together."""
        found = apart(self.correlation)
        if len(found.test) <= _EACH_ALONE:
            return found
        # Of many, whole areas are left out; who shares a window still may not tell.
        areas = make_blocks(self.active.mov_xy)
        return replace(
            areas, train=areas.train & ~(areas.test @ (self.correlation >= SHARED))
        )


def read_controls(frame: MapFrame, points: Sequence[dict[str, Any]]) -> Controls:
    """Move control points from the map to the working grid.

    Args:
        frame: of the map that the positions are in.
        points: each with ``mov`` and ``ref`` (x, y), ``enabled`` (default True),
            ``confidence`` (default 1) and ``window_px``, the side of the window it
            was found in (default 0, set by hand).

    Raises ``BadInput`` when a point has no place on the working grid.
    """
    try:
        mov = np.array([p["mov"] for p in points], np.float64).reshape(-1, 2)
        ref = np.array([p["ref"] for p in points], np.float64).reshape(-1, 2)
        trust = np.array([p.get("confidence", 1.0) for p in points], np.float32)
        enabled = np.array([p.get("enabled", True) for p in points], bool)
        sides = np.array([p.get("window_px", 0) for p in points], np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput.of("points_malformed", why=repr(error)) from error
    matches = Matches(frame.to_working("mov", mov), frame.to_working("ref", ref), trust)
    placed = np.isfinite(matches.mov_xy + matches.ref_xy).all(axis=1)
    if not placed.all():
        raise BadInput.of("point_outside_crs", n=int(np.argmin(placed)) + 1)
    size = (frame.pair.grid.width, frame.pair.grid.height)
    boxes = np.full((len(points), 4), np.nan)
    for index in np.flatnonzero(sides > 0):
        boxes[index] = box_around(size, matches.ref_xy[index], float(sides[index]))
    return Controls(matches, enabled, boxes)


def on_a_line(used: Matches) -> bool:
    """Return whether points leave open what happens beside a line."""
    for xy in (used.mov_xy, used.ref_xy):
        along, across = spread_px(xy)
        if across <= _LINE_SHARE * along:
            return True
    return False


def spread_px(xy: np.ndarray) -> tuple[float, float]:
    """Return the root mean square distance of (n, 2) from the mean along and across."""
    centred = xy - xy.mean(axis=0)
    across, along = np.linalg.eigvalsh(centred.T @ centred / len(xy))
    return float(np.sqrt(max(along, 0.0))), float(np.sqrt(max(across, 0.0)))
