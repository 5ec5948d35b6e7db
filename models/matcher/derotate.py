"""Rotation and scale beyond the trained range, taken off before the network looks.

Which rotation and scale, ``core.matching.gradient`` finds: its descriptors are made
once and turned by a phase for every hypothesis, at a hundredth of the cost of
describing turned images by the network.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...core.base.types import Search
from ..network.geometry import apply_affine, centres, invert, sample

#: Ranges that the network's features cover by themselves.
OWN_ROTATION_DEG = 8.0
OWN_SCALE = 1.1


def beyond_own_range(search: Search) -> bool:
    """Return whether a search goes beyond what the network sees by itself."""
    return search.rotation_deg > OWN_ROTATION_DEG or search.scale > OWN_SCALE


def derotate(image: Tensor, valid: Tensor, by: Tensor) -> tuple[Tensor, Tensor]:
    """Return images as seen after applying ``by`` to them, on the same canvas.

    Args:
        image: (B, 1, H, W).
        valid: (B, 1, H, W), 1 or 0.
        by: (B, 2, 3) px.
    """
    here = centres(*image.shape[-2:], 1, image.device)
    where = apply_affine(invert(by), here)
    values, inside = sample(torch.cat([image * valid, valid], dim=1), where)
    mask = (values[:, 1:] > 0.99).to(image) * inside
    return values[:, :1] * mask, mask
