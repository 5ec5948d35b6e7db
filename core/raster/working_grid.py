"""The working grid: where both images are, in metres, at the coarser resolution."""

from __future__ import annotations

import numpy as np
import pyproj
from affine import Affine
from rasterio.crs import CRS
from rasterio.errors import CRSError

from ..base.errors import BadInput, Refused
from ..base.grid import (
    BARE,
    Grid,
    apply_affine,
    between,
    counted_like,
    gsd_m,
    is_metric,
    is_placed,
    lonlat_crs,
    matrix,
    middle_x,
    outline,
    reproject,
    turn_of,
    unturned,
    utm_crs,
)
from .open import Source

Box = tuple[float, float, float, float]

#: Resolutions closer than this share count as equal.
SAME_SHARE = 0.02
#: Overlaps with a shorter side than this, in working pixels, are refused.
LEAST_PX = 16


def working_grid(
    ref: Source, mov: Source, aoi: Box | None = None, aoi_crs: str = ""
) -> Grid:
    """Return the grid on which two images are matched that share a system.

    Its CRS is the reference's where that counts in metres, else the UTM zone of
    the overlap; images without CRS share their map coordinates. It lies on the
    reference's own pixels, or whole multiples of them, where possible, and is north-up.

    Args:
        ref: the image that stays.
        mov: the image that moves.
        aoi: (left, bottom, right, top) that limits it.
        aoi_crs: CRS of ``aoi``; "" for the reference's.

    Raises ``Refused`` (no_overlap) or ``BadInput`` (unknown CRS).
    """
    crs, box = _system(ref, mov)
    for source in (ref, mov):
        if source.grid.crs == crs:
            box = _shared(box, _bounds_like(ref.grid, source.grid), ref, mov)
    if aoi is not None:
        area = _moved(_aoi_crs(aoi_crs, ref), crs, aoi, ref.grid)
        box = _meet(box, area)
        if not _overlaps(box):
            raise _no_overlap(ref, mov, "no_overlap_in_area")
    box = _shared(box, _covered(crs, box, ref, mov), ref, mov)
    grid = _on_pixels(crs, box, ref, mov)
    if min(grid.width, grid.height) < LEAST_PX:
        raise Refused.of(
            "no_overlap",
            "small_overlap",
            name=ref.name,
            other=mov.name,
            width=grid.width,
            height=grid.height,
            gsd=grid.gsd,
        )
    return grid


def shares_system(ref: Grid, mov: Grid) -> bool:
    """Return whether two grids without CRS seem to count in one system.

    That is where neither is bare, the names of their systems do not differ and they
    overlap: a coincidence otherwise.
    """
    if ref.crs or mov.crs or BARE in (ref.transform, mov.transform):
        return False
    if ref.site and mov.site and _name(ref.site) != _name(mov.site):
        return False
    return _overlaps(_meet(ref.bounds, mov.bounds))


def _name(site: CRS) -> str:
    """Return the name in a definition: two sites differ in nothing else."""
    return pyproj.CRS.from_wkt(site.to_wkt()).name


def _system(ref: Source, mov: Source) -> tuple[CRS | None, Box]:
    """Return the CRS of the working grid and where both images may be in it."""
    crs = ref.grid.crs
    if crs is None:
        return None, ref.grid.bounds
    ground = _shared_lonlat(ref, mov)
    if not is_metric(crs):
        crs = utm_crs(0.5 * (ground[0] + ground[2]), 0.5 * (ground[1] + ground[3]))
    return crs, _moved(lonlat_crs(), crs, ground, ref.grid)


def _on_pixels(crs: CRS | None, box: Box, ref: Source, mov: Source) -> Grid:
    centre = np.array([[0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3])]])
    unit = Grid(crs, Affine(1, 0, centre[0, 0], 0, -1, centre[0, 1]), 1, 1)
    origin = np.zeros((1, 2))
    ref_size, mov_size = (
        _pixel_size(s.grid, tuple(between(unit, s.grid, origin)[0])) for s in (ref, mov)
    )
    if ref.grid.crs == crs and _north_up_square(ref.grid.transform):
        base = ref.grid.transform * Affine.scale(_factor(mov_size / ref_size))
    else:
        size = max(ref_size, mov_size) / _pixel_size(unit, (0.0, 0.0))
        base = Affine(size, 0, 0, 0, -size, 0)
    x0, y0 = ~base * (box[0], box[3])
    x1, y1 = ~base * (box[2], box[1])
    x0, y0 = int(np.floor(x0 + 1e-3)), int(np.floor(y0 + 1e-3))
    x1, y1 = int(np.ceil(x1 - 1e-3)), int(np.ceil(y1 - 1e-3))
    lattice = base * Affine.translation(x0, y0)
    return Grid(crs, lattice, x1 - x0, y1 - y0, site=ref.grid.site)


def _pixel_size(grid: Grid, xy: tuple[float, float]) -> float:
    """Return the side of a pixel in metres, without CRS in map units."""
    return grid.gsd if grid.crs is None else gsd_m(grid, xy)


def _factor(ratio: float) -> float:
    """Return how many reference pixels make one working pixel."""
    if ratio <= 1 + SAME_SHARE:
        return 1.0
    whole = round(ratio)
    return float(whole) if abs(ratio - whole) <= SAME_SHARE * ratio else ratio


def _north_up_square(transform: Affine) -> bool:
    straight = transform.b == 0 and transform.d == 0
    north_up = transform.a > 0 and transform.e < 0
    return straight and north_up and abs(transform.a / -transform.e - 1) < SAME_SHARE


def _shared_lonlat(ref: Source, mov: Source) -> Box:
    a, b = _lonlat_box(ref.grid), _lonlat_box(mov.grid)
    turn = 360.0 * round((a[0] + a[2] - b[0] - b[2]) / 720.0)
    return _shared(a, (b[0] + turn, b[1], b[2] + turn, b[3]), ref, mov)


def _lonlat_box(grid: Grid) -> Box:
    if grid.crs is None:
        raise ValueError("a grid without CRS has no longitudes")
    middle = np.array([[0.5 * grid.width, 0.5 * grid.height]])
    at = np.concatenate([middle, outline(grid.width, grid.height)])
    at = reproject(grid.crs, lonlat_crs(), apply_affine(matrix(grid.transform), at))
    at = at[np.isfinite(at).all(axis=1)]
    return _bounds(unturned(at, at[0, 0]) if len(at) else at)


def _covered(
    crs: CRS | None, box: Box, ref: Source, mov: Source, steps: int = 97
) -> Box:
    """Return the part of a box, to one lattice cell, that lies inside both images."""
    dx, dy = (box[2] - box[0]) / (steps - 1), (box[3] - box[1]) / (steps - 1)
    frame = Grid(crs, Affine(dx, 0, box[0], 0, -dy, box[3]), steps - 1, steps - 1)
    at = outline(steps - 1, steps - 1, steps)
    inside = np.ones(len(at), bool)
    for source in (ref, mov):
        raw = source.frame_to_raw(between(frame, source.grid, at))
        size = np.array([source.width, source.height])
        slack = 1e-6 * size
        inside &= (raw >= -slack).all(axis=1) & (raw <= size + slack).all(axis=1)
    if not inside.any():
        raise _no_overlap(ref, mov)
    x, y = at[inside, 0], at[inside, 1]
    return (
        box[0] + dx * (x.min() - 1),
        box[3] - dy * (y.max() + 1),
        box[0] + dx * (x.max() + 1),
        box[3] - dy * (y.min() - 1),
    )


def _bounds_like(ref: Grid, grid: Grid) -> Box:
    """Return the bounds of a grid, in a reference's CRS counted as there."""
    left, bottom, right, top = grid.bounds
    turn = turn_of(ref.crs) if grid.crs == ref.crs else 0.0
    off = turn * round((middle_x(ref) - middle_x(grid)) / turn) if turn else 0.0
    return left + off, bottom, right + off, top


def _moved(src: CRS | None, dst: CRS | None, box: Box, ref: Grid) -> Box:
    """Return a box in another CRS; where that is the reference's, counted as there."""
    at = outline(box[2] - box[0], box[3] - box[1], 33) + np.array(box[:2])
    if src is not None and dst is not None:
        at = reproject(src, dst, at)
    if dst == ref.crs:
        at = counted_like(ref, at)
    return _bounds(at[np.isfinite(at).all(axis=1)])


def _bounds(at: np.ndarray) -> Box:
    if len(at) == 0:
        return 0.0, 0.0, -1.0, -1.0
    (left, bottom), (right, top) = at.min(axis=0), at.max(axis=0)
    return float(left), float(bottom), float(right), float(top)


def _shared(a: Box, b: Box, ref: Source, mov: Source) -> Box:
    box = _meet(a, b)
    if not _overlaps(box):
        raise _no_overlap(ref, mov)
    return box


def _meet(a: Box, b: Box) -> Box:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _overlaps(box: Box) -> bool:
    return box[0] < box[2] and box[1] < box[3]


def _no_overlap(ref: Source, mov: Source, sentence: str = "no_overlap") -> Refused:
    return Refused.of("no_overlap", sentence, name=mov.name, other=ref.name)


def _aoi_crs(text: str, ref: Source) -> CRS | None:
    if not text:
        return ref.grid.crs
    if ref.grid.crs is None:
        raise BadInput.of("aoi_without_georeference", name=ref.name)
    try:
        crs = CRS.from_user_input(text)
    except (CRSError, ValueError) as error:
        raise BadInput.of("aoi_crs", value=text[:60]) from error
    if not is_placed(crs):
        raise BadInput.of("aoi_crs", value=text[:60])
    return crs
