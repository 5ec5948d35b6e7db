"""Tiles as batches of tensors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

import numpy as np
import torch
from torch import Tensor

from ...core.base.types import Search, Tile, TilePair
from ..network.soma import MULTIPLE


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


def extent_px(pairs: Sequence[TilePair]) -> float:
    """Return the longest side of the moving tiles, in pixels."""
    return float(max(max(pair.mov.pixels.shape) for pair in pairs))


def reach_px(
    count: int, search: Search, longest_px: float, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return (B,) px, how far a tile's centre and how far any place may be."""
    shift = torch.full((count,), search.shift_px, device=device)
    turn = 2 * math.sin(math.radians(min(search.rotation_deg, 90.0)) / 2)
    return shift, 1.42 * shift + 0.71 * longest_px * (turn + search.scale - 1)
