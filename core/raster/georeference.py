"""Where a raster lies: its frame, and the way from there to its own pixels.

Rasters placed by control points or rational models get a north-up metric frame and an
exact mapping from its pixels to the original ones, so that every later step samples the
original pixels once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Callable

import numpy as np
from affine import Affine
from rasterio.crs import CRS

from ..base.errors import BadInput
from ..base.grid import (
    BARE,
    Grid,
    apply_affine,
    is_sound,
    jacobian,
    matrix,
    middle_x,
    outline,
    solve,
    turn_of,
)
from ..base.words.message import Message

Mapping = Callable[[np.ndarray], np.ndarray]

#: A frame with more times the raster's sides is no frame: its mapping runs wild.
MOST_SIDES = 20
#: Share of the raster's size beyond its border up to which mappings are trusted.
REACH = 0.25
#: Rasters of the whole world may reach beyond the poles by half a pixel, or a margin.
_PAST_POLE = 5.0
#: Whole turns that longitudes may be counted from Greenwich.
MOST_TURNS = 10.0


@dataclass(frozen=True)
class Placement:
    """A raster's frame and how its pixels relate to the original ones.

    Args:
        grid: the frame.
        frame_to_raw: (n, 2) frame pixels to original (column, row).
        raw_to_frame: its inverse.
        note: what was done, "" for rasters with a geotransform.
        order_rms_px: residual in original pixels of polynomials of order 1, 2
            and 3 through the control points; empty without them.
        warning: what was wrong with them, None where nothing was.
        layer: the file's own geotransform, in whose coordinates QGIS's Georeferencer
            counts; without one, as with control points or RPCs, (column, -row).
    """

    grid: Grid
    frame_to_raw: Mapping
    raw_to_frame: Mapping
    note: str = ""
    order_rms_px: tuple[float, ...] = ()
    warning: Message | None = None
    layer: Affine = BARE


def plain(grid: Grid) -> Placement:
    """Return the placement of a raster whose frame is its own pixel grid."""
    return Placement(grid, _same, _same)


def check_frame(name: str, grid: Grid) -> None:
    """Raise ``BadInput`` for a geotransform that no raster on the Earth can have.

    Pixels without area or without end, positions in metres under a CRS in degrees.
    """
    if not is_sound(grid.transform):
        values = [f"{value:g}" for value in list(grid.transform)[:6]]
        raise BadInput.of("geotransform_unsound", name=name, values=values)
    if grid.crs is None or not grid.crs.is_geographic:
        return
    left, bottom, right, top = grid.bounds
    unit = 180.0 / math.pi * grid.crs.units_factor[1]
    slack = 2.0 * grid.gsd
    inside = max(abs(bottom), abs(top)) <= (90.0 + _PAST_POLE) / unit + slack
    if inside and max(abs(left), abs(right)) <= MOST_TURNS * 360.0 / unit + slack:
        return
    raise BadInput.of(
        "not_in_degrees",
        name=name,
        crs=crs_name(grid.crs),
        left=left,
        bottom=bottom,
        right=right,
        top=top,
    )


def unwound(grid: Grid) -> Grid:
    """Return a grid whose longitudes are not more than a turn from Greenwich.

    PROJ places nothing that lies further off, nor do maps show it.
    """
    turn, middle = turn_of(grid.crs), middle_x(grid)
    if not turn or abs(middle) <= turn:
        return grid
    back = Affine.translation(-turn * round(middle / turn), 0.0)
    return replace(grid, transform=back * grid.transform)


def crs_name(crs: CRS) -> str:
    """Return what people call a CRS: its code, or else the name in its definition."""
    code = crs.to_authority()
    return ":".join(code) if code else crs.to_string()[:60]


def frame_over(name: str, crs: CRS, to_map: Mapping, width: int, height: int) -> Grid:
    """Return square pixels about as large as the raster's, over all of it.

    Raises ``BadInput`` for a mapping that spreads the raster beyond all measure.
    """
    at = to_map(outline(width, height))
    centre = np.array([[0.5 * width, 0.5 * height]])
    gsd = float(abs(np.linalg.det(jacobian(to_map, centre)[0]))) ** 0.5
    spread = np.ptp(at, axis=0) / max(gsd, 1e-9)
    if not (spread <= MOST_SIDES * (width + height)).all():
        raise BadInput.of("placed_wildly", name=name)
    left, bottom = np.floor(at.min(axis=0) / gsd) * gsd
    right, top = np.ceil(at.max(axis=0) / gsd) * gsd
    transform = Affine(gsd, 0, left, 0, -gsd, top)
    columns, rows = round((right - left) / gsd), round((top - bottom) / gsd)
    return Grid(crs, transform, columns, rows)


def mapped(
    grid: Grid,
    to_raw: Mapping,
    to_map: Mapping,
    size: tuple[int, int],
    note: str,
    rms: tuple[float, ...] = (),
) -> Placement:
    """Return the placement in a frame that covers the raster."""
    width, height = size
    at = to_map(outline(width, height))
    forward, back = matrix(grid.transform), matrix(~grid.transform)

    def smooth(xy: np.ndarray) -> np.ndarray:
        return to_raw(apply_affine(forward, xy))

    rough = _affine_fit(apply_affine(back, at), outline(width, height))
    least = -REACH * np.array([width, height])
    most = (1 + REACH) * np.array([width, height])

    def frame_to_raw(xy: np.ndarray) -> np.ndarray:
        # Polynomials fold back far outside: an affine keeps those points outside.
        raw = apply_affine(rough, xy)
        near = ((raw >= least) & (raw <= most)).all(axis=1)
        if near.any():
            raw[near] = smooth(xy[near])
        return raw

    def raw_to_frame(xy: np.ndarray) -> np.ndarray:
        # The two splines are separate fits: Newton makes them exact inverses.
        return solve(smooth, xy, apply_affine(back, to_map(xy)))

    return Placement(grid, frame_to_raw, raw_to_frame, note, rms)


def _affine_fit(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    terms = np.column_stack([source, np.ones(len(source))])
    fit = np.eye(3)
    fit[:2] = np.linalg.lstsq(terms, target, rcond=None)[0].T
    return fit


def _same(xy: np.ndarray) -> np.ndarray:
    return np.array(xy, np.float64)
