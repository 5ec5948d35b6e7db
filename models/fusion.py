"""Learned descriptors as further evidence for the windows of ``core.gradient``.

What is left to gain on a pair that is nearly in place is a fraction of a pixel.
Oriented gradients of the full resolution are exact but know only edges; the learned
descriptors at 1/2 know more and lie less exactly. Each window's surfaces of both are
added as evidence about one shift, and one affine and one set of peaks is read from
the sum. The paper regresses the last increment from learned features alone.
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
        device = self._ref.device
        theta = torch.from_numpy(mov_to_ref[None, :2]).to(self._ref)
        here = centres(*self._ref.shape[-2:], STRIDE, device)
        where = apply_affine(self._by, apply_affine(invert(theta), here))
        mov, seen = overlay(self._mov, self._masks[0], where, STRIDE)
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
