"""True pairs of which part is water, where the two images have nothing alike."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from .patterns import seaway, speckled
from .unrelated import Pair

#: How wide bays are, as a share of the side, and how much they are against the slope
#: of the whole: one coast across the image rather than many ponds.
_BAY, _RUGGED = 0.2, 0.35


def with_water(pair: Pair, share: float, seed: int) -> Pair:
    """Return a true pair of which water covers a share of the reference, 0 to 1.

    The coast is the same in both images; the waves of one and the speckle of the other
    are not.

    Args:
        pair: with its case.
        share: of the reference's pixels, and about that of the moving image's.
        seed: of coast and water.
    """
    if share <= 0.0 or pair.case is None:
        return pair
    rng = np.random.default_rng([seed, round(100 * share)])
    water = _water((pair.ref.shape[0], pair.ref.shape[1]), share, rng)
    waves = rng.uniform(0.3, 1.0) * seaway(water.shape, rng).astype(np.float32)
    if pair.ref.ndim == 3:
        waves, there = waves[..., None], water[..., None]
    else:
        there = water
    ref = pair.ref * (1 - there) + waves * there
    back = np.linalg.inv(pair.case.mov_to_ref)[:2]
    size = pair.mov.shape[::-1]
    there = cv2.warpAffine(water, back, size, borderMode=cv2.BORDER_REPLICATE)
    level = rng.uniform(0.25, 1.6) * np.median(pair.mov) / 90.0
    radar = level * cv2.GaussianBlur(
        speckled(pair.mov.shape, rng).astype(np.float32), (0, 0), 0.6
    )
    mov = pair.mov * (1 - there) + radar * there
    both = (np.clip(image, 0, 255).astype(np.uint8) for image in (ref, mov))
    return replace(pair, **dict(zip(("ref", "mov"), both, strict=True)))


def _water(
    shape: tuple[int, int], share: float, rng: np.random.Generator
) -> np.ndarray:
    """Return (h, w) float32, 1 on water and 0 on land."""
    height, width = shape
    noise = rng.standard_normal(shape).astype(np.float32)
    bays = cv2.GaussianBlur(noise, (0, 0), _BAY * min(shape))
    y, x = np.mgrid[:height, :width] / max(shape)
    angle = rng.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * x + np.sin(angle) * y
    field = slope / slope.std() + _RUGGED * bays / bays.std()
    water = (field < np.quantile(field, share)).astype(np.float32)
    return cv2.GaussianBlur(water, (0, 0), 0.7)
