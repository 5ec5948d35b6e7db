"""Loss terms of SOMA, and ours where correlation replaces regression.

All positions in full-resolution pixels. Every function returns one value per
sample, (B,), so that samples without truth can be left out by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..models.network.geometry import apply_affine, centres, resize, sample
from ..models.network.glam_global import Coarse
from ..models.network.glam_local import StageOutput
from ..models.network.template_matching import GRID_PX


@dataclass(frozen=True)
class Truth:
    """What is known of a batch.

    Args:
        flow: (B, 2, S, S) reference xy of every moving pixel.
        valid: (B, 1, S, S), 1 where both images show the place.
        motion: (B, 2, 3) affine part of the flow.
        related: (B,) 1 where the images show the same ground.
        sure: (B,) how much the sample counts where labels matter to a pixel.
    """

    flow: Tensor
    valid: Tensor
    motion: Tensor
    related: Tensor
    sure: Tensor

    def at(self, stride: int) -> tuple[Tensor, Tensor]:
        """Return flow and mask at cell centres of a stride."""
        if stride == 1:
            return self.flow, self.valid
        flow = F.avg_pool2d(self.flow, stride)
        return flow, (F.avg_pool2d(self.valid, stride) > 0.999).float()


def truth_of(
    flow: Tensor,
    mov_valid: Tensor,
    ref_valid: Tensor,
    motion: Tensor,
    related: Tensor,
) -> Truth:
    """Derive the mask of a batch: moving pixel valid, its place valid and inside."""
    there, inside = sample(ref_valid, flow)
    valid = mov_valid * inside * (there > 0.999).float()
    return Truth(flow, valid, motion, related, torch.ones_like(related))


def charbonnier(error: Tensor, epsilon: float = 0.1, power: float = 0.5) -> Tensor:
    """Return (e^2 + eps^2)^power, less its minimum; robust where power < 0.5."""
    return (error**2 + epsilon**2) ** power - epsilon ** (2 * power)


def masked(value: Tensor, mask: Tensor) -> Tensor:
    """Average (B, 1, h, w) or (B, h, w) over a mask of the same shape; (B,)."""
    value, mask = value.flatten(1), mask.flatten(1)
    return (value * mask).sum(dim=1) / mask.sum(dim=1).clamp_min(1.0)


def peak_loss(output: StageOutput, truth: Truth, radius: int) -> Tensor:
    """Cross-entropy of the windowed correlation against the sub-cell true shift.

    The target is shared by the four cells round the truth in proportion to
    closeness, so that its expectation is the truth. Cells whose truth lies
    outside the window do not count. This is what makes features learn fast:
    every window of every image is a template-matching problem.
    """
    flow, mask = truth.at(GRID_PX)
    shift = (flow - output.start.detach()) / output.step_px
    return shift_entropy(output.logits, shift, mask, radius)


def shift_entropy(logits: Tensor, shift: Tensor, mask: Tensor, radius: int) -> Tensor:
    """Cross-entropy of (B, K, h, w) logits at (B, 2, h, w) shifts in cells; (B,)."""
    inside = (shift.abs().amax(dim=1, keepdim=True) < radius).float() * mask
    log_p = logits.log_softmax(dim=1)
    side = 2 * radius + 1
    low = shift.floor().clamp(-radius, radius - 1)
    part = (shift - low).clamp(0, 1)
    base = ((low[:, 1] + radius) * side + low[:, 0] + radius).long()[:, None]
    fx, fy = part[:, :1], part[:, 1:]
    total = (1 - fx) * (1 - fy) * log_p.gather(1, base)
    total = total + fx * (1 - fy) * log_p.gather(1, base + 1)
    total = total + (1 - fx) * fy * log_p.gather(1, base + side)
    total = total + fx * fy * log_p.gather(1, base + side + 1)
    return masked(-total, inside)


def flow_loss(output: StageOutput, truth: Truth, radius: int) -> Tensor:
    """Robust end-point error of a stage's flow, in px, where it could know better.

    Cells whose start was further off than the search reaches do not count.
    """
    flow, mask = truth.at(GRID_PX)
    off = (flow - output.start.detach()).norm(dim=1, keepdim=True)
    mask = mask * (off < (radius + 1) * output.step_px).float()
    tied = output.motion.positions()
    error = sum(
        charbonnier((guess - flow).norm(dim=1, keepdim=True), 0.2, 0.4)
        for guess in (output.flow, tied)
    )
    return masked(error / 2, mask)


def corner_loss(theta: Tensor, truth: Truth, cap_px: float = 64.0) -> Tensor:
    """Mean error of an affine over a 5 x 5 grid of points, px, capped softly."""
    size = truth.flow.shape[-1]
    grid = centres(5, 5, size // 5, theta.device)
    error = (apply_affine(theta, grid) - apply_affine(truth.motion, grid)).norm(dim=1)
    return (cap_px * torch.tanh(charbonnier(error, 0.2) / cap_px)).mean(dim=(1, 2))


def heat_loss(coarse: Coarse, truth: Truth, cells: int) -> Tensor:
    """Cross-entropy of the tile's translation against the shift of its centre."""
    size = truth.flow.shape[-1]
    middle = torch.full((1, 2, 1, 1), size / 2.0, device=truth.flow.device)
    centre = apply_affine(truth.motion, middle[0])[:, :, 0, 0] - size / 2.0
    place = centre / 8 + (cells - 1)
    low = place.floor().clamp(0, 2 * cells - 3)
    part = (place - low).clamp(0, 1)
    log_p = coarse.heat.flatten(1).log_softmax(dim=1)
    columns = coarse.heat.shape[2]
    base = (low[:, 1] * columns + low[:, 0]).long()
    total = torch.zeros(len(base), device=base.device)
    for dy in (0, 1):
        for dx in (0, 1):
            share = (part[:, 0] if dx else 1 - part[:, 0]) * (
                part[:, 1] if dy else 1 - part[:, 1]
            )
            index = base + dy * columns + dx
            total = total - share * log_p.gather(1, index[:, None])[:, 0]
    return total


def volume_loss(coarse: Coarse, truth: Truth) -> Tensor:
    """Cross-entropy of the patch matches at 1/16, both ways of the dual softmax."""
    flow, mask = truth.at(16)
    rows, columns = flow.shape[-2:]
    place = flow.flatten(2) / 16 - 0.5
    limit = torch.tensor([columns - 1, rows - 1], device=flow.device)[:, None]
    inside = ((place >= 0) & (place <= limit)).all(dim=1).float()
    nearest = place.round().clamp(min=0)
    nearest = torch.minimum(nearest, limit.to(nearest))
    index = (nearest[:, 1] * columns + nearest[:, 0]).long()[..., None]
    log_rows = coarse.volume.log_softmax(dim=2).gather(2, index)[..., 0]
    log_columns = coarse.volume.log_softmax(dim=1).gather(2, index)[..., 0]
    weight = inside * mask.flatten(1) * (log_rows > -1e3).float()
    return masked(-(log_rows + log_columns) / 2, weight)


def certainty_loss(
    certainty: Tensor, flow: Tensor, truth: Truth, tolerance_px: float = 3.0
) -> Tensor:
    """Binary cross-entropy of the certainty against "within 3 px of the truth".

    The release regresses exp(-error); the share within 3 px is what a match's
    confidence means in this package. Unrelated pairs are wrong everywhere.

    Args:
        certainty: (B, 1, h, w) logits on the windows' grid.
        flow: (B, 2, h, w) positions.
        truth: of the batch.
    """
    true_flow, mask = truth.at(GRID_PX)
    error = (flow.detach() - true_flow).norm(dim=1, keepdim=True)
    right = (error < tolerance_px).float() * truth.related[:, None, None, None]
    loss = F.binary_cross_entropy_with_logits(certainty, right, reduction="none")
    return masked(loss, mask)


def uniform_loss(output: StageOutput, truth: Truth) -> Tensor:
    """Deviation of the mean error over 4 x 4 patches (the paper's uniformity), px."""
    flow, mask = truth.at(GRID_PX)
    error = (output.motion.positions() - flow).norm(dim=1, keepdim=True).clamp(max=16)
    total = F.adaptive_avg_pool2d(error * mask, 4)
    patches = total / F.adaptive_avg_pool2d(mask, 4).clamp_min(1e-3)
    return patches.flatten(1).std(dim=1)


def consistency_loss(output: StageOutput) -> Tensor:
    """Distance between a stage's flow and its affine (the paper's TF term), px.

    Ties the two heads; robust, because real deformation is not an error.
    """
    size = output.flow.shape[-2:]
    here = centres(*size, GRID_PX, output.flow.device)
    gap = (output.flow - apply_affine(output.motion.theta, here)).norm(dim=1)
    return charbonnier(gap, 0.2, 0.4).mean(dim=(1, 2))


def pair_rmse(flow: Tensor, truth: Truth) -> Tensor:
    """Root mean square error over valid pixels, (B,) px; ``flow`` at any stride."""
    flow = resize(flow, *truth.flow.shape[-2:])
    error = ((flow - truth.flow) ** 2).sum(dim=1)
    return masked(error, truth.valid).sqrt()
