"""Where a raster with ground control points lies.

Its pixels are mapped through all points, or, where it counts what people clicked on the
drawn image, as GDAL and QGIS draw it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

import numpy as np
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.transform import GCPTransformer
from rasterio.warp import calculate_default_transform

from ..base.errors import BadInput
from ..base.grid import Grid, lonlat_crs, reproject, turn_of, unturned, utm_crs
from ..base.words.message import Message
from .gcp_outliers import agreeing, disagreement, is_on_line
from .georeference import MOST_TURNS, Mapping, Placement, frame_over, mapped

#: More control points than this are thinned: a spline costs their cube.
MAX_GCPS = 600
#: Share of control points that may be left out because they disagree with the others.
MOST_OUT = 0.34


def from_gcps(
    name: str, gcps: Sequence[GroundControlPoint], crs: CRS, width: int, height: int
) -> Placement:
    """Place a raster by a smooth mapping through its ground control points.

    Polynomials of up to the third order carry the trend and a thin-plate spline
    the rest, so that every point is met and nothing bends between them. The spline
    of ``GCPTransformer`` has a trend of first order: between the points of a radar
    product's grid it is a third further off.

    Raises ``BadInput`` when the points cannot carry one: fewer than three, on
    one line, or contradicting each other.
    """
    raw, at = _control(name, gcps, crs)
    if len(raw) < 3:
        raise BadInput.of("few_gcps", name=name, n=len(raw))
    lon, lat = np.median(at, axis=0)
    metric = utm_crs(lon, lat)
    place = reproject(lonlat_crs(), metric, unturned(at, lon))
    if is_on_line(raw):
        raise BadInput.of("gcps_on_line", name=name)
    kept, off_m = agreeing(raw, place)
    if is_on_line(place[kept]):
        raise BadInput.of("gcps_on_line", name=name)
    warning = _left_out(name, raw, kept, off_m)
    raw, at, place = raw[kept], at[kept], place[kept]
    rms = tuple(_polynomial_rms(at, raw, order) for order in (1, 2, 3))
    known = [value for value in rms if np.isfinite(value)]
    if known and min(known) > 0.02 * float(np.hypot(width, height)):
        raise BadInput.of("gcps_contradict", name=name, error=min(known))
    off_m = disagreement(raw, place)
    if off_m is None:
        degree = _degree(raw, width, height)
        try:
            to_raw, to_map = _spline(place, raw, degree), _spline(raw, place, degree)
        except np.linalg.LinAlgError as error:
            raise BadInput.of("gcps_on_line", name=name) from error
        note = (
            f"order-{degree} polynomials and a thin-plate spline through {len(raw)} "
            "ground control points"
        )
    else:
        # A spline would meet the wrong point as well, and bend the image around it.
        to_raw, to_map = _affine_pair(raw, place)
        note = f"an affine through {len(raw)} ground control points"
        far = float(off_m.max())
        about = {"name": name, "n": len(raw), "distance": far}
        warning = warning or Message("gcps_few_disagree", about)
    if warning is not None:
        note += f"; {str(warning).rstrip('.')}"
    grid = frame_over(name, metric, to_map, width, height)
    placed = mapped(grid, to_raw, to_map, (width, height), note, rms)
    return replace(placed, warning=warning)


def _left_out(
    name: str, raw: np.ndarray, kept: np.ndarray, off_m: np.ndarray
) -> Message | None:
    """Return what to say of points that were left out, None where none was.

    Raises ``BadInput`` when so many disagree that nobody knows which are right.
    """
    out = np.flatnonzero(~kept)
    if not len(out):
        return None
    worst = out[np.argmax(off_m[out])]
    column, row, far = float(raw[worst, 0]), float(raw[worst, 1]), float(off_m[worst])
    message = Message(
        "gcps_left_out",
        {
            "name": name,
            "n": len(out),
            "all": len(raw),
            "column": column,
            "row": row,
            "distance": far,
        },
    )
    if len(out) > MOST_OUT * len(raw):
        raise BadInput.of(
            "gcps_disagree",
            name=name,
            n=len(out),
            all=len(raw),
            column=column,
            row=row,
            distance=far,
        )
    return message


def as_drawn(
    gcps: Sequence[GroundControlPoint], crs: CRS, width: int, height: int
) -> Placement:
    """Place a raster by its ground control points as GDAL and QGIS draw it.

    That is one polynomial of low order, in the CRS of the points: less exact than
    ``from_gcps``, but what was clicked on the drawn image is where it was clicked.
    """
    drawn = GCPTransformer(gcps)
    transform, columns, rows = calculate_default_transform(
        crs, crs, width, height, gcps=gcps
    )

    def to_raw(xy: np.ndarray) -> np.ndarray:
        row, column = drawn.rowcol(xy[:, 0], xy[:, 1], op=np.positive)
        return np.stack([column, row], axis=1)

    def to_map(xy: np.ndarray) -> np.ndarray:
        return np.stack(drawn.xy(xy[:, 1], xy[:, 0], offset="ul"), axis=1)

    note = f"{len(gcps)} ground control points as GDAL draws them"
    grid = Grid(crs, transform, columns, rows)
    return mapped(grid, to_raw, to_map, (width, height), note)


def _control(
    name: str, gcps: Sequence[GroundControlPoint], crs: CRS
) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct points as (n, 2) original pixels and (n, 2) lon, lat."""
    raw = np.array([(p.col, p.row) for p in gcps], np.float64).reshape(-1, 2)
    at = np.array([(p.x, p.y) for p in gcps], np.float64).reshape(-1, 2)
    sound, turn = np.isfinite(raw).all(axis=1), turn_of(crs)
    if turn:
        # PROJ takes longitudes of little more than a turn.
        sound &= np.abs(at[:, 0]) <= MOST_TURNS * turn
        at = unturned(at, 0.0, turn)
    at = reproject(crs, lonlat_crs(), at)
    sound &= np.isfinite(at).all(axis=1) & (np.abs(at[:, 1]) <= 90)
    if not sound.all():
        worst = int(np.argmin(sound))
        raise BadInput.of(
            "gcp_nowhere", name=name, n=worst + 1, x=gcps[worst].x, y=gcps[worst].y
        )
    at = unturned(at, 0.0)
    if np.ptp(at[:, 0]) > 180:
        at[:, 0] = np.where(at[:, 0] < 0, at[:, 0] + 360, at[:, 0])
    keep = np.unique(np.round(raw, 6), axis=0, return_index=True)[1]
    keep = np.sort(keep)
    if len(keep) > MAX_GCPS:
        keep = keep[np.linspace(0, len(keep) - 1, MAX_GCPS).round().astype(int)]
    return raw[keep], at[keep]


def _polynomial_rms(at: np.ndarray, raw: np.ndarray, order: int) -> float:
    powers = [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]
    # An affine needs no more than a point to spare to tell that one of them is off.
    if len(at) <= len(powers) + (2 if order > 1 else 0):
        return float("nan")
    u = (at - at.mean(axis=0)) / np.maximum(np.ptp(at, axis=0), 1e-12)
    terms = np.stack([u[:, 0] ** i * u[:, 1] ** j for i, j in powers], axis=1)
    fit = terms @ np.linalg.lstsq(terms, raw, rcond=None)[0]
    return float(np.sqrt(((fit - raw) ** 2).sum(axis=1).mean()))


def _degree(raw: np.ndarray, width: int, height: int) -> int:
    """Return the order of trend that the points can carry without running wild."""
    if (np.ptp(raw, axis=0) < 0.8 * np.array([width, height])).any():
        return 1
    lines = min(len(np.unique(np.round(raw[:, axis]))) for axis in (0, 1))
    return next((d for d in (3, 2) if len(raw) >= 8 * d and lines >= d + 2), 1)


def _affine_pair(raw: np.ndarray, place: np.ndarray) -> tuple[Mapping, Mapping]:
    """Return the best affine from places to original pixels, and its inverse."""
    middle = place.mean(axis=0)
    terms = np.column_stack([raw, np.ones(len(raw))])
    fit = np.linalg.lstsq(terms, place - middle, rcond=None)[0]
    back = np.linalg.inv(fit[:2])
    return (
        lambda at: (at - middle - fit[2]) @ back,
        lambda xy: xy @ fit[:2] + fit[2] + middle,
    )


def _spline(source: np.ndarray, target: np.ndarray, degree: int) -> Mapping:
    # Loads slowly, and few rasters need it.
    from scipy.interpolate import RBFInterpolator

    centre, scale = source.mean(axis=0), float(np.ptp(source, axis=0).max())
    fit = RBFInterpolator(
        (source - centre) / scale, target, kernel="thin_plate_spline", degree=degree
    )

    def spline(xy: np.ndarray) -> np.ndarray:
        return fit((xy - centre) / scale)

    return spline
