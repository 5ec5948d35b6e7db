"""Areas that must not be matched, from a vector file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyogrio
import shapely
from affine import Affine
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.crs import CRS
from rasterio.features import rasterize

from ..base.errors import BadInput
from ..base.grid import (
    Grid,
    apply_affine,
    between,
    is_placed,
    matrix,
    outline,
    reproject,
)
from .source import Source

Box = tuple[float, float, float, float]

#: Shapes are cut off this many times the grid's size beyond it: far away a
#: projection may have no place for them, or fold them back.
REACH = 0.5


@dataclass(frozen=True)
class VectorMask:
    """Shapes inside which everything is bad.

    Args:
        shapes: (n,) shapes near the grid, in its pixels.
        path: the file.
        crs: what its coordinates are, None where that is not known.
        box: where the grid is in them, None where that is not known.
    """

    shapes: np.ndarray
    path: str
    crs: CRS | None
    box: Box | None

    def bad(self, to_grid: np.ndarray, width: int, height: int) -> np.ndarray:
        """Return (height, width) bool: pixels that a shape touches."""
        if len(self.shapes) == 0:
            return np.zeros((height, width), bool)
        transform = Affine(*to_grid[:2].ravel())
        burnt = rasterize(
            self.shapes,
            out_shape=(height, width),
            transform=transform,
            all_touched=True,
            dtype="uint8",
        )
        return burnt > 0

    def nothing_marked(self, name: str, other: str) -> BadInput | None:
        """Return the error for a mask that marks nothing on the grid.

        None for the outside of an area that holds the whole grid.
        """
        shapes = _read(self.path, None)
        if len(shapes) == 0:
            return BadInput.of("mask_empty", name=name)
        if self.box is not None and _is_around(shapes, self.box):
            return None
        left, bottom, right, top = shapely.total_bounds(shapes).tolist()
        return BadInput.of(
            "mask_beside",
            name=name,
            other=other,
            left=left,
            right=right,
            bottom=bottom,
            top=top,
            crs=self.crs.to_string()[:60] if self.crs is not None else "-",
        )


def vector_info(path: str) -> dict[str, Any] | None:
    """Return what a vector file is, None when it is none."""
    try:
        info = pyogrio.read_info(path, force_feature_count=True)
    except (DataSourceError, DataLayerError):
        return None
    # An empty GeoJSON file has no type of geometry, a table has features.
    return info if info.get("geometry_type") or info["features"] == 0 else None


def vector_mask(
    path: str, info: dict[str, Any], grid: Grid, image: Source
) -> VectorMask:
    """Return the shapes of a file in pixels of a grid.

    A file without CRS, or in a system of its own, counts in the image's own map
    coordinates.
    """
    named = CRS.from_user_input(info["crs"]) if info.get("crs") else None
    crs = named if is_placed(named) else image.grid.crs
    box = _box(grid, crs)
    shapes = _read(path, box)
    if box is not None and len(shapes):
        shapes = shapely.intersection(shapely.make_valid(shapes), shapely.box(*box))
        shapes = shapes[~shapely.is_empty(shapes)]
    layer = Grid(crs, Affine.identity(), 1, 1)

    def to_grid(xy: np.ndarray) -> np.ndarray:
        return between(layer, grid, xy)

    return VectorMask(shapely.transform(shapes, to_grid), path, crs, box)


def _read(path: str, box: Box | None) -> np.ndarray:
    """Return the flat shapes of a file, those near a box where one is given."""
    shapes = shapely.from_wkb(pyogrio.raw.read(path, columns=[], bbox=box)[2])
    shapes = shapely.force_2d(np.asarray(shapes, object))
    return shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def _box(grid: Grid, crs: CRS | None) -> Box | None:
    """Return the grid and ``REACH`` around it in a CRS, None where unknown."""
    if grid.crs is None or crs is None:
        return None
    x, y = REACH * grid.width, REACH * grid.height
    at = outline(grid.width + 2 * x, grid.height + 2 * y) - (x, y)
    at = reproject(grid.crs, crs, apply_affine(matrix(grid.transform), at))
    at = at[np.isfinite(at).all(axis=1)]
    if len(at) == 0:
        return None
    return (*at.min(axis=0).tolist(), *at.max(axis=0).tolist())  # type: ignore


def _is_around(shapes: np.ndarray, box: Box) -> bool:
    """Return whether a polygon has the middle of a box within its outer ring."""
    middle = shapely.Point(0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3]))
    parts = shapely.get_parts(shapes)
    rings = shapely.get_exterior_ring(parts[shapely.get_type_id(parts) == 3])
    return bool(shapely.contains(shapely.polygons(rings), middle).any())
