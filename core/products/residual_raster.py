"""The local displacement left after registration, as a coarse raster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from affine import Affine
from scipy.ndimage import gaussian_filter

from ..base.grid import Grid
from ..warp.bands import Bands
from ..warp.cog_writer import open_cog

#: Bands of quality.tif: description and unit.
BANDS = (
    ("residual displacement", "px"),
    ("residual displacement in x, right positive", "px"),
    ("residual displacement in y, down positive", "px"),
    ("matches that support this estimate", "1"),
)

_NODATA = -9999.0
_MAX_CELLS = 4_000_000
_REACH_SIGMAS = 3.0
_LEAST_SUPPORT = 1.0


@dataclass(frozen=True)
class QualityField:
    """Residual displacement on a coarse grid over the working grid.

    Args:
        step_px: size of a cell, working pixels.
        values: (4, rows, columns) float32 in the order of ``BANDS``; NaN where
            no match is near.
    """

    step_px: int
    values: np.ndarray


def residual_field(
    xy: np.ndarray,
    residual_xy: np.ndarray,
    confidence: np.ndarray,
    shape: tuple[int, int],
    step_px: int = 16,
) -> QualityField:
    """Smooth the residuals of inliers to a field with a Gaussian kernel.

    The kernel is as wide as the matches are apart, at least one cell. The first
    band is the local mean of lengths, the next two of components: their length
    is the systematic part of the first. The step is doubled while the kernel
    spans more than eight cells or the field has more than 4 million, so memory
    stays below 300 MB.

    Args:
        xy: (n, 2) positions of inliers, working pixels.
        residual_xy: (n, 2) place found minus place the transform gives, px.
        confidence: (n,) in [0, 1], the weight of each match.
        shape: (height, width) of the working grid.
        step_px: wished size of a cell, working pixels.
    """
    height, width = shape
    inside = ((xy >= 0) & (xy < (width, height))).all(axis=1)
    xy, residual_xy, confidence = xy[inside], residual_xy[inside], confidence[inside]
    sigma_px = kernel_sigma_px(len(xy), shape, step_px)
    while height * width > _MAX_CELLS * step_px**2 or sigma_px > 8 * step_px:
        step_px *= 2
    rows, cols = -(-height // step_px), -(-width // step_px)
    if not len(xy):
        return QualityField(step_px, _without_values(rows, cols))
    sigma = sigma_px / step_px
    weights = np.maximum(confidence.astype(np.float64), 1e-3)
    length = np.hypot(*residual_xy.T)
    cells = xy / step_px
    total = _gathered(cells, weights, (rows, cols), sigma)
    support = _gathered(cells, np.ones(len(xy)), (rows, cols), sigma)
    # The filter sums to one; at its peak one match shall count as one.
    support *= 2 * np.pi * sigma**2
    values = _without_values(rows, cols)
    near = support >= _LEAST_SUPPORT * np.exp(-0.5 * _REACH_SIGMAS**2)
    for band, component in enumerate((length, *residual_xy.T)):
        part = _gathered(cells, weights * component, (rows, cols), sigma)
        values[band, near] = part[near] / total[near]
    values[3, near] = support[near]
    return QualityField(step_px, values)


def kernel_sigma_px(count: int, shape: tuple[int, int], step_px: int) -> float:
    """Return the kernel's sigma: the mean distance of matches, at least a cell."""
    spacing = float(np.sqrt(shape[0] * shape[1] / max(count, 1)))
    return float(np.clip(spacing, step_px, max(shape) / 4 + step_px))


def write_quality(path: str | Path, grid: Grid, field: QualityField) -> None:
    """Write a field as a float32 COG, georeferenced on the working grid."""
    step = field.step_px
    _, rows, cols = field.values.shape
    coarse = replace(
        grid, transform=grid.transform * Affine.scale(step), width=cols, height=rows
    )
    bands = Bands(
        "float32",
        len(BANDS),
        nodata=_NODATA,
        descriptions=tuple(name for name, _ in BANDS),
        units=tuple(unit for _, unit in BANDS),
        tags={"WORKING_PIXELS_PER_CELL": str(step)},
    )
    valid = np.isfinite(field.values)
    values = np.where(valid, field.values, np.float32(_NODATA))
    with open_cog(path, coarse, bands) as out:
        out.write(0, 0, values, valid)


def _without_values(rows: int, cols: int) -> np.ndarray:
    return np.full((len(BANDS), rows, cols), np.nan, np.float32)


def _gathered(
    cells: np.ndarray, values: np.ndarray, shape: tuple[int, int], sigma: float
) -> np.ndarray:
    """Sum values over the cells around each, weighted by a Gaussian; (rows, cols)."""
    rows, cols = shape
    # Split each value over the four nearest centres, so that the field does not
    # depend on where in its cell a match lies.
    corner = np.floor(cells - 0.5).astype(int)
    part = cells - 0.5 - corner
    image = np.zeros(rows * cols)
    for dx in (0, 1):
        for dy in (0, 1):
            share = np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])
            col = np.clip(corner[:, 0] + dx, 0, cols - 1)
            row = np.clip(corner[:, 1] + dy, 0, rows - 1)
            image += np.bincount(row * cols + col, values * share, rows * cols)
    return gaussian_filter(
        image.reshape(shape), sigma, mode="constant", truncate=_REACH_SIGMAS + 1
    )
