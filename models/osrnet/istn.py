"""ISTN, the paper's improved spatial transformer: feature maps moved by an affine.

A bilinear sample changes how smooth a map is with where it falls between the cells. The
structure-preserving kernel weighs the 3 x 3 nearest cells by their distance,
exp(-d^2 / 2 sigma^2), wherever the sample falls. Invalid cells weigh nothing. "Judge
H": maps higher than 512 cells are sampled at half the size. The paper gives neither the
form of the kernel nor what the smaller path does; both are ours.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..network.geometry import apply_affine, centres, invert

#: Deviation of the kernel in cells; not given in the paper.
SIGMA = 0.7
#: Rows above which a map is sampled at half the size.
JUDGED_HEIGHT = 512


def moved(
    image: Tensor, mask: Tensor, theta: Tensor, stride: int
) -> tuple[Tensor, Tensor]:
    """Lay maps on another grid of the same size.

    Args:
        image: (B, C, H, W) on the grid that ``theta`` maps from.
        mask: (B, 1, H, W), 1 where valid.
        theta: (B, 2, 3) px.
        stride: px per cell of both grids.

    Returns:
        (B, C, H, W) values on the grid that ``theta`` maps to, 0 where nothing is seen;
        and (B, 1, H, W) the share of the kernel that fell on valid cells.
    """
    height, width = image.shape[-2:]
    if height > JUDGED_HEIGHT:
        smaller = F.avg_pool2d(image * mask, 2, ceil_mode=True)
        share = F.avg_pool2d(mask, 2, ceil_mode=True)
        values, seen = moved(
            smaller / share.clamp_min(1e-3), (share > 0.999).to(mask), theta, 2 * stride
        )
        both = F.interpolate(
            torch.cat([values, seen], dim=1), scale_factor=2.0, mode="bilinear"
        )[..., :height, :width]
        return both[:, :-1], both[:, -1:]
    where = apply_affine(invert(theta), centres(height, width, stride, image.device))
    return sampled(image, mask, where / stride - 0.5)


def sampled(image: Tensor, mask: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
    """Read maps by the structure-preserving kernel.

    Args:
        image: (B, C, H, W).
        mask: (B, 1, H, W), 1 where valid.
        at: (B, 2, h, w) xy in cells, 0 at the centre of the first.

    Returns:
        (B, C, h, w) values, 0 where no cell is valid; (B, 1, h, w) the valid share of
        the kernel. Gradients reach ``at`` through the distances.
    """
    height, width = image.shape[-2:]
    nearest = at.detach().round()
    packed = torch.cat([image * mask, mask], dim=1).flatten(2)
    total, weights = torch.zeros((), device=image.device), 0.0
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            cell = nearest + at.new_tensor([dx, dy]).view(1, 2, 1, 1)
            squared = ((at - cell) ** 2).sum(dim=1, keepdim=True)
            weight = torch.exp(-squared / (2 * SIGMA**2))
            x, y = cell.long().unbind(dim=1)
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            index = y.clamp(0, height - 1) * width + x.clamp(0, width - 1)
            index = index.flatten(1)[:, None].expand(-1, packed.shape[1], -1)
            values = packed.gather(2, index).unflatten(2, at.shape[-2:])
            total = total + values * (weight * inside[:, None])
            weights = weights + weight
    values, seen = total[:, :-1], total[:, -1:]
    return values / seen.clamp_min(1e-6), seen / weights
