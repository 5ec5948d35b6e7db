"""Learned descriptors as further evidence for the gradient matcher's windows.

What is left to gain on a pair that is nearly in place is a fraction of a pixel.
Oriented gradients of the full resolution are exact but know only edges; the learned
descriptors at 1/2 know more and lie less exactly. Each window's surfaces of both are
added as evidence about one shift, and one affine and one set of peaks is read from
the sum. The paper regresses the last increment from learned features alone. What leans
over the ground counts little on either side; see ``ground``.

Whether a placement stands out from all others is asked of the descriptors as well:
what gradients of unrelated images have in common by chance, descriptors rarely have.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.matching.gradient.inspection import Standing, standing_of
from ..network.encoder import STRIDES, Features
from ..network.geometry import apply_affine, centres, invert
from ..network.glam_global import cross_correlate, normalise
from ..network.ground_head import weight
from ..network.template_matching import GRID_PX, coefficients, overlay

#: What learned evidence counts beside the gradients', both at a deviation of 1; chosen
#: on training places: what two windows of one pair say apart from its label.
WEIGHT = 2.0
#: Side of the windows on their grid: as wide as those of ``core.matching.gradient``.
SIDE = 9
#: Pixels between the blocks of ``core.matching.gradient``.
BLOCK_PX = 16
STRIDE = STRIDES[0]
#: How far from a placement its own peak may be, in px, at the finest level.
AT_PLACE_PX = 3.0
#: Shifts at which the tiles share less than this of what they can are no rivals.
LEAST_SHARED = 0.25


class LearnedEvidence:
    """Scores of shifts from descriptors at 1/2; ``Evidence`` as the gradient matcher's.

    Args:
        mov: features of one moving image.
        ref: features of one reference.
        by: (1, 2, 3) by what the moving image was turned before it was described.
        planes: number of hand-made channels, which are left out.
        least: what places count that show no ground at all; see ``ground``.
    """

    def __init__(
        self, mov: Features, ref: Features, by: Tensor, planes: int, least: float
    ):
        self._by = by
        self._mov = normalise(mov.levels[0], mov.masks[0])[:, planes:]
        self._ref = normalise(ref.levels[0], ref.masks[0])[:, planes:]
        self._masks = mov.masks[0], ref.masks[0]
        self._ground = [
            1.0 if side.ground is None else weight(side.ground, least)
            for side in (mov, ref)
        ]

    def __call__(
        self, mov_to_ref: np.ndarray, grid: tuple[int, int], radius_px: int
    ) -> np.ndarray:
        """Return (rows * cols, k, k) float32 scores, k = 2 radius_px + 1."""
        mov, seen = self._placed(mov_to_ref, self._mov * self._ground[0])
        radius = math.ceil(radius_px / STRIDE)
        ref = self._ref * self._masks[1] * self._ground[1]
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

    def standing(
        self, mov_to_ref: np.ndarray, shift_px: float, apart_px: float, factor: int
    ) -> Standing:
        """Return how far a placement rises above all others.

        Args:
            mov_to_ref: (3, 3) the placement, tile pixels.
            shift_px: how far per axis other placements are looked for.
            apart_px: a placement beyond this is another one.
            factor: by which the descriptors are reduced before.
        """
        placed = self._placed(mov_to_ref, self._mov)
        stack = [*placed, self._ref * self._masks[1], self._masks[1]]
        mov, seen, ref, there = (F.avg_pool2d(x.float(), factor) for x in stack)
        mean = mov.sum(dim=(2, 3), keepdim=True) / seen.sum().clamp_min(1.0)
        mov = mov - mean * seen
        cell_px, sides = STRIDE * factor, mov.shape[-2:]
        # Further out nothing of one lies on the other.
        reach = [min(int(shift_px / cell_px), side - 1) for side in sides]
        size = [side + cells for side, cells in zip(sides, reach, strict=True)]
        part = [
            slice(side - 1 - cells, side + cells)
            for side, cells in zip(sides, reach, strict=True)
        ]
        energies = [x.square().sum(dim=1, keepdim=True) for x in (mov, ref)]
        product, own, other, shared = (
            cross_correlate(a, b, size)[0][part[0], part[1]]
            for a, b in (
                (mov, ref), (energies[0], there), (seen, energies[1]), (seen, there)
            )
        )  # fmt: skip
        shared = shared.clamp_min(0)
        # In units of the noise of a mean over what both show at that shift.
        energy = (own.clamp_min(0) * other.clamp_min(0)).sqrt()
        scores = product * shared.sqrt() / (energy + 1e-3 * own.max() + 1e-12)
        y, x = (
            cell_px * torch.arange(-cells, cells + 1.0, device=scores.device)
            for cells in reach
        )
        distance = torch.hypot(y[:, None], x[None])
        judged = shared > LEAST_SHARED * shared.max()
        here = scores[judged & (distance <= AT_PLACE_PX * factor)]
        others = scores[judged & (distance > apart_px)]
        return standing_of(here.cpu().numpy(), others.cpu().numpy())

    def _placed(self, mov_to_ref: np.ndarray, mov: Tensor) -> tuple[Tensor, Tensor]:
        """Return moving descriptors on the reference's grid, and what is seen."""
        theta = torch.from_numpy(mov_to_ref[None, :2]).to(self._ref)
        here = centres(*self._ref.shape[-2:], STRIDE, self._ref.device)
        where = apply_affine(self._by, apply_affine(invert(theta), here))
        return overlay(mov, self._masks[0], where, STRIDE)
