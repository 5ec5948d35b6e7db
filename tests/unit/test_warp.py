"""Warping against GDAL's own, and what must hold whatever the raster."""

from collections import Counter

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from soma.core.base.grid import Grid
from soma.core.raster.open import open_source
from soma.core.raster.validity import Validity
from soma.core.warp import blocks, warp
from soma.core.warp.bands import describe
from soma.core.warp.warp import warp_raster
from warp_world import CRS32, PLACE, TILT, as_map, gdal, read, texture, write


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64"])
@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "cubic"])
def test_rotated_affine_equals_gdal(tmp_path, kernel, dtype):
    data = texture((410, 390), dtype)
    data[150:170, 200:260] = 0
    source = write(tmp_path / "in.tif", data, nodata=0)
    grid = Grid(CRS32, PLACE * TILT, 420, 430)
    warp_raster(source, grid, as_map(TILT), tmp_path / "out.tif", resampling=kernel)
    ours = read(tmp_path / "out.tif")[0][0]
    theirs = gdal(data, grid, kernel)
    common = (ours != 0) & (theirs != 0)
    gap = np.abs(ours.astype(float) - theirs)[common]
    assert common.sum() > 100_000
    if kernel == "nearest":
        assert (ours == theirs).all()
        return
    # GDAL also fills some invalid pixels from their valid neighbours.
    assert not ((ours != 0) & (theirs == 0)).any()
    limit = 1e-4 * data.max() if dtype.startswith("float") else 1
    assert np.quantile(gap, 0.99) <= limit
    assert gap.max() <= limit


def test_lanczos_equals_gdal_inside(tmp_path):
    data = texture((300, 300), "uint16")
    source = write(tmp_path / "in.tif", data, nodata=0)
    # GDAL widens this kernel as soon as the raster shrinks a little.
    larger = TILT * Affine.scale(0.8)
    grid = Grid(CRS32, PLACE * larger, 300, 300)
    warp_raster(
        source, grid, as_map(larger), tmp_path / "out.tif", resampling="lanczos"
    )
    ours = read(tmp_path / "out.tif")[0][0].astype(float)
    theirs = gdal(data, grid, "lanczos")
    x, y = larger * np.meshgrid(np.arange(300) + 0.5, np.arange(300) + 0.5)
    deep = (x > 5) & (x < 295) & (y > 5) & (y < 295)
    assert deep.sum() > 50_000
    assert np.abs(ours - theirs)[deep].max() <= 1


def test_reprojected_equals_gdal(tmp_path):
    from pyproj import Transformer

    data = texture((300, 300), "uint16")
    source = write(tmp_path / "in.tif", data, nodata=0)
    wgs = CRS.from_epsg(4326)
    to_utm = Transformer.from_crs("EPSG:4326", "EPSG:32632", always_xy=True)
    to_degrees = Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)
    left, top = to_degrees.transform(500200, 3999900)
    grid = Grid(wgs, Affine(1e-4, 0, left, 0, -9e-5, top), 250, 260)

    def mapping(xy):
        east, north = to_utm.transform(*(grid.transform * xy.T))
        return np.stack(~PLACE * (east, north), axis=1)

    warp_raster(source, grid, mapping, tmp_path / "out.tif")
    ours = read(tmp_path / "out.tif")[0][0].astype(float)
    theirs = gdal(data, grid, "cubic")
    common = (ours > 0) & (theirs > 0)
    assert common.sum() > 60_000
    # Positions may be off by 0.02 px.
    slope = max(np.abs(g).max() for g in np.gradient(data.astype(float)))
    assert np.abs(ours - theirs)[common].max() <= 0.03 * slope + 1
    usual = np.mean([np.abs(g).mean() for g in np.gradient(data.astype(float))])
    assert np.abs(ours - theirs)[common].mean() <= 0.01 * usual


@pytest.mark.parametrize("size", [(64, 64), (512, 256), (1024, 2048)])
def test_blocks_do_not_show(tmp_path, monkeypatch, size):
    data = texture((900, 1000), "uint16")
    data[300:320, 100:700] = 0
    source = write(tmp_path / "in.tif", data, nodata=0)
    grid = Grid(CRS32, PLACE, 1100, 1000)

    def wavy(xy):
        return np.stack(TILT * xy.T, axis=1) + 6 * np.sin(xy[:, ::-1] / 70)

    warp_raster(source, grid, wavy, tmp_path / "whole.tif")
    monkeypatch.setattr(warp, "_BLOCK_PX", (max(size[0], 256), max(size[1], 256)))
    monkeypatch.setattr(blocks, "WINDOW_BYTES", 200_000)
    warp_raster(source, grid, wavy, tmp_path / "parts.tif", threads=1)
    assert (read(tmp_path / "whole.tif")[0] == read(tmp_path / "parts.tif")[0]).all()


def test_positions_are_exact_to_two_hundredths(tmp_path):
    ramp = np.tile(np.arange(1, 801, dtype=np.float64), (800, 1))
    source = write(tmp_path / "in.tif", np.stack([ramp, ramp.T]))

    def wavy(xy):
        return xy + 20 + 8 * np.sin(xy[:, ::-1] / 40)

    grid = Grid(CRS32, PLACE, 700, 700)
    warp_raster(source, grid, wavy, tmp_path / "out.tif", resampling="bilinear")
    got = read(tmp_path / "out.tif")[0]
    x, y = np.meshgrid(np.arange(700) + 0.5, np.arange(700) + 0.5)
    want = wavy(np.stack([x.ravel(), y.ravel()], axis=1)).T.reshape(2, 700, 700) + 0.5
    assert np.abs(got - want).max() < 0.02


@pytest.mark.parametrize("kernel", ["bilinear", "cubic", "lanczos", "average"])
@pytest.mark.parametrize("how", ["nodata", "nan", "mask", "alpha", "argument"])
def test_invalid_pixels_never_bleed(tmp_path, kernel, how):
    dtype = "float32" if how == "nan" else "uint16"
    data = np.full((200, 200), 1000, dtype)
    bad = np.zeros(data.shape, bool)
    bad[60:90, 50:55] = bad[:, 120:] = True
    data[bad] = np.nan if how == "nan" else 60000
    options = {"nodata": 60000} if how == "nodata" else {}
    bands = np.stack([data, np.where(bad, 0, 65535)]) if how == "alpha" else data
    source = write(tmp_path / "in.tif", bands.astype(dtype), **options)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(source, "r+") as out:
        if how == "mask":
            out.write_mask(~bad)
        if how == "alpha":
            out.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
    value = 60000.0 if how == "argument" else None
    warp_raster(
        source,
        Grid(CRS32, PLACE * TILT, 150, 150),
        as_map(TILT),
        tmp_path / "out.tif",
        resampling=kernel,
        nodata=value,
    )
    pixels, masks, _ = read(tmp_path / "out.tif")
    valid = masks[0] > 0
    assert 3000 < valid.sum() < 20_000
    assert np.abs(pixels[0][valid].astype(float) - 1000).max() < 1e-2
    x, y = TILT * np.meshgrid(np.arange(150) + 0.5, np.arange(150) + 0.5)
    inside = (x >= 0) & (x < 200) & (y >= 0) & (y < 200)
    col, row = np.clip(x, 0, 199).astype(int), np.clip(y, 0, 199).astype(int)
    if kernel != "average":
        assert (valid == (inside & ~bad[row, col])).all()


def test_everything_about_the_bands_is_kept(tmp_path):
    data = np.stack([texture((300, 310), "int16", seed) for seed in range(4)])
    source = write(tmp_path / "in.tif", data, nodata=-9999)
    with rasterio.open(source, "r+") as out:
        out.descriptions = ("VV", "VH", "ratio", "angle")
        out.units = ("dB", "dB", "", "degree")
        out.scales, out.offsets = (0.1, 0.1, 1, 2), (5, 6, 0, 0)
        out.colorinterp = [
            ColorInterp.gray,
            ColorInterp.undefined,
            ColorInterp.red,
            ColorInterp.blue,
        ]
        out.update_tags(SENSOR="S1A", AREA_OR_POINT="Point")
        out.update_tags(ns="orbit", direction="ascending")
        out.update_tags(2, polarisation="VH", STATISTICS_MEAN="3")
    warp_raster(source, Grid(CRS32, PLACE, 320, 300), as_map(TILT), tmp_path / "o.tif")
    with rasterio.open(source) as a, rasterio.open(tmp_path / "o.tif") as b:
        for name in "dtypes count nodata descriptions units scales offsets".split():
            assert getattr(a, name) == getattr(b, name), name
        assert a.colorinterp == b.colorinterp
        assert b.tags()["SENSOR"] == "S1A" and b.tags()["AREA_OR_POINT"] == "Area"
        assert b.tags()["orbit#direction"] == "ascending"
        assert b.tags(2)["polarisation"] == "VH"
        assert "STATISTICS_MEAN" not in b.tags(2)
        assert b.crs == CRS32 and b.transform == PLACE
        assert not b.gcps[0] and b.rpcs is None
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.tif", "o.tif"]


def test_palettes_are_kept_and_never_mixed(tmp_path):
    data = np.where(texture((300, 300), "uint16") > 14000, 7, 2).astype(np.uint8)
    source = write(tmp_path / "in.tif", data, photometric="PALETTE")
    palette = {i: (i, 255 - i, 3, 255) for i in range(256)}
    with rasterio.open(source, "r+") as out:
        out.write_colormap(1, palette)
    warp_raster(source, Grid(CRS32, PLACE, 700, 300), as_map(TILT), tmp_path / "o.tif")
    pixels, masks, _ = read(tmp_path / "o.tif")
    assert set(np.unique(pixels[masks > 0])) == {2, 7}
    with rasterio.open(tmp_path / "o.tif") as out:
        assert out.colormap(1) == palette
        assert set(np.unique(out.read(1, out_shape=(150, 350)))) <= {0, 2, 7}


def test_zero_stays_valid_without_nodata(tmp_path):
    data = texture((200, 200), "uint8")
    data[50:100, 50:100] = 0
    source = write(tmp_path / "in.tif", data)
    shift = Affine.translation(-10, -10)
    grid = Grid(CRS32, PLACE * shift, 220, 220)
    warp_raster(source, grid, as_map(shift), tmp_path / "out.tif", resampling="cubic")
    pixels, masks, profile = read(tmp_path / "out.tif")
    assert profile["nodata"] is None
    assert (pixels[0, 10:210, 10:210] == data).all()
    want = np.zeros((220, 220), bool)
    want[10:210, 10:210] = True
    assert ((masks[0] > 0) == want).all()


def test_valid_values_do_not_become_nodata(tmp_path):
    data = np.tile(np.array([[90, 110]], np.uint8), (100, 50))
    source = write(tmp_path / "in.tif", data, nodata=100)
    half = Affine.translation(10.5, 10)
    warp_raster(
        source,
        Grid(CRS32, PLACE, 50, 50),
        as_map(half),
        tmp_path / "o.tif",
        resampling="bilinear",
    )
    pixels, masks, _ = read(tmp_path / "o.tif")
    assert (pixels == 99).all() and masks.all()


@pytest.mark.parametrize("factor", [2.0, 3.7, 20.0])
@pytest.mark.parametrize("kernel", ["cubic", "average"])
def test_shrinking_averages(tmp_path, factor, kernel):
    rng = np.random.default_rng(3)
    data = rng.normal(1000, 100, (1200, 1200)).astype(np.float32)
    source = write(tmp_path / "in.tif", data)
    size = int(1100 / factor)
    scale = Affine.translation(20, 20) * Affine.scale(factor)
    grid = Grid(CRS32, PLACE * scale, size, size)
    warp_raster(source, grid, as_map(scale), tmp_path / "o.tif", resampling=kernel)
    ours = read(tmp_path / "o.tif")[0][0]
    theirs = gdal(data, grid, "average", nodata=np.nan)
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.85
    assert abs(ours.mean() - 1000) < 3
    # Averaging f * f independent pixels divides the noise by about f.
    assert ours.std() < 1.35 * theirs.std()


def test_undefined_and_far_positions_are_outside(tmp_path):
    source = write(tmp_path / "in.tif", texture((300, 300), "uint16"), nodata=0)

    def partial(xy):
        out = xy.copy()
        out[xy[:, 0] > 150] = np.nan
        out[xy[:, 1] > 200] = 1e12
        return out

    warp_raster(source, Grid(CRS32, PLACE, 600, 600), partial, tmp_path / "o.tif")
    pixels = read(tmp_path / "o.tif")[0][0]
    assert (pixels[:198, :148] > 0).all()
    assert not pixels[201:].any() and not pixels[:, 151:].any()


def test_nothing_in_common_gives_an_empty_raster(tmp_path):
    source = write(tmp_path / "in.tif", texture((50, 50), "uint16"), nodata=0)
    far = as_map(Affine.translation(5000, 0))
    warp_raster(source, Grid(CRS32, PLACE, 60, 60), far, tmp_path / "o.tif")
    assert not read(tmp_path / "o.tif")[0].any()


@pytest.mark.parametrize("dtype", ["int8", "uint32", "int32"])
def test_other_types_keep_every_value(tmp_path, dtype):
    info = np.iinfo(dtype)
    data = np.random.default_rng(0).integers(info.min, info.max, (90, 90), dtype)
    source = write(tmp_path / "in.tif", data)
    shift = as_map(Affine.translation(3, 4))
    for kernel in ("nearest", "bilinear", "cubic", "lanczos"):
        warp_raster(
            source,
            Grid(CRS32, PLACE, 60, 60),
            shift,
            tmp_path / "o.tif",
            resampling=kernel,
        )
        assert (read(tmp_path / "o.tif")[0][0] == data[4:64, 3:63]).all(), kernel


def test_bands_of_different_types_are_one_raster(tmp_path):
    kinds = {"Byte": "uint8", "UInt16": "uint16", "Float32": "float32"}
    data = [texture((40, 50), dtype, seed) for seed, dtype in enumerate(kinds.values())]
    bands = ""
    for number, (kind, one) in enumerate(zip(kinds, data, strict=True), 1):
        write(tmp_path / f"{kind}.tif", one)
        bands += (
            f"<VRTRasterBand band='{number}' dataType='{kind}'><SimpleSource>"
            f"<SourceFilename relativeToVRT='1'>{kind}.tif</SourceFilename>"
            "</SimpleSource></VRTRasterBand>"
        )
    path = tmp_path / "in.vrt"
    path.write_text(
        f"<VRTDataset rasterXSize='50' rasterYSize='40'>{bands}</VRTDataset>"
    )
    grid = Grid(CRS32, PLACE, 50, 40)
    same = as_map(Affine.identity())
    warp_raster(path, grid, same, tmp_path / "out.tif", resampling="bilinear")
    ours = read(tmp_path / "out.tif")[0]
    assert ours.dtype == np.float32
    assert all((band == one).all() for band, one in zip(ours, data, strict=True))
    with open_source(str(path)) as source:
        grey, valid = source.read((1, 2, 3), (0, 0, 50, 40))
    assert valid.all()
    np.testing.assert_allclose(grey, np.mean(data, axis=0), rtol=1e-6)


class Counted:
    """A dataset that counts how often it is asked for what all its bands are."""

    def __init__(self, dataset):
        self.dataset, self.asked = dataset, Counter()

    def __getattr__(self, name):
        found = getattr(self.dataset, name)
        self.asked[name] += isinstance(found, tuple | list)
        return found


def test_a_raster_of_many_bands_is_asked_once_for_all(tmp_path):
    """Each question goes through all bands: by band, time is their square."""
    path = write(tmp_path / "in.tif", np.ones((60, 8, 8), np.uint8))
    with rasterio.open(path) as src:
        dataset = Counted(src)
        Validity(lambda: dataset, None)
        assert describe(dataset).count == 60
    del dataset.asked["dtypes"], dataset.asked["indexes"]
    assert dataset.asked and max(dataset.asked.values()) <= 3
