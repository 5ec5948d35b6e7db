"""Tie points of tiles, in working pixels: read, matched, gathered, a few at a time."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Callable, Sequence

import cv2
import numpy as np

from ..base.errors import Refused
from ..base.feedback import Feedback, check
from ..base.grid import apply_affine, scaling
from ..base.types import Matches, Search, TileMatch, TilePair
from ..estimation.acceptance import ACCEPTANCE, require_distinct
from ..estimation.estimate import estimate
from ..estimation.evidence import log10_chance, places
from ..matching.protocol import Matcher
from ..matching.structure import bare_share
from ..raster.pair import RasterPair
from ..raster.tiling import Window
from .mirrored import fits_mirrored

#: What tiles may still have to find when the placement is known, in their own pixels:
#: its error and the local deformation that it cannot tell.
TILE_SEARCH = Search(16.0, rotation_deg=0.5, scale=1.005)
#: How far beside usable ground a match may be: windows reach over its edge, 16 px.
_BESIDE = np.ones((33, 33), np.uint8)
#: Matches of a window that see nothing lie evenly within so many pixels of the guide.
_BLIND_PX = 8.0
#: Places that stand for all ground: a share of it is told to a part in a hundred.
_GROUND_POINTS = 16_384
#: Side in px of what counts as one place; neighbouring windows share their ground.
_PLACE_PX = 32.0


@dataclass(frozen=True, slots=True)
class TileMatches:
    """What came of some tiles.

    Args:
        matches: in working pixels.
        distinctness: the median of the tiles', NaN where none has one.
        reason: why there are no matches, "" where a tile has no such reason.
        bare: share of their ground that does not show structure in both images.
    """

    matches: Matches
    distinctness: float
    reason: str
    bare: float = float("nan")

    def need(self) -> None:
        """Raise ``Refused`` where no tile had structure or the placement is any.

        Matches at a place that does not stand out are doubted one by one and left out:
        that few are left is no reason.
        """
        if not len(self.matches) and self.reason:
            raise Refused.of(self.reason, "no_structure")
        require_distinct(self.distinctness)


@dataclass(frozen=True)
class LocalAffine:
    """What one window told, in working pixels.

    Args:
        centre: (2,) its middle, moving image.
        mov_to_ref: (3, 3) its own affine.
        matches: those that agree with it.
        error_px: how far they scatter, the more the fewer of all agree.
    """

    centre: np.ndarray
    mov_to_ref: np.ndarray
    matches: Matches
    error_px: float

    @property
    def place(self) -> np.ndarray:
        """Return (2,) where its middle is in the reference."""
        return apply_affine(self.mov_to_ref, self.centre[None])[0]


@dataclass(frozen=True, slots=True)
class Ground:
    """Where both images may have something in common, as the overview shows it.

    Args:
        usable: (h, w) bool, pixels of the overview.
        from_working: (3, 3) working pixels to those.
    """

    usable: np.ndarray
    from_working: np.ndarray

    def share(self, window: Window, step: float) -> float:
        """Return the share of ground in a window of pixels of ``step``."""
        near, far = (window.x0, window.y0), (window.width, window.height)
        corners = step * np.array([near, np.add(near, far)], np.float64)
        (x0, y0), (x1, y1) = np.floor(apply_affine(self.from_working, corners))
        part = self.usable[max(int(y0), 0) : int(y1) + 1, max(int(x0), 0) : int(x1) + 1]
        return float(part.mean()) if part.size else 0.0

    def points(self, extent: tuple[float, float]) -> np.ndarray:
        """Return (n, 2) places with ground, working pixels, all over an extent."""
        y, x = np.nonzero(self.usable)
        every = max(len(y) // _GROUND_POINTS, 1)
        y, x = y[::every], x[::every]
        back = np.linalg.inv(self.from_working)
        xy = apply_affine(back, np.stack([x, y], axis=1) + 0.5)
        return xy[((xy >= 0) & (xy <= extent)).all(axis=1)]


def match_overview(
    pair: RasterPair, matcher: Matcher, search: Search, max_px: int, feedback: Feedback
) -> tuple[TileMatches, float, Ground]:
    """Match both images whole, reduced to ``max_px``.

    Returns the matches, the working pixels that one pixel of the tiles was, and where
    there is ground.
    """
    tiles = pair.overview(max_px, margin_px=search.shift_px, feedback=feedback)
    step = abs(np.linalg.det(tiles.ref.to_working[:2, :2])) ** 0.5
    scaled = Search(search.shift_px / step, search.rotation_deg, search.scale)
    usable = tiles.ref.valid
    if pair.georeferenced:
        usable = usable & tiles.mov.valid
    ground = Ground(usable, np.linalg.inv(tiles.ref.to_working))
    found = matcher.match([tiles], scaled, feedback)[0]
    if fits_mirrored(found, tiles, matcher, scaled, feedback):
        found = replace(found, distinctness=0.0)
    return _in_working(tiles, found, pair.georeferenced), step, ground


def match_windows(
    pair: RasterPair,
    matcher: Matcher,
    windows: Sequence[Window],
    search: Search,
    guides: Sequence[np.ndarray],
    feedback: Feedback,
    step: float = 1.0,
) -> list[TileMatches]:
    """Match tiles, each by itself; the next ones are read meanwhile.

    Never more than twice ``matcher.batch`` are in memory.

    Args:
        pair: both rasters on their working grid.
        matcher: what finds the tie points.
        windows: in pixels of ``step`` working pixels.
        search: what is still to be found, in the same pixels.
        guides: for each window a (3, 3), working pixels of the moving image to those
            of the reference.
        feedback: progress and cancel.
        step: working pixels per tile pixel.
    """
    parts: list[TileMatches] = []
    placed = list(zip(windows, guides, strict=True))

    def read(start: int) -> list[TilePair]:
        return [
            pair.tile(
                w.x0 * step, w.y0 * step, w.width, w.height, guide, step, feedback
            )
            for w, guide in placed[start : start + matcher.batch]
        ]

    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(read, 0)
        for start in range(0, len(placed), matcher.batch):
            check(feedback)
            feedback.setProgress(100.0 * start / len(windows))
            tiles = ahead.result()
            ahead = reader.submit(read, start + matcher.batch)
            found = matcher.match(tiles, search, feedback)
            parts += [_in_working(*both) for both in zip(tiles, found, strict=True)]
    return parts


def joined(parts: Sequence[TileMatches]) -> TileMatches:
    """Return what came of several tiles as one."""
    reasons = [p.reason for p in parts if p.reason]
    return TileMatches(
        Matches.concat([p.matches for p in parts]),
        _of_known(np.median, [p.distinctness for p in parts]),
        reasons[0] if parts and len(reasons) == len(parts) else "",
        _of_known(np.mean, [p.bare for p in parts]),
    )


def _in_working(pair: TilePair, match: TileMatch, placed: bool = True) -> TileMatches:
    """Return what came of a tile; ``placed`` where both images show the same ground."""
    kept = match.matches.take(_on_valid(pair, match.matches))
    matches = Matches(
        apply_affine(pair.mov.to_working, kept.mov_xy),
        apply_affine(pair.ref.to_working, kept.ref_xy),
        kept.confidence,
    )
    bare = bare_share(pair, placed)
    return TileMatches(matches, match.distinctness, match.reason, bare)


def _on_valid(pair: TilePair, matches: Matches) -> np.ndarray:
    """Return which matches lie on pixels that may be used, or hardly beside them."""
    good = np.ones(len(matches), bool)
    for tile, xy in ((pair.mov, matches.mov_xy), (pair.ref, matches.ref_xy)):
        height, width = tile.valid.shape
        near = cv2.dilate(tile.valid.astype(np.uint8), _BESIDE).astype(bool)
        col, row = np.floor(xy).astype(int).T
        good &= near[row.clip(0, height - 1), col.clip(0, width - 1)]
    return good


def _of_known(measure: Callable[..., float], values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(measure(known)) if known else float("nan")


def local_affine(
    found: Matches, centre: np.ndarray, step: float = 1.0
) -> LocalAffine | None:
    """Return what the matches of one window tell, None where chance would as well.

    Args:
        found: in working pixels.
        centre: (2,) of the window, working pixels.
        step: working pixels per pixel of the window.
    """
    matches = in_level(found, step)
    try:
        fit = estimate(matches, "affine", (1.0, 1.0))
    except Refused:
        return None
    place = places(matches.mov_xy, _PLACE_PX)
    chance = log10_chance(matches, fit.affine, place, _BLIND_PX)
    if chance > ACCEPTANCE.most_log10_chance:
        return None
    error = step * fit.sigma_px / math.sqrt(float(fit.inlier.mean()))
    matrix = in_working(fit.affine.matrix, step)
    return LocalAffine(centre, matrix, found.take(fit.inlier), error)


def centre_of(window: Window, step: float = 1.0) -> np.ndarray:
    """Return (2,) the middle of a window of pixels of ``step``, working pixels."""
    x, y = window.x0 + 0.5 * window.width, window.y0 + 0.5 * window.height
    return step * np.array([x, y])


def in_level(matches: Matches, step: float) -> Matches:
    """Return matches of working pixels in pixels of ``step``."""
    return Matches(matches.mov_xy / step, matches.ref_xy / step, matches.confidence)


def in_working(matrix: np.ndarray, step: float) -> np.ndarray:
    """Return a (3, 3) affine in pixels of ``step`` in working pixels."""
    return scaling(step, step) @ matrix @ scaling(1 / step, 1 / step)
