"""Areas that must not be matched, from a vector file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from affine import Affine
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.crs import CRS
from rasterio.features import rasterize
from shapely.errors import ShapelyError

from ..base.errors import BadInput
from ..base.gdal_errors import first_line
from ..base.grid import (
    Grid,
    apply_affine,
    between,
    is_placed,
    matrix,
    outline,
    reproject,
    turn_of,
    unturned,
)
from .source import Source

Box = tuple[float, float, float, float]

#: Shapes are cut off this many times the grid's size beyond it: far away a
#: projection may have no place for them, or fold them back.
REACH = 0.5
#: Whole turns that longitudes may be counted elsewhere than a reader counts them.
_TURNS = 2


@dataclass(frozen=True)
class VectorMask:
    """Shapes inside which everything is bad.

    Args:
        shapes: (n,) shapes near the grid, in its pixels.
        path: the file.
        crs: what its coordinates are, None where that is not known.
        boxes: where the grid is in them, a turn apart where longitudes may be counted
            anyhow; none where that is not known.
    """

    shapes: np.ndarray
    path: str
    crs: CRS | None
    boxes: tuple[Box, ...]

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
        shapes = _read(self.path)
        if len(shapes) == 0:
            return BadInput.of("mask_empty", name=name)
        if any(_is_around(shapes, box) for box in self.boxes):
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
    boxes = _boxes(grid, crs)
    near = [_read(path, box) for box in boxes] or [_read(path)]
    shapes = np.concatenate(near)
    layer = Grid(crs, Affine.identity(), 1, 1)

    def to_grid(xy: np.ndarray) -> np.ndarray:
        return between(layer, grid, xy)

    return VectorMask(shapely.transform(shapes, to_grid), path, crs, boxes)


def _read(path: str, box: Box | None = None) -> np.ndarray:
    """Return the flat shapes of a file, where a box is given what lies in it."""
    try:
        shapes = shapely.from_wkb(pyogrio.raw.read(path, columns=[], bbox=box)[2])
        shapes = shapely.force_2d(np.asarray(shapes, object))
    except (ShapelyError, DataSourceError, DataLayerError, TypeError) as error:
        name, why = Path(path).name, first_line(error)
        raise BadInput.of("mask_shapes", name=name, why=why) from error
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        why = "a coordinate is no number"
        raise BadInput.of("mask_shapes", name=Path(path).name, why=why)
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if box is None or not len(shapes):
        return shapes
    shapes = shapely.intersection(shapely.make_valid(shapes), shapely.box(*box))
    return shapes[~shapely.is_empty(shapes)]


def _boxes(grid: Grid, crs: CRS | None) -> tuple[Box, ...]:
    """Return the grid and ``REACH`` around it in a CRS, () where that is unknown.

    Several where the same place comes again after a turn: files count longitudes from
    -180 or from 0.
    """
    if grid.crs is None or crs is None:
        return ()
    x, y = REACH * grid.width, REACH * grid.height
    at = outline(grid.width + 2 * x, grid.height + 2 * y) - (x, y)
    at = reproject(grid.crs, crs, apply_affine(matrix(grid.transform), at))
    at = at[np.isfinite(at).all(axis=1)]
    if len(at) == 0:
        return ()
    turn = turn_of(crs)
    if turn:
        at = unturned(at, at[len(at) // 2, 0], turn)
    (left, bottom), (right, top) = at.min(axis=0).tolist(), at.max(axis=0).tolist()
    offs = [k * turn for k in (range(-_TURNS, _TURNS + 1) if turn else (0,))]
    return tuple((left + off, bottom, right + off, top) for off in offs)


def _is_around(shapes: np.ndarray, box: Box) -> bool:
    """Return whether a polygon has the middle of a box within its outer ring."""
    middle = shapely.Point(0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3]))
    parts = shapely.get_parts(shapes)
    rings = shapely.get_exterior_ring(parts[shapely.get_type_id(parts) == 3])
    return bool(shapely.contains(shapely.polygons(rings), middle).any())
