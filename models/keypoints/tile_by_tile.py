"""What matchers share whose network answers for one tile at a time."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from ...core.base.feedback import SILENT, Feedback, check
from ...core.base.types import Matches, Search, TileMatch, TilePair
from ...core.matching.gradient.confidence import probability
from ...core.matching.gradient.distinctness import distinctness
from ...core.matching.gradient.overlays import without_overlays
from ...core.matching.structure import is_flat, on_valid

#: Matches that are less likely than this to be within 3 px are left out.
LEAST_CONFIDENCE = 0.1


class TileByTile:
    """From what a network finds in a tile to what the seam asks for.

    Args:
        confidence: coefficients of a match's confidence, of the features that
            ``examine`` returns.
    """

    tile_px = 512
    batch = 1

    def __init__(self, confidence: Sequence[float]):
        self._confidence = np.asarray(confidence)

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; see ``core.matching.protocol``. Raises ``Cancelled``."""
        return [self._one(without_overlays(pair), search, feedback) for pair in pairs]

    def examine(
        self, pair: TilePair, search: Search, feedback: Feedback = SILENT
    ) -> tuple[Matches, np.ndarray, float, np.ndarray]:
        """Return all matches, their placement, how far it stands out, and features.

        The placement is (3, 3), features are (n, k); no matches where nothing is found.
        """
        raise NotImplementedError

    def _one(self, pair: TilePair, search: Search, feedback: Feedback) -> TileMatch:
        check(feedback)
        if is_flat(pair):
            return TileMatch(Matches.empty(), reason="no_structure")
        found, matrix, clear, features = self.examine(pair, search, feedback)
        if not len(found):
            return TileMatch(found, distinctness=0.0)
        sure = probability(features, self._confidence)
        good = (sure >= LEAST_CONFIDENCE) & on_valid(found.mov_xy, pair.mov)
        good &= on_valid(found.ref_xy, pair.ref)
        matches = Matches(found.mov_xy, found.ref_xy, sure).take(good)
        return TileMatch(matches, matrix, distinctness(clear))
