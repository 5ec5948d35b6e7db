"""Coarse to fine: from an opened pair to matches and a judged fit.

A global stage looks at the whole overlap, reduced until it fits one tile, over
the whole search range. Its affine then guides tiles at working resolution, in
which only the remaining displacement has to be found. One robust fit over all
tiles ends it. At no time are more than ``matcher.batch`` tiles in memory.
"""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import replace
from typing import Sequence

import numpy as np

from ..base.errors import BadInput, Refused
from ..base.feedback import SILENT, Feedback, Steps
from ..base.grid import scaling
from ..base.job import Job
from ..base.types import Search, TransformKind
from ..estimation.acceptance import Alignment, judge
from ..estimation.estimate import Fit, estimate
from ..estimation.selection_reason import more_certain
from ..matching.protocol import Matcher
from ..raster.pair import RasterPair, open_pair
from ..raster.tiling import plan_tiles
from ..raster.working_grid import LEAST_PX, SAME_SHARE
from ..transform.fitters import LEAST
from .levels import find_guide, is_one_piece
from .tile_matches import TILE_SEARCH, TileMatches, joined, match_overview
from .tiles_by_need import TilesByNeed, need_of

#: The refusal of a kind of transform that may not be that of a simpler one.
_UNCERTAIN = "uncertain"


def plan_search(job: Job, pair: RasterPair) -> Search:
    """Return the search range in working pixels: the job's, or sensible ones.

    It is the same ground however coarse the working pixels are.

    Raises ``BadInput`` for a shift beyond the overlap, or in metres where the size
    of a pixel is not known.
    """
    if job.max_shift and job.max_shift_unit == "m" and not np.isfinite(pair.gsd_m):
        raise BadInput.of(
            "shift_without_metres", length=job.max_shift, name=pair.ref.name
        )
    width, height = (pair.coarser * n for n in (pair.grid.width, pair.grid.height))
    side = min(width, height)
    anywhere = job.search == "any" or (job.search == "auto" and not pair.georeferenced)
    finest_m = pair.gsd_m / pair.coarser
    shift = job.max_shift / (finest_m if job.max_shift_unit == "m" else 1.0)
    if shift > max(width, height):
        raise BadInput.of("shift_too_large", length=shift, width=width, height=height)
    if not shift:
        shift = 0.5 * side if anywhere else min(max(64.0, 0.1 * side), 0.4 * side)
    rotation = job.max_rotation_deg
    if rotation < 0:
        rotation = 180.0 if anywhere else 3.0
    scale = job.max_scale or (1.5 if anywhere else 1.03)
    return Search(shift / pair.coarser, rotation, scale)


def asked_coarser(job: Job, pair: RasterPair) -> float:
    """Return how many times larger pixels than a pair's a job asks to be matched.

    Raises ``BadInput`` for a size that is not to be had.
    """
    gsd = job.working_gsd
    if not gsd:
        return 1.0
    if not math.isfinite(pair.gsd_m):
        raise BadInput.of("working_gsd_without_metres", gsd=gsd, name=pair.ref.name)
    factor = gsd / pair.gsd_m
    if factor < 1.0 - SAME_SHARE:
        raise BadInput.of("working_gsd_too_fine", gsd=gsd, finest=pair.gsd_m)
    width, height = (int(n / factor) for n in (pair.grid.width, pair.grid.height))
    if min(width, height) < LEAST_PX:
        raise BadInput.of(
            "working_gsd_too_coarse",
            gsd=gsd,
            width=width,
            height=height,
            least=LEAST_PX,
        )
    return max(factor, 1.0)


def at_asked_pixels(
    job: Job, pair: RasterPair, stack: ExitStack, feedback: Feedback
) -> RasterPair:
    """Return a pair in the working pixels that a job asks for."""
    return _coarser(job, pair, asked_coarser(job, pair), stack, feedback)


def _coarser(
    job: Job, pair: RasterPair, factor: float, stack: ExitStack, feedback: Feedback
) -> RasterPair:
    if factor <= 1.0:
        return pair
    return stack.enter_context(
        open_pair(job, feedback, pair.placing, pair.coarser * factor)
    )


def align(
    job: Job,
    pair: RasterPair,
    matcher: Matcher,
    stack: ExitStack,
    feedback: Feedback = SILENT,
    force: bool = False,
) -> tuple[RasterPair, Alignment]:
    """Match and fit; raises ``Refused`` when the evidence is too weak.

    Args:
        job: what is asked for.
        pair: both rasters on their working grid.
        matcher: what finds the tie points.
        stack: keeps open what another pair is read from.
        feedback: progress and cancel.
        force: accept an alignment that is no better than the present one.

    Returns:
        The pair whose working pixels the alignment is in: those asked for, or coarser
        ones than those of ``pair`` where matches err less there.
    """
    pair = at_asked_pixels(job, pair, stack, feedback)
    search = plan_search(job, pair)
    if is_one_piece(pair, matcher):
        steps = Steps(feedback, (90, 10))
        part = steps.next("Looking at the whole overlap")
        side = max(pair.grid.width, pair.grid.height)
        found, _, ground = match_overview(pair, matcher, search, side, part)
        part = steps.next("Fitting")
        points = ground.points((pair.grid.width, pair.grid.height))
        how = search, found, search.shift_px, 1, points, found.distinctness
        return pair, _fitted(job, pair, *how, part, force)
    steps = Steps(feedback, (30, 60, 10))
    guide = find_guide(
        pair, matcher, search, steps.next("Looking at the whole overlap")
    )
    part = steps.next("Matching tiles")
    factor = 1.0 if job.working_gsd else guide.coarser
    points = guide.ground.points((pair.grid.width, pair.grid.height)) / factor
    pair = _coarser(job, pair, factor, stack, part)
    search = plan_search(job, pair)
    smaller = scaling(1.0 / factor, 1.0 / factor)
    matrix = smaller @ guide.mov_to_ref @ np.linalg.inv(smaller)
    windows = plan_tiles(pair.grid.width, pair.grid.height, matcher.tile_px)

    def fitted(matched: Sequence[TileMatches]) -> Alignment:
        every = joined(matched)
        found = replace(every, distinctness=guide.distinctness)
        # Tiles that stand out by themselves leave no doubt about the placement.
        clear = float(np.fmax(guide.distinctness, every.distinctness))
        how = search, found, TILE_SEARCH.shift_px, len(matched), points, clear
        return _fitted(job, pair, *how, part, force)

    known = guide.tiles if factor == guide.coarser else {}
    tiles = TilesByNeed(pair, matcher, windows, TILE_SEARCH, matrix, fitted, known)
    tiles.match(need_of(job), part)
    part = steps.next("Fitting")
    try:
        return pair, tiles.fitted()
    except Refused:
        if not tiles.rest:
            raise
    # That few tiles were matched must not be why a pair is refused.
    tiles.match(None, part)
    return pair, tiles.fitted()


def _fitted(
    job: Job,
    pair: RasterPair,
    search: Search,
    found: TileMatches,
    radius_px: float,
    n_tiles: int,
    ground_xy: np.ndarray,
    clear: float,
    feedback: Feedback,
    force: bool,
) -> Alignment:
    """Fit what was asked for and judge it.

    Where nothing was, a kind that the matches leave uncertain gives way to the next
    simpler one that they do not.
    """
    found.need()
    extent = (pair.grid.width, pair.grid.height)

    def judged(kind: TransformKind, instead_of: Fit | None = None) -> Alignment:
        fit = estimate(
            found.matches,
            kind,
            extent,
            feedback=feedback,
            limits=search,
            gsd_m=pair.gsd_m,
        )
        try:
            evidence = judge(
                found.matches,
                fit,
                extent,
                search,
                radius_px=radius_px,
                check_identity=pair.georeferenced and not force,
                gsd_m=pair.gsd_m,
                ground_xy=ground_xy,
                distinctness=clear,
                bare=found.bare,
            )
        except Refused as refused:
            told = refused.message.code if refused.message else ""
            simpler = _simpler(fit.kind)
            if job.transform != "auto" or told != _UNCERTAIN or simpler is None:
                raise
            return judged(simpler, instead_of or fit)
        if instead_of is not None:
            compared = instead_of.choice.compared
            choice = more_certain(fit.kind, instead_of.kind, compared)
            fit = replace(fit, choice=choice)
        return Alignment(
            found.matches, fit, evidence, search, found.distinctness, n_tiles
        )

    return judged(job.transform)


def _simpler(kind: str) -> TransformKind | None:
    """Return the next simpler kind, None for the simplest."""
    kinds = list(LEAST)
    place = kinds.index(kind)
    return kinds[place - 1] if place else None  # type: ignore[return-value]
