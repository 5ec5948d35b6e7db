"""Choose the grid of a registered raster."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from affine import Affine
from pyproj import Transformer
from rasterio.crs import CRS

from ..base.errors import BadInput
from ..base.grid import Grid, apply_affine, counted_like, matrix
from .lattice import PixelMap

#: A result may have this many times the pixels of the moving raster, or of this: a
#: Sentinel-1 scene on pixels of 1 m.
MAX_GROWTH = 100
_FREE_PX = 10**7
#: No result has more pixels, 200,000 a side: it would take most of a day.
MOST_PX = 4 * 10**10
_EDGE_NODES = 33
#: Footprints that pass a pixel's border by less do not get another pixel.
_SNAP_PX = 1e-3


def plan_target(kind: str, ref: Grid, mov: Grid, mov_to_ref: PixelMap) -> Grid:
    """Return the grid on which the whole moving raster is written.

    "reference": the CRS and the pixel lattice of the reference, so that pixels
    of both lie exactly on one another. "own": the CRS and the lattice of the
    moving raster; where it has no CRS, square pixels of its own size in the
    reference's CRS. A number: square pixels of that size in the reference's
    CRS, starting at multiples of the size. The extent is always the footprint
    of the moving raster after registration, to whole pixels and not cut off at
    the reference's border: a registered raster loses no part.

    Args:
        kind: "reference", "own" or a number above 0.
        ref: grid of the reference.
        mov: grid of the moving raster.
        mov_to_ref: (n, 2) moving pixels to (n, 2) map coordinates in the
            reference's CRS (its pixels where it has none); NaN where undefined.

    Raises:
        BadInput: the grid would be absurdly large, or nothing is defined.
    """
    at = _nodes(mov)
    on_map = mov_to_ref(at)
    known = np.isfinite(on_map).all(axis=1)
    if not known.any():
        raise BadInput.of("result_nowhere")
    if kind == "own" and mov.crs is not None and ref.crs is not None:
        own = counted_like(mov, _reproject(on_map[known], ref.crs, mov.crs))
        grid = _cover(mov.crs, mov.transform, own)
    elif kind == "own":
        size = _pixel_size(mov, mov_to_ref, on_map[known])
        grid = _cover(ref.crs, _square(ref, size), on_map[known])
    elif kind == "reference":
        grid = _cover(ref.crs, ref.transform, on_map[known])
    else:
        _check_size(float(kind), float(np.ptp(on_map[known], axis=0).max()))
        grid = _cover(ref.crs, _square(ref, float(kind)), on_map[known])
    if grid.crs is None:
        grid = replace(grid, site=ref.site)
    most = min(MAX_GROWTH * max(mov.width * mov.height, _FREE_PX), MOST_PX)
    if grid.width * grid.height > most:
        raise BadInput.of(
            "grid_too_large",
            value=kind,
            width=grid.width,
            height=grid.height,
            pixels=grid.width * grid.height / 1e9,
            cols=mov.width,
            rows=mov.height,
        )
    return grid


def _check_size(size: float, extent: float) -> None:
    if size > extent:
        raise BadInput.of("grid_too_coarse", value=size, extent=extent)


def _nodes(grid: Grid) -> np.ndarray:
    x, y = np.meshgrid(
        np.linspace(0, grid.width, _EDGE_NODES),
        np.linspace(0, grid.height, _EDGE_NODES),
    )
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _reproject(xy: np.ndarray, source: CRS, target: CRS) -> np.ndarray:
    if source == target:
        return xy
    change = Transformer.from_crs(source.to_wkt(), target.to_wkt(), always_xy=True)
    out = np.stack(change.transform(xy[:, 0], xy[:, 1]), axis=1)
    out = out[np.isfinite(out).all(axis=1)]
    if not len(out):
        raise BadInput.of("result_outside_crs")
    return out


def _pixel_size(mov: Grid, mov_to_ref: PixelMap, on_map: np.ndarray) -> float:
    """Return the side of a moving pixel on the map, in the raster's middle."""
    x, y = mov.width / 2, mov.height / 2
    here, right, down = mov_to_ref(np.array([[x, y], [x + 1, y], [x, y + 1]]))
    area = abs(float(np.linalg.det(np.stack([right - here, down - here]))))
    if not np.isfinite(area) or area == 0:
        extent = np.ptp(on_map, axis=0)
        area = float(extent.prod()) / (mov.width * mov.height)
    # Digits beyond the twelfth are rounding, and would spoil round sizes.
    return float(f"{area**0.5:.12g}")


def _square(ref: Grid, size: float) -> Affine:
    upwards = ref.crs is None and ref.transform.e > 0
    return Affine(size, 0, 0, 0, size if upwards else -size, 0)


def _cover(crs: CRS | None, lattice: Affine, on_map: np.ndarray) -> Grid:
    """Return the lattice's pixels that cover points on the map."""
    pixels = apply_affine(matrix(~lattice), on_map)
    low = np.floor(pixels.min(axis=0) + _SNAP_PX).astype(np.int64)
    high = np.ceil(pixels.max(axis=0) - _SNAP_PX).astype(np.int64)
    width, height = np.maximum(high - low, 1).tolist()
    col, row = low.tolist()
    return Grid(crs, lattice * Affine.translation(col, row), width, height)
