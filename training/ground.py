"""Learning where images show bare ground.

Two terms. The simulator knows where a photograph shows ground in the sun and how much
of an echo is the ground's, so the heads are told on its scenes. And on all pairs the
hand-made gradients, weighted by what is said of both, have to find their place: on
simulated ones that punishes listening to what leans, on real ones, whose heights are
not known, it keeps the head from silencing what matches.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..models.network.encoder import STRIDES, Features
from ..models.network.glam_global import normalise
from ..models.network.ground_head import weight
from ..models.network.joint_head import JointHead
from ..models.network.layers import local_correlation
from ..models.network.template_matching import overlay
from .data import Sample
from .losses import Truth, shift_entropy

STRIDE = STRIDES[0]
#: Full-resolution pixels around what is no ground in which gradients are its.
REACH_PX = 2
#: Radius in cells within which the place is searched.
RADIUS = 4
#: How far off, per axis in px, the place may be from which the radar's is told again.
NEAR_PX = 4.0
#: How many of the places are wrong, and how far off per axis in px they may be: there
#: the photograph shows something else, and the head has to see that it does.
ASTRAY, FAR_PX = 0.1, 32.0
#: Log likelihood per deviation of a surface.
SCALE = 3.0


def clear_of(ground: Tensor) -> Tensor:
    """Return where nothing but ground reaches a place, (B, 1, S, S), of labels.

    Places whose label is unknown, below 0, count as those that show none.
    """
    side = 2 * REACH_PX + 1
    nearest = F.max_pool2d(-ground, side, 1, REACH_PX)
    return (-nearest).clamp(min=0)


def told_loss(mov: Features, ref: Features, batch: Sample) -> Tensor:
    """Return the cross-entropy of both heads against what is known, a scalar."""
    labels = batch.sar_ground, batch.optical_ground
    total = batch.sar.new_zeros(())
    sides = (mov, ref) if batch.sar_moves else (ref, mov)
    for features, label in zip(sides, labels, strict=True):
        known = (label >= 0).float()
        target = F.avg_pool2d(clear_of(label), STRIDE)
        mask = features.masks[0].float() * F.avg_pool2d(known, STRIDE)
        loss = F.binary_cross_entropy_with_logits(
            features.ground.float(), target, reduction="none"
        )
        total = total + (loss * mask).sum() / mask.sum().clamp_min(1.0)
    return total / 2


def asked_again(
    head: JointHead,
    mov: Features,
    ref: Features,
    batch: Sample,
    truth: Truth,
    generator: torch.Generator,
) -> tuple[Features, Features]:
    """Return features, the radar's ground told with the photograph in sight.

    Args:
        head: that is asked.
        mov: features of the moving crops.
        ref: features of the reference crops.
        batch: for which of them is the radar's.
        truth: of the batch.
        generator: of how far off the place is.
    """
    count, device = len(truth.motion), truth.motion.device
    draw = torch.rand(count, 3, 1, generator=generator, device=device)
    most = torch.where(draw[:, 2:] < ASTRAY, FAR_PX, NEAR_PX)
    off = (2 * draw[:, :2] - 1) * most
    theta = torch.cat([truth.motion[:, :, :2], truth.motion[:, :, 2:] + off], dim=2)
    kinds = ("sar", "optical") if batch.sar_moves else ("optical", "sar")
    return head(mov, ref, theta, kinds)


def placed_loss(
    mov: Features, ref: Features, planes: int, truth: Truth, generator: torch.Generator
) -> Tensor:
    """Return the cross-entropy of whole crops' weighted gradients, a scalar.

    Args:
        mov: features of the moving crops.
        ref: features of the reference crops.
        planes: number of hand-made channels.
        truth: of the batch; ``sure`` weighs the crops.
        generator: of the starts.
    """
    size = len(truth.flow), 2, 1, 1
    draw = torch.rand(size, generator=generator, device=truth.flow.device)
    off = (2 * draw - 1) * (RADIUS - 2.0) * STRIDE
    own, there = (
        normalise(side.levels[0][:, :planes], side.masks[0]) * weight(side.ground)
        for side in (mov, ref)
    )
    there, seen = overlay(there, ref.masks[0], truth.at(STRIDE)[0] + off, STRIDE)
    mask = mov.masks[0].to(own)
    product, below, above = (
        local_correlation(a, b, RADIUS, 1).mean(dim=(2, 3), keepdim=True)
        for a, b in (
            (own, there),
            (mask, there.square().sum(dim=1, keepdim=True)),
            (own.square().sum(dim=1, keepdim=True), seen.to(own)),
        )
    )
    scores = product * torch.rsqrt(below * above + 1e-6)
    # Fewer places that are listened to make more noise, which is what this is in.
    scores = scores - scores.mean(dim=1, keepdim=True)
    scores = SCALE * scores / scores.std(dim=1, keepdim=True).clamp_min(1e-6)
    everywhere = torch.ones_like(scores[:, :1])
    loss = shift_entropy(scores, -off / STRIDE, everywhere, RADIUS)
    counts = truth.sure * truth.related
    return (loss * counts).sum() / counts.sum().clamp_min(1e-3)
