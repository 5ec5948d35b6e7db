"""Learned descriptors as further evidence for the windows of ``core.gradient``.

What is left to gain on a pair that is nearly in place is a fraction of a pixel.
Oriented gradients of the full resolution are exact but know only edges; the learned
descriptors at 1/2 know more and lie less exactly. Each window's surfaces of both are
added as evidence about one shift, and one affine and one set of peaks is read from
the sum. The paper regresses the last increment from learned features alone.

Whether a placement stands out from all others is asked of the descriptors as well:
what gradients of unrelated images have in common by chance, descriptors rarely have.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .encoder import STRIDES, Features
from .glam_global import normalise
from .warping import apply_affine, centres, invert
from .windows import GRID_PX, coefficients, overlay

#: What learned evidence counts beside the gradients', both at a deviation of 1; chosen
#: on training places: what two windows of one pair say apart from its label.
WEIGHT = 2.0
#: Side of the windows on their grid: as wide as those of ``core.gradient``.
SIDE = 9
#: Pixels between the blocks of ``core.gradient``.
BLOCK_PX = 16
STRIDE = STRIDES[0]
#: How far from a placement its own peak may be, in px of the finest level compared.
AT_PLACE_PX = 3.0


class LearnedEvidence:
    """Scores of shifts from descriptors at 1/2; a ``core.gradient`` ``Evidence``.

    Args:
        mov: features of one moving image.
        ref: features of one reference.
        by: (1, 2, 3) by what the moving image was turned before it was described.
        planes: number of hand-made channels, which are left out.
    """

    def __init__(self, mov: Features, ref: Features, by: Tensor, planes: int):
        self._by = by
        self._mov = normalise(mov.levels[0], mov.masks[0])[:, planes:]
        self._ref = normalise(ref.levels[0], ref.masks[0])[:, planes:]
        self._masks = mov.masks[0], ref.masks[0]

    def __call__(
        self, mov_to_ref: np.ndarray, grid: tuple[int, int], radius_px: int
    ) -> np.ndarray:
        """Return (rows * cols, k, k) float32 scores, k = 2 radius_px + 1."""
        mov, seen = self._placed(mov_to_ref)
        radius = math.ceil(radius_px / STRIDE)
        ref = self._ref * self._masks[1]
        found = coefficients(mov, ref, seen, self._masks[1], radius, STRIDE, (SIDE,))[0]
        blocks = F.avg_pool2d(found, BLOCK_PX // GRID_PX)[0, :, : grid[0], : grid[1]]
        side = 2 * radius + 1
        surfaces = blocks.flatten(1).T.reshape(-1, 1, side, side)
        fine = STRIDE * (side - 1) + 1
        surfaces = F.interpolate(
            surfaces, (fine, fine), mode="bicubic", align_corners=True
        )
        inner = slice(fine // 2 - radius_px, fine // 2 + radius_px + 1)
        scores = surfaces[:, 0, inner, inner]
        scores = WEIGHT * scores / (scores.std() + 1e-6)
        return scores.float().cpu().numpy()

    def gap(
        self, mov_to_ref: np.ndarray, shift_px: float, apart_px: float, factor: int
    ) -> float:
        """Return by how many standard deviations a placement beats all others.

        Args:
            mov_to_ref: (3, 3) the placement, tile pixels.
            shift_px: how far per axis other placements are looked for.
            apart_px: a placement beyond this is another one.
            factor: cells of this many of the descriptors' are compared.
        """
        mov, mov_mask = self._placed(mov_to_ref)
        stack = [mov, mov_mask, self._ref * self._masks[1], self._masks[1].float()]
        mov, mov_mask, ref, ref_mask = (F.avg_pool2d(x, factor) for x in stack)
        cell_px = STRIDE * factor
        mean = mov.sum(dim=(2, 3), keepdim=True) / mov_mask.sum().clamp_min(1.0)
        mov = mov - mean * mov_mask
        radius = max(int(shift_px / cell_px), 1)
        energies = (
            (mov.square().sum(dim=1, keepdim=True), ref_mask),
            (mov_mask, ref.square().sum(dim=1, keepdim=True)),
        )
        product = _correlated(mov, ref, radius)
        own, other = (_correlated(*pair, radius).clamp_min(0) for pair in energies)
        shared = _correlated(mov_mask, ref_mask, radius).clamp_min(0)
        # In units of the noise of a mean over what both show at that shift.
        scores = product * shared.sqrt() / ((own * other).sqrt() + 1e-3 * own.max())
        axis = cell_px * torch.arange(-radius, radius + 1, device=scores.device)
        distance = torch.hypot(axis[:, None].float(), axis[None].float())
        others = scores[distance > apart_px]
        best = scores[distance <= AT_PLACE_PX * factor].max()
        return float((best - others.max()) / (others.std() + 1e-12))

    def _placed(self, mov_to_ref: np.ndarray) -> tuple[Tensor, Tensor]:
        """Return the moving descriptors on the reference's grid, and what is seen."""
        theta = torch.from_numpy(mov_to_ref[None, :2]).to(self._ref)
        here = centres(*self._ref.shape[-2:], STRIDE, self._ref.device)
        where = apply_affine(self._by, apply_affine(invert(theta), here))
        return overlay(self._mov, self._masks[0], where, STRIDE)


def _correlated(mov: Tensor, ref: Tensor, radius: int) -> Tensor:
    """Return the sum of products of (1, C, h, w) at every shift up to ``radius``.

    (2 radius + 1, 2 radius + 1), rows are shifts in y.
    """
    sides = [max(size, radius + 1) + radius for size in ref.shape[-2:]]
    spectra = torch.fft.rfft2(mov, s=sides).conj() * torch.fft.rfft2(ref, s=sides)
    whole = torch.fft.irfft2(spectra.sum(dim=1), s=sides)[0]
    part = whole.roll((radius, radius), dims=(0, 1))
    return part[: 2 * radius + 1, : 2 * radius + 1]
