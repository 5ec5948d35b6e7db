"""Rotation and scale beyond the trained range, by trying them out.

The reference is described once, at low resolution. The moving image is turned
and scaled in steps, each version described and placed by the global stage, and
the placements compared by how well the features agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.feedback import Feedback, check
from ..core.types import Search
from .encoder import Features
from .soma import MULTIPLE, Soma
from .warping import apply_affine, centres, compose, identity, invert, sample

#: Side of the images that hypotheses are tried on, px.
SIDE = 176
ANGLE_STEP = 12.0
SCALE_STEP = 1.15
#: Ranges that one hypothesis covers with a margin.
OWN_ROTATION_DEG = 8.0
OWN_SCALE = 1.1
BATCH = 8


@dataclass(frozen=True)
class Hypothesis:
    """The best turned and scaled version.

    Args:
        theta: (1, 2, 3) moving to reference, full-resolution px.
        distinctness: 0 (tie) to 1, over the best other placement.
    """

    theta: Tensor
    distinctness: float


def needed(search: Search) -> bool:
    """Return whether a search goes beyond what the network sees by itself."""
    return search.rotation_deg > OWN_ROTATION_DEG or search.scale > OWN_SCALE


def grid(search: Search) -> list[tuple[float, float]]:
    """Return (degrees, factor) of the versions to try."""
    turn = min(search.rotation_deg, 180.0)
    if turn >= 180 - ANGLE_STEP / 2:
        count = round(360 / ANGLE_STEP)
        angles = [k * 360.0 / count for k in range(count)]
    else:
        angles = _spread(turn, OWN_ROTATION_DEG, ANGLE_STEP)
    logs = _spread(math.log(search.scale), math.log(OWN_SCALE), math.log(SCALE_STEP))
    factors = [math.exp(value) for value in logs]
    return [(angle, factor) for factor in factors for angle in angles]


def _spread(reach: float, own: float, step: float) -> list[float]:
    """Return even values whose surroundings of ``own`` cover -reach to reach."""
    count = math.ceil(max(reach - own, 0.0) / step)
    if not count:
        return [0.0]
    return [(reach - own / 2) * k / count for k in range(-count, count + 1)]


def turning(degrees: float, factor: float, centre: Tensor) -> Tensor:
    """Return the (1, 2, 3) similarity about ``centre`` (2,) px."""
    angle = math.radians(degrees)
    cos, sin = factor * math.cos(angle), factor * math.sin(angle)
    linear = centre.new_tensor([[cos, -sin], [sin, cos]])
    return torch.cat([linear, (centre - linear @ centre)[:, None]], dim=1)[None]


def turned(
    image: Tensor, valid: Tensor, by: Tensor, stride: int = 1
) -> tuple[Tensor, Tensor]:
    """Return the image as seen after applying ``by`` to it, on the same canvas."""
    here = centres(*image.shape[-2:], 1, image.device)
    where = apply_affine(invert(by), here)
    packed = torch.cat([image * valid, valid], dim=1).expand(len(by), -1, -1, -1)
    values, inside = sample(packed, where)
    mask = (values[:, 1:] > 0.99).to(image) * inside
    return values[:, :1] * mask, mask


def shrunk(image: Tensor, valid: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """Average over ``factor`` x ``factor`` valid pixels; padded to a multiple of 16."""
    if factor > 1:
        share = F.avg_pool2d(valid, factor, ceil_mode=True, count_include_pad=False)
        total = F.avg_pool2d(
            image * valid, factor, ceil_mode=True, count_include_pad=False
        )
        valid = (share > 0.5).to(image)
        image = total / share.clamp_min(1e-3) * valid
    below, beside = (-side % MULTIPLE for side in image.shape[-2:])
    pad = (0, beside, 0, below)
    return F.pad(image, pad), F.pad(valid, pad)


def best_hypothesis(
    net: Soma,
    mov: tuple[Tensor, Tensor, str],
    ref: tuple[Tensor, Tensor, str],
    search: Search,
    feedback: Feedback,
) -> Hypothesis:
    """Try all versions of one pair and return the best.

    Args:
        net: the network.
        mov: image (1, 1, H, W), validity of the same shape, modality.
        ref: the same for the reference.
        search: range to cover.
        feedback: asked for a cancel between batches.
    """
    factor = max(1, round(max(*mov[0].shape[-2:], *ref[0].shape[-2:]) / SIDE))
    small_mov, small_ref = (shrunk(image[0], image[1], factor) for image in (mov, ref))
    seen = net.encode(*small_ref, ref[2])
    height, width = (side / factor for side in mov[0].shape[-2:])
    centre = small_mov[0].new_tensor([width / 2, height / 2])
    turns = torch.cat([turning(a, s, centre) for a, s in grid(search)])
    placed, scores = [], []
    shift = centre.new_full((1,), search.shift_px / factor)
    reach = shift + 0.15 * max(height, width)
    for first in range(0, len(turns), BATCH):
        check(feedback)
        part = turns[first : first + BATCH]
        image, valid = turned(*small_mov, part)
        features = net.encode(image, valid, mov[2])
        prior = identity(len(part), image.device)
        coarse = net.place(
            features,
            _repeat(seen, len(part)),
            prior,
            shift.expand(len(part)),
            reach.expand(len(part)),
        )
        placed.append(compose(coarse.theta, part))
        scores.append(coarse.score)
    theta, score = torch.cat(placed), torch.cat(scores)
    best = int(score.argmax())
    distinct = _distinctness(theta, score, best, centre)
    full = theta[best : best + 1].clone()
    full[:, :, 2] *= factor
    return Hypothesis(full, distinct)


def _distinctness(theta: Tensor, score: Tensor, best: int, centre: Tensor) -> float:
    """Compare the best score with that of the best clearly different placement."""
    ring = centres(2, 2, 1, centre.device) * centre[:, None, None]
    places = apply_affine(theta, ring)
    away = (places - places[best]).norm(dim=1).mean(dim=(1, 2))
    other = score[away > 0.35 * float(centre.mean())]
    if not len(other) or float(score[best]) <= 0:
        return float("nan")
    return float((1 - other.max() / score[best]).clamp(0, 1))


def _repeat(features: Features, count: int) -> Features:
    return Features(
        tuple(level.expand(count, -1, -1, -1) for level in features.levels),
        tuple(mask.expand(count, -1, -1, -1) for mask in features.masks),
    )
