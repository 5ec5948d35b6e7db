"""Warping against GDAL's own, and what must hold whatever the raster."""

import subprocess
import sys
import threading

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.enums import Resampling as GdalResampling
from rasterio.warp import reproject
from scipy.ndimage import gaussian_filter
from soma.core import cells, warp
from soma.core.errors import BadInput, Cancelled
from soma.core.feedback import Silent
from soma.core.geo import Grid
from soma.core.warp import warp_raster

CRS32 = CRS.from_epsg(32632)
PLACE = Affine(10, 0, 500000, 0, -10, 4000000)
TILT = Affine.translation(20.3, -15.7) * Affine.rotation(7.0) * Affine.scale(1.02)


def as_map(transform):
    def mapping(xy):
        return np.stack(transform * xy.T, axis=1)

    return mapping


def texture(shape, dtype, seed=0):
    """Speckle without zeros, over a good part of the type's range."""
    rng = np.random.default_rng(seed)
    noise = gaussian_filter(rng.gamma(2.0, 1.0, shape), 0.8)
    info = np.iinfo(dtype) if np.issubdtype(dtype, np.integer) else None
    if info is None:
        return noise.astype(dtype)
    scaled = noise * min(info.max, 60000) / 8 + 1
    return np.clip(scaled, 1, info.max).astype(dtype)


def write(path, data, crs=CRS32, transform=PLACE, **options):
    data = data if data.ndim == 3 else data[None]
    count, height, width = data.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=count,
        dtype=data.dtype,
        crs=crs,
        transform=transform,
        **options,
    ) as out:
        out.write(data)
    return path


def read(path):
    with rasterio.open(path) as src:
        return src.read(), src.read_masks(), src.profile


def gdal(data, grid, kernel, transform=PLACE, crs=CRS32, nodata=0):
    out = np.full((grid.height, grid.width), nodata, data.dtype)
    reproject(
        data,
        out,
        src_transform=transform,
        src_crs=crs,
        dst_transform=grid.transform,
        dst_crs=grid.crs,
        src_nodata=nodata,
        dst_nodata=nodata,
        resampling=GdalResampling[kernel],
        tolerance=0,
    )
    return out


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
    monkeypatch.setattr(cells, "WINDOW_BYTES", 200_000)
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
        assert b.tags(ns="orbit") == {"direction": "ascending"}
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


def test_bands_are_picked_in_order(tmp_path):
    data = np.stack([texture((80, 80), "uint8", seed) for seed in range(3)])
    source = write(tmp_path / "in.tif", data)
    same = as_map(Affine.identity())
    warp_raster(
        source,
        Grid(None, Affine.identity(), 80, 80),
        same,
        tmp_path / "o.tif",
        bands=[3, 1],
    )
    assert (read(tmp_path / "o.tif")[0] == data[[2, 0]]).all()


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


def test_complex_is_refused(tmp_path):
    source = write(tmp_path / "in.tif", np.ones((20, 20), np.complex64))
    with pytest.raises(BadInput, match=r"in\.tif holds complex values.*amplitude"):
        warp_raster(source, Grid(CRS32, PLACE, 9, 9), as_map(TILT), tmp_path / "o.tif")
    assert not (tmp_path / "o.tif").exists()


def test_impossible_nodata_is_refused(tmp_path):
    source = write(tmp_path / "in.tif", np.ones((20, 20), np.uint8))
    with pytest.raises(BadInput, match="nodata -9999 is no value"):
        warp_raster(
            source,
            Grid(CRS32, PLACE, 9, 9),
            as_map(TILT),
            tmp_path / "o.tif",
            nodata=-9999,
        )


def test_the_input_is_never_overwritten(tmp_path):
    source = write(tmp_path / "in.tif", texture((20, 20), "uint8"))
    before = source.read_bytes()
    (tmp_path / "link.tif").symlink_to(source)
    for out in (source, tmp_path / "link.tif"):
        with pytest.raises(BadInput, match="would be overwritten"):
            warp_raster(source, Grid(CRS32, PLACE, 9, 9), as_map(TILT), out)
    assert source.read_bytes() == before


class CancelAfter(Silent):
    """Cancels at the n-th question."""

    def __init__(self, questions):
        self.left, self.lock = questions, threading.Lock()

    def isCanceled(self):
        with self.lock:
            self.left -= 1
            return self.left < 0


def test_cancel_at_every_stage_leaves_nothing(tmp_path):
    source = write(tmp_path / "in.tif", texture((1300, 1300), "uint8"), nodata=0)
    (tmp_path / "out").mkdir()
    grid = Grid(CRS32, PLACE, 2100, 1300)
    args = source, grid, as_map(TILT), tmp_path / "out" / "o.tif"
    counter = CancelAfter(10**9)
    warp_raster(*args, feedback=counter)
    asked = 10**9 - counter.left
    kept = (tmp_path / "out" / "o.tif").read_bytes()
    assert asked > 50
    for questions in [0, 1, *range(5, asked, asked // 12), asked - 1]:
        with pytest.raises(Cancelled):
            warp_raster(*args, feedback=CancelAfter(questions))
        assert [p.name for p in (tmp_path / "out").iterdir()] == ["o.tif"]
    assert (tmp_path / "out" / "o.tif").read_bytes() == kept


BIG = """
import sys
import numpy as np, rasterio
from affine import Affine
from rasterio.windows import Window
from soma.core.geo import Grid
from soma.core.warp import warp_raster
folder, dtype = sys.argv[1], sys.argv[4]
size, bands = int(sys.argv[2]), int(sys.argv[3])
with rasterio.open(folder + "/in.tif", "w", driver="GTiff", width=size, height=size,
                   count=bands, dtype=dtype, interleave="pixel") as out:
    strip = np.ones((bands, 200, size), dtype)
    for row in range(0, size, 200):
        out.write(strip, window=Window(0, row, size, 200))
del strip
turn = Affine.rotation(30, (size / 2, size / 2))
warp_raster(folder + "/in.tif", Grid(None, Affine.identity(), size, size),
            lambda xy: np.stack(turn * xy.T, 1), folder + "/out.tif", threads=2)
# Not ru_maxrss: that of a process begins with its parent's.
status = open("/proc/self/status").read()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
@pytest.mark.parametrize(
    ("size", "bands", "dtype", "most_mb"),
    [(4000, 1, "uint16", 400), (1000, 30, "float32", 560)],
)
def test_memory_is_bounded(tmp_path, size, bands, dtype, most_mb):
    # Some 260 and 420 MB are used; positions of all pixels, or both rasters whole,
    # would take 240 MB more.
    done = subprocess.run(
        [sys.executable, "-c", BIG, str(tmp_path), str(size), str(bands), dtype],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < most_mb
