"""Simulated pairs as online maps show them, and how far results are off their truth."""

import json
from pathlib import Path

import numpy as np
from osgeo import gdal

#: Half the circumference of the Web Mercator map, metres.
_HALF_M = 20037508.342789244


def write_tiles(source, path, zoom=14):
    """Write a raster as tiles in Web Mercator, with the three coarser zoom levels.

    The driver moves what does not lie on pixels of the zoom level by up to half a
    pixel, so it is warped onto them first.
    """
    side = 2 * _HALF_M / 256 / 2**zoom
    onto = gdal.WarpOptions(
        format="MEM", dstSRS="EPSG:3857", xRes=side, yRes=side,
        targetAlignedPixels=True, resampleAlg="cubic", dstAlpha=True,
    )  # fmt: skip
    gdal.Translate(path, gdal.Warp("", source, options=onto), format="MBTILES")
    tiles = gdal.Open(path, gdal.GA_Update)
    assert int(tiles.GetMetadataItem("maxzoom")) == zoom
    tiles.BuildOverviews("AVERAGE", [2, 4, 8])


def off_truth_px(registered, sar):
    """Return how far a result is off the truth beside its SAR image, median in pixels.

    About half a pixel is what bends in a pair, which no affine explains.
    """
    found = json.loads(Path(registered).with_name("transform.json").read_text())
    known = json.loads(Path(sar).with_name("truth.json").read_text())
    mov_xy = np.array(known["tie_points"]["mov_xy"])
    found_map = _to_map(found["ref_grid"], _apply(found["mov_to_ref_pixels"], mov_xy))
    true_map = _to_map(known["ref"], np.array(known["tie_points"]["ref_xy"]))
    off = (found_map - true_map) / known["ref"]["transform"][0]
    return float(np.median(np.hypot(*off.T)))


def _apply(matrix, xy):
    return xy @ np.array(matrix)[:2, :2].T + np.array(matrix)[:2, 2]


def _to_map(grid, xy):
    return _apply(np.reshape(grid["transform"], (2, 3)), xy)
