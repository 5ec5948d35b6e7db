"""Where a raster lies by its rational polynomials."""

from __future__ import annotations

import math

import numpy as np
from rasterio.rpc import RPC
from rasterio.transform import RPCTransformer

from ..base.errors import BadInput
from ..base.grid import lonlat_crs, outline, reproject, solve, unturned, utm_crs
from .georeference import Placement, frame_over, mapped


def from_rpcs(name: str, rpcs: RPC, width: int, height: int) -> Placement:
    """Place a raster by its rational polynomials at their mean height.

    Raises ``BadInput`` when they are incomplete or lead nowhere.
    """
    _check_rpcs(name, rpcs)
    metric = utm_crs(rpcs.long_off, rpcs.lat_off)
    centre = unturned(np.array([[rpcs.long_off, rpcs.lat_off]]), 0.0)

    model = RPCTransformer(rpcs, rpc_height=rpcs.height_off)

    def to_raw(xy: np.ndarray) -> np.ndarray:
        lon, lat = unturned(reproject(metric, lonlat_crs(), xy), rpcs.long_off).T
        row, column = model.rowcol(lon, lat, op=np.positive)
        return np.stack([column, row], axis=1)

    start = reproject(lonlat_crs(), metric, centre)

    def to_map(xy: np.ndarray) -> np.ndarray:
        return solve(to_raw, xy, np.repeat(start, len(xy), axis=0), rounds=20)

    try:
        with np.errstate(all="ignore"):
            known = np.isfinite(to_map(outline(width, height, 3))).all()
    except np.linalg.LinAlgError as error:
        raise BadInput.of("rpc_inverse", name=name) from error
    if not known:
        raise BadInput.of("rpc_inverse", name=name)
    note = f"rational polynomials at a height of {rpcs.height_off:g} m"
    grid = frame_over(name, metric, to_map, width, height)
    return mapped(grid, to_raw, to_map, (width, height), note)


def _check_rpcs(name: str, rpcs: RPC) -> None:
    coefficients = (
        *(rpcs.line_num_coeff, rpcs.line_den_coeff),
        *(rpcs.samp_num_coeff, rpcs.samp_den_coeff),
    )
    scales = (rpcs.lat_scale, rpcs.long_scale, rpcs.line_scale, rpcs.samp_scale)
    offsets = (rpcs.lat_off, rpcs.long_off, rpcs.line_off, rpcs.samp_off)
    numbers = [*scales, *offsets, *(v for part in coefficients for v in part or ())]
    if any(part is None or len(part) != 20 for part in coefficients):
        raise BadInput.of("rpc_malformed", name=name, why="not 20 coefficients each")
    if any(v is None or not math.isfinite(v) for v in numbers) or 0 in scales:
        raise BadInput.of("rpc_malformed", name=name, why="a number is missing")
    if abs(rpcs.lat_off) > 90:
        raise BadInput.of("rpc_malformed", name=name, why=f"latitude {rpcs.lat_off:g}")
