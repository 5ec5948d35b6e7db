"""Register one small window of a pair: what a click on the map asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..api import Matcher
from ..base.errors import BadInput, Refused
from ..base.feedback import SILENT, Feedback, check
from ..base.grid import apply_affine, translation
from ..base.types import Matches, Search, TilePair
from ..estimation.acceptance import judge, require_distinct
from ..estimation.estimate import Fit, estimate
from ..raster.pair import RasterPair

#: Side of a window, working pixels: usual, least and largest.
WINDOW_PX, LEAST_WINDOW_PX, MOST_WINDOW_PX = 256, 64, 1024
#: Places closer than this count as one in a window.
PLACE_PX = 16.0
#: Of a window this share may be searched for a shift.
REACH_SHARE = 0.4


@dataclass(frozen=True)
class Window:
    """A registered window.

    Args:
        box: (x0, y0, width, height) in working pixels.
        mov_to_ref: (3, 3) float64, working pixels; holds in the window.
        matches: tie points, working pixels.
        fit: of what was left after the prediction, window pixels.
    """

    box: tuple[int, int, int, int]
    mov_to_ref: np.ndarray
    matches: Matches
    fit: Fit

    @property
    def confidence(self) -> float:
        """Return the mean confidence of the matches that agree, [0, 1]."""
        return float(self.matches.confidence[self.fit.inlier].mean())

    @property
    def residual_px(self) -> float:
        """Return the root mean square residual of the matches that agree."""
        return float(np.sqrt((self.fit.residual_px[self.fit.inlier] ** 2).mean()))


def place_window(
    pair: RasterPair, xy: np.ndarray, side_px: int
) -> tuple[int, int, int, int]:
    """Return (x0, y0, width, height) of the window around a place, on the grid.

    Args:
        pair: gives the working grid.
        xy: (2,) working pixels.
        side_px: wished side; windows at the border are moved inwards.

    Raises ``BadInput`` for a side out of range and ``Refused`` (no_overlap) for a
    place that is not on the grid.
    """
    if not LEAST_WINDOW_PX <= side_px <= MOST_WINDOW_PX:
        raise BadInput.of(
            "window_size", least=LEAST_WINDOW_PX, most=MOST_WINDOW_PX, value=side_px
        )
    size = np.array([pair.grid.width, pair.grid.height])
    if not (np.isfinite(xy).all() and (xy >= 0).all() and (xy <= size).all()):
        raise Refused.of("no_overlap", "outside_overlap")
    return box_around((pair.grid.width, pair.grid.height), xy, side_px)


def box_around(
    size: tuple[int, int], xy: np.ndarray, side_px: float
) -> tuple[int, int, int, int]:
    """Return (x0, y0, width, height) of the window around a place, kept on a grid.

    Args:
        size: (width, height) of the grid.
        xy: (2,) pixels.
        side_px: wished side.
    """
    width, height = (int(min(side_px, side)) for side in size)
    first = np.round(xy - (width / 2, height / 2)).astype(int)
    x0, y0 = np.clip(first, 0, np.subtract(size, (width, height))).tolist()
    return x0, y0, width, height


def register_window(
    pair: RasterPair,
    matcher: Matcher,
    box: tuple[int, int, int, int],
    search: Search,
    start: np.ndarray,
    feedback: Feedback = SILENT,
) -> Window:
    """Register one window, and refuse when the evidence in it is too weak.

    Memory: two windows and what the matcher needs for them.

    Args:
        pair: both rasters on their working grid.
        matcher: what finds tie points.
        box: (x0, y0, width, height) in working pixels.
        search: how far to look around ``start``.
        start: (3, 3) predicted ``mov_to_ref`` in working pixels.
        feedback: cancel.
    """
    check(feedback)
    x0, y0, width, height = box
    tiles = pair.tile(x0, y0, width, height, start)
    found = matcher.match([tiles], search, feedback)[0]
    if not len(found.matches):
        raise Refused.of(found.reason or "too_few_matches", "window_no_structure")
    require_distinct(found.distinctness)
    extent = (width, height)
    fit = estimate(found.matches, "similarity", extent, limits=search)
    judge(
        found.matches,
        fit,
        extent,
        search,
        place_px=PLACE_PX,
        check_identity=False,
    )
    left = translation(x0, y0) @ fit.affine.matrix @ np.linalg.inv(tiles.mov.to_working)
    matches = Matches(
        apply_affine(tiles.mov.to_working, found.matches.mov_xy),
        apply_affine(tiles.ref.to_working, found.matches.ref_xy),
        found.matches.confidence,
    )
    return Window(box, left, matches, fit)


def rehearse(
    pair: RasterPair,
    matcher: Matcher,
    side_px: int,
    search: Search,
    feedback: Feedback = SILENT,
) -> tuple[int, int, int, int]:
    """Do what a click in the middle does, and return its window as a box.

    Whatever is slow at first is over by then. Noise is matched with itself: what
    lies in the window may be too little to make the matcher work.

    Args:
        pair: as of ``register_window``.
        matcher: as of ``register_window``.
        side_px: of the window, as of ``place_window``.
        search: how far to look in the whole pair.
        feedback: cancel.
    """
    check(feedback)
    middle = np.array([pair.grid.width, pair.grid.height]) / 2
    box = place_window(pair, middle, side_px)
    tiles = pair.tile(*box)
    noise = np.random.default_rng(0).random(tiles.ref.valid.shape, np.float32)
    every = np.ones(noise.shape, bool)
    noisy = (
        replace(tile, pixels=noise, valid=every) for tile in (tiles.ref, tiles.mov)
    )
    found = matcher.match([TilePair(*noisy)], search, feedback)[0]
    if len(found.matches) > 2:
        estimate(found.matches, "similarity", noise.shape[::-1], limits=search)
    return box


def window_search(search: Search, box: tuple[int, int, int, int]) -> Search:
    """Return a search that a window can carry: part of it has to stay in sight."""
    most = REACH_SHARE * min(box[2], box[3])
    return Search(min(search.shift_px, most), search.rotation_deg, search.scale)
