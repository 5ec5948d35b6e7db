"""Feature Gradient Enhancer (FGE) of SOMA, the paper's section on FGE.

Four steps, each added to what came before: reconstruction of the features
(spatial and channel, after SCConv, Li et al. 2023), gradients in several directions
and scales, channel (Hu et al. 2018) and spatial attention, fusion over several
dilations.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import ConvNorm, masked_mean

DIRECTIONS = 8


def gaussian_derivatives(sigma: float, side: int = 7) -> Tensor:
    """Return the first derivatives of a Gaussian, d/dx and d/dy.

    Returns:
        (2, side, side) float32; each responds with 1 to a ramp of slope 1.
    """
    half = side // 2
    axis = torch.arange(-half, half + 1, dtype=torch.float64)
    bell = torch.exp(-(axis**2) / (2 * sigma**2))
    bell = bell / bell.sum()
    slope = axis * bell
    slope = slope / (slope * axis).sum()
    dx = bell[:, None] * slope[None, :]
    return torch.stack([dx, dx.T]).float()


def steering() -> Tensor:
    """Return cos and sin of the eight directions k * 22.5 degrees, (8, 2)."""
    angle = torch.arange(DIRECTIONS, dtype=torch.float64) * math.pi / DIRECTIONS
    return torch.stack([angle.cos(), angle.sin()], dim=1).float()


class GradientBank(nn.Module):
    """Fixed steerable Gaussian derivatives: 2 scales x 8 directions, sign-free.

    A first Gaussian derivative in any direction is the cosine-sine mixture of those
    along x and y (Freeman and Adelson 1991), so two filters per scale give eight exact
    directions.
    The paper's rotated 3x3 Sobel kernels are initial values only, and rounding
    leaves five distinct ones; ours are fixed, so the gradient prior cannot be
    unlearned. The absolute value makes them blind to the sign of contrast,
    which flips between SAR and optical images.

    Args:
        channels: C of the input.
        sigmas: scales, in cells.
    """

    def __init__(self, channels: int, sigmas: tuple[float, ...] = (0.7, 1.4)):
        super().__init__()
        basis = torch.cat([gaussian_derivatives(s) for s in sigmas])[:, None]
        self.register_buffer("basis", basis.repeat(channels, 1, 1, 1), persistent=False)
        self.register_buffer("steer", steering(), persistent=False)
        self.channels, self.scales = channels, len(sigmas)

    @property
    def out_channels(self) -> int:
        """Number of responses: channels x scales x directions."""
        return self.channels * self.scales * DIRECTIONS

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C * 2 * 8, H, W), values at least 0."""
        channels = x.shape[1]
        padded = F.pad(x, (3, 3, 3, 3), mode="replicate")
        pair = F.conv2d(padded, self.basis.to(x.dtype), groups=channels)
        pair = pair.permute(0, 2, 3, 1).unflatten(3, (channels * self.scales, 2))
        steered = (pair @ self.steer.to(x.dtype).T).abs()
        return steered.flatten(3).permute(0, 3, 1, 2)


class RatioOfAverages(nn.Module):
    """Edges of a SAR image that do not depend on its brightness, at stride 2.

    Speckle multiplies, so a difference of means reacts to bright areas; the
    logarithm of the ratio of the means of two half windows does not (ROEWA,
    Fjortoft et al. 1998). The two half windows are steered like the bank's filters:
    the x and y ratios are mixed for the eight directions.

    Args:
        sigma: extent of the half windows, in pixels.
        decibels: range in dB that the input's 0..1 is taken to span.
    """

    out_channels = DIRECTIONS

    def __init__(self, sigma: float = 2.5, decibels: float = 25.0):
        super().__init__()
        axis = torch.arange(-7, 8, dtype=torch.float32)
        bell = torch.exp(-(axis**2) / (2 * sigma**2))
        right = torch.where(axis > 0, torch.exp(-axis.abs() / sigma), 0.0)
        bell, right = bell / bell.sum(), right / right.sum()
        east = bell[:, None] * right[None, :]
        halves = torch.stack([east, east.flip(1), east.T, east.T.flip(0)])[:, None]
        self.register_buffer("halves", halves, persistent=False)
        self.register_buffer("steer", steering()[:, :, None, None], persistent=False)
        self.rate = decibels * math.log(10) / 10

    def forward(self, log_intensity: Tensor) -> Tensor:
        """Map (B, 1, H, W) in 0..1 (log scale) to (B, 8, H/2, W/2), at least 0."""
        # Half precision would round the ratios away.
        with torch.autocast(log_intensity.device.type, enabled=False):
            intensity = torch.exp(self.rate * log_intensity.float())
            padded = F.pad(intensity, (7, 7, 7, 7), mode="replicate")
            mean = F.conv2d(padded, self.halves, stride=2).clamp_min(1e-6).log()
            ratio = mean[:, 0::2] - mean[:, 1::2]
            return F.conv2d(ratio, self.steer).abs().to(log_intensity.dtype)


class Reconstruction(nn.Module):
    """Spatial and channel reconstruction between two 1x1 convolutions.

    Spatial: the scales of a batch norm say which channels carry information;
    a soft gate splits the features into a telling and a dull part, whose
    halves are added crosswise. Channel: one half passes a grouped 3x3 plus a
    1x1, the other a 1x1; pooled softmax weights choose between the two.
    """

    def __init__(self, channels: int):
        super().__init__()
        half = channels // 2
        self.enter = ConvNorm(channels, channels, 1)
        self.norm = nn.BatchNorm2d(channels)
        self.group = nn.Conv2d(half, channels, 3, padding=1, groups=2, bias=False)
        self.point = nn.Conv2d(half, channels, 1, bias=False)
        self.leave = ConvNorm(channels, channels, 1, relu=False)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape; ``mask`` (B, 1, H, W) for pooling."""
        y = self.enter(x)
        share = self.norm.weight.abs() / self.norm.weight.abs().sum().clamp_min(1e-6)
        gate = torch.sigmoid(self.norm(y) * (share * y.shape[1])[:, None, None])
        telling = gate * y
        dull = y - telling
        first, second = telling.chunk(2, dim=1)
        dull_first, dull_second = dull.chunk(2, dim=1)
        rich = self.group(first + dull_second)
        cheap = self.point(second + dull_first)
        weight = torch.stack([masked_mean(rich, mask), masked_mean(cheap, mask)])
        weight = weight.softmax(dim=0)
        return x + self.leave(weight[0] * rich + weight[1] * cheap)


class FGE(nn.Module):
    """Feature Gradient Enhancer for C channels; the same shape in and out.

    Args:
        channels: C, a multiple of 4.
        reduced: channels that enter the gradient filters.
    """

    def __init__(self, channels: int, reduced: int = 4):
        super().__init__()
        self.reconstruct = Reconstruction(channels)
        self.reduce = nn.Conv2d(channels, reduced, 1)
        self.bank = GradientBank(reduced)
        self.fuse = ConvNorm(self.bank.out_channels, channels, 1)
        squeezed = max(channels // 8, 4)
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.excite = nn.Conv2d(squeezed, channels, 1)
        self.spot = nn.Conv2d(channels, 1, 1)
        self.dilated = nn.ModuleList(
            nn.Conv2d(channels, channels, 3, 1, d, d, channels, bias=False)
            for d in (1, 2, 3)
        )
        self.merge = ConvNorm(3 * channels, channels, 1)
        self.smooth = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        nn.init.normal_(self.smooth.weight, std=0.01)
        nn.init.zeros_(self.smooth.bias)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Enhance features (B, C, H, W); ``mask`` (B, 1, H, W) marks valid cells."""
        x = self.reconstruct(x, mask)
        x = x + self.fuse(self.bank(self.reduce(x)))
        channel = torch.sigmoid(self.excite(F.relu(self.squeeze(masked_mean(x, mask)))))
        x = x + x * channel * torch.sigmoid(self.spot(x))
        scales = self.merge(torch.cat([branch(x) for branch in self.dilated], dim=1))
        return (x + scales + self.smooth(scales)) * mask
