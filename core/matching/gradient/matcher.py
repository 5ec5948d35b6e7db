"""The ``gradient`` matcher: no network, no torch, no training but a calibration."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Callable, Sequence

import numpy as np

from ...base.feedback import SILENT, Feedback, check
from ...base.grid import apply_affine
from ...base.types import Matches, Search, TileMatch, TilePair
from .channels import ChannelParams
from .confidence import peak_features, probability, with_clearness
from .correlate import BlockCorrelator, Surfaces, window_centres, window_scores
from .distinctness import clearness, distinctness, rivals_of
from .inspection import Inspection, Standing
from .overlays import OVERLAYS, left_out, overlay_share, without_overlays
from .parts import agreement_of_parts
from .peaks import Peaks, find_peaks
from .placement_search import (
    Placement,
    distinct,
    doubled,
    moved_px,
    search_placements,
    stands_out,
)
from .pyramid import Level, make_level
from .surface_fit import agree

_COARSE = ChannelParams(sigma=0.8, smooth=0.8, background=6.0, floor=2.0)
_FINE = ChannelParams(sigma=1.0, smooth=0.9, background=12.0, floor=2.0)
#: Long side in px of the level on which hypotheses are tried.
_COARSE_SIDE = 80
#: Placements refined on the next level; a third of them goes on from each.
_CANDIDATES = 12
#: Refined placements nearer than this (RMS) are one.
_TOGETHER_PX = 1.5
#: Distance between matches, how far they are looked for, and their windows'
#: standard deviations in units of the distance: for clear and for noisy pairs.
_BLOCK, _RADIUS = 16, 7
_CLEAR, _NOISY = 1.8, 2.5
#: A pair is clear where this share of the windows agrees within 2 px.
_CLEAR_SHARE = 0.7
#: Overlap of Gaussian windows: as many blocks as one window takes, per sigma^2.
_WINDOW_BLOCKS = 4.0 * np.pi
#: The last level is repeated until its corners move by less than this.
_PASSES, _SETTLED_PX = 3, 0.7
_LEAST_CONFIDENCE = 0.1
#: Tiles that are matched side by side at most; each holds up to 150 MB.
_MOST_AT_ONCE = 4
#: Windows with less gradient energy than this share of the strongest are empty.
_LEAST_WEIGHT = 0.3


#: Further evidence about a placement: given a (3, 3) placement, the shape (rows,
#: cols) of the grid of blocks of the reference and the search radius in px, returns
#: (rows * cols, k, k) scores of shifts in px, added to the surfaces of windows after
#: both were brought to a deviation of 1 over all windows.
Evidence = Callable[[np.ndarray, tuple[int, int], int], np.ndarray]


@dataclass(frozen=True)
class _Look:
    """A placement seen closely: the refined one, and what tells of its windows."""

    place: Placement
    agreed: np.ndarray
    surfaces: Surfaces
    scores: np.ndarray
    more: np.ndarray | None
    usable: np.ndarray


class GradientMatcher:
    """Matches oriented gradients by FFT correlation; see the package's modules.

    Holds at most about 200 MB for a tile of 512 px, of which as many are matched side
    by side as there are threads, up to four. ``distinctness`` says how far the
    placement of the whole tile stands out, c deviations, as c / (c + 4).

    Args:
        threads: tiles at a time, or workers of the transforms of one; 0 for the number
            of cores.
    """

    name = "gradient"
    tile_px = 512

    def __init__(self, threads: int = 0):
        self._workers = threads or os.cpu_count() or 1
        self.batch = min(self._workers, _MOST_AT_ONCE)

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; see ``core.matching.protocol``. Raises ``Cancelled``."""
        if min(len(pairs), self.batch) < 2:
            return [self._match_one(pair, search, feedback) for pair in pairs]
        # Whole tiles keep threads busier than the transforms of one do.
        alone = GradientMatcher(self._workers // self.batch)
        with ThreadPoolExecutor(self.batch) as pool:
            one = partial(alone._match_one, search=search, feedback=feedback)
            return list(pool.map(one, pairs))

    def _match_one(
        self, pair: TilePair, search: Search, feedback: Feedback
    ) -> TileMatch:
        pair, seen = self.examine_ground(pair, search, feedback)
        if seen is None:
            return TileMatch(Matches.empty(), reason="no_structure")
        clear = clearness(pair, seen)
        confidence = probability(with_clearness(seen.features, clear))
        matches = Matches(seen.mov_xy, seen.ref_xy, confidence)
        return TileMatch(
            matches.take(confidence >= _LEAST_CONFIDENCE),
            seen.mov_to_ref,
            distinctness(clear),
            start=seen.start,
        )

    def examine_ground(
        self, pair: TilePair, search: Search, feedback: Feedback = SILENT
    ) -> tuple[TilePair, Inspection | None]:
        """Return a pair without what is drawn over both, and what is known of it."""
        ground = without_overlays(pair)
        seen = self.examine(ground, search, feedback)
        if (
            seen is not None
            and overlay_share(ground, seen.mov_to_ref) > OVERLAYS.least_share
        ):
            ground = without_overlays(ground, seen.mov_to_ref)
            seen = self.examine(ground, search, feedback)
            # That start is of another pair than who is asked next begins with.
            seen = replace(seen, start=None) if seen is not None else None
        if seen is not None:
            seen = replace(seen, overlay=left_out(pair, ground))
        return ground, seen

    def examine(
        self,
        pair: TilePair,
        search: Search,
        feedback: Feedback = SILENT,
        place: Placement | None = None,
        evidence: Evidence | None = None,
    ) -> Inspection | None:
        """Return all that is known of a pair, None where it has no structure.

        Args:
            pair: tiles; what they say of the ground counts for where the windows
                agree, not for whether that stands out.
            search: how far the placement may be.
            feedback: asked for a cancel.
            place: where to begin, instead of looking for it.
            evidence: what another matcher knows, added to the surfaces.
        """
        place = place or self.locate(pair, search, feedback)
        if place is None:
            return None
        found = place
        level = make_level(pair, 1, _FINE)
        blocks = self._blocks(level)
        look = self._look(level, blocks, place, feedback, evidence)
        for _ in range(_PASSES - 1):
            if moved_px(place, look.place, pair.mov.pixels.shape) < _SETTLED_PX:
                break
            place = look.place
            look = self._look(level, blocks, place, feedback, evidence)
        centres, peaks, noise = _free_windows(look)
        good = look.usable & peaks.inside
        if not good.any():
            return None
        features = peak_features(peaks, noise)
        back = np.linalg.inv(place.mov_to_ref)
        return Inspection(
            apply_affine(back, centres[good]),
            (centres + peaks.shift)[good],
            features[good],
            look.place.mov_to_ref,
            *self._standing(pair, level, look.place, search),
            found.surprise,
            found.turns,
            start=found.mov_to_ref,
        )

    def locate(
        self, pair: TilePair, search: Search, feedback: Feedback = SILENT
    ) -> Placement | None:
        """Return the best placement at half resolution, in pixels of the tiles.

        None where a tile has no structure.
        """
        side = max(pair.ref.pixels.shape + pair.mov.pixels.shape)
        factor = 2 ** max(int(np.log2(side / _COARSE_SIDE) + 0.35), 0)
        if min(pair.ref.pixels.shape + pair.mov.pixels.shape) < factor:
            return None
        level = make_level(pair, factor, _COARSE)
        mov = level.mov_channels()
        if not (mov.structured and level.ref_channels.structured):
            return None
        reach = replace(search, shift_px=search.shift_px / factor)
        found = search_placements(
            mov,
            level.ref_channels,
            reach,
            _CANDIDATES,
            self._workers,
            feedback,
            level.holed,
        )
        keep, first = _CANDIDATES, found[0]
        while factor > 2:
            factor //= 2
            keep = max(keep // 3, 1)
            level = make_level(pair, factor, _FINE)
            blocks = self._blocks(level)
            found = [
                self._look(level, blocks, doubled(p), feedback).place for p in found
            ]
            found = sorted(found, key=lambda p: -p.score)[:keep]
            # Several that have come to one place would stay together.
            found = distinct(found, level.mov.pixels.shape, _TOGETHER_PX)
        best = doubled(found[0]) if factor == 2 else found[0]
        return replace(best, surprise=first.surprise, turns=first.turns)

    def _blocks(self, level: Level) -> BlockCorrelator:
        return BlockCorrelator(level.ref_channels, _BLOCK, _RADIUS, self._workers)

    def _look(
        self,
        level: Level,
        blocks: BlockCorrelator,
        place: Placement,
        feedback: Feedback,
        evidence: Evidence | None = None,
    ) -> _Look:
        """Correlate windows around a placement and move it to where they agree."""
        check(feedback)
        mov = level.mov_channels(place.mov_to_ref)
        surfaces = blocks.surfaces(mov)
        grid = surfaces.mov_energy.shape
        centres = window_centres(surfaces, _CLEAR)
        weights = np.sqrt(surfaces.mov_energy.ravel().astype(np.float64))
        weights /= max(float(weights.max()), 1e-12)
        more = evidence(place.mov_to_ref, grid, _RADIUS) if evidence else None
        scores = _joined(window_scores(surfaces, _CLEAR), more)
        independent = len(centres) / (_WINDOW_BLOCKS * _CLEAR**2)
        agreed = agree(scores / _noise(scores), centres, weights, independent)
        placed = Placement(agreed.matrix @ place.mov_to_ref, agreed.score)
        usable = weights > _LEAST_WEIGHT
        return _Look(placed, agreed.matrix, surfaces, scores, more, usable)

    def _standing(
        self, pair: TilePair, level: Level, place: Placement, search: Search
    ) -> tuple[Standing, float]:
        """Return how a placement stands among others, whole and in parts."""
        rivals = rivals_of(pair, search)
        if rivals.factor > 1 or pair.ref.ground is not None:
            ref, mov = (replace(tile, ground=None) for tile in (pair.ref, pair.mov))
            plain = replace(pair, ref=ref, mov=mov)
            level = make_level(plain, rivals.factor, _FINE)
        matrix = place.mov_to_ref.copy()
        matrix[:2, 2] /= level.factor
        mov, ref = level.mov_channels(matrix), level.ref_channels
        shift, apart = (px / level.factor for px in (rivals.shift_px, rivals.apart_px))
        whole = stands_out(mov, ref, shift, apart, self._workers, level.holed)
        parts = agreement_of_parts(mov, ref, apart, level.factor, self._workers)
        return whole, parts


def _free_windows(look: _Look) -> tuple[np.ndarray, Peaks, float]:
    """Return windows, each where it fits best; wider ones where few of them agree.

    Their centres, peaks, and the deviation of all scores.
    """
    surfaces, scores = look.surfaces, look.scores
    grid, centres = surfaces.mov_energy.shape, window_centres(surfaces, _CLEAR)
    peaks = find_peaks(scores, grid, _BLOCK)
    left = apply_affine(look.agreed, centres) - centres - peaks.shift
    near = np.hypot(*left[look.usable].T) < 2.0
    # Of a tile without any structure where it was put, no window is usable.
    if near.size and near.mean() < _CLEAR_SHARE:
        scores = _joined(window_scores(surfaces, _NOISY), look.more)
        centres = window_centres(surfaces, _NOISY)
        peaks = find_peaks(scores, grid, _BLOCK)
    return centres, peaks, _noise(scores)


def _noise(scores: np.ndarray) -> float:
    return float(scores.std()) + 1e-9


def _joined(scores: np.ndarray, more: np.ndarray | None) -> np.ndarray:
    """Add further evidence, keeping the scale of the scores."""
    if more is None:
        return scores
    scale = float(scores.std())
    total = scores / (scale + 1e-9) + more
    return total * (scale / (float(total.std()) + 1e-9))
