"""Areas that must not be matched, from a vector file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

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
#: As shapely counts dimensions.
_AREA = 2
#: Whole turns that longitudes may be counted elsewhere than a reader counts them.
_TURNS = 2


@dataclass(frozen=True)
class Layer:
    """One layer of a vector file.

    Args:
        name: in the file.
        crs: what its coordinates are, None where that is not known.
        boxes: where the grid is in them, a turn apart where longitudes may be counted
            anyhow; none where that is not known.
    """

    name: str
    crs: CRS | None
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class VectorMask:
    """Shapes inside which everything is bad.

    Args:
        shapes: (n,) shapes near the grid, in its pixels.
        path: the file.
        layers: all of its layers that may hold shapes.
    """

    shapes: np.ndarray
    path: str
    layers: tuple[Layer, ...]

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
        held = [(layer, _read(self.path, layer.name)) for layer in self.layers]
        held = [(layer, shapes) for layer, shapes in held if len(shapes)]
        if not held:
            return BadInput.of("mask_empty", name=name)
        if any(_is_around(s, box) for layer, s in held for box in layer.boxes):
            return None
        layer, shapes = held[0]
        left, bottom, right, top = shapely.total_bounds(shapes).tolist()
        return BadInput.of(
            "mask_beside",
            name=name,
            other=other,
            left=left,
            right=right,
            bottom=bottom,
            top=top,
            crs=layer.crs.to_string()[:60] if layer.crs is not None else "-",
        )


def vector_info(path: str) -> list[dict[str, Any]]:
    """Return what the layers of a vector file are, [] for other files."""
    try:
        found = [
            pyogrio.read_info(path, layer=name, force_feature_count=True)
            for name, _ in pyogrio.list_layers(path)
        ]
    except (DataSourceError, DataLayerError):
        return []
    # An empty GeoJSON file has no type of geometry, a table has features.
    return [of for of in found if of.get("geometry_type") or of["features"] == 0]


def vector_mask(
    path: str, info: Sequence[dict[str, Any]], grid: Grid, image: Source
) -> VectorMask:
    """Return the shapes of a file in pixels of a grid, those of all its layers.

    A layer without CRS, or in a system of its own, counts in the image's own map
    coordinates. Raises ``BadInput`` where lines and points are all there is: what a
    line goes around would be matched.
    """
    layers, near, areas = [], [], []
    for about in info:
        named = CRS.from_user_input(about["crs"]) if about.get("crs") else None
        crs = named if is_placed(named) else image.grid.crs
        layer = Layer(about["layer_name"], crs, _boxes(grid, crs))
        frame = Grid(crs, Affine.identity(), 1, 1)
        for box in layer.boxes or (None,):
            shapes = _read(path, layer.name, box)
            areas += (shapely.get_dimensions(shapes) == _AREA).tolist()
            shapes = shapes if box is None else _clipped(shapes, box)
            near.append(
                shapely.transform(shapes, lambda xy, of=frame: between(of, grid, xy))
            )
        layers.append(layer)
    if areas and not any(areas):
        raise BadInput.of("mask_no_areas", name=Path(path).name)
    return VectorMask(np.concatenate(near), path, tuple(layers))


def _read(path: str, layer: str, box: Box | None = None) -> np.ndarray:
    """Return the flat shapes of a layer, where a box is given those that touch it."""
    try:
        found = pyogrio.raw.read(path, layer=layer, columns=[], bbox=box)
        shapes = shapely.force_2d(np.asarray(shapely.from_wkb(found[2]), object))
    except (ShapelyError, DataSourceError, DataLayerError, TypeError) as error:
        name, why = Path(path).name, first_line(error)
        raise BadInput.of("mask_shapes", name=name, why=why) from error
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        why = "a coordinate is no number"
        raise BadInput.of("mask_shapes", name=Path(path).name, why=why)
    return shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def _clipped(shapes: np.ndarray, box: Box) -> np.ndarray:
    """Return what of shapes lies in a box."""
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
