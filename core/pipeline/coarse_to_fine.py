"""Coarse to fine: from an opened pair to matches and a judged fit.

A global stage looks at the whole overlap, reduced until it fits one tile, over
the whole search range. Its affine then guides tiles at working resolution, in
which only the remaining displacement has to be found. One robust fit over all
tiles ends it. At no time are more than ``matcher.batch`` tiles in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import cv2
import numpy as np

from ..base.errors import BadInput, Refused
from ..base.feedback import SILENT, Feedback, Steps, check
from ..base.grid import apply_affine
from ..base.job import Job
from ..base.types import Matches, Search, TileMatch, TilePair, TransformKind
from ..estimation.acceptance import Alignment, judge
from ..estimation.estimate import estimate
from ..matching.protocol import Matcher
from ..raster.pair import RasterPair
from ..raster.tiling import Window, plan_tiles
from ..transform.linear import Affine2D

#: An overlap up to this many tiles' side is matched in one piece.
ONE_PIECE = 1.3
#: What the tiles may still have to find after the global stage, in working
#: pixels: its own error and the local deformation it could not see.
TILE_SHIFT_PX = 16.0
#: Windows of the second attempt, when the overview gave no answer.
PROBE_TILES = 9
#: How far beside usable ground a match may be: windows reach over its edge, 16 px.
_BESIDE = np.ones((33, 33), np.uint8)


def plan_search(job: Job, pair: RasterPair) -> Search:
    """Return the search range in working pixels: the job's, or sensible ones.

    Raises ``BadInput`` for a shift beyond the overlap, or in metres where the size
    of a pixel is not known.
    """
    if job.max_shift and job.max_shift_unit == "m" and not np.isfinite(pair.gsd_m):
        raise BadInput.of(
            "shift_without_metres", length=job.max_shift, name=pair.ref.name
        )
    side = min(pair.grid.width, pair.grid.height)
    anywhere = job.search == "any" or (job.search == "auto" and not pair.georeferenced)
    shift = job.max_shift / (pair.gsd_m if job.max_shift_unit == "m" else 1.0)
    if shift > max(pair.grid.width, pair.grid.height):
        raise BadInput.of(
            "shift_too_large",
            length=shift,
            width=pair.grid.width,
            height=pair.grid.height,
        )
    if not shift:
        shift = 0.5 * side if anywhere else min(max(64.0, 0.1 * side), 0.4 * side)
    rotation = job.max_rotation_deg
    if rotation < 0:
        rotation = 180.0 if anywhere else 3.0
    scale = job.max_scale or (1.5 if anywhere else 1.03)
    return Search(shift, rotation, scale)


def align(
    pair: RasterPair,
    matcher: Matcher,
    search: Search,
    kind: TransformKind = "auto",
    feedback: Feedback = SILENT,
    force: bool = False,
) -> Alignment:
    """Match and fit; raises ``Refused`` when the evidence is too weak.

    Args:
        pair: both rasters on their working grid.
        matcher: what finds the tie points.
        search: range to search, in working pixels.
        kind: kind of transform to fit.
        feedback: progress and cancel.
        force: accept an alignment that is no better than the present one.
    """
    steps = Steps(feedback, (30, 60, 10))
    extent = (pair.grid.width, pair.grid.height)
    one_piece = max(extent) <= ONE_PIECE * matcher.tile_px
    part = steps.next("Looking at the whole overlap")
    if one_piece:
        found = _match_overview(pair, matcher, search, max(extent), part)
        steps.next("Matching tiles")
        n_tiles = 1
    else:
        guide, found = _global_affine(pair, matcher, search, part)
        part = steps.next("Matching tiles")
        windows = plan_tiles(*extent, matcher.tile_px)
        tile_search = Search(TILE_SHIFT_PX, rotation_deg=0.5, scale=1.005)
        tiles = _match_windows(pair, matcher, windows, tile_search, guide, part)
        found = _Found(tiles.matches, found.distinctness, tiles.reason)
        n_tiles = len(windows)
    part = steps.next("Fitting")
    _need_matches(found)
    fit = estimate(found.matches, kind, extent, feedback=part, limits=search)
    evidence = judge(
        found.matches,
        fit,
        extent,
        search,
        radius_px=search.shift_px if one_piece else TILE_SHIFT_PX,
        distinctness=found.distinctness,
        check_identity=pair.georeferenced and not force,
        gsd_m=pair.gsd_m,
    )
    return Alignment(found.matches, fit, evidence, search, found.distinctness, n_tiles)


@dataclass(frozen=True, slots=True)
class _Found:
    """Matches in working pixels, and what the matcher said beside them."""

    matches: Matches
    distinctness: float
    reason: str


def _global_affine(
    pair: RasterPair, matcher: Matcher, search: Search, feedback: Feedback
) -> tuple[np.ndarray, _Found]:
    """Return a (3, 3) affine in working pixels that holds for the whole overlap.

    The overview is tried first; where details vanish in it, windows at working
    resolution are matched over the whole range and fitted together.
    """
    extent = (pair.grid.width, pair.grid.height)
    steps = Steps(feedback, (40, 60))
    found = _match_overview(
        pair, matcher, search, matcher.tile_px, steps.next("Looking at the overview")
    )
    try:
        return _judged_affine(found, extent, search), found
    except Refused as refused:
        first = refused
    part = steps.next("Looking closer in several places")
    windows = plan_tiles(*extent, matcher.tile_px, PROBE_TILES)
    found = _match_windows(pair, matcher, windows, search, np.eye(3), part)
    try:
        return _judged_affine(found, extent, search), found
    except Refused as second:
        raise (first if second.code == "too_few_matches" else second) from None


def coarse_affine(
    pair: RasterPair, matcher: Matcher, search: Search, feedback: Feedback
) -> Affine2D:
    """Return an affine in working pixels that the overview shows.

    Raises ``Refused`` where it shows none.
    """
    found = _match_overview(pair, matcher, search, matcher.tile_px, feedback)
    extent = (pair.grid.width, pair.grid.height)
    return Affine2D(_judged_affine(found, extent, search))


def _judged_affine(
    found: _Found, extent: tuple[int, int], search: Search
) -> np.ndarray:
    _need_matches(found)
    fit = estimate(found.matches, "affine", extent, limits=search)
    judge(
        found.matches,
        fit,
        extent,
        search,
        distinctness=found.distinctness,
        check_identity=False,
    )
    return fit.affine.matrix


def _need_matches(found: _Found) -> None:
    if not len(found.matches) and found.reason:
        raise Refused.of(found.reason, "no_structure")


def _match_overview(
    pair: RasterPair, matcher: Matcher, search: Search, max_px: int, feedback: Feedback
) -> _Found:
    tiles = pair.overview(max_px, margin_px=search.shift_px, feedback=feedback)
    step = abs(np.linalg.det(tiles.ref.to_working[:2, :2])) ** 0.5
    scaled = Search(search.shift_px / step, search.rotation_deg, search.scale)
    return _gather([tiles], matcher.match([tiles], scaled, feedback))


def _match_windows(
    pair: RasterPair,
    matcher: Matcher,
    windows: Sequence[Window],
    search: Search,
    guide: np.ndarray,
    feedback: Feedback,
) -> _Found:
    parts: list[_Found] = []
    for start in range(0, len(windows), matcher.batch):
        check(feedback)
        feedback.setProgress(100.0 * start / len(windows))
        tiles = [
            pair.tile(w.x0, w.y0, w.width, w.height, guide)
            for w in windows[start : start + matcher.batch]
        ]
        parts.append(_gather(tiles, matcher.match(tiles, search, feedback)))
    reasons = [p.reason for p in parts if p.reason]
    return _Found(
        Matches.concat([p.matches for p in parts]),
        _median([p.distinctness for p in parts]),
        reasons[0] if len(reasons) == len(parts) else "",
    )


def _on_valid(pair: TilePair, matches: Matches) -> np.ndarray:
    """Return which matches lie on pixels that may be used, or hardly beside them."""
    good = np.ones(len(matches), bool)
    for tile, xy in ((pair.mov, matches.mov_xy), (pair.ref, matches.ref_xy)):
        height, width = tile.valid.shape
        near = cv2.dilate(tile.valid.astype(np.uint8), _BESIDE).astype(bool)
        col, row = np.floor(xy).astype(int).T
        good &= near[row.clip(0, height - 1), col.clip(0, width - 1)]
    return good


def _gather(tiles: Sequence[TilePair], found: Sequence[TileMatch]) -> _Found:
    parts = []
    for pair, match in zip(tiles, found, strict=True):
        kept = match.matches.take(_on_valid(pair, match.matches))
        parts.append(
            Matches(
                apply_affine(pair.mov.to_working, kept.mov_xy),
                apply_affine(pair.ref.to_working, kept.ref_xy),
                kept.confidence,
            )
        )
    reasons = [match.reason for match in found if match.reason]
    return _Found(
        Matches.concat(parts),
        _median([match.distinctness for match in found]),
        reasons[0] if len(reasons) == len(found) else "",
    )


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")
