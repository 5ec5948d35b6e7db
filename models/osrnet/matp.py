"""MATP, multi-scale affine transformation prediction: six numbers from pooled maps.

At each resolution the paper pools its fused maps and regresses six numbers by fully
connected layers. Such a regression never compares places of the two images and does not
carry over to places that it has not seen. So what is pooled here is a correlation of
both maps as well: over blocks of 4 x 4 cells, the pooling of the paper's grids, for
every shift up to a radius. Where it peaks says how each block moved, a weighted fit in
closed form says what affine that is, and the fully connected layers, which begin at
zero, add what they have learned. Predictions are residual: theta_k = dtheta o
theta_(k-1).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..network.geometry import centres, compose, fit_affine, identity
from ..network.glam_global import normalise
from ..network.layers import soft_argmax
from ..network.template_matching import GRID_PX, coefficients

#: Cells per block along each axis.
POOL = 4
#: Blocks per axis and units of the fully connected layers.
BINS, HIDDEN = 4, 256
#: Correlation is steep before training: a coefficient of 0.05 more counts e times.
SHARPNESS = 20.0
#: Logarithms, in tens, of what oriented gradients and learned channels count before
#: training, when the latter show nothing yet.
BALANCE = (0.0, -0.1)
#: Residual in cells at which a block counts half in the fit.
CAUCHY_CELLS = 1.0
#: Share of the blocks' weight by which the fit is drawn to no rotation and scale.
RIDGE = 0.03


@dataclass(frozen=True)
class Stage:
    """What one resolution found.

    Args:
        theta: (B, 2, 3) px, SAR to optical.
        before: (B, 2, 3) px, what it began from.
        logits: (B, (2 radius + 1)^2, h, w) of the shifts of blocks on the optical grid.
        scores: the same as correlation coefficients, -1 to 1.
        shift: (B, 2, h, w) px, where the blocks' content lies in the optical image,
            beside where ``before`` lays it.
        weight: (B, 1, h, w) what each block counted, 0 to 1.
        seen: (B, 1, h, w) the share of each block that both images show.
        structure: (B, 1, h, w) the gradient of each block as a share of its image's
            mean (RMS), in the image that has less of it.
        radius: of the search in cells.
        stride: px per cell.
    """

    theta: Tensor
    before: Tensor
    logits: Tensor
    scores: Tensor
    shift: Tensor
    weight: Tensor
    seen: Tensor
    structure: Tensor
    radius: int
    stride: int

    def positions(self) -> Tensor:
        """Return the centres of the blocks, (2, h, w) px of the optical image."""
        rows, columns = self.logits.shape[-2:]
        return centres(rows, columns, POOL * self.stride, self.logits.device)


class AffinePrediction(nn.Module):
    """The prediction at one resolution.

    Args:
        width: channels of the fused map.
        radius: largest shift of a block in cells.
        side: of the windows of blocks that are correlated together.
    """

    def __init__(self, width: int, radius: int, side: int):
        super().__init__()
        self.radius, self.side, self.ridge = radius, side, RIDGE
        # In tens, so that it learns as fast as the other weights.
        self.sharpness = nn.Parameter(torch.tensor(SHARPNESS / 10))
        self.balance = nn.Parameter(torch.tensor(BALANCE))
        self.trust = nn.Conv2d(width, 1, 1)
        self.hidden = nn.Linear((width + 3) * BINS**2, HIDDEN)
        self.six = nn.Linear(HIDDEN, 6)
        for layer in (self.six, self.trust):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self,
        sar: tuple[Tensor, Tensor],
        optical: tuple[Tensor, Tensor],
        fused: Tensor,
        masks: tuple[Tensor, Tensor],
        before: Tensor,
        stride: int,
    ) -> Stage:
        """Predict how the SAR image lies on the optical one.

        Args:
            sar: (B, 5, h, w) oriented gradients and (B, C', h, w) reweighted map, laid
                on the optical grid by ``before``.
            optical: the same of the optical image.
            fused: (B, C', h, w).
            masks: (B, 1, h, w) of the laid SAR and of the optical image.
            before: (B, 2, 3) px.
            stride: px per cell.
        """
        scores = self.compare(sar, optical, masks)
        logits = scores * (10 * self.sharpness)
        shift, mass, _ = soft_argmax(logits, self.radius, min(self.radius, 2))
        both = masks[0] * masks[1]
        seen = F.avg_pool2d(both, POOL)
        trust = torch.sigmoid(self.trust(F.avg_pool2d(fused * both, POOL)))
        weight = mass * trust * seen
        fitted = self._fitted(shift, weight, stride)
        moved = self._regressed(fused * both, shift, weight, stride)
        theta = compose(compose(moved, fitted), before)
        sides = zip((sar[0], optical[0]), masks, strict=True)
        structure = torch.minimum(*(structure_of(*side) for side in sides))
        found = logits, scores, shift * stride, weight, seen, structure
        return Stage(theta, before, *found, self.radius, stride)

    def compare(
        self,
        sar: tuple[Tensor, Tensor],
        optical: tuple[Tensor, Tensor],
        masks: tuple[Tensor, Tensor],
    ) -> Tensor:
        """Return (B, K, h / 4, w / 4) correlation coefficients of blocks, -1 to 1."""
        share = (10 * self.balance).exp()
        words = [
            torch.cat(
                [
                    part * normalise(level, mask)
                    for part, level in zip(share, side, strict=True)
                ],
                dim=1,
            )
            for side, mask in zip((sar, optical), masks, strict=True)
        ]
        # Blocks of POOL cells, whatever a cell's size in px.
        grid = self.radius, GRID_PX // POOL, (self.side,)
        return coefficients(*words, *masks, *grid)[0]

    def _fitted(self, shift: Tensor, weight: Tensor, stride: int) -> Tensor:
        """Return (B, 2, 3) px, the affine that most blocks agree on."""
        count, _, rows, columns = shift.shape
        here = centres(rows, columns, POOL * stride, shift.device)
        source = here.flatten(1).T.expand(count, -1, -1)
        target = source + stride * shift.flatten(2).transpose(1, 2)
        start = identity(count, shift.device)
        asked = source, target, weight.flatten(1), start
        return fit_affine(*asked, cauchy_px=CAUCHY_CELLS * stride, ridge=self.ridge)

    def _regressed(
        self, fused: Tensor, shift: Tensor, weight: Tensor, stride: int
    ) -> Tensor:
        """Return (B, 2, 3) px that the fully connected layers add."""
        height, width = (side * stride for side in fused.shape[-2:])
        told = torch.cat([shift * weight, weight], dim=1)
        pooled = [F.adaptive_avg_pool2d(x, BINS).flatten(1) for x in (fused, told)]
        six = self.six(F.relu(self.hidden(torch.cat(pooled, dim=1)))).view(-1, 2, 3)
        # Cells at the image's middle, and cells more at its edges.
        scale = six.new_tensor([2 * stride / width, 2 * stride / height])
        linear = six[:, :, :2] * scale
        middle = six.new_tensor([width / 2, height / 2])
        offset = stride * six[:, :, 2:] - linear @ middle[:, None]
        return identity(len(six), six.device) + torch.cat([linear, offset], dim=2)


def structure_of(planes: Tensor, mask: Tensor) -> Tensor:
    """Return (B, 1, h / 4, w / 4), blocks' RMS gradient as a share of their image's.

    Args:
        planes: (B, 5, h, w) oriented gradients.
        mask: (B, 1, h, w) valid cells.
    """
    power = planes.square().sum(dim=1, keepdim=True) * mask
    count = mask.sum(dim=(1, 2, 3), keepdim=True).clamp_min(1.0)
    typical = power.sum(dim=(1, 2, 3), keepdim=True) / count
    power, share = F.avg_pool2d(power, POOL), F.avg_pool2d(mask, POOL)
    return (power / (typical * share).clamp_min(1e-9)).sqrt()
