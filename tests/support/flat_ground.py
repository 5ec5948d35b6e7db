"""A SAR and an optical image of one place, without the simulator's relief."""

import numpy as np
from scipy import ndimage

#: Side of an image, px.
SIDE = 192


def ground(seed, side=SIDE):
    """Return an optical and a SAR image (h, w) uint8 of one place without relief."""
    rng = np.random.default_rng(seed)
    patches = ndimage.gaussian_filter(rng.standard_normal((side, side)), 7) > 0
    fine = ndimage.gaussian_filter(rng.standard_normal((side, side)), 2)
    bright = ndimage.gaussian_filter(patches * 1.0, 0.8) + 0.8 * fine
    optical = np.clip(60 + 90 * bright, 0, 255).astype(np.uint8)
    speckle = np.sqrt(rng.gamma(3.0, 1 / 3.0, (side, side)))
    sar = np.clip((150 - 90 * bright) * speckle, 0, 255).astype(np.uint8)
    return optical, sar
