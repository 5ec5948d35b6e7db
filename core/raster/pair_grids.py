"""The grids that a pair is read on."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from affine import Affine

from ..base.errors import BadInput, Refused
from ..base.grid import Grid, gsd_m
from ..base.job import Job
from .open import Source
from .working_grid import shares_system, working_grid

#: How images lie: as their files say, anywhere, or anywhere and the wrong way round.
Placing = Literal["own", "nowhere", "mirrored"]


def pair_grids(
    job: Job, ref: Source, mov: Source, placing: Placing
) -> tuple[bool, Grid, Grid]:
    """Return whether the images lie in one system, and the pixels of both."""
    one_site = shares_system(ref.grid, mov.grid)
    both_placed = ref.has_georeference and mov.has_georeference
    if placing == "own" and (both_placed or one_site):
        try:
            grid = working_grid(ref, mov, job.aoi, job.aoi_crs)
            return True, grid, grid
        except Refused as refused:
            # Asked to look anywhere, a placement elsewhere is taken for wrong.
            anywhere = job.search == "any" or one_site
            if not anywhere or refused.code != "no_overlap" or job.aoi:
                raise
    elif job.aoi is not None:
        bare = ref if not ref.has_georeference else mov
        raise BadInput.of("aoi_without_georeference", name=bare.name)
    own = [
        Grid(None, Affine.identity(), s.grid.width, s.grid.height) for s in (ref, mov)
    ]
    return False, own[0], _mirrored(mov.grid) if placing == "mirrored" else own[1]


def own_frame(grid: Grid, source: Source) -> Grid:
    """Return the frame of a raster for a grid that is nothing but its pixels."""
    return source.grid if grid.transform == Affine.identity() else grid


def coarsened(grid: Grid, factor: float) -> Grid:
    """Return a grid of ``factor`` times larger pixels that holds the whole of it."""
    return Grid(
        grid.crs,
        grid.transform * Affine.scale(factor),
        math.ceil(grid.width / factor),
        math.ceil(grid.height / factor),
    )


def _mirrored(grid: Grid) -> Grid:
    """Return the pixels of a raster, counted from the right."""
    turned = Affine(-1, 0, grid.width, 0, 1, 0)
    return replace(grid, transform=grid.transform * turned)


def ground_gsd_m(grid: Grid, ref: Source) -> float:
    """Return the ground size of a pixel in the middle in metres, NaN if unknown."""
    known = grid if grid.crs is not None else ref.grid
    if known.crs is None:
        return float("nan")
    return gsd_m(known, (0.5 * known.width, 0.5 * known.height))
