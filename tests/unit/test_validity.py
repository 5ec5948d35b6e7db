"""What is missing for one reader is missing for all: one table of rasters."""

import json

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp
from soma.core import api
from soma.core.base.grid import Grid
from soma.core.raster.open import open_source
from soma.core.transform.linear import Affine2D
from soma.core.transform.transform_file import Registration
from soma.core.warp.warp import warp_raster

HEIGHT, WIDTH = 70, 90
PLACE = Affine(10, 0, 500_000, 0, -10, 4_600_000)
#: What lies below the mask or in the hole: nothing may show any of it.
WILD = 30_000
#: Name: type, bands, how the hole is told (see ``make``).
TABLE = {
    "declared nodata": ("float32", 1, {"nodata": -77}),
    "declared nodata of whole numbers": ("int16", 2, {"nodata": -77}),
    "declared nodata 0": ("uint8", 3, {"nodata": 0}),
    "undeclared -9999": ("float32", 1, {"value": -9999}),
    "undeclared -9999 in all bands": ("float32", 3, {"value": -9999}),
    "undeclared -9999 of whole numbers": ("int16", 1, {"value": -9999}),
    "undeclared -32768": ("int16", 2, {"value": -32768}),
    "declared nodata of half a grey level": ("float32", 1, {"nodata": 0.5}),
    "NaN": ("float32", 2, {"value": np.nan}),
    "infinite": ("float32", 1, {"value": np.inf}),
    "minus infinite": ("float64", 2, {"value": -np.inf}),
    "alpha of two bands": ("uint16", 2, {"alpha": 1}),
    "alpha of four bands": ("uint16", 4, {"alpha": 3}),
    "alpha comes first": ("uint16", 4, {"alpha": 0}),
    "alpha among six bands": ("uint16", 6, {"alpha": 3}),
    "alpha in floating point": ("float32", 3, {"alpha": 2}),
    "internal mask": ("uint16", 1, {"mask": "YES"}),
    "external mask": ("uint16", 3, {"mask": "NO"}),
    "mask of floating point": ("float32", 2, {"mask": "YES"}),
    "mask beside nodata": ("int16", 1, {"mask": "YES", "nodata": -77}),
    "zeros at the edge": ("uint8", 1, {"value": 0, "edge": True}),
    "zeros at the edge of three bands": ("uint8", 3, {"value": 0, "edge": True}),
}


def hole(edge=False):
    """Return (h, w) bool, a gap with a corner, inside or at the raster's edge."""
    out = np.zeros((HEIGHT, WIDTH), bool)
    out[20:40, 30:55] = out[35:50, 30:40] = True
    if edge:
        out[:] = False
        out[:, :21] = out[:14, :40] = True
    return out


def make(path, dtype, bands, alpha=None, mask="", value=WILD, nodata=None, edge=False):
    """Write a smooth raster with a gap; return the path and the gap."""
    gap = hole(edge)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    data = np.stack([100 + 40 * np.sin(x / 9 + b) + y / 3 for b in range(bands)])
    data[:, gap] = value if mask or alpha is not None or nodata is None else nodata
    data = data.astype(dtype)
    colors = [ColorInterp.gray] + [ColorInterp.undefined] * (bands - 1)
    if alpha is not None:
        data[alpha] = np.where(gap, 0, 255)
        colors[alpha] = ColorInterp.alpha
    profile = {"driver": "GTiff", "width": WIDTH, "height": HEIGHT, "count": bands}
    profile |= {"dtype": dtype, "nodata": nodata, "transform": PLACE}
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=mask or "NO"),
        rasterio.open(path, "w", crs="EPSG:32632", **profile) as out,
    ):
        out.colorinterp = colors
        out.write(data)
        if mask:
            out.write_mask(~gap)
    assert (path.with_suffix(".tif.msk").exists()) == (mask == "NO")
    return str(path), gap


@pytest.fixture(params=TABLE)
def raster(request, tmp_path):
    dtype, bands, told = TABLE[request.param]
    return make(tmp_path / "in.tif", dtype, bands, **told)


def same(valid, gap):
    """Say whether validity is the gap; whole cells of zeros may go a pixel further."""
    return not (valid & gap).any() and (valid | gap).mean() > 0.97


def warped(path, like):
    """Return a warped copy's pixels and validity by band, and its source's pixels."""
    with rasterio.open(path) as out, rasterio.open(like) as src:
        data, masks = out.read(), out.read_masks() > 0
        if ColorInterp.alpha in out.colorinterp:
            alpha = out.colorinterp.index(ColorInterp.alpha)
            masks &= data[alpha] > 0
            keep = [b for b in range(out.count) if b != alpha]
            return data[keep], masks[keep], src.read()[keep]
        return data, masks & np.isfinite(data), src.read()


def check_warped(path, source, gap):
    data, masks, truth = warped(path, source)
    for band, valid, wanted in zip(data, masks, truth, strict=True):
        assert same(valid, gap)
        assert np.isfinite(band[valid]).all()
        seen = band[valid].astype(float) - wanted[valid]
        assert np.abs(seen).max() <= 1.0, "what is missing bled into its surroundings"


def test_matching(raster):
    path, gap = raster
    with open_source(path) as source:
        for bands in (source.bands[:1], source.bands):
            grey, valid = source.read(bands, (0, 0, WIDTH, HEIGHT))
            assert same(valid, gap)
            assert 40 < grey[valid].min() and grey[valid].max() < 180


def test_info(raster):
    path, gap = raster
    found = api.info(path)
    assert found["valid_share"] == pytest.approx(1 - gap.mean(), abs=0.03)
    levels = [b for b in found["bands"] if "max" in b]
    assert levels and all(40 < b["min"] and b["max"] < 180 for b in levels)


@pytest.mark.parametrize("kernel", ["nearest", "cubic"])
def test_warping(raster, tmp_path, kernel):
    path, gap = raster
    grid = Grid(rasterio.open(path).crs, PLACE, WIDTH, HEIGHT)
    warp_raster(path, grid, lambda xy: xy, tmp_path / "w.tif", resampling=kernel)
    check_warped(tmp_path / "w.tif", path, gap)


def test_applying(raster, tmp_path):
    path, gap = raster
    grid = Grid(rasterio.open(path).crs, PLACE, WIDTH, HEIGHT)
    Registration(grid, Affine2D(np.eye(3)), grid, grid, "gradient").write(
        tmp_path / "transform.json"
    )
    assert json.loads((tmp_path / "transform.json").read_text())["kind"]
    (out,) = api.apply(str(tmp_path / "transform.json"), [path], str(tmp_path / "o"))
    check_warped(out, path, gap)


def test_checkerboard(raster, tmp_path):
    path, gap = raster
    api.compare(path, path, str(tmp_path / "c.tif"), cell_px=16)
    with rasterio.open(tmp_path / "c.tif") as out:
        assert same(out.read(4) > 0, gap)


def test_one_band_may_lack_what_others_have(tmp_path):
    path, _ = make(tmp_path / "in.tif", "float32", 2, value=100.0)
    with rasterio.open(path, "r+") as out:
        first = out.read(1)
        first[hole()] = np.nan
        out.write(first, 1)
        second = out.read(2)
    with open_source(path) as source:
        grey, valid = source.read((1, 2), (0, 0, WIDTH, HEIGHT))
    assert valid.all() and (grey[hole()] == second[hole()]).all()
    grid = Grid(rasterio.open(path).crs, PLACE, WIDTH, HEIGHT)
    warp_raster(path, grid, lambda xy: xy, tmp_path / "w.tif")
    with rasterio.open(tmp_path / "w.tif") as out:
        assert (np.isnan(out.read(1)) == hole()).all()
        assert np.isfinite(out.read(2)).all()
