"""Choose the grid of a warped raster."""

from __future__ import annotations

import math

import numpy as np
from affine import Affine
from rasterio.crs import CRS

from .errors import BadInput
from .geo import Grid, apply_affine, matrix, outline, reproject
from .registration import Registration

#: A side longer than this is a mistake in the options, not a wish.
MAX_SIDE = 500_000


def plan_target(
    kind: str, registration: Registration, source: Grid | None = None
) -> Grid:
    """Return the grid on which a raster of the moving frame is written.

    Args:
        kind: "reference": the reference's CRS and pixels, cut to where the
            warped raster and the reference overlap; "own": the raster's own CRS
            and pixel size, all of it; or a pixel size in units of the
            reference's CRS, cut like "reference".
        registration: what was found.
        source: grid of the raster to warp, None for the moving raster itself.

    Raises:
        BadInput: the warped raster lies outside the reference, or would be
            larger than any raster should be.
    """
    source = source or registration.mov_grid
    ref = registration.ref_grid
    to_ref = registration.source_to_target(source, ref)
    covered = to_ref(outline(source.width, source.height))
    covered = covered[np.isfinite(covered).all(axis=1)]
    if not len(covered):
        raise BadInput("The raster cannot be placed in the reference's CRS.")
    if kind == "own":
        return _own_grid(source, ref, covered)
    low = np.clip(np.floor(covered.min(axis=0) + 1e-6), 0, (ref.width, ref.height))
    high = np.clip(np.ceil(covered.max(axis=0) - 1e-6), 0, (ref.width, ref.height))
    if not (high > low).all():
        raise BadInput("The warped raster lies outside the reference.")
    if kind == "reference":
        transform = ref.transform @ Affine.translation(*low)
        return _checked(ref.crs, transform, *(high - low))
    corners = apply_affine(matrix(ref.transform), np.array([low, high]))
    return _snapped(ref.crs, corners, float(kind), (0.0, 0.0))


def _own_grid(source: Grid, ref: Grid, covered_px: np.ndarray) -> Grid:
    """Return the raster's own pixel size and CRS around its warped footprint."""
    placed = apply_affine(matrix(ref.transform), covered_px)
    if source.crs is None or ref.crs is None or source.crs == ref.crs:
        crs = ref.crs
    else:
        placed = reproject(ref.crs, source.crs, placed)
        crs = source.crs
    if source.crs is None:
        size = _warped_gsd(source, placed)
    else:
        size = source.gsd
    return _snapped(crs, placed, size, (source.transform.c, source.transform.f))


def _warped_gsd(source: Grid, placed: np.ndarray) -> float:
    """Return the size that a pixel of a bare image has after warping."""
    low, high = placed.min(axis=0), placed.max(axis=0)
    return float(np.hypot(*(high - low)) / math.hypot(source.width, source.height))


def _snapped(
    crs: CRS | None, points: np.ndarray, size: float, origin: tuple[float, float]
) -> Grid:
    """Return the north-up grid around points, its lines at ``origin + n * size``."""
    low = np.floor((points.min(axis=0) - origin) / size + 1e-6) * size + origin
    high = np.ceil((points.max(axis=0) - origin) / size - 1e-6) * size + origin
    columns, rows = np.maximum(np.round((high - low) / size), 1)
    if crs is None:
        transform = Affine(size, 0, low[0], 0, size, low[1])
    else:
        transform = Affine(size, 0, low[0], 0, -size, high[1])
    return _checked(crs, transform, columns, rows)


def _checked(crs: CRS | None, transform: Affine, columns: float, rows: float) -> Grid:
    if max(columns, rows) > MAX_SIDE:
        raise BadInput(
            f"The result would be {columns:.0f} x {rows:.0f} pixels; choose a larger "
            "pixel size or another output grid."
        )
    return Grid(crs, transform, int(columns), int(rows))
