"""Where a large pair fits, and how coarse it is best matched: from level to level.

A pyramid reaches from the overview, which one tile holds, to the working pixels, each
level two to three times finer than the one before it. The placement is looked for at
the coarsest level first, over the whole range, and then at finer ones as long as a
window holds the range. From where it is found a few tiles a level follow it down, and
tell how far matches scatter there: what is seen no better at a finer level, because of
speckle or because the files hold more pixels than detail, is matched at a coarser one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Mapping, Sequence

import numpy as np

from ..base.errors import Refused
from ..base.feedback import Feedback, Steps, parted
from ..base.types import Matches, Search
from ..estimation.acceptance import judge
from ..estimation.estimate import estimate
from ..matching.protocol import Matcher
from ..raster.pair import RasterPair
from ..raster.tiling import Window, plan_tiles, spread_evenly
from ..transform.linear import Affine2D, fit_affine
from .level_choice import Look, best_level
from .tile_matches import (
    TILE_SEARCH,
    Ground,
    TileMatches,
    centre_of,
    in_level,
    in_working,
    joined,
    local_affine,
    match_overview,
    match_windows,
)

#: An overlap up to this many tiles' side is matched in one piece.
ONE_PIECE = 1.3
#: From one level to the next pixels are at most so many times smaller.
MOST_RATIO = 3.0
#: Windows of the search over the whole range, a level.
PROBE_TILES = 9
#: Windows that follow a known placement to the next level, and how many of them have
#: to see it there.
GUIDE_TILES, LEAST_SEEING = 5, 3
#: A window is searched over a range of at most so many tiles' sides, so that half of
#: the overlap is one at the level below the overview; more needs memory without
#: bound, and is what coarser levels are for.
MOST_RANGE = 1.5
#: Levels one after the other that may show nothing before the descent ends.
MOST_FAILED = 2
#: Windows with less ground in both images than this share are left out if others
#: have more.
LEAST_GROUND = 0.3


@dataclass(frozen=True)
class Guide:
    """Where a pair fits, and at which level to match it.

    Args:
        mov_to_ref: (3, 3) affine in working pixels that holds for the whole overlap.
        distinctness: of the placement; see ``TileMatch``.
        ground: where both images are.
        coarser: working pixels per pixel of the level at which matches err least.
        tiles: what windows of that level gave already, in its pixels.
    """

    mov_to_ref: np.ndarray
    distinctness: float
    ground: Ground
    coarser: float = 1.0
    tiles: Mapping[Window, TileMatches] = field(default_factory=dict)


def is_one_piece(pair: RasterPair, matcher: Matcher) -> bool:
    """Return whether one tile holds the whole overlap."""
    return max(pair.grid.width, pair.grid.height) <= ONE_PIECE * matcher.tile_px


def find_guide(
    pair: RasterPair, matcher: Matcher, search: Search, feedback: Feedback
) -> Guide:
    """Return where a pair fits and the level to match it at.

    Memory: a few tiles, whatever the size and the range.

    Args:
        pair: both rasters on their working grid.
        matcher: what finds the tie points.
        search: range to search, in working pixels.
        feedback: progress and cancel.

    Raises:
        Refused: with what the overview was refused for, or the probes were.
    """
    steps = Steps(feedback, (30, 35, 35))
    start, distinctness, finer, ground = _found(pair, matcher, search, steps)
    part = steps.next("Looking closer in several places")
    looks, failed = [start], 0
    for step, here in parted(finer, part):
        windows = _windows(pair, matcher, step, ground)[:GUIDE_TILES]
        look = _followed(pair, matcher, looks[-1], windows, step, here)
        if look is None:
            failed += 1
            if failed == MOST_FAILED:
                break
        else:
            failed = 0
            looks.append(look)
    best = best_level(pair, matcher.tile_px, looks)
    how = looks[-1].mov_to_ref, distinctness, ground
    return (
        Guide(*how)
        if best is None
        else Guide(*how, float(best.step), best.in_its_pixels())
    )


def coarse_affine(
    pair: RasterPair, matcher: Matcher, search: Search, feedback: Feedback
) -> Affine2D:
    """Return an affine in working pixels that the overview shows.

    Raises ``Refused`` where it shows none.
    """
    side = matcher.tile_px
    seen, step, ground = match_overview(pair, matcher, search, side, feedback)
    return Affine2D(_placed(seen, pair, search, step, ground).mov_to_ref)


def _found(
    pair: RasterPair, matcher: Matcher, search: Search, steps: Steps
) -> tuple[Look, float, list[int], Ground]:
    """Return the placement of the coarsest level that shows one.

    Beside it how distinct it is, the finer levels, and where both images are.
    """
    part = steps.next("Looking at the overview")
    seen, step, ground = match_overview(pair, matcher, search, matcher.tile_px, part)
    finer = _finer(step)
    part = steps.next("Looking closer in several places")
    try:
        look = _placed(seen, pair, search, step, ground)
        return look, seen.distinctness, finer, ground
    except Refused as refused:
        first = last = refused
    most_px = MOST_RANGE * matcher.tile_px
    within = [level for level in finer if search.shift_px <= level * most_px]
    for level, here in parted(within, part):
        windows = _windows(pair, matcher, level, ground)[:PROBE_TILES]
        reach = replace(search, shift_px=search.shift_px / level)
        guides = [np.eye(3)] * len(windows)
        seen = joined(match_windows(pair, matcher, windows, reach, guides, here, level))
        try:
            look = _placed(seen, pair, search, level, ground)
        except Refused as refused:
            last = refused
        else:
            below = [s for s in finer if s < level]
            return look, seen.distinctness, below, ground
    raise (first if last.code == "too_few_matches" else last) from None


def _finer(step: float) -> list[int]:
    """Return the levels below an overview of ``step``, coarsest first."""
    count = math.ceil(math.log(step) / math.log(MOST_RATIO) - 1e-9)
    return [round(step ** (1.0 - n / count)) for n in range(1, count + 1)]


def _windows(
    pair: RasterPair, matcher: Matcher, step: float, ground: Ground
) -> list[Window]:
    """Return windows of a level where both images are, the first all over them."""
    sides = (math.ceil(n / step) for n in (pair.grid.width, pair.grid.height))
    planned = plan_tiles(*sides, matcher.tile_px)
    share = [ground.share(window, step) for window in planned]
    least = min(LEAST_GROUND, max(share))
    return spread_evenly(
        [window for window, s in zip(planned, share, strict=True) if s >= least]
    )


def _placed(
    seen: TileMatches, pair: RasterPair, search: Search, step: float, ground: Ground
) -> Look:
    """Return the affine of matches; raises ``Refused`` where the evidence is weak.

    All limits are in pixels of the level, for its images resolve no more.
    """
    seen.need()
    matches = in_level(seen.matches, step)
    extent = (pair.grid.width / step, pair.grid.height / step)
    limits = replace(search, shift_px=search.shift_px / step)
    fit = estimate(matches, "affine", extent, limits=limits)
    judge(
        matches,
        fit,
        extent,
        limits,
        check_identity=False,
    )
    return Look(step, in_working(fit.affine.matrix, step))


def _followed(
    pair: RasterPair,
    matcher: Matcher,
    before: Look,
    windows: Sequence[Window],
    step: int,
    feedback: Feedback,
) -> Look | None:
    """Bring a placement to a finer level, None where too few windows see it there.

    Every window begins where the coarser level found its ground, and is believed by
    itself: what bends need not be one affine.
    """
    guides = [before.near(window, step) for window in windows]
    found = match_windows(pair, matcher, windows, TILE_SEARCH, guides, feedback, step)
    told = [
        local_affine(tile.matches, centre_of(window, step), step)
        for tile, window in zip(found, windows, strict=True)
    ]
    seen = [local for local in told if local is not None]
    if len(seen) < min(LEAST_SEEING, len(windows)):
        return None
    agreeing = Matches.concat([local.matches for local in seen])
    whole = fit_affine(agreeing.mov_xy, agreeing.ref_xy, agreeing.confidence)
    tiles = tuple(zip(windows, found, strict=True))
    return Look(step, whole.matrix, tuple(seen), tiles)
