"""Whether an image fits better the wrong way round than where it was placed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..base.feedback import Feedback
from ..base.types import Search, Tile, TileMatch, TilePair
from ..estimation.acceptance import ACCEPTANCE
from ..matching.protocol import Matcher

#: The ways in which an image may be the wrong way round.
MIRRORS = ("left to right", "upside down", "transposed", "across")
#: Placements that stand out by more than this are that of no mirrored image: of 72
#: mirrored simulated images one was accepted, at 0.52, and one of 128 px at 0.47.
MIRRORED_BELOW = 0.6
#: Searches over less rotation follow a placement that is known already.
MIRRORED_FROM_DEG = 1.0
#: From here on one way round stands for all four.
_QUARTER_DEG = 90.0


def fits_mirrored(
    match: TileMatch,
    tiles: TilePair,
    matcher: Matcher,
    search: Search,
    feedback: Feedback,
) -> bool:
    """Return whether the moving image fits better the wrong way round.

    Where a river or a coast is much the same in the mirror, so is where it fits.
    """
    accepted = ACCEPTANCE.least_distinctness <= match.distinctness < MIRRORED_BELOW
    if not accepted or search.rotation_deg < MIRRORED_FROM_DEG:
        return False
    kinds = MIRRORS[:1] if search.rotation_deg >= _QUARTER_DEG else MIRRORS
    mirror_images = [replace(tiles, mov=mirrored(tiles.mov, kind)) for kind in kinds]
    others = matcher.match(mirror_images, search, feedback)
    return max(other.distinctness for other in others) > match.distinctness


def mirrored(tile: Tile, kind: str) -> Tile:
    """Return a tile the wrong way round, one of ``MIRRORS``."""
    height, width = tile.valid.shape
    matrix = {
        "left to right": [[-1, 0, width], [0, 1, 0], [0, 0, 1]],
        "upside down": [[1, 0, 0], [0, -1, height], [0, 0, 1]],
        "transposed": [[0, 1, 0], [1, 0, 0], [0, 0, 1]],
        "across": [[0, -1, width], [-1, 0, height], [0, 0, 1]],
    }[kind]

    def flip(values: np.ndarray) -> np.ndarray:
        if kind in ("across", "upside down"):
            values = values[::-1]
        if kind in ("across", "left to right"):
            values = values[:, ::-1]
        if kind in ("across", "transposed"):
            values = values.T
        return np.ascontiguousarray(values)

    return replace(
        tile,
        pixels=flip(tile.pixels),
        valid=flip(tile.valid),
        to_working=tile.to_working @ np.array(matrix, np.float64),
        ground=None if tile.ground is None else flip(tile.ground),
    )
