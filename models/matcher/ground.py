"""What the network says of bare ground, given to tiles."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from ...core.base.types import Tile, TilePair
from ..network.geometry import apply_affine, centres, identity, sample
from ..network.ground_head import STRIDE, weight

#: Pixels of ground that a tile is given anyhow, and what its places count at most by
#: that: noise averages out over a large tile and a lean does not, a small one needs all
#: that it has. Chosen on simulated and training crops of 120 to 512 px.
ANYHOW_PX, MOST = 13_000, 0.5


def least_of(pair: TilePair) -> float:
    """Return what a place of a pair's tiles counts that shows no ground at all."""
    seen = min(int(tile.valid.sum()) for tile in (pair.ref, pair.mov))
    return min(ANYHOW_PX / max(seen, 1), MOST)


def with_ground(
    pair: TilePair, mov: Tensor | None, ref: Tensor | None, by: Tensor, least: float
) -> TilePair:
    """Return a pair whose tiles say where they show bare ground.

    Args:
        pair: tiles.
        mov: (1, 1, h, w) logits of the turned moving tile, None without a head.
        ref: (1, 1, h, w) logits of the reference tile.
        by: (1, 2, 3) by what the moving tile was turned.
        least: what places count that show no ground at all; see ``least_of``.
    """
    if mov is None or ref is None:
        return pair
    return replace(
        pair,
        ref=_tile_with_ground(pair.ref, ref, identity(1, by.device), least),
        mov=_tile_with_ground(pair.mov, mov, by, least),
    )


def _tile_with_ground(tile: Tile, logits: Tensor, by: Tensor, least: float) -> Tile:
    height, width = tile.pixels.shape
    where = apply_affine(by, centres(height, width, 1, logits.device))
    found, inside = sample(weight(logits, least), where, STRIDE)
    return replace(tile, ground=(found * inside)[0, 0].cpu().numpy())
