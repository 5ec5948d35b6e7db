"""OSR-Net's four losses with their dynamic weights (section 2.6), and one of ours.

The paper names affine supervision, key-point consistency, structural similarity of the
warped SAR image with the grey optical one, and preservation of the reference, weighed
1.0, 0.1, 0.5 and 1.0 in the end; of its two orders that of section 2.6.2 is taken. The
correlation in MATP, which it has not, is told where each block lies.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..models.network.geometry import apply_affine, centres, compose, invert
from ..models.osrnet.istn import moved
from ..models.osrnet.matp import Stage
from ..models.osrnet.network import OsrNet
from .data import Sample
from .losses import charbonnier, shift_entropy

#: Weights of the paper's four losses at the end of training, and of ours.
WEIGHTS = {
    "affine": 1.0, "keypoints": 0.1, "similarity": 0.5, "reference": 1.0,
    "correlation": 1.0,
}  # fmt: skip
#: Losses whose weight rises while training, from a tenth, around this share of it and
#: within about so much of it.
STRUCTURAL = ("similarity", "reference")
RISE_AT, RISE_WITHIN = 0.3, 0.05
#: Weights of the three resolutions, the coarsest first (progressive supervision).
PROGRESS = (0.25, 0.5, 1.0)
#: Key points per image, their Harris constant, and how far apart they are in px.
KEYPOINTS, HARRIS_K, APART_PX = 200, 0.04, 5
#: Px that an affine or key points are off for a loss of 1: the paper's are in units of
#: the image. In px they would drown what the correlation learns from.
UNIT_PX = 10.0
#: Side of the Gaussian windows of the structural similarity, at half the size: at the
#: full one, speckle is all the structure that a radar image has.
SSIM_SIDE = 11


def weights_at(share: float) -> dict[str, float]:
    """Return the weights of the losses at a share, 0 to 1, of the training."""
    rise = 1 / (1 + math.exp(-(share - RISE_AT) / RISE_WITHIN))
    grown = 0.1 + 0.9 * rise
    return {k: w * (grown if k in STRUCTURAL else 1.0) for k, w in WEIGHTS.items()}


def truth_of(batch: Sample) -> Tensor:
    """Return (B, 2, 3) px, SAR to optical."""
    return batch.motion if batch.sar_moves else invert(batch.motion)


def stages_of(net: OsrNet, batch: Sample) -> list[Stage]:
    """Return what the network says of a batch."""
    sar = net.describe(batch.sar, batch.sar_valid, "sar")
    return net(sar, net.describe(batch.optical, batch.optical_valid, "optical"))


def grid_error(theta: Tensor, truth: Tensor, size: int) -> Tensor:
    """Return (B, 5, 5) px, how far two affines are apart over the image."""
    grid = centres(5, 5, 1, theta.device) * (size / 5)
    return (apply_affine(theta, grid) - apply_affine(truth, grid)).norm(dim=1)


def rmse_px(theta: Tensor, truth: Tensor, size: int) -> Tensor:
    """Return (B,) px, the RMS error over the image."""
    return (grid_error(theta, truth, size) ** 2).mean(dim=(1, 2)).sqrt()


def affine_loss(theta: Tensor, truth: Tensor, size: int) -> Tensor:
    """Return (B,), the mean displacement of a 5 x 5 grid; "L_aff"."""
    return charbonnier(grid_error(theta, truth, size)).mean(dim=(1, 2)) / UNIT_PX


def keypoint_loss(
    theta: Tensor, truth: Tensor, points: Tensor, there: Tensor
) -> Tensor:
    """Return (B,), how far key points of SAR are from their places; "L_kp".

    Args:
        theta: (B, 2, 3) px.
        truth: (B, 2, 3) px.
        points: (B, N, 2) px.
        there: (B, N), 1 where there is a point.
    """
    xy = points.transpose(1, 2)[..., None]
    off = (apply_affine(theta, xy) - apply_affine(truth, xy)).abs().sum(dim=1)[..., 0]
    return (off * there).sum(dim=1) / there.sum(dim=1).clamp_min(1) / UNIT_PX


def harris_points(images: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """Return (B, N, 2) px the strongest corners, and (B, N) whether there is one."""
    points = images.new_zeros(len(images), KEYPOINTS, 2)
    there = images.new_zeros(len(images), KEYPOINTS)
    beside = np.ones((APART_PX, APART_PX), np.uint8)
    for k, (image, mask) in enumerate(zip(images, valid, strict=True)):
        strength = cv2.cornerHarris(image[0].cpu().numpy(), 5, 3, HARRIS_K)
        strength *= cv2.erode(mask[0].cpu().numpy(), np.ones((9, 9), np.uint8))
        top = strength >= cv2.dilate(strength, beside)
        row, column = np.nonzero(top & (strength > 0))
        best = np.argsort(-strength[row, column])[:KEYPOINTS]
        xy = np.stack([column[best], row[best]], axis=1) + 0.5
        points[k, : len(best)] = torch.from_numpy(xy).to(points)
        there[k, : len(best)] = 1
    return points, there


def correlation_loss(stage: Stage, truth: Tensor, size: int) -> Tensor:
    """Return (B,), cross-entropy of the blocks' shifts at the true ones."""
    here = stage.positions()
    left = compose(truth, invert(stage.before))
    to = apply_affine(left, here)
    inside = ((to > 0) & (to < size)).all(dim=1, keepdim=True)
    shift = (to - here) / stage.stride
    mask = inside * (stage.seen > 0.5)
    return shift_entropy(stage.logits, shift, mask.float(), stage.radius)


def structure_losses(
    theta: Tensor, truth: Tensor, batch: Sample
) -> tuple[Tensor, Tensor]:
    """Return (B,) twice: "L_ssim" and "L_ref" of the warped SAR image.

    The original SAR image is the answer: it is compared with, and never looked at.
    """
    # Here, so that all else can be used without it.
    from kornia.metrics import ssim

    sar, valid, optical = (
        F.avg_pool2d(x, 2) for x in (batch.sar, batch.sar_valid, batch.optical)
    )
    valid = (valid > 0.99).float()
    warped, seen = moved(sar, valid, theta, 2)
    original, known = moved(sar, valid, truth, 2)
    both = ((seen > 0.5) & (known > 0.5)).float().detach()

    def unlike(a: Tensor, b: Tensor) -> Tensor:
        alike = ssim(a * both, b * both, SSIM_SIDE)
        return 1 - (alike * both).sum(dim=(1, 2, 3)) / count

    count = both.sum(dim=(1, 2, 3)).clamp_min(1)
    squared = ((warped - original) ** 2 * both).sum(dim=(1, 2, 3)) / count
    return unlike(warped, optical), squared + 0.5 * unlike(warped, original)


def losses(stages: list[Stage], batch: Sample) -> dict[str, Tensor]:
    """Return the mean of every loss over a batch."""
    truth, size = truth_of(batch), batch.sar.shape[-1]
    points = harris_points(batch.sar, batch.sar_valid)
    terms = {name: torch.zeros(()) for name in ("affine", "keypoints", "correlation")}
    for weight, stage in zip(PROGRESS, stages, strict=True):
        found = {
            "affine": affine_loss(stage.theta, truth, size),
            "keypoints": keypoint_loss(stage.theta, truth, *points),
            "correlation": correlation_loss(stage, truth, size),
        }
        for name, value in found.items():
            terms[name] = terms[name] + weight * value.mean()
    similarity, reference = structure_losses(stages[-1].theta, truth, batch)
    return {**terms, "similarity": similarity.mean(), "reference": reference.mean()}


def step_loss(
    net: OsrNet, batch: Sample, share: float
) -> tuple[Tensor, dict[str, Tensor], Tensor]:
    """Return the weighed loss of a batch, its terms, and the pairs' RMSE in px.

    ``share`` says how much of the training is done, 0 to 1.
    """
    stages = stages_of(net, batch)
    terms, weights = losses(stages, batch), weights_at(share)
    loss = sum(weights[name] * value for name, value in terms.items())
    with torch.no_grad():
        rmse = rmse_px(stages[-1].theta, truth_of(batch), batch.sar.shape[-1])
    figures = {name: value.detach() for name, value in terms.items()}
    return loss, {"loss": loss.detach(), **figures}, rmse
