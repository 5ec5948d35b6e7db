"""Areas that must not be matched, from a raster or a vector file."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Iterator, Protocol

import numpy as np
import pyogrio
import shapely
from affine import Affine
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.crs import CRS
from rasterio.features import rasterize

from ..base.errors import BadInput
from ..base.grid import Grid, apply_affine, between, matrix, outline, reproject
from .open import Source, open_source
from .tile_sampler import locate, sample

Mapping = Callable[[np.ndarray], np.ndarray]


class Mask(Protocol):
    """Says which pixels of a tile are bad."""

    def bad(self, to_grid: np.ndarray, width: int, height: int) -> np.ndarray:
        """Return (height, width) bool for tile pixels placed by (3, 3) ``to_grid``."""


@dataclass(frozen=True)
class RasterMask:
    """A raster whose nonzero pixels are bad.

    Args:
        source: the mask file.
        to_raw: (n, 2) pixels of the grid to original pixels of the mask.
    """

    source: Source
    to_raw: Mapping

    def bad(self, to_grid: np.ndarray, width: int, height: int) -> np.ndarray:
        """Return (height, width) bool: pixels that a bad one contributes to."""
        at = locate(lambda xy: self.to_raw(apply_affine(to_grid, xy)), width, height)
        values, valid = sample(self.source, self.source.bands[:1], at)
        return valid & (values != 0)


@dataclass(frozen=True)
class VectorMask:
    """Shapes inside which everything is bad, in pixels of the grid."""

    shapes: np.ndarray

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


@contextmanager
def open_mask(
    path: str, grid: Grid, image: Source, image_to_raw: Mapping
) -> Iterator[Mask]:
    """Open a mask for tiles of one grid.

    A file without CRS counts in the image's own map coordinates (vector) or
    original pixels (raster, which must then be of the image's size).

    Args:
        path: raster (nonzero = bad) or vector file.
        grid: where tiles will be asked for.
        image: the raster that the mask belongs to.
        image_to_raw: (n, 2) pixels of ``grid`` to original pixels of ``image``.

    Memory: the shapes within ``grid``, or one window of the raster. Raises
    ``BadInput`` when the file is neither, or cannot be placed.
    """
    name = Path(path).name
    info = _vector_info(path)
    if info is not None:
        yield VectorMask(_shapes(path, info, grid, image))
        return
    with open_source(path) as found:
        source = replace(found, grey_levels=None)
        yield RasterMask(source, _mask_mapping(name, source, grid, image, image_to_raw))


def _mask_mapping(
    name: str, source: Source, grid: Grid, image: Source, image_to_raw: Mapping
) -> Mapping:
    if source.has_georeference:
        if grid.crs is None:
            raise BadInput.of("mask_frame", name=name, other=image.name)
        return lambda xy: source.frame_to_raw(between(grid, source.grid, xy))
    if (source.width, source.height) != (image.width, image.height):
        raise BadInput.of(
            "mask_size",
            name=name,
            width=source.width,
            height=source.height,
            other=image.name,
            cols=image.width,
            rows=image.height,
        )
    return image_to_raw


def _vector_info(path: str) -> dict[str, Any] | None:
    try:
        info = pyogrio.read_info(path)
    except (DataSourceError, DataLayerError):
        return None
    return info if info.get("geometry_type") else None


def _shapes(path: str, info: dict[str, Any], grid: Grid, image: Source) -> np.ndarray:
    crs = CRS.from_user_input(info["crs"]) if info.get("crs") else image.grid.crs
    if grid.crs is not None and crs is not None:
        corners = apply_affine(matrix(grid.transform), outline(grid.width, grid.height))
        at = reproject(grid.crs, crs, corners)
        at = at[np.isfinite(at).all(axis=1)]
        bbox = (*at.min(axis=0), *at.max(axis=0))
    else:
        bbox = None
    wkb = pyogrio.raw.read(path, columns=[], bbox=bbox)[2]
    shapes = shapely.from_wkb(wkb)
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    layer = Grid(crs, Affine.identity(), 1, 1)

    def to_grid(xy: np.ndarray) -> np.ndarray:
        return between(layer, grid, xy)

    return shapely.transform(shapely.force_2d(shapes), to_grid)
