"""Rasters whose pixels say where they belong, with a georeference that is wrong."""

import numpy as np
import rasterio
from affine import Affine
from pyproj import Transformer
from rasterio.rpc import RPC
from scipy import ndimage

UTM = "EPSG:32632"
EAST, NORTH = 500_000.0, 5_000_000.0
#: By this much, in metres, what the moving raster shows lies off its georeference.
OFF_M = np.array([43.0, -31.0])
SHAPE = (100, 110)
GCP_OFFSET = 400.0


def north_up(gsd=10.0, origin=(EAST, NORTH)):
    return Affine(gsd, 0, origin[0], 0, -gsd, origin[1])


def centres(transform, height, width):
    """Return map x and y of all pixel centres, (h, w) each."""
    col, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return transform * (col, row)


def to_utm(crs, x, y):
    """Return the UTM position of map positions by pyproj."""
    return Transformer.from_crs(crs, UTM, always_xy=True).transform(x, y)


def places(x, y, crs=UTM):
    """Return (2, h, w): the true place, from the corner (EAST, NORTH), metres."""
    east, north = to_utm(crs, x, y)
    return np.stack([east + OFF_M[0] - EAST, NORTH - north - OFF_M[1]]) + GCP_OFFSET


def in_crs(crs, gsd_m=10.0, shape=SHAPE):
    """Return a north-up transform in any CRS over the same ground."""
    back = Transformer.from_crs(UTM, crs, always_xy=True)
    x = [EAST, EAST + gsd_m * shape[1], EAST]
    y = [NORTH, NORTH, NORTH - gsd_m * shape[0]]
    (x0, x1, _), (y0, _, y2) = back.transform(x, y)
    return Affine((x1 - x0) / shape[1], 0, x0, 0, (y2 - y0) / shape[0], y0)


def linear_rpc(shape, lonlat, half_deg, skew=(0.0, 0.0)):
    """Return polynomials of a raster that are linear in longitude and latitude.

    ``lonlat`` is its centre, ``half_deg`` half of its sides in degrees, and ``skew``
    what of longitude goes into the line and of latitude into the sample.
    """
    (height, width), unit = shape, [1.0] + [0.0] * 19
    return RPC(
        height_off=0, height_scale=500, lat_off=lonlat[1], lat_scale=half_deg[1],
        line_off=height / 2, line_scale=height / 2, long_off=lonlat[0],
        samp_off=width / 2, samp_scale=width / 2, long_scale=half_deg[0],
        line_den_coeff=unit, line_num_coeff=[0.0, skew[0], -1.0] + [0.0] * 17,
        samp_den_coeff=unit, samp_num_coeff=[0.0, 1.0, skew[1]] + [0.0] * 17,
    )  # fmt: skip


def misplaced_m(path, step=1.0):
    """Return how far, in metres, registered pixels lie from where they say."""
    with rasterio.open(path) as src:
        said = src.read((1, 2)) * float(step)
        valid = (src.read_masks((1, 2)) > 0).all(axis=0)
        east, north = to_utm(src.crs, *centres(src.transform, src.height, src.width))
    valid &= np.isfinite(said).all(axis=0)
    inner = ndimage.binary_erosion(valid, iterations=3)
    assert inner.mean() > 0.3
    off = said - GCP_OFFSET - np.stack([east - EAST, NORTH - north])
    return np.hypot(*off)[inner]
