"""What is missing for one reader is missing for all: one table of rasters."""

import itertools
import json

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp
from soma.core import api
from soma.core.base.grid import Grid
from soma.core.base.job import Job
from soma.core.raster.open import open_source
from soma.core.raster.pair import open_pair
from soma.core.transform.linear import Affine2D
from soma.core.transform.transform_file import Registration
from soma.core.warp.warp import warp_raster

HEIGHT, WIDTH = 70, 90
PLACE = Affine(10, 0, 500_000, 0, -10, 4_600_000)
#: What lies below a mask: nothing may show any of it.
WILD = 30_000
#: The ways to say by its value that a pixel is missing: type, declared, written.
VALUES = {
    "no value": ("uint16", None, None),
    "nodata": ("float32", -77, -77),
    "nodata of integers": ("int16", -77, -77),
    "undeclared -9999": ("float32", None, -9999),
    "undeclared -32768": ("int16", None, -32768),
    "NaN": ("float32", None, np.nan),
    "infinite": ("float32", None, np.inf),
    "of netCDF": ("float32", None, 9.96921e36),
    "of ArcGIS": ("float32", None, np.finfo("float32").min),
    "huge beside a nodata": ("float64", -77, 1e20),
}
#: Number of bands and 0-based place of the alpha band.
ALPHAS = ((1, None), (3, None), (2, 1), (4, 0), (6, 3))
MASKS = ("", "internal", "beside")
TABLE = list(itertools.product(VALUES, ALPHAS, MASKS))
#: Files that say nothing: type, bands.
BLACK = (("uint8", 1), ("uint8", 3), ("float32", 1))


def gaps():
    """Return the gaps that value, alpha band and mask band tell, (h, w) bool each."""
    value, alpha, mask = (np.zeros((HEIGHT, WIDTH), bool) for _ in range(3))
    value[20:32, 30:50] = value[32:38, 30:36] = True
    alpha[45:60, 10:30] = True
    mask[8:30, 60:80] = mask[28:34, 44:62] = True
    return value, alpha, mask


def ground(bands):
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([100 + 40 * np.sin(x / 9 + b) + y / 3 for b in range(bands)])


def make(path, data, nodata=None, alpha=None, mask="", told=None):
    """Write a raster; ``told`` is what its mask says is valid."""
    bands, dtype = len(data), data.dtype
    colors = [ColorInterp.gray] + [ColorInterp.undefined] * (bands - 1)
    if alpha is not None:
        colors[alpha] = ColorInterp.alpha
    profile = {"driver": "GTiff", "width": WIDTH, "height": HEIGHT, "count": bands}
    profile |= {"dtype": dtype, "nodata": nodata, "transform": PLACE}
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=mask == "internal"),
        rasterio.open(path, "w", crs="EPSG:32632", **profile) as out,
    ):
        out.colorinterp = colors
        out.write(data)
        if mask:
            out.write_mask(told)
    assert path.with_suffix(".tif.msk").exists() == (mask == "beside")
    return str(path)


def combined(path, value, alpha, mask):
    """Write one line of the table; return the path and the (h, w) gap."""
    (dtype, nodata, written), (bands, alpha) = VALUES[value], alpha
    by_value, by_alpha, by_mask = gaps()
    data, gap = ground(bands), np.zeros((HEIGHT, WIDTH), bool)
    if mask:
        data[:, by_mask], gap = WILD, gap | by_mask
    if alpha is not None:
        data[:, by_alpha], gap = WILD, gap | by_alpha
    if written is not None:
        data[:, by_value], gap = written, gap | by_value
    if alpha is not None:
        data[alpha] = np.where(by_alpha, 0, 255)
    return make(path, data.astype(dtype), nodata, alpha, mask, ~by_mask), gap


def test_each_of_several_alpha_bands_counts(tmp_path):
    seen = np.full((3, HEIGHT, WIDTH), 255, np.uint8)
    seen[0], seen[1, :20], seen[2, :, 30:] = ground(1)[0], 0, 0
    path = make(tmp_path / "in.tif", seen, alpha=1)
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [ColorInterp.gray, ColorInterp.alpha, ColorInterp.alpha]
    with open_source(path) as source:
        valid = source.read((1,), (0, 0, WIDTH, HEIGHT))[1]
    assert (valid == (seen[1:] > 0).all(axis=0)).all()


def black(path, dtype, bands):
    """Write a raster with black corners that it does not tell; and the gap."""
    gap = np.zeros((HEIGHT, WIDTH), bool)
    gap[:, :21] = gap[:14, :40] = True
    return make(path, np.where(gap, 0, ground(bands)).astype(dtype)), gap


@pytest.fixture(params=[*TABLE, *BLACK], ids=lambda line: "-".join(map(str, line)))
def raster(request, tmp_path):
    line, path = request.param, tmp_path / "in.tif"
    return black(path, *line) if line in BLACK else combined(path, *line)


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


def test_matching(raster, tmp_path):
    path, gap = raster
    with open_pair(Job(path, path, str(tmp_path / "out"))) as pair:
        tiles = pair.tile(0, 0, WIDTH, HEIGHT)
        for tile in (tiles.ref, tiles.mov):
            assert same(tile.valid, gap)
        for source in (pair.ref, pair.mov):
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


def test_warping(raster, tmp_path):
    path, gap = raster
    grid = Grid(rasterio.open(path).crs, PLACE, WIDTH, HEIGHT)
    warp_raster(path, grid, lambda xy: xy, tmp_path / "w.tif")
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


@pytest.mark.parametrize("value", [v for v in VALUES if v != "no value"])
def test_one_band_may_lack_what_others_have(tmp_path, value):
    (dtype, nodata, written), gap = VALUES[value], gaps()[0]
    data = ground(2)
    data[0, gap] = written
    path, second = make(tmp_path / "in.tif", data.astype(dtype), nodata), data[1]
    with open_source(path) as source:
        grey, valid = source.read((1, 2), (0, 0, WIDTH, HEIGHT))
    assert valid.all()
    assert np.abs(grey[gap] - second[gap]).max() <= 1
    # Without a value of its own for it, the warped raster can only mask all bands.
    apart = nodata is not None or dtype == "float32"
    grid = Grid(rasterio.open(path).crs, PLACE, WIDTH, HEIGHT)
    warp_raster(path, grid, lambda xy: xy, tmp_path / "w.tif")
    with rasterio.open(tmp_path / "w.tif") as out:
        for band, lacking in ((1, gap), (2, gap & (not apart))):
            assert same(out.read_masks(band) > 0, lacking)
