"""Whether a tile repeats itself exactly, as ground never does.

A texture that is copied side by side agrees with another image at its own place and as
well one period further, which may lie beyond all that is searched. Ground that repeats
itself, fields or streets, never does so to the last pixel: the largest correlation of
real tiles with themselves elsewhere is 0.6 at 128 px and 0.25 at 256 px and more; that
of copies is 0.9, that of a drawn grid under speckle 0.6 and more.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from scipy import fft

from ...base.types import Tile, TilePair
from .channels import filled

#: Correlation of a tile with itself elsewhere from which it is made of copies.
COPIED = 0.6
#: Gaussian scale below which detail is compared, pixels of the compared level.
_DETAIL_PX = 6.0
#: Shifts nearer than this are the same place: structure is as wide as that; and up to
#: this share of the sides, beyond which too little overlaps.
_APART_PX, _MOST_SHARE = 12.0, 0.5
#: Long side in px up to which tiles are compared as they are.
_SIDE_PX = 300


def both_are_copies(pair: TilePair) -> bool:
    """Return whether each of two tiles is made of copies of a part of itself."""
    return likeness_elsewhere(pair.ref) > COPIED < likeness_elsewhere(pair.mov)


def likeness_elsewhere(tile: Tile) -> float:
    """Return the largest correlation of a tile with itself at another place.

    0 where nothing is valid, or the tile is too small for another place.
    """
    pixels, valid = filled(tile.pixels, tile.valid), tile.valid.astype(np.float32)
    apart = _APART_PX
    while max(pixels.shape) > _SIDE_PX:
        size = pixels.shape[1] // 2, pixels.shape[0] // 2
        pixels, valid = (
            cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (pixels, valid)
        )
        apart /= 2
    detail = pixels - cv2.GaussianBlur(pixels, (0, 0), _DETAIL_PX)
    detail = np.where(valid > 0.99, detail, np.float32(0.0)).astype(np.float32)
    size = tuple(
        fft.next_fast_len(int((1 + _MOST_SHARE) * side) + 1, real=True)
        for side in detail.shape
    )
    frame, far = _elsewhere(detail.shape, size, apart)
    own, energy = (fft.rfft2(x, size) for x in (detail, detail**2))
    product = fft.irfft2(own * own.conj(), size)
    # Energy of what of the tile lies in itself when moved, there and back.
    inside = np.maximum(fft.irfft2(energy * frame.conj(), size), 0.0)
    outside = np.roll(inside[::-1, ::-1], 1, axis=(0, 1))
    scale = np.sqrt(inside * outside)[far]
    # A flat part of the tile is like any other.
    least = 0.1 * float((detail**2).sum()) + 1e-12
    return float((product[far] / np.maximum(scale, least)).max(initial=0.0))


@lru_cache(maxsize=4)
def _elsewhere(
    shape: tuple[int, int], size: tuple[int, int], apart: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the spectrum of a whole tile, and which shifts are another place.

    Args:
        shape: (height, width) of the tile.
        size: (height, width) of its transforms.
        apart: shifts nearer than this are the same place, pixels.
    """
    y, x = (np.fft.fftfreq(n, 1.0 / n) for n in size)
    far = np.hypot(y[:, None], x[None]) >= apart
    far &= np.abs(y)[:, None] <= _MOST_SHARE * shape[0]
    far &= np.abs(x)[None] <= _MOST_SHARE * shape[1]
    return fft.rfft2(np.ones(shape, np.float32), size), far
