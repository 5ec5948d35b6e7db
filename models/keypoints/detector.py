"""Keypoints that radar and light share: corners of oriented gradients, spread evenly.

What both sensors show alike is where the ground changes and in which direction, not
how bright it is. The structure tensor of the gradients says where it changes in two
directions at once (Harris and Stephens 1988; the smaller eigenvalue, Shi and Tomasi
1994). Gradients are taken as hand-made descriptors take them: relative to what is usual
around, so that a bright town does not take all the keypoints of a tile. The best of
every cell is taken, so that the ground is covered where it shows anything at all.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..network.encoder import Features

#: Side in px of a cell, which gives one keypoint at most.
CELL_PX = 16
#: Planes of the hand-made descriptors that are used: size, cos and sin of twice the
#: angle, the first with another weight than the others.
SIZE, COS2, SIN2, SIZE_WEIGHT = 0, 1, 2, 0.7
#: Side of the window of the structure tensor, in cells of the finest descriptors.
WINDOW = 5
#: A keypoint has at least this share of the strength that is usual in its tile.
LEAST_STRENGTH = 0.05
STRIDE_PX = 2


def strength_of(features: Features) -> Tensor:
    """Return corner strength (B, 1, H/2, W/2), at least 0; 0 where invalid.

    Args:
        features: of images; the hand-made planes of the finest level are read.
    """
    planes, mask = features.levels[0].float(), features.masks[0].float()
    size = planes[:, SIZE : SIZE + 1] / SIZE_WEIGHT
    double = planes[:, COS2 : SIN2 + 1]
    pad = WINDOW // 2
    mean = F.avg_pool2d(torch.cat([size, double], dim=1), WINDOW, 1, pad)
    mean = F.avg_pool2d(mean, 3, 1, 1)
    smaller = mean[:, :1] - mean[:, 1:].norm(dim=1, keepdim=True)
    return smaller * mask


def detect(features: Features, cell_px: int = CELL_PX) -> tuple[Tensor, Tensor]:
    """Return the strongest corner of every cell.

    Args:
        features: of a batch of images.
        cell_px: side of a cell, a multiple of ``STRIDE_PX``.

    Returns:
        (B, N, 2) float32 xy in px, sub-pixel; (B, N) float32 strength relative to the
        tile's mean, -inf where a cell has no keypoint. N is the number of cells.
    """
    strength, mask = strength_of(features), features.masks[0]
    usual = (strength.clamp_min(0) * mask).sum(dim=(1, 2, 3))
    usual = usual / mask.sum(dim=(1, 2, 3)).clamp_min(1.0)
    strength = strength / (usual[:, None, None, None] + 1e-9)
    strength = strength.masked_fill(mask < 0.5, -torch.inf)
    highest = F.max_pool2d(strength, 3, 1, 1)
    peak = torch.where(strength == highest, strength, -torch.inf)
    side = cell_px // STRIDE_PX
    height, width = peak.shape[-2:]
    peak = F.pad(peak, (0, -width % side, 0, -height % side), value=-torch.inf)
    best, where = F.max_pool2d(peak, side, return_indices=True)
    best, where = best.flatten(1), where.flatten(1)
    row, col = where // peak.shape[-1], where % peak.shape[-1]
    xy = torch.stack([col, row], dim=2) + 0.5 + _summit(strength, row, col)
    none = ~(best > LEAST_STRENGTH)
    return STRIDE_PX * xy.float(), best.masked_fill(none, -torch.inf)


def _summit(strength: Tensor, row: Tensor, col: Tensor) -> Tensor:
    """Return (B, N, 2) how far the summit of a parabola lies from a peak, in cells."""
    height, width = strength.shape[-2:]
    flat = strength[:, 0].flatten(1)

    def at(down: int, right: int) -> Tensor:
        y, x = (row + down).clamp(0, height - 1), (col + right).clamp(0, width - 1)
        return flat.gather(1, y * width + x)

    middle, offsets = at(0, 0), []
    for low, high in ((at(0, -1), at(0, 1)), (at(-1, 0), at(1, 0))):
        bend = low + high - 2 * middle
        offset = 0.5 * (low - high) / bend.clamp_max(-1e-6)
        good = offset.isfinite() & (offset.abs() <= 0.5)
        offsets.append(torch.where(good, offset, torch.zeros_like(offset)))
    return torch.stack(offsets, dim=2)
