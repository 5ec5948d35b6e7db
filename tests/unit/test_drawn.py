"""Control points as GDAL draws them, with each pixel sampled once."""

import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.transform import GCPTransformer
from rasterio.vrt import WarpedVRT
from rasterio.warp import Resampling, reproject
from scipy.ndimage import map_coordinates
from soma.core.base.feedback import SILENT
from soma.core.base.types import DRAWN_DOMAIN
from soma.core.engine import requests
from soma.core.engine.requests import CLICK_CALLS
from soma.core.raster.open import open_source

CRS, SIZE = "EPSG:32632", 300


@pytest.fixture
def files(tmp_path):
    """Return (SAR by bent control points, tagged as drawn; optical), both noise."""
    random = np.random.default_rng(4)
    pixels = random.uniform(50, 200, (SIZE, SIZE)).astype(np.float32)
    places = np.linspace(0, SIZE, 5)
    gcps = [
        GroundControlPoint(
            row=row,
            col=col,
            x=500_000 + 10 * (col + 0.1 * row + 2e-4 * col * row),
            y=5_000_000 - 10 * (row - 0.1 * col + 3e-4 * col * col),
        )
        for row in places
        for col in places
    ]
    sar, optical = str(tmp_path / "sar.tif"), str(tmp_path / "optical.tif")
    shape = {"width": SIZE, "height": SIZE, "count": 1, "dtype": "float32"}
    with rasterio.open(sar, "w", driver="GTiff", **shape) as target:
        target.gcps = gcps, rasterio.crs.CRS.from_string(CRS)
        target.update_tags(ns=DRAWN_DOMAIN, GCPS="as drawn")
        target.write(pixels, 1)
    place = rasterio.Affine(10, 0, 500_303.7, 0, -10, 4_999_704.1)
    with rasterio.open(
        optical, "w", driver="GTiff", crs=CRS, transform=place, **shape
    ) as target:
        target.write(pixels[::-1], 1)
    yield sar, optical
    requests.release()


def test_frame_is_the_one_that_gdal_draws(files):
    with rasterio.open(files[0]) as raw, WarpedVRT(raw) as drawn:
        transform, size = drawn.transform, (drawn.width, drawn.height)
    with open_source(files[0]) as source:
        assert source.grid.transform.almost_equals(transform, 1e-6)
        assert (source.grid.width, source.grid.height) == size
        inside = np.random.default_rng(1).uniform(20, SIZE - 20, (500, 2))
        there = source.raw_to_frame(inside)
        np.testing.assert_allclose(source.frame_to_raw(there), inside, atol=1e-6)


def test_apply_samples_the_original_pixels_once(files, tmp_path):
    sar, optical = files
    at = [(501_000, 4_999_500), (502_500, 4_999_400), (501_200, 4_997_800)]
    at.append((502_400, 4_997_900))
    points = [{"mov": p, "ref": p} for p in at]
    job = {"sar": sar, "optical": optical, "out": str(tmp_path / "out")}
    job["resampling"] = "bilinear"
    values = {"job": job, "crs": CRS, "points": points, "kind": "affine"}
    done = CLICK_CALLS["apply_points"](values, SILENT)
    with rasterio.open(done["files"]["registered"]) as result:
        found, valid = result.read(1), result.read_masks(1) > 0
        place = result.transform
    twice = np.full(found.shape, np.nan, np.float32)
    how = {"resampling": Resampling.bilinear, "tolerance": 0}
    with rasterio.open(sar) as raw:
        once = _sampled(raw, place, found.shape)
        with WarpedVRT(raw, **how) as drawn:
            reproject(
                rasterio.band(drawn, 1), twice, dst_transform=place, dst_crs=CRS,
                dst_nodata=np.nan, **how,
            )  # fmt: skip
    inside = valid & np.isfinite(once) & np.isfinite(twice)
    assert inside.mean() > 0.3
    off, off_twice = (np.std(other[inside] - found[inside]) for other in (once, twice))
    spread = np.std(once[inside])
    assert off < 0.01 * spread < 0.2 * spread < off_twice


def _sampled(raw, place, shape):
    """Return a raster between its pixels where GDAL's polynomial says, NaN outside."""
    row, column = np.indices(shape) + 0.5
    x, y = place * (column.ravel(), row.ravel())
    rows, columns = GCPTransformer(raw.gcps[0]).rowcol(x, y, op=np.positive)
    at = np.stack([rows, columns]) - 0.5
    sampled = map_coordinates(raw.read(1), at, order=1, cval=np.nan)
    return sampled.reshape(shape)
