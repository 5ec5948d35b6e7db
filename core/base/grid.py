"""Grids and the one pixel convention; see ``core.base.types``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Callable

import numpy as np
import pyproj
from affine import Affine
from pyproj import Geod, Transformer
from pyproj.exceptions import ProjError
from rasterio.crs import CRS

#: Where QGIS shows a raster that nothing places: pixel (col, row) at (col, -row).
BARE = Affine.scale(1.0, -1.0)
#: Sides that pixels may have in any unit: below, squares of them vanish in float64.
_SIDES = (1e-12, 1e12)
#: Least area of a pixel, as a share of the square over its longer side.
_SLIM = 1e-6
#: Positions in pixels beyond which float64 rounds to more than 1e-3 pixels.
_FURTHEST = 1e-3 * 2.0**53


@dataclass(frozen=True, slots=True)
class Grid:
    """A raster's placement: ``transform * (x, y)`` is the map position.

    Args:
        crs: coordinate reference system, None where positions are tied to no place
            on the Earth: bare images, site grids, world files alone.
        transform: pixel (corner origin) to map coordinates.
        width: number of columns.
        height: number of rows.
        site: the system that a file names where that is tied to no place (a site grid:
            LOCAL_CS, ENGCRS); it is written out again and nothing is reckoned with it.
    """

    crs: CRS | None
    transform: Affine
    width: int
    height: int
    site: CRS | None = None

    @property
    def named_crs(self) -> CRS | None:
        """What a file on this grid has as CRS."""
        return self.crs or self.site

    @property
    def gsd(self) -> float:
        """Pixel size in map units: the geometric mean of the two axes."""
        return float(abs(self.transform.determinant)) ** 0.5

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) of the four corners, in map units."""
        corners = np.array(
            [[0, 0], [self.width, 0], [0, self.height], [self.width, self.height]],
            np.float64,
        )
        xy = apply_affine(matrix(self.transform), corners)
        left, bottom = xy.min(axis=0)
        right, top = xy.max(axis=0)
        return float(left), float(bottom), float(right), float(top)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "crs": self.named_crs.to_wkt() if self.named_crs else None,
            "transform": list(self.transform)[:6],
            "width": self.width,
            "height": self.height,
        }

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Grid:
        """Rebuild a grid from ``to_dict``.

        Bare grids of earlier versions counted rows downwards.
        """
        named = CRS.from_wkt(values["crs"]) if values["crs"] else None
        crs = named if is_placed(named) else None
        transform = Affine(*values["transform"])
        if crs is None and transform == Affine.identity():
            transform = BARE
        size = int(values["width"]), int(values["height"])
        return Grid(crs, transform, *size, site=None if crs else named)


def is_sound(transform: Affine) -> bool:
    """Return whether a raster can lie so: finite, with area, not beyond all measure.

    Pixels are neither smaller nor larger than ``_SIDES`` and no stripes, and float64
    tells positions in them apart to a thousandth of a pixel.
    """
    a, b, c, d, e, f = list(transform)[:6]
    if not all(math.isfinite(v) and abs(v) < _SIDES[1] ** 2 for v in transform):
        return False
    sides = math.hypot(a, d), math.hypot(b, e)
    if not _SIDES[0] <= min(sides) <= max(sides) <= _SIDES[1]:
        return False
    if abs(a * e - b * d) < _SLIM * max(sides) ** 2:
        return False
    return max(abs(c), abs(f)) <= _FURTHEST * min(sides)


def matrix(transform: Affine) -> np.ndarray:
    """Return an ``Affine`` as a (3, 3) float64 matrix."""
    return np.array([*list(transform)[:6], 0, 0, 1], np.float64).reshape(3, 3)


def apply_affine(m: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Apply a (3, 3) affine matrix to (n, 2) points."""
    return xy @ m[:2, :2].T + m[:2, 2]


def translation(x: float, y: float) -> np.ndarray:
    """Return the (3, 3) matrix that adds (x, y)."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def scaling(x: float, y: float) -> np.ndarray:
    """Return the (3, 3) matrix that multiplies by (x, y)."""
    return np.diag([float(x), float(y), 1.0])


def reproject(src: CRS, dst: CRS, xy: np.ndarray) -> np.ndarray:
    """Move (n, 2) map positions, x = east, from one CRS to another.

    Positions that have no counterpart come back as infinity.
    """
    if src == dst:
        return np.array(xy, np.float64)
    x, y = _transformer(src.to_wkt(), dst.to_wkt()).transform(xy[:, 0], xy[:, 1])
    return np.stack([x, y], axis=1)


def between(src: Grid, dst: Grid, xy: np.ndarray) -> np.ndarray:
    """Move (n, 2) pixels of one grid to pixels of another, exactly.

    Grids without CRS share map coordinates with any other grid; longitudes are
    counted as ``dst`` counts them.
    """
    at = apply_affine(matrix(src.transform), np.asarray(xy, np.float64))
    if src.crs and dst.crs:
        at = counted_like(dst, reproject(src.crs, dst.crs, at))
    return apply_affine(matrix(~dst.transform), at)


def counted_like(grid: Grid, at: np.ndarray) -> np.ndarray:
    """Return (n, 2) map positions, x within half a turn of a grid's middle.

    One place has many longitudes, and files count from -180, from 0, or across 180; so
    do maps on a cylinder, such as Web Mercator.
    """
    turn = turn_of(grid.crs)
    return unturned(at, middle_x(grid), turn) if turn else at


def middle_x(grid: Grid) -> float:
    """Return the easting or longitude of a grid's middle."""
    return float((grid.transform * (0.5 * grid.width, 0.5 * grid.height))[0])


def turn_of(crs: CRS | None) -> float:
    """Return after what distance along x the same place comes again, 0 for never."""
    return _turn(crs.to_wkt()) if is_placed(crs) and crs is not None else 0.0


def unturned(at: np.ndarray, middle: float, turn: float = 360.0) -> np.ndarray:
    """Return (n, 2) positions less whole turns, so that x is near a middle."""
    out = np.array(at, np.float64)
    with np.errstate(invalid="ignore"):
        out[:, 0] -= turn * np.round((out[:, 0] - middle) / turn)
    return out


def outline(width: float, height: float, steps: int = 21) -> np.ndarray:
    """Return a lattice of (steps**2, 2) pixels from border to border."""
    x, y = np.meshgrid(np.linspace(0, width, steps), np.linspace(0, height, steps))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def lonlat_crs() -> CRS:
    """Return WGS 84 in degrees."""
    return CRS.from_epsg(4326)


def utm_crs(lon: float, lat: float) -> CRS:
    """Return the WGS 84 UTM zone, or polar stereographic, that holds a place."""
    if lat > 84:
        return CRS.from_epsg(5041)
    if lat < -80:
        return CRS.from_epsg(5042)
    zone = int((lon + 180) % 360 // 6) + 1
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def is_metric(crs: CRS) -> bool:
    """Return whether a CRS is projected and counts in metres."""
    return crs.is_projected and abs(crs.linear_units_factor[1] - 1.0) < 1e-6


def is_placed(crs: CRS | None) -> bool:
    """Return whether a CRS ties positions to the ground: of the Earth, not the Moon."""
    if crs is None or not (crs.is_projected or crs.is_geographic):
        return False
    return _is_of_earth(crs.to_wkt())


def pixel_size_m(grid: Grid, xy: tuple[float, float]) -> tuple[float, float]:
    """Return the true ground size in metres, per axis, of the pixel around (x, y)."""
    if grid.crs is None:
        raise ValueError("a grid without CRS has no pixel size in metres")
    step = 0.5 * np.array([[-1, 0], [1, 0], [0, -1], [0, 1]], np.float64)
    at = apply_affine(matrix(grid.transform), np.array([xy], np.float64) + step)
    lon, lat = reproject(grid.crs, lonlat_crs(), at).T
    _, _, metres = _GEOD.inv(lon[::2], lat[::2], lon[1::2], lat[1::2])
    return float(metres[0]), float(metres[1])


def gsd_m(grid: Grid, xy: tuple[float, float]) -> float:
    """Return the true ground sampling distance in metres around pixel (x, y)."""
    x, y = pixel_size_m(grid, xy)
    return (x * y) ** 0.5


def jacobian(
    f: Callable[[np.ndarray], np.ndarray], xy: np.ndarray, step: float = 0.5
) -> np.ndarray:
    """Return the (n, 2, 2) derivatives of a mapping of (n, 2) points."""
    dx, dy = np.array([step, 0.0]), np.array([0.0, step])
    columns = [(f(xy + d) - f(xy - d)) / (2 * step) for d in (dx, dy)]
    return np.stack(columns, axis=2)


def solve(
    f: Callable[[np.ndarray], np.ndarray],
    target: np.ndarray,
    guess: np.ndarray,
    rounds: int = 6,
) -> np.ndarray:
    """Return the (n, 2) points with f(points) = target, by Newton steps."""
    at = np.array(guess, np.float64)
    for _ in range(rounds):
        missing = target - f(at)
        if np.abs(missing).max(initial=0.0) < 1e-6:
            break
        at += np.linalg.solve(jacobian(f, at), missing[:, :, None])[:, :, 0]
    return at


@lru_cache(maxsize=64)
def _is_of_earth(wkt: str) -> bool:
    try:
        _transformer(wkt, lonlat_crs().to_wkt())
    except ProjError:
        return False
    return True


@lru_cache(maxsize=64)
def _turn(wkt: str) -> float:
    crs = pyproj.CRS.from_wkt(wkt).to_2d()
    if crs.is_geographic:
        return 2 * math.pi / crs.axis_info[0].unit_conversion_factor
    method = crs.coordinate_operation.method_name.lower() if crs.is_projected else ""
    turned = any(word in method for word in ("transverse", "oblique", "space"))
    if turned or not any(word in method for word in ("mercator", "cylindrical")):
        return 0.0
    # Eastings of a cylinder grow evenly; at one of three places they may jump back.
    degrees = np.array([[0.0, 0], [1, 0], [100, 0], [101, 0], [-100, 0], [-99, 0]])
    change = _transformer(crs.geodetic_crs.to_wkt(), crs.to_wkt())
    x = np.array(change.transform(*degrees.T)[0])
    turn = 360.0 * float(np.median(x[1::2] - x[::2]))
    return turn if math.isfinite(turn) and turn > 0 else 0.0


_GEOD = Geod(ellps="WGS84")


@lru_cache(maxsize=64)
def _transformer(src: str, dst: str) -> Transformer:
    return Transformer.from_crs(src, dst, always_xy=True)
