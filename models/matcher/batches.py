"""Tiles as batches of tensors, and what can be told of tiles before matching."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

import numpy as np
import torch
from torch import Tensor

from ...core.base.types import Tile, TilePair
from ..network.soma import MULTIPLE

#: Deviation of a tile's valid pixels (0..1) below which it counts as flat.
LEAST_CONTRAST = 0.01
LEAST_VALID = 0.05


@dataclass(frozen=True)
class Stack:
    """One side of a batch: (B, 1, H, W) images 0..1 and validity, and the modality."""

    image: Tensor
    valid: Tensor
    modality: str


def stack_tiles(tiles: Sequence[Tile], device: torch.device) -> Stack:
    """Pad tiles of one modality to a common multiple of 16, right and below."""
    height, width = (
        math.ceil(max(tile.pixels.shape[axis] for tile in tiles) / MULTIPLE) * MULTIPLE
        for axis in (0, 1)
    )
    image = np.zeros((len(tiles), 1, height, width), np.float32)
    valid = np.zeros_like(image)
    for index, tile in enumerate(tiles):
        h, w = tile.pixels.shape
        image[index, 0, :h, :w] = np.where(tile.valid, tile.pixels, 0)
        valid[index, 0, :h, :w] = tile.valid
    tensors = (torch.from_numpy(a).to(device) for a in (image, valid))
    return Stack(*tensors, tiles[0].modality)


def is_flat(pair: TilePair) -> bool:
    """Return whether one of the tiles has nothing to match."""
    for tile in (pair.ref, pair.mov):
        if tile.valid.mean() < LEAST_VALID:
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


def extent_px(pairs: Sequence[TilePair]) -> float:
    """Return the longest side of the moving tiles, in pixels."""
    return float(max(max(pair.mov.pixels.shape) for pair in pairs))
