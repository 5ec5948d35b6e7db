"""Exact geometry for benchmark windows: matrices, smooth fields, spline sampling."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

#: Pixels beside a sample that the cubic spline needs, and room for offsets.
SPLINE_MARGIN_PX = 3.0

#: Standard deviation of the Gaussian that smooths the local deformation.
WARP_SIGMA_PX = 64.0


def similarity(
    size: int, rotation_deg: float, scale: float, shift_xy: tuple[float, float]
) -> np.ndarray:
    """Return the (3, 3) matrix that turns, scales and shifts a square's centre."""
    angle = np.radians(rotation_deg)
    turn = scale * np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    centre = np.full(2, size / 2)
    result = np.eye(3)
    result[:2, :2] = turn
    result[:2, 2] = centre - turn @ centre + shift_xy
    return result


def pixel_centres(size: int) -> np.ndarray:
    """Return the (x, y) of every pixel centre of a square, (size, size, 2)."""
    line = np.arange(size) + 0.5
    return np.stack(np.meshgrid(line, line), axis=-1)


def smooth_warp(size: int, length_px: float, seed: int) -> np.ndarray:
    """Return a smooth random displacement field, (size, size, 2) float64.

    White noise smoothed by ``WARP_SIGMA_PX``, scaled so that its longest vector
    has ``length_px``; its affine part is left in, as in nature.
    """
    step = WARP_SIGMA_PX / 8
    nodes = int(np.ceil(size / step)) + 64
    noise = np.random.default_rng(seed).standard_normal((2, nodes, nodes))
    at = (np.arange(size) + 0.5) / step + 32
    rowcol = np.stack(np.meshgrid(at, at, indexing="ij"))
    field = np.stack(
        [
            ndimage.map_coordinates(ndimage.gaussian_filter(n, 8.0), rowcol)
            for n in noise
        ],
        axis=-1,
    )
    return field * (length_px / np.linalg.norm(field, axis=-1).max())


def sample(image: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Sample an image once at (h, w, 2) corner-origin points by cubic splines.

    Returns uint8 of shape (h, w) or (h, w, bands). The spline is exact to the
    position, unlike OpenCV's tables of 1/32 px.
    """
    low = np.floor(xy.min(axis=(0, 1)) - SPLINE_MARGIN_PX).astype(int)
    high = np.ceil(xy.max(axis=(0, 1)) + SPLINE_MARGIN_PX).astype(int)
    (x0, y0), (x1, y1) = np.maximum(low, 0), high
    rowcol = np.moveaxis(xy - (x0, y0) - 0.5, -1, 0)[::-1]
    window = image[y0:y1, x0:x1]
    bands = [
        ndimage.map_coordinates(band, rowcol, np.float32, order=3, mode="mirror")
        for band in np.moveaxis(np.atleast_3d(window), -1, 0)
    ]
    pixels = np.clip(np.rint(np.stack(bands, axis=-1)), 0, 255).astype(np.uint8)
    return pixels if image.ndim == 3 else pixels[..., 0]
