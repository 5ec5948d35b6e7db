"""Descriptors of keypoints, read from the frozen FGE encoders of SOMA.

One place of a feature map says little in speckle: a descriptor is the features of a
grid of places around the keypoint, as those of SIFT are of a grid of gradients (Lowe
2004), so that the product of two of them is a correlation of windows.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..network.encoder import STRIDES, Features
from ..network.geometry import sample
from .detector import detect
from .types import Keypoints

#: The level of the features, and places of the grid per side and px between them; from
#: held-out training places: of the keypoints that repeat, 0.81 then have their
#: counterpart as the nearest, 0.56 with a single place of that level.
LEVEL, PLACES, STEP_PX = 1, 5, 8


def keypoints_of(features: Features, planes: int, size: Tensor) -> Keypoints:
    """Return the keypoints of a batch with their full descriptors.

    Args:
        features: of the images.
        planes: number of hand-made channels, which are left out of descriptors.
        size: (B, 2) px, width and height without padding.
    """
    xy, strength = detect(features)
    there = strength.isfinite()
    words = words_at(features, planes, xy)
    return Keypoints(xy, words, strength.masked_fill(~there, 0), there, size)


def words_at(features: Features, planes: int, xy: Tensor) -> Tensor:
    """Return (B, N, C * PLACES^2) descriptors of unit length at (B, N, 2) px."""
    level = features.levels[LEVEL].float()[:, planes:]
    level = level / (level.norm(dim=1, keepdim=True) + 1e-6)
    axis = STEP_PX * (torch.arange(PLACES, device=xy.device) - PLACES // 2).float()
    offsets = torch.cartesian_prod(axis, axis)
    where = (xy[:, :, None] + offsets).permute(0, 3, 1, 2)
    values, inside = sample(level, where, STRIDES[LEVEL])
    words = (values * inside).permute(0, 2, 3, 1).flatten(2)
    return words / (words.norm(dim=2, keepdim=True) + 1e-6)
