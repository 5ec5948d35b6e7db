"""What can be told of tiles before anything is matched, and where they are valid."""

from __future__ import annotations

import numpy as np

from ..base.types import Tile, TilePair

#: Deviation of a tile's valid pixels (0..1) below which it counts as flat.
LEAST_CONTRAST = 0.01
LEAST_VALID = 0.05


def is_flat(pair: TilePair) -> bool:
    """Return whether one of the tiles has nothing to match."""
    for tile in (pair.ref, pair.mov):
        if not tile.valid.size or tile.valid.mean() < LEAST_VALID:
            return True
        if float(tile.pixels[tile.valid].std()) < LEAST_CONTRAST:
            return True
    return False


def on_valid(xy: np.ndarray, tile: Tile) -> np.ndarray:
    """Return which positions (n, 2), in pixels, lie on valid pixels of a tile."""
    height, width = tile.valid.shape
    column, row = np.floor(xy).astype(np.int64).T
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    return inside & tile.valid[row.clip(0, height - 1), column.clip(0, width - 1)]
