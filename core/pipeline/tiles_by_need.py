"""Which tiles of a large overlap are matched: as many as its deformation asks for.

A transform of six numbers is known after a few tiles, whatever the area; one that bends
needs more, there where it bends. Tiles are taken so that those matched lie evenly over
the overlap at any time. Each round is held against what the tiles before it foretell:
where it lies elsewhere, its neighbours come next. A round that is spread over the whole
and lies as foretold is the last, if neither the kind of the transform nor its expected
error changes with it. That both stay the same is not enough: 21 tiles of a bent mosaic
agreed on a shift that was 3.6 px off, as 14 had.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Callable, Mapping, Sequence

import numpy as np

from ..base.errors import Refused
from ..base.feedback import Feedback, Part
from ..base.job import Effort, Job
from ..base.types import Search
from ..estimation.acceptance import Alignment
from ..estimation.expected_error import floor_px
from ..matching.protocol import Matcher
from ..raster.pair import RasterPair
from ..raster.tiling import MAX_TILES, Window, spread_evenly
from ..transform.fitters import LINEAR
from ..transform.linear import fit_affine
from .tile_matches import (
    LocalAffine,
    TileMatches,
    centre_of,
    local_affine,
    match_windows,
)


@dataclass(frozen=True)
class Need:
    """When tiles are enough; lengths in shares of what all matches get wrong alike.

    That is 0.9 px of 10 m and 2.0 px of 1 m (``expected_error.floor_px``), for what
    leans is no deformation of the ground.

    Args:
        first: tiles of the first round; the fit needs places all over the overlap, and
            unrelated images must have the chance to disagree.
        share: tiles of a further round, as a share of those matched so far.
        agree: a round whose root mean square departure from what was foretold is below
            this changes nothing: 0.5 px of 10 m, half of what single tiles are
            uncertain by.
        local: a tile that departs by more is looked at closer; 1 px of 10 m.
        changed: share by which the expected error may change with the last round.
        most: tiles that are matched at most, unless fewer are why a pair is refused: 21
            to 31 of 48 tiles of a mosaic that bends everywhere give its transform to
            0.9 and 0.6 px of what all give.
    """

    first: int
    share: float = 0.5
    agree: float = 0.55
    local: float = 1.1
    changed: float = 0.1
    most: int = MAX_TILES


#: Further tiles around one that lies elsewhere than foretold.
_AROUND = 4
#: Tiles that foretell one more, the nearer the more.
_NEAREST = 4
#: Tiles that have to tell something before they foretell others: an affine needs three.
_LEAST_TOLD = 5
NEEDS: dict[Effort, Need | None] = {
    "quick": Need(first=8, agree=1.1, local=2.2, most=24),
    "normal": Need(first=14),
    "thorough": None,
}
#: Kinds that follow the ground from place to place: asked for, they take all tiles.
_LOCAL = ("tps", "flow")


def need_of(job: Job) -> Need | None:
    """Return when a job's tiles are enough, None where all are to be matched."""
    if job.effort == "normal" and job.transform in _LOCAL:
        return None
    return NEEDS[job.effort]


class TilesByNeed:
    """Matches the windows of an overlap, as many as are needed, or all.

    Args:
        pair: both rasters on their working grid.
        matcher: what finds the tie points.
        windows: all there are.
        search: what tiles still have to find.
        guide: (3, 3) placement of the whole, working pixels.
        fitted: tiles to the alignment that they give; raises ``Refused``.
        known: what some windows gave already, matched from a placement of their own.
    """

    def __init__(
        self,
        pair: RasterPair,
        matcher: Matcher,
        windows: Sequence[Window],
        search: Search,
        guide: np.ndarray,
        fitted: Callable[[Sequence[TileMatches]], Alignment],
        known: Mapping[Window, TileMatches] = MappingProxyType({}),
    ):
        self._pair, self._matcher = pair, matcher
        self._fit, self._fits = fitted, dict[int, Alignment | None]()
        self._search, self._guide, self._known = search, guide, known
        self.rest = spread_evenly(windows)
        self.matched: list[TileMatches] = []
        self._locals: list[LocalAffine] = []

    def match(self, need: Need | None, feedback: Feedback) -> None:
        """Match rounds of tiles until they are enough; all without a ``need``."""
        if need is None:
            self._round(self.rest, feedback)
            return
        whole, unit_px = len(self.rest), self._alike_px
        ahead, everywhere = self.rest[: need.first], True
        while ahead:
            start = 100.0 * (whole - len(self.rest)) / whole
            part = Part(feedback, start, start + 100.0 * len(ahead) / whole)
            known, count = list(self._locals), len(self.matched)
            new = self._round(ahead, part)
            left_px = _departures(known, new)
            far = np.flatnonzero(left_px > need.local * unit_px)
            foretold = everywhere and left_px.size and not far.size
            if foretold and self._settled(count, left_px, new, need):
                break
            everywhere = not far.size
            more = max(round(need.share * len(self.matched)), 1)
            ahead = _around(self.rest, [new[i].centre for i in far])
            ahead = (ahead or self.rest[:more])[: need.most - len(self.matched)]

    def _settled(
        self, count: int, left_px: np.ndarray, new: Sequence[LocalAffine], need: Need
    ) -> bool:
        """Return whether tiles after the first ``count`` have changed nothing.

        They lie as their neighbours foretell, or as the transform before them does.
        """
        before, now = self._fitted(count), self._fitted(len(self.matched))
        if before is None or now is None:
            return False
        there = np.array([local.place for local in new])
        off = before.fit.mov_to_ref(np.array([local.centre for local in new])) - there
        left = min(_rms(left_px), _rms(np.linalg.norm(off, axis=1)))
        bends = [found.fit.kind not in LINEAR for found in (before, now)]
        ratio = now.evidence.expected_error_px / before.evidence.expected_error_px
        return (
            left <= need.agree * self._alike_px
            and bends[0] == bends[1]
            and abs(ratio - 1.0) <= need.changed
        )

    @property
    def _alike_px(self) -> float:
        """Return what all matches get wrong alike, working pixels.

        What leans is as high in metres at a coarser level, so that pairs whose files
        are alike are matched until they lie equally well, whatever the level.
        """
        coarser = self._pair.coarser
        return floor_px(self._pair.gsd_m / coarser) / coarser

    def fitted(self) -> Alignment:
        """Return what the tiles matched so far give; raises ``Refused``."""
        return self._fits.get(len(self.matched)) or self._fit(self.matched)

    def _fitted(self, count: int) -> Alignment | None:
        """Return what the first tiles give, None where they are refused."""
        if count not in self._fits:
            try:
                self._fits[count] = self._fit(self.matched[:count])
            except Refused:
                self._fits[count] = None
        return self._fits[count]

    def _round(
        self, windows: Sequence[Window], feedback: Feedback
    ) -> list[LocalAffine]:
        new = [window for window in windows if window not in self._known]
        guides = [self._guide] * len(new)
        matched = match_windows(
            self._pair, self._matcher, new, self._search, guides, feedback
        )
        known = {**self._known, **dict(zip(new, matched, strict=True))}
        found = [known[window] for window in windows]
        told = [
            local_affine(tile.matches, centre_of(window))
            for tile, window in zip(found, windows, strict=True)
        ]
        locals_ = [local for local in told if local is not None]
        taken = set(windows)
        self.rest = [window for window in self.rest if window not in taken]
        self.matched += found
        self._locals += locals_
        return locals_


def _around(rest: Sequence[Window], places: Sequence[np.ndarray]) -> list[Window]:
    """Return the windows nearest to some places."""
    centres = np.array([centre_of(window) for window in rest]).reshape(-1, 2)
    found: dict[int, None] = {}
    for place in places:
        apart = np.linalg.norm(centres - place, axis=1)
        found.update(dict.fromkeys(np.argsort(apart)[:_AROUND].tolist()))
    return [rest[i] for i in found]


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _departures(known: Sequence[LocalAffine], new: Sequence[LocalAffine]) -> np.ndarray:
    """Return how far each new tile lies from what known ones foretell, none where
    these are too few.
    """
    if len(known) < _LEAST_TOLD:
        return np.zeros(0)
    at = np.array([local.centre for local in known])
    there = np.array([local.place for local in known])
    whole = fit_affine(at, there)
    rest = there - whole(at)
    out = []
    for local in new:
        apart = np.linalg.norm(at - local.centre, axis=1)
        near = np.argsort(apart)[:_NEAREST]
        weight = 1.0 / np.maximum(apart[near], 1.0)
        foretold = whole(local.centre[None])[0] + weight @ rest[near] / weight.sum()
        out.append(float(np.linalg.norm(local.place - foretold)))
    return np.array(out)
