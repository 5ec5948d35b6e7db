"""Where a map canvas shows the pixels of a pair: its coordinates, any CRS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rasterio.crs import CRS
from rasterio.errors import CRSError

from ..base.errors import BadInput
from ..base.grid import Grid, apply_affine, is_placed, matrix, reproject
from ..raster.pair import RasterPair, Which


@dataclass(frozen=True)
class MapFrame:
    """The way between map coordinates and working pixels of a pair.

    Rasters without georeference are shown with y pointing up, pixel (col, row)
    at (col, -row), as in QGIS.

    Args:
        pair: both rasters on their working grid.
        crs: CRS of the map, None where it has none.
    """

    pair: RasterPair
    crs: CRS | None

    def to_working(self, which: Which, xy: np.ndarray) -> np.ndarray:
        """Move (n, 2) map positions to working pixels; infinity where undefined."""
        grid = self._grid(which)
        xy = np.asarray(xy, np.float64).reshape(-1, 2)
        shared = self.crs is None or grid.crs is None
        at = xy if shared else reproject(self.crs, grid.crs, xy)
        return apply_affine(matrix(~grid.transform), at)

    def to_map(self, which: Which, xy: np.ndarray) -> np.ndarray:
        """Move (n, 2) working pixels to map positions."""
        grid = self._grid(which)
        at = apply_affine(matrix(grid.transform), xy)
        shared = self.crs is None or grid.crs is None
        return at if shared else reproject(grid.crs, self.crs, at)

    def _grid(self, which: Which) -> Grid:
        if self.pair.georeferenced:
            return self.pair.grid
        return self.pair.ref.grid if which == "ref" else self.pair.mov.grid


def map_frame(pair: RasterPair, crs: str) -> MapFrame:
    """Return the frame of a map whose CRS is given by any name, "" for none.

    Raises ``BadInput`` when the CRS is unknown.
    """
    if not crs:
        return MapFrame(pair, None)
    try:
        named = CRS.from_user_input(crs)
    except (CRSError, ValueError) as error:
        raise BadInput.of("map_crs", value=crs[:60]) from error
    if is_placed(named):
        return MapFrame(pair, named)
    if pair.grid.crs is not None:
        raise BadInput.of("map_crs", value=crs[:60])
    # The map shows a site, and a pair without CRS is taken to lie in it.
    return MapFrame(pair, None)
