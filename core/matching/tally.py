"""Which matcher answered about how many tiles of one run."""

from __future__ import annotations

from typing import Sequence

from ..base.feedback import SILENT, Feedback
from ..base.types import Search, TileMatch, TilePair
from .protocol import Matcher

#: Between the names of matchers that share the work.
BESIDE = "+"


class Tally:
    """A matcher that counts what it answers, for the result to tell.

    Args:
        matcher: does the work; some are several in one.
    """

    def __init__(self, matcher: Matcher):
        self._matcher = matcher
        self.tile_px, self.batch = matcher.tile_px, matcher.batch
        self.tiles: dict[str, int] = {}

    @property
    def name(self) -> str:
        """Return who answered: one name, or several joined in the order they ask."""
        whole = self._matcher.name
        return BESIDE.join(sorted(self.tiles, key=whole.find)) or whole

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; see ``core.matching.protocol``. Raises ``Cancelled``."""
        found = self._matcher.match(pairs, search, feedback)
        for pair, one in zip(pairs, found, strict=True):
            # What a placement is compared with in the mirror is no tile of the result.
            if pair.mov.is_mirrored:
                continue
            name = one.model or self._matcher.name
            self.tiles[name] = self.tiles.get(name, 0) + 1
        return found
