"""Local stages of GLAM (arXiv 2511.13168): affine increments and residual flow.

Each stage warps the reference's descriptors by what is known, correlates them
with the moving ones over a small radius, and sums the products over windows:
a dense template matcher on learned features. The peak's displacement is then
corrected by small heads that start at zero, so an untrained head leaves pure
correlation. Affine and flow are tied twice: the affine is the weighted closed-form
fit of the flow, and where the flow is not trusted it falls back to the affine.
The release uses deformable convolutions and no correlation here; both were
changed for accuracy and for speed on a CPU.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .glam_global import normalise
from .layers import ConvNorm, box_mean, local_correlation, masked_mean, soft_argmax
from .warping import apply_affine, centres, fit_affine, resize, sample


@dataclass(frozen=True)
class Motion:
    """Where the moving pixels go, as one stage knows it.

    Args:
        theta: (B, 2, 3) affine, moving to reference, full-resolution pixels.
        residual: (B, 2, h, w) px, what the flow adds to the affine.
        certainty: (B, 1, h, w) logits.
        stride: of the grid that carries residual and certainty.
    """

    theta: Tensor
    residual: Tensor
    certainty: Tensor
    stride: int

    def positions(self) -> Tensor:
        """Return the reference xy of every cell centre, (B, 2, h, w) px."""
        size = self.residual.shape[-2:]
        here = centres(*size, self.stride, self.residual.device)
        return apply_affine(self.theta, here) + self.residual

    def at(self, height: int, width: int, stride: int) -> Motion:
        """Resample onto the grid of another stride; values keep their unit."""
        return Motion(
            self.theta,
            resize(self.residual, height, width),
            resize(self.certainty, height, width),
            stride,
        )


@dataclass(frozen=True)
class StageOutput:
    """What one local stage did.

    Args:
        motion: the refined motion.
        start: (B, 2, h, w) px, positions before the stage.
        flow: (B, 2, h, w) px, positions by its flow head, before it is tied
            to the affine.
        logits: (B, K, h, w) windowed correlation at the shifts around ``start``.
        step_px: px between neighbouring shifts.
    """

    motion: Motion
    start: Tensor
    flow: Tensor
    logits: Tensor
    step_px: int


class LocalStage(nn.Module):
    """One refinement at one stride.

    Args:
        stride: 2, 4 or 8.
        channels: of the descriptors.
        radius: of the search, in cells.
        windows: sides of the two voting windows, in cells, odd.
        smooth: side of the residual flow's smoothing, in cells, odd; applied twice.
        hidden: channels of the heads.
        head: "both", "affine" (no residual flow) or "flow" (no new affine).
    """

    def __init__(
        self,
        stride: int,
        channels: int,
        radius: int,
        windows: tuple[int, int],
        smooth: int,
        hidden: int,
        head: str,
    ):
        super().__init__()
        self.stride, self.radius, self.windows = stride, radius, windows
        self.smooth, self.head = smooth, head
        self.near = max(radius // 2, 1)
        peak = (2 * self.near + 1) ** 2
        self.gain = nn.Parameter(torch.tensor([0.2, 3.0]))  # in tens
        self.trust = nn.Parameter(torch.tensor([1.0, 1.0]))
        self.trunk = nn.Sequential(
            ConvNorm(peak + 2 * channels, hidden, 3), ConvNorm(hidden, hidden, 3)
        )
        self.flow_head = nn.Conv2d(hidden, 4, 3, padding=1)
        self.affine_head = nn.Linear(hidden, 6)
        for layer in (self.flow_head, self.affine_head):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, mov: Tensor, ref: Tensor, mov_mask: Tensor, ref_mask: Tensor, past: Motion
    ) -> StageOutput:
        """Refine a motion.

        Args:
            mov: (B, C, h, w) descriptors at this stride.
            ref: (B, C, H, W) descriptors at this stride.
            mov_mask: (B, 1, h, w) valid cells.
            ref_mask: (B, 1, H, W) valid cells.
            past: the motion so far, at any stride.

        Returns:
            The refined motion at this stride and what led to it.
        """
        past = past.at(*mov.shape[-2:], self.stride)
        start = past.positions()
        mov = normalise(mov, mov_mask)
        packed = torch.cat([normalise(ref, ref_mask), ref_mask.float()], dim=1)
        there, inside = sample(packed, start, self.stride)
        valid = inside * there[:, -1:] * mov_mask
        there = there[:, :-1] * valid
        volume = local_correlation(mov, there, self.radius)
        volume = volume.contiguous(memory_format=torch.channels_last)
        gain = 10 * self.gain.abs()
        logits = gain[0] * box_mean(volume, self.windows[0])
        logits = logits + gain[1] * box_mean(volume, self.windows[1])
        peak, mass, around = soft_argmax(logits, self.radius, self.near)

        hidden = self.trunk(torch.cat([around, mov, there], dim=1))
        extra = self.flow_head(hidden).float()
        flow = start + (peak + extra[:, :2]) * self.stride
        certainty = past.certainty + extra[:, 2:3]
        certainty = certainty + self.trust[0] * torch.logit(mass, 0.02) + self.trust[1]
        # How much a place counts, for the affine and against its neighbours.
        weight = mass * valid * torch.sigmoid(extra[:, 3:])
        theta = self._affine(flow, weight, hidden, valid, past.theta)
        residual = self._residual(flow, weight, theta)
        motion = Motion(theta, residual, certainty, self.stride)
        return StageOutput(motion, start, flow, logits, self.stride)

    def _affine(
        self, flow: Tensor, weight: Tensor, hidden: Tensor, valid: Tensor, theta: Tensor
    ) -> Tensor:
        if self.head == "flow":
            return theta
        here = centres(*flow.shape[-2:], self.stride, flow.device)
        fitted = fit_affine(
            here.flatten(1).T.expand(len(flow), -1, -1),
            flow.flatten(2).transpose(1, 2),
            weight.flatten(1),
            theta,
            cauchy_px=0.5 * self.stride + 0.5,
            ridge=1e-3,
        )
        # Learned increment about the tile's centre: linear part over half its side.
        pooled = masked_mean(hidden.float(), valid)[:, :, 0, 0]
        delta = self.affine_head(pooled).view(-1, 2, 3) * self.stride
        centre = here.mean(dim=(1, 2))
        linear = delta[:, :, :2] / centre
        shift = delta[:, :, 2:] - linear @ centre[:, None]
        return fitted + torch.cat([linear, shift], dim=2)

    def _residual(self, flow: Tensor, weight: Tensor, theta: Tensor) -> Tensor:
        if self.head == "affine":
            return torch.zeros_like(flow)
        here = centres(*flow.shape[-2:], self.stride, flow.device)
        rest = flow - apply_affine(theta, here)
        # Normalised smoothing; the constant draws distrusted places to the affine.
        total = torch.cat([rest * weight, weight], dim=1)
        total = box_mean(box_mean(total, self.smooth), self.smooth)
        return total[:, :2] / (total[:, 2:] + 0.02)
