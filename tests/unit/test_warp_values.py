"""What a warp may make: nothing below zero, nothing infinite, no mixed classes."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.enums import ColorInterp
from scipy.ndimage import minimum_filter
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid
from soma.core.warp.bands import encode
from soma.core.warp.kernels import Positions, sample
from soma.core.warp.warp import warp_raster
from warp_world import CRS32, PLACE, TILT, as_map, write

#: Many pixels, so that there are overviews.
SIZE = 700


def power(seed=0, bright=400.0):
    """Return speckled power with single bright targets, as beside ships and houses."""
    rng = np.random.default_rng(seed)
    values = rng.exponential(0.05, (SIZE, SIZE)).astype(np.float32)
    values[rng.random(values.shape) < 2e-3] = bright
    return values


def warped(tmp_path, data, kernel, to_source=TILT, shrink=1.0, **profile):
    """Return every level of the warped raster, and its valid pixels."""
    source = write(tmp_path / "in.tif", data, **profile)
    to_source = to_source * Affine.scale(shrink)
    size = int(SIZE / shrink)
    grid = Grid(CRS32, PLACE * to_source, size, size)
    out = tmp_path / "out.tif"
    warp_raster(source, grid, as_map(to_source), out, resampling=kernel)
    found = []
    with rasterio.open(out) as whole:
        levels = len(whole.overviews(1))
        found.append((whole.read(1), whole.read_masks(1) > 0))
    for level in range(levels):
        with rasterio.open(out, overview_level=level) as small:
            found.append((small.read(1), small.read_masks(1) > 0))
    return found


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint16", "int16", "int32"])
@pytest.mark.parametrize("kernel", ["cubic", "lanczos"])
def test_power_stays_above_zero(tmp_path, kernel, dtype):
    data = (power() * (1 if "float" in dtype else 50)).astype(dtype)
    levels = warped(tmp_path, data, kernel)
    assert len(levels) > 1
    for values, valid in levels:
        assert valid.mean() > 0.5
        assert values[valid].min() >= 0


def test_zero_that_is_nodata_makes_no_negative_neighbour(tmp_path):
    data = (power() * 50).astype("int16")
    for values, valid in warped(tmp_path, data, "cubic", nodata=0):
        assert values[valid].min() > 0
    moved = encode(np.array([[0.0, 3.0]]), None, "int16", 0)
    np.testing.assert_array_equal(moved, [[1, 3]])


@pytest.mark.parametrize("shrink", [1.0, 2.5])
@pytest.mark.parametrize(
    "kernel", ["nearest", "bilinear", "cubic", "lanczos", "average"]
)
@pytest.mark.parametrize("nodata", [None, np.nan, -9999])
def test_infinite_pixels_stay_alone(tmp_path, kernel, nodata, shrink):
    """Decibels of zero: what is not beside one is as if there were none."""
    clean = (10 * np.log10(power() + 1e-4)).astype(np.float32)
    spoilt = clean.copy()
    spoilt[np.random.default_rng(2).random(clean.shape) < 1e-4] = -np.inf
    spoilt[:, :40] = np.inf
    levels = warped(tmp_path, spoilt, kernel, shrink=shrink, nodata=nodata)
    for values, valid in levels:
        assert np.isfinite(values[valid]).all()
    values, valid = levels[0]
    best, seen = warped(tmp_path, clean, kernel, shrink=shrink)[0]
    at = np.meshgrid(np.arange(len(values)) + 0.5, np.arange(len(values)) + 0.5)
    x, y = TILT * Affine.scale(shrink) * at
    near = minimum_filter(np.isfinite(spoilt), 15, mode="nearest")
    column, row = (np.clip(v, 0, SIZE - 1).astype(int) for v in (x, y))
    clear = (x > 0) & (x < SIZE) & (y > 0) & (y < SIZE) & near[row, column]
    assert clear.mean() > 0.3
    np.testing.assert_array_equal(valid[clear], seen[clear])
    np.testing.assert_allclose(values[clear], best[clear], rtol=1e-6)


def test_largest_numbers_do_not_overflow(tmp_path):
    data = power()
    data[::9, ::7] = np.finfo(np.float32).max
    for kernel in ("cubic", "lanczos"):
        for values, valid in warped(tmp_path, data, kernel):
            assert np.isfinite(values[valid]).all() and values[valid].min() >= 0


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32"]
)
def test_integers_are_clipped(tmp_path, dtype):
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    if dtype == "int16":
        # The least number itself is what many write where they have no data.
        low += 1
    # Zeros that reach the border would be a frame without data.
    data = np.full((SIZE, SIZE), high // 2 + low // 2 + 1, dtype)
    data[9:-9, 9 : SIZE // 2] = low
    data[9:-9, SIZE // 2 : -9] = high
    for values, valid in warped(tmp_path, data, "cubic"):
        spread = values[valid].astype(np.float64)
        # Overshoot that wraps around would put each extreme beside the other.
        assert (np.abs(np.diff(np.sign(spread - (low + high) / 2))) > 0).mean() < 0.02
        assert spread.min() in (low, np.iinfo(dtype).min) and spread.max() == high


@settings(max_examples=60, deadline=None)
@given(
    kernel=st.sampled_from(["bilinear", "cubic", "lanczos"]),
    kind=st.sampled_from(["float32", "float64", "int16", "uint8"]),
    least=st.sampled_from([0, 0, -5]),
    holes=st.sampled_from([0.0, 0.1]),
    seed=st.integers(0, 999),
)
def test_kernels_go_below_zero_only_beside_it(kernel, kind, least, holes, seed):
    """Negative only where a pixel within three of a position is."""
    rng = np.random.default_rng(seed)
    image = (rng.random((40, 40)) ** 9 * 120).astype(kind)
    if least < 0 and kind != "uint8":
        image[rng.random(image.shape) < 0.01] = least
    valid = rng.random(image.shape) >= holes if holes else None
    at = Positions(*(rng.uniform(4, 36, (2, 30, 30))))
    values, ok = sample(image, valid, at, kernel)
    lowest = minimum_filter(image, 7)[at.y.astype(int), at.x.astype(int)]
    seen = np.ones(values.shape, bool) if ok is None else ok
    assert (values[seen & (lowest >= 0)] >= 0).all()


CLASSES = {
    "tags": lambda out: out.update_tags(1, flag_values="1, 3", flag_meanings="a b"),
    "thematic": lambda out: out.update_tags(1, LAYER_TYPE="thematic"),
    "palette": lambda out: out.write_colormap(1, {1: (1, 2, 3), 3: (9, 9, 9)}),
}


@pytest.mark.parametrize("how", [*CLASSES, "bits", "names"])
def test_classes_are_never_mixed(tmp_path, how):
    rng = np.random.default_rng(0)
    data = rng.choice(np.array([1, 3], np.uint8), (SIZE, SIZE))
    if how == "bits":
        data //= 3
    options = {"nbits": 1} if how == "bits" else {}
    source = write(tmp_path / "in.tif", data, **options)
    if how in CLASSES:
        with rasterio.open(source, "r+") as out:
            CLASSES[how](out)
    if how == "names":
        names = "<CategoryNames><Category>sea</Category></CategoryNames>"
        band = f'<PAMRasterBand band="1">{names}</PAMRasterBand>'
        text = f"<PAMDataset>{band}</PAMDataset>"
        (tmp_path / "in.tif.aux.xml").write_text(text)
    grid = Grid(CRS32, PLACE * TILT, SIZE, SIZE)
    warp_raster(source, grid, as_map(TILT), tmp_path / "out.tif", resampling="cubic")
    allowed = {0, 1} if how == "bits" else {1, 3}
    with rasterio.open(tmp_path / "out.tif") as whole:
        assert len(whole.overviews(1)) >= 1
        assert set(np.unique(whole.read(1)[whole.read_masks(1) > 0])) == allowed
        # GDAL gives single bits a palette of its own.
        shown = whole.colorinterp[0] == ColorInterp.palette
        assert shown == (how in ("palette", "bits"))
    with rasterio.open(tmp_path / "out.tif", overview_level=0) as small:
        assert set(np.unique(small.read(1)[small.read_masks(1) > 0])) == allowed


def test_numbers_are_still_interpolated(tmp_path):
    data = np.random.default_rng(0).choice(np.array([1, 3], np.uint8), (SIZE, SIZE))
    values, valid = warped(tmp_path, data, "cubic")[0]
    assert set(np.unique(values[valid])) >= {1, 2, 3}


@pytest.mark.parametrize(
    ("dtype", "nodata"), [("int64", None), ("int64", -(2**63)), ("uint64", 0)]
)
def test_wide_integers_become_float64_value_by_value(tmp_path, dtype, nodata):
    data = (power() * 1e6).astype(dtype) + 2**52
    if nodata is not None:
        data[300:340, 300:340] = nodata
    source = write(tmp_path / "in.tif", data)
    grid, out = Grid(CRS32, PLACE, SIZE, SIZE), tmp_path / "out.tif"
    warp_raster(source, grid, lambda xy: xy, out, resampling="cubic", nodata=nodata)
    with rasterio.open(tmp_path / "out.tif") as made:
        values, valid = made.read(1), made.read_masks(1) > 0
    assert values.dtype == np.float64
    held = np.ones(data.shape, bool) if nodata is None else data != nodata
    assert (valid == held).all()
    assert (values[held].astype(dtype) == data[held]).all()


def test_integers_that_float64_rounds_are_refused(tmp_path):
    data = np.ones((64, 64), np.int64)
    data[20, 20] = -(2**53) - 1
    source = write(tmp_path / "in.tif", data)
    grid, out = Grid(CRS32, PLACE, 64, 64), tmp_path / "out.tif"
    with pytest.raises(BadInput, match="which float64 would round"):
        warp_raster(source, grid, lambda xy: xy, out)
    assert not out.exists()
