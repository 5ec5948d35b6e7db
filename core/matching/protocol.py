"""The seam for matchers: what the pipeline asks of one."""

from __future__ import annotations

from typing import Protocol, Sequence

from ..base.feedback import SILENT, Feedback
from ..base.types import Search, TileMatch, TilePair


class Matcher(Protocol):
    """Finds tie points in pairs of tiles; a network or a classic method.

    Attributes:
        name: what the user calls it.
        tile_px: side of the tiles it likes best, in pixels.
        batch: number of tiles it likes to get at once.
    """

    name: str
    tile_px: int
    batch: int

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; same order and length as ``pairs``.

        A tile without usable structure gives no matches and a ``reason``,
        never an exception. Raises ``Cancelled``.
        """
