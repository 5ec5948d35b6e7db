"""Template matching of descriptors: correlation coefficients of windows.

The strong ingredient of the local stages. Windows reach over many cells, so one
for every ``GRID_PX`` pixels says all there is, at every stride.
"""

from __future__ import annotations

from typing import Sequence

import torch
from torch import Tensor

from .geometry import sample
from .layers import box_mean, local_correlation

#: Pixels between the windows' centres, at every stride.
GRID_PX = 8
#: Energy of a window, as a share of its tile's mean, below which it is not divided
#: by its own: what is nearly flat must not look like agreement.
LEAST_ENERGY = 1e-2
#: Memory layout in which pooling is fastest on a GPU.
LAYOUT = torch.channels_last


def windowed(x: Tensor, side: int) -> Tensor:
    """Return means of (B, C, h, w) over windows: a box of ``side``, applied twice.

    On a CPU by a product with a band matrix per axis, which leaves the layout in
    which all that follows is fast.
    """
    if x.device.type != "cpu":
        return box_mean(box_mean(x.contiguous(memory_format=LAYOUT), side), side)
    rows, columns = (_band(cells, side).to(x) for cells in x.shape[-2:])
    return rows @ (x @ columns)


def _band(cells: int, side: int) -> Tensor:
    """Return the (cells, cells) symmetric matrix of a box applied twice."""
    at = torch.arange(cells)
    box = ((at[:, None] - at).abs() <= side // 2).float() / side
    return box @ box


def overlay(
    ref: Tensor, ref_mask: Tensor, where: Tensor, stride: int
) -> tuple[Tensor, Tensor]:
    """Bring the reference's descriptors to the moving grid.

    Args:
        ref: (B, C, H, W) descriptors.
        ref_mask: (B, 1, H, W) valid cells.
        where: (B, 2, h, w) px, reference xy of each moving cell.
        stride: of both grids.

    Returns:
        (B, C, h, w) descriptors, 0 where nothing is seen; (B, 1, h, w) the share
        of valid reference cells, without gradient.
    """
    packed = torch.cat([ref, ref_mask.to(ref)], dim=1)
    there, inside = sample(packed, where, stride)
    ref_valid = (inside * there[:, -1:]).detach()
    return there[:, :-1] * ref_valid, ref_valid


def coefficients(
    mov: Tensor, there: Tensor, mask: Tensor, ref_valid: Tensor, radius: int,
    stride: int, sides: Sequence[int],
) -> list[Tensor]:  # fmt: skip
    """Return normalised correlation coefficients for every shift.

    Products are divided by the energies of what the window holds of both images at
    that shift: neither strong features may look like agreement nor less overlap like
    less of it, or tiles would draw toward their middle.

    Args:
        mov: (B, C, h, w) normalised descriptors, 0 where invalid.
        there: the reference's on the same grid; see ``overlay``.
        mask: (B, 1, h, w) valid moving cells.
        ref_valid: (B, 1, h, w) valid reference cells on the same grid.
        radius: largest shift in cells.
        stride: px per cell.
        sides: of the windows, odd, on the grid of ``GRID_PX``.

    Returns:
        For each side (B, (2 radius + 1)^2, h', w') in -1..1; the order of shifts
        is that of ``layers.local_correlation``.
    """
    block = GRID_PX // stride
    product = local_correlation(mov, there, radius, block)
    power = there.square().sum(dim=1, keepdim=True)
    below = local_correlation(mask.to(power), power, radius, block)
    strength = mov.square().sum(dim=1, keepdim=True)
    own = local_correlation(strength, ref_valid.to(strength), radius, block)
    out = []
    for side in sides:
        energy = windowed(below, side).clamp_min(LEAST_ENERGY)
        energy = energy * windowed(own, side).clamp_min(LEAST_ENERGY)
        out.append(windowed(product, side) * torch.rsqrt(energy))
    return out
