"""Interpolate pixels at arbitrary positions; invalid pixels never take part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..base.types import Resampling

#: Pixels that a kernel needs on each side of a position.
REACH = 3

_SECOND = np.array([1.0, -2.0, 1.0])
_FULL_WEIGHT = 1 - 1e-4
_LANCZOS_TAPS = np.arange(-2, 4)


@dataclass(frozen=True, eq=False)
class Positions:
    """Where to sample a window of at most 32,000 pixels, for all of its bands.

    Args:
        x: (h, w) float64 columns in the window, corner origin.
        y: (h, w) float64 rows in the window, corner origin.
    """

    x: np.ndarray
    y: np.ndarray

    @cached_property
    def pixel(self) -> np.ndarray:
        """Return the pixel that each position lies in, (h, w, 2) int16."""
        # A hair below the border counts as on it, as in GDAL.
        pixel = np.empty((*self.x.shape, 2), np.int16)
        np.floor(self.x + 1e-10, out=pixel[..., 0], casting="unsafe")
        np.floor(self.y + 1e-10, out=pixel[..., 1], casting="unsafe")
        return pixel

    def pick(self, image: np.ndarray) -> np.ndarray:
        """Return the pixels that the positions lie in, unchanged."""
        kind = {np.dtype(np.uint32): np.int32, np.dtype(bool): np.uint8}.get(
            image.dtype, image.dtype
        )
        return _gather(image.view(kind), self.pixel).view(image.dtype)


def sample(
    image: np.ndarray,
    valid: np.ndarray | None,
    at: Positions,
    resampling: Resampling,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return values at positions that keep ``REACH`` pixels from the border.

    A position is valid when the pixel it lies in is. Where the kernel meets
    invalid pixels, bilinear weights are shared among the valid ones instead.
    Cubic is the convolution with a = -0.5, lanczos has six taps per axis, both
    as in GDAL, but never negative among values that are not; "average" picks pixels,
    to be averaged by the caller.

    Args:
        image: (h, w) of any real type.
        valid: (h, w) bool, None when all are.
        at: positions in the image.
        resampling: the kernel.

    Returns:
        Values (float32, float64 for wide types, the image's own type where
        pixels are picked) and (h, w) bool valid, None when all are.
    """
    ok = None if valid is None else at.pick(valid)
    if resampling in ("nearest", "average"):
        return at.pick(image), ok
    wide = image.dtype.itemsize > 2 and image.dtype != np.float32
    kind = np.float64 if wide else np.float32
    filled = image if valid is None else np.where(valid, image, image.dtype.type(0))
    filled = filled.astype(kind, copy=False)
    lines = _Lines(at, kind)
    if valid is None:
        return _within(resampling, filled, lines, None), None
    share = lines.between(valid.astype(kind))
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = lines.between(filled) / share
    if resampling == "bilinear":
        return plain, ok
    side = 3 if resampling == "cubic" else 5
    whole = cv2.erode(valid.view(np.uint8), np.ones((side, side), np.uint8))
    full = lines.between(whole.astype(kind)) > _FULL_WEIGHT
    return np.where(full, _within(resampling, filled, lines, plain), plain), ok


def _within(
    resampling: Resampling, image: np.ndarray, lines: _Lines, plain: np.ndarray | None
) -> np.ndarray:
    """Return what a kernel gives, and bilinear values where that cannot be.

    Beside bright targets the negative lobes of a kernel make negative values of
    positive ones, such as power, and the largest values overflow in them.

    Args:
        resampling: the kernel.
        image: (h, w) finite values.
        lines: where to sample.
        plain: bilinear values, None to compute them where they are needed.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        out = _KERNELS[resampling](image, lines)
    wrong = ~(out >= 0)
    if resampling == "bilinear" or not wrong.any():
        return out
    before, taps = _SUPPORT[resampling]
    if image.min() < 0:
        box = np.ones((taps, taps), np.uint8)
        least = cv2.erode(image, box, anchor=(before, before))
        wrong &= _gather(least, lines.corner()) >= 0
    wrong |= ~np.isfinite(out)
    if wrong.any():
        out[wrong] = (lines.between(image) if plain is None else plain)[wrong]
    return out


class _Lines:
    """Bilinear interpolation at fixed positions, exact to float rounding."""

    def __init__(self, at: Positions, kind: type):
        self._x: np.ndarray = (at.x - 0.5).astype(kind)
        self._y: np.ndarray = (at.y - 0.5).astype(kind)
        self.kind = kind

    def corner(self) -> np.ndarray:
        """Return the pixel above and left of each position, (h, w, 2) int16."""
        floor = np.stack([np.floor(self._x), np.floor(self._y)], axis=-1)
        return floor.astype(np.int16)

    def parts(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions' fractions between pixel centres."""
        return self._x - np.floor(self._x), self._y - np.floor(self._y)

    def between(self, image: np.ndarray) -> np.ndarray:
        """Interpolate (h, w) or (h, w, n) images."""
        if self.kind is np.float32:
            return cv2.remap(image, self._x, self._y, cv2.INTER_LINEAR)
        # OpenCV rounds positions to 1/32 px for this type.
        left, top = np.floor(self._x), np.floor(self._y)
        width = image.shape[1]
        index = (top * width + left).astype(np.intp)
        flat = image.reshape(-1, *image.shape[2:])
        fx, fy = self._x - left, self._y - top
        if image.ndim == 3:
            fx, fy = fx[..., None], fy[..., None]
        upper = flat[index] * (1 - fx) + flat[index + 1] * fx
        index += width
        lower = flat[index] * (1 - fx) + flat[index + 1] * fx
        return upper * (1 - fy) + lower * fy


def _bilinear(image: np.ndarray, lines: _Lines) -> np.ndarray:
    return lines.between(image)


def _cubic(image: np.ndarray, lines: _Lines) -> np.ndarray:
    # Along one axis, cubic convolution with a = -0.5 at the fraction f is the
    # line between two pixels less f (1 - f) / 2 times the line between their
    # second differences; along both axes this makes four bilinear values.
    one = np.ones(1)
    across = cv2.sepFilter2D(image, -1, _SECOND, one)
    down = cv2.sepFilter2D(image, -1, one, _SECOND)
    both = cv2.sepFilter2D(across, -1, one, _SECOND)
    planes = cv2.split(lines.between(cv2.merge([image, across, down, both])))
    fx, fy = lines.parts()
    half = lines.kind(0.5)
    fx *= (1 - fx) * half
    fy *= (1 - fy) * half
    out, dx, dy, dxy = planes
    dxy = dxy * fy
    dxy -= dx
    dxy *= fx
    dy *= fy
    out += dxy
    out -= dy
    return out


def _lanczos(image: np.ndarray, lines: _Lines) -> np.ndarray:
    fx, fy = lines.parts()
    across, down = _lanczos_weights(fx), _lanczos_weights(fy)
    corner = lines.corner()
    out = np.zeros_like(fx)
    for dy, wy in zip(_LANCZOS_TAPS.tolist(), down, strict=True):
        row = np.zeros_like(fx)
        for dx, wx in zip(_LANCZOS_TAPS.tolist(), across, strict=True):
            shift = np.array([dx, dy], np.int16)
            row += wx * _gather(image, corner + shift)
        out += wy * row
    return out


def _gather(image: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    return cv2.remap(image, pixel, None, cv2.INTER_NEAREST)  # type: ignore


def _lanczos_weights(part: np.ndarray) -> list[np.ndarray]:
    weights = []
    for tap in _LANCZOS_TAPS.tolist():
        away = part - tap
        weights.append(np.sinc(away) * np.sinc(away / 3))
    total = np.sum(weights, axis=0)
    return [w / total for w in weights]


_KERNELS = {"bilinear": _bilinear, "cubic": _cubic, "lanczos": _lanczos}
#: Pixels that a kernel takes before the one left of a position, and in all, per axis.
_SUPPORT = {"cubic": (1, 4), "lanczos": (2, 6)}
