"""Sign-free oriented gradient channels that SAR and optical images share.

The gradient g at angle phi is kept as the circular harmonics |g|,
|g| exp(2i phi) and |g| exp(4i phi): two gradients of opposite sign give the same
values, and the correlation of two such stacks equals that of many |oriented
gradient| channels (CFOG, Ye et al. 2019) at a fraction of the transforms. Rotating a
stack by an angle is a phase, with no interpolation between orientations.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

#: Orders of the harmonics behind the five planes: 0, 2 (re, im), 4 (re, im).
COUNT = 5
#: Slopes per px far below this are rounding, not structure.
_LEAST_SLOPE = 2e-3
#: Least mean energy of normalised channels that hold any structure.
_LEAST_ENERGY = 1e-3
#: Gaussian scale in px of the surroundings whose mean stands where nothing is valid.
_FILL_PX = 4.0
#: Share of a smoothing kernel that is known below which its mean is not raised further.
_LEAST_KNOWN = 0.1


@dataclass(frozen=True)
class ChannelParams:
    """How channels are made; lengths in pixels.

    Args:
        sigma: derivative-of-Gaussian scale.
        smooth: Gaussian smoothing of the harmonics.
        background: scale of the local mean that is subtracted, 0 for none.
        floor: share of the mean energy added before normalising.
        weights: weights of the orders 0, 2 and 4.
    """

    sigma: float = 1.5
    smooth: float = 1.5
    background: float = 16.0
    floor: float = 1.0
    weights: tuple[float, float, float] = (0.7, 1.0, 0.7)


@dataclass(frozen=True)
class Channels:
    """Planes (COUNT, h, w) float32 and their weight (h, w) float32 in [0, 1]."""

    planes: np.ndarray
    weight: np.ndarray

    @property
    def structured(self) -> bool:
        """Whether there is anything to correlate."""
        energy = float(np.vdot(self.planes, self.planes))
        return energy > _LEAST_ENERGY * max(float(self.weight.sum()), 1.0)


def oriented_channels(
    pixels: np.ndarray,
    valid: np.ndarray,
    params: ChannelParams,
    ground: np.ndarray | None = None,
) -> Channels:
    """Return normalised channels of ``pixels`` (h, w) float32, 0 where invalid.

    ``ground``, (h, w) float32, multiplies them where it is known.
    """
    weight = _inner_weight(valid, params.sigma)
    gx, gy = _gradient(filled(pixels, valid), params.sigma)
    planes = _harmonics(gx, gy)
    planes *= weight
    for plane, order in zip(planes, np.repeat(params.weights, (1, 2, 2)), strict=True):
        _blur(plane, params.smooth, plane)
        if order != 1.0:
            plane *= np.float32(order)
    if not valid.all():
        # Normalised convolution (Knutsson and Westin 1993): beside holes of one shape
        # both images would else be weaker, and agree in that.
        planes /= np.maximum(_blur(weight, params.smooth), _LEAST_KNOWN)
    norm = np.einsum("chw,chw->hw", planes, planes)
    floor = params.floor * float(norm.mean()) / max(float(weight.mean()), 1e-6)
    planes *= weight / np.sqrt(norm + floor + _LEAST_SLOPE**2)
    if params.background > 0:
        _subtract_background(planes, weight, params.background)
    if ground is not None:
        planes *= ground
    return Channels(planes, weight)


def filled(pixels: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return pixels with the surroundings' mean where invalid."""
    if valid.all():
        return pixels
    mask = valid.astype(np.float32)
    total, share = (_low(plane, _FILL_PX, 2) for plane in (pixels * mask, mask))
    level = total / np.maximum(share, 1e-3)
    return np.where(valid, pixels, level)


def _inner_weight(valid: np.ndarray, sigma: float) -> np.ndarray:
    if valid.all():
        return np.ones(valid.shape, np.float32)
    side = 2 * int(np.ceil(2 * sigma)) + 1
    kernel = np.ones((side, side), np.uint8)
    return cv2.erode(
        valid.astype(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE
    ).astype(np.float32)


def _gradient(pixels: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    radius = max(int(np.ceil(3 * sigma)), 1)
    t = np.arange(-radius, radius + 1, dtype=np.float64)
    gauss = np.exp(-0.5 * (t / sigma) ** 2)
    gauss /= gauss.sum()
    slope = t * gauss
    slope /= (t * slope).sum()
    border = cv2.BORDER_REFLECT_101
    gx = cv2.sepFilter2D(pixels, cv2.CV_32F, slope, gauss, borderType=border)
    gy = cv2.sepFilter2D(pixels, cv2.CV_32F, gauss, slope, borderType=border)
    return gx, gy


def _harmonics(gx: np.ndarray, gy: np.ndarray) -> np.ndarray:
    planes = np.empty((COUNT, *gx.shape), np.float32)
    cv2.magnitude(gx, gy, planes[0])
    inverse = cv2.divide(1.0, np.maximum(planes[0], 1e-12))
    # The square of (x, y), a complex number, over m: m at twice its angle, and at four.
    for first, (x, y) in ((1, (gx, gy)), (3, planes[1:3])):
        np.multiply(x + y, x - y, out=planes[first])
        np.multiply(x, y, out=planes[first + 1])
        planes[first + 1] *= 2.0
        planes[first : first + 2] *= inverse
    return planes


def _blur(plane: np.ndarray, sigma: float, out: np.ndarray | None = None) -> np.ndarray:
    if sigma <= 0:
        return plane
    return cv2.GaussianBlur(
        plane, (0, 0), sigma, dst=out, borderType=cv2.BORDER_REFLECT_101
    )


def _subtract_background(planes: np.ndarray, weight: np.ndarray, sigma: float) -> None:
    step = max(int(sigma // 4), 1)
    gain = weight / np.maximum(_low(weight, sigma, step), 1e-3)
    for plane in planes:
        mean = _low(plane, sigma, step)
        mean *= gain
        plane -= mean


def _low(plane: np.ndarray, sigma: float, step: int) -> np.ndarray:
    """Return a plane blurred by ``sigma``, on pixels that are ``step`` times larger."""
    shape = plane.shape[::-1]
    small = (-(-shape[0] // step), -(-shape[1] // step))
    reduced = cv2.resize(plane, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(_blur(reduced, sigma / step), shape)
