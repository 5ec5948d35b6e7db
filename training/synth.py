"""Pseudo-SAR from optical crops: domain randomisation on the training device.

From one optical image a random stand-in for SAR is made whose geometry is that
of the optical image, so the truth is exact. It is not meant to look right, but
to be different every time: random, also non-monotone, tone curves; edges as
bright lines; layover and shadow along a random look direction; corner
reflectors; multiplicative speckle of random looks; random blur.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ..models.network.fge import gaussian_derivatives


def pseudo_sar(optical: Tensor, generator: torch.Generator) -> Tensor:
    """Turn optical crops into random SAR-like ones.

    Args:
        optical: (B, 1, S, S) float in 0..1.
        generator: source of all randomness, on the device of ``optical``.

    Returns:
        (B, 1, S, S) float in 0..1, log intensity.
    """
    height = _blur(optical, 2.0, 6)
    slope = _slope(optical)
    image = _tone(optical, generator)
    image = image + _uniform(optical, generator, 0, 1.2) * slope.norm(
        dim=1, keepdim=True
    )
    image = _relief(image, height, generator)
    image = _reflectors(image, generator)
    image = _speckle(image, generator)
    return _stretch(_blur(image, _one(generator, optical, 0.3, 1.3), 4))


def _one(generator: torch.Generator, like: Tensor, low: float, high: float) -> Tensor:
    value = torch.rand((), generator=generator, device=like.device)
    return low + (high - low) * value


def _uniform(
    like: Tensor, generator: torch.Generator, low: float, high: float
) -> Tensor:
    value = torch.rand(len(like), 1, 1, 1, generator=generator, device=like.device)
    return low + (high - low) * value


def _blur(image: Tensor, sigma: float | Tensor, half: int) -> Tensor:
    axis = torch.arange(-half, half + 1, device=image.device, dtype=image.dtype)
    bell = torch.exp(-(axis**2) / (2 * sigma**2))
    bell = bell / bell.sum()
    image = F.conv2d(
        F.pad(image, (half, half, 0, 0), mode="reflect"), bell.view(1, 1, 1, -1)
    )
    return F.conv2d(
        F.pad(image, (0, 0, half, half), mode="reflect"), bell.view(1, 1, -1, 1)
    )


def _slope(image: Tensor) -> Tensor:
    basis = gaussian_derivatives(1.0)[:, None].to(image)
    slope = F.conv2d(F.pad(image, (3, 3, 3, 3), mode="reflect"), basis)
    return slope / slope.std(dim=(1, 2, 3), keepdim=True).clamp_min(1e-4)


def _tone(image: Tensor, generator: torch.Generator) -> Tensor:
    """Apply a random piecewise linear curve of six knots to each image."""
    count, knots = len(image), 6
    heights = torch.randn(count, knots, generator=generator, device=image.device)
    place = image.clamp(0, 1) * (knots - 1)
    low = place.floor().clamp(max=knots - 2)
    part = place - low
    index = low.long().flatten(1)
    left = heights.gather(1, index).view_as(image)
    right = heights.gather(1, index + 1).view_as(image)
    return left + part * (right - left)


def _relief(image: Tensor, height: Tensor, generator: torch.Generator) -> Tensor:
    """Brighten slopes that face the sensor and darken those that do not."""
    angle = _uniform(image, generator, 0, 2 * math.pi)
    slope = _slope(height)
    toward = slope[:, :1] * angle.cos() + slope[:, 1:] * angle.sin()
    gain = _uniform(image, generator, 0, 0.9)
    return image + gain * (F.relu(toward) - 0.7 * F.relu(-toward))


def _reflectors(image: Tensor, generator: torch.Generator) -> Tensor:
    """Add bright points, more of them where there are edges."""
    chance = torch.rand(image.shape, generator=generator, device=image.device)
    edges = _slope(image).norm(dim=1, keepdim=True)
    density = _uniform(image, generator, 0, 0.004)
    points = (chance < density * edges.clamp(max=4)).to(image)
    strength = _uniform(image, generator, 2, 8)
    return image + strength * _blur(points, 0.7, 2)


def _speckle(image: Tensor, generator: torch.Generator) -> Tensor:
    """Add the logarithm of Gamma-distributed speckle of 1 to 16 looks."""
    looks = 2.0 ** _uniform(image, generator, 0, 4)
    shape = looks.expand_as(image).contiguous()
    # Wilson-Hilferty: the cube root of a Gamma variate is nearly normal.
    normal = torch.randn(image.shape, generator=generator, device=image.device)
    root = 1 - 1 / (9 * shape) + normal / (3 * shape.sqrt())
    gamma = root.clamp_min(0.05) ** 3
    contrast = image.std(dim=(1, 2, 3), keepdim=True).clamp_min(0.1)
    return image + _uniform(image, generator, 0.4, 1.2) * contrast * gamma.log()


def _stretch(image: Tensor) -> Tensor:
    """Map percentiles 1 and 99 to 0 and 1, estimated on every third pixel."""
    few = image[..., ::3, ::3].flatten(1)
    count = few.shape[1]
    ordered = few.sort(dim=1).values
    low = ordered[:, round(0.01 * count)].view(-1, 1, 1, 1)
    high = ordered[:, min(round(0.99 * count), count - 1)].view(-1, 1, 1, 1)
    return ((image - low) / (high - low).clamp_min(1e-4)).clamp(0, 1)
