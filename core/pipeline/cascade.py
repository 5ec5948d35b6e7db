"""``auto``: oriented gradients first, a network for tiles that they leave unsure.

Where a tile's matches agree closely the gradients place it as exactly as the network
does, at a sixth of the time; where they scatter, are few or hardly stand out, the
network knows more. Every tile is judged by itself, so that of a large pair only the
hard parts are matched twice, and torch is not even loaded where there are none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Sequence

import numpy as np

from ..base.feedback import SILENT, Feedback
from ..base.grid import apply_affine
from ..base.types import Search, TileMatch, TilePair
from ..matching.protocol import Matcher
from ..matching.tally import BESIDE
from .tile_matches import TILE_SEARCH


@dataclass(frozen=True)
class SureParams:
    """When the gradients' answer about a tile stands.

    From further draws of the benchmark (seed 1), 169 pairs with known truth;
    ``benchmark/studies/cascade.py`` prints what other limits give.

    Args:
        distinctness: of the placement, at least, where the tile is all there is.
        agree_px: matches nearer than this to the tile's own affine agree with it.
        agreeing: share of the tile's confidence that agrees, at least.
        placed: distinctness that is enough for one of many tiles. Those of 8 m over
            ground that moved by itself have 0.59 to 0.82, and the network's matches
            predict held-out ground no better there.
        doubted: distinctness of the network below which the gradients' answer counts
            if it is the more distinct one and at least ``placed``; the network takes
            unrelated images for related up to 0.46.
    """

    distinctness: float = 0.72
    agree_px: float = 1.0
    agreeing: float = 0.95
    placed: float = 0.55
    doubted: float = 0.5


SURE = SureParams()
#: A tile of pixels so many times larger than working pixels is one of a level above.
_REDUCED = 1.01


def is_sure(found: TileMatch, alone: bool = True, params: SureParams = SURE) -> bool:
    """Return whether a tile's answer stands without a second opinion.

    Args:
        found: the answer.
        alone: whether it is all that a pair is judged by; see ``is_alone``.
        params: limits.
    """
    if not len(found.matches) or found.mov_to_ref is None:
        return False
    if not alone:
        return found.distinctness >= params.placed
    distinct = found.distinctness >= params.distinctness
    return distinct and agreeing(found, params.agree_px) >= params.agreeing


def is_alone(pair: TilePair, search: Search) -> bool:
    """Return whether a tile tells by itself where its pair lies, to a pixel.

    Tiles above the working resolution only lead to finer ones, and of the many that
    were led to their place each adds to what the others say.
    """
    step = abs(np.linalg.det(pair.ref.to_working[:2, :2])) ** 0.5
    return search != TILE_SEARCH and step < _REDUCED


def agreeing(found: TileMatch, within_px: float) -> float:
    """Return the share of matches, by confidence, near the tile's own affine."""
    matches, trust = found.matches, found.matches.confidence.astype(np.float64)
    off = apply_affine(found.mov_to_ref, matches.mov_xy) - matches.ref_xy
    return float(trust[np.linalg.norm(off, axis=1) < within_px].sum() / trust.sum())


class Cascade:
    """Two matchers behind the seam of one.

    Args:
        first: is asked about every tile.
        load: returns the second, or None where it cannot run; called at the first
            tile that needs it.
        second_name: what the user calls it.
        sure: when the first one's answer stands.
    """

    tile_px = 512

    def __init__(
        self,
        first: Matcher,
        load: Callable[[], Matcher | None],
        second_name: str,
        sure: SureParams = SURE,
    ):
        self._first, self._load, self._sure = first, load, sure
        self._second: Matcher | None = None
        self._is_loaded = False
        self.name = f"{first.name}{BESIDE}{second_name}"
        # The network takes two tiles at a time in as little memory as one.
        self.batch = max(first.batch, 2)

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; see ``core.matching.protocol``. Raises ``Cancelled``.

        Every answer names the matcher that it is of.
        """
        found = [
            replace(one, model=self._first.name)
            for one in self._first.match(pairs, search, feedback)
        ]
        unsure = [
            i
            for i, (pair, one) in enumerate(zip(pairs, found, strict=True))
            if not (one.reason or is_sure(one, is_alone(pair, search), self._sure))
        ]
        second = self._loaded() if unsure else None
        if second is None:
            return found
        asked = [_placed(pairs[i], found[i]) for i in unsure]
        others = second.match(asked, search, feedback)
        for i, other in zip(unsure, others, strict=True):
            found[i] = better(found[i], replace(other, model=second.name))
        return found

    def _loaded(self) -> Matcher | None:
        if not self._is_loaded:
            self._second, self._is_loaded = self._load(), True
        return self._second


def _placed(pair: TilePair, found: TileMatch) -> TilePair:
    """Return a pair with the placement that was found, where it is beyond doubt.

    Else with where the search for it began to look closely, which the network's would
    be once more.
    """
    if found.distinctness >= SURE.placed:
        return replace(pair, placed=found.mov_to_ref)
    return replace(pair, start=found.start)


def better(first: TileMatch, second: TileMatch) -> TileMatch:
    """Return the second answer; the first where that is doubtful and this one is not.

    Two weak answers are none: what the network doubts has to stand out by itself.
    """
    doubtful = second.distinctness < SURE.doubted
    stands = first.distinctness > max(second.distinctness, SURE.placed)
    return first if doubtful and stands else second
