"""Matches of keypoints made exact: where windows around them correlate best.

A keypoint of one sensor lies within a few px of its counterpart, not on it. Laid over
the reference as most pairs say, windows around the moving keypoints in the finest
features tell where exactly each of them lies; the peak of a window's correlation is
read between the cells by a parabola. A pair whose keypoints lie elsewhere stays as it
is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..network.encoder import STRIDES, Features
from ..network.geometry import apply_affine, centres, invert, sample
from ..network.template_matching import GRID_PX, coefficients, overlay

#: Side of the windows on the grid of ``template_matching``, and how far is searched, in
#: cells of the finest features; from simulated scenes, whose truth is exact.
SIDE, RADIUS = 13, 4
#: Shifts nearer than this to the best, in cells, are not another peak.
APART = 2
#: A pair whose keypoints lie further than this from where its window says is not moved.
SAME_PX = 8.0
STRIDE_PX = STRIDES[0]


@dataclass(frozen=True)
class Exact:
    """Refined matches.

    Args:
        ref_xy: (n, 2) px where the moving keypoints lie in the reference.
        peak: (n,) correlation of the windows there, -1 to 1.
        lead: (n,) by how much the next best peak is lower.
        good: (n,) bool, whether the pair was moved: its keypoints and its window agree,
            and the peak lies inside of what was searched.
    """

    ref_xy: Tensor
    peak: Tensor
    lead: Tensor
    good: Tensor


def finest(features: Features, planes: int) -> Tensor:
    """Return (1, C, H/2, W/2) the finest features, hand-made and learned alike."""
    level = features.levels[0].float()
    parts = level[:, :planes], level[:, planes:]
    unit = [part / (part.norm(dim=1, keepdim=True) + 1e-3) for part in parts]
    return torch.cat(unit, dim=1) * features.masks[0]


def made_exact(
    sides: tuple[Features, Features],
    planes: int,
    theta: Tensor,
    mov_xy: Tensor,
    ref_xy: Tensor,
) -> Exact:
    """Return matches moved to where the windows around them correlate best.

    Args:
        sides: features of the moving image and of the reference.
        planes: number of hand-made channels, first in the features.
        theta: (1, 2, 3) px, where most pairs say that the moving image lies.
        mov_xy: (n, 2) px.
        ref_xy: (n, 2) px about where those lie in the reference.
    """
    mov, ref = (finest(side, planes) for side in sides)
    masks = sides[0].masks[0].float(), sides[1].masks[0].float()
    here = centres(*ref.shape[-2:], STRIDE_PX, ref.device)
    laid, seen = overlay(mov, masks[0], apply_affine(invert(theta), here), STRIDE_PX)
    scores = coefficients(laid, ref, seen, masks[1], RADIUS, STRIDE_PX, (SIDE,))[0]
    at = apply_affine(theta, mov_xy.T[None, :, :, None])
    read, inside = sample(scores, at, GRID_PX)
    surface = read[0, :, :, 0].T.unflatten(1, (2 * RADIUS + 1, -1))
    peak, lead, shift, inner = _summits(surface)
    exact = at[0, :, :, 0].T + STRIDE_PX * shift
    near = (exact - ref_xy).norm(dim=1) <= SAME_PX
    good = inner & near & (inside[0, 0, :, 0] > 0)
    return Exact(torch.where(good[:, None], exact, ref_xy), peak, lead, good)


def _summits(surface: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return height, lead, xy shift in cells and whether inside, of (n, k, k)."""
    side = surface.shape[-1]
    peak, where = surface.flatten(1).max(dim=1)
    row, col = where // side, where % side
    y, x = torch.meshgrid(
        *2 * [torch.arange(side, device=surface.device)], indexing="ij"
    )
    off = (y - row[:, None, None]).abs().maximum((x - col[:, None, None]).abs())
    second = surface.masked_fill(off <= APART, -1.0).flatten(1).amax(dim=1)
    inner = (row > 0) & (row < side - 1) & (col > 0) & (col < side - 1)
    shift = torch.stack([col, row], dim=1) - side // 2 + _between(surface, row, col)
    return peak, peak - second, shift, inner


def _between(surface: Tensor, row: Tensor, col: Tensor) -> Tensor:
    """Return (n, 2) xy, where the summit lies beside the highest cell, in cells."""
    index, last = torch.arange(len(row), device=row.device), surface.shape[-1] - 1
    middle, out = surface[index, row, col], []
    for down, right in ((0, 1), (1, 0)):
        low = surface[index, (row - down).clamp_min(0), (col - right).clamp_min(0)]
        high = surface[
            index, (row + down).clamp_max(last), (col + right).clamp_max(last)
        ]
        bend = (low + high - 2 * middle).clamp_max(-1e-6)
        out.append((0.5 * (low - high) / bend).clamp(-0.5, 0.5))
    return torch.stack(out, dim=1)
