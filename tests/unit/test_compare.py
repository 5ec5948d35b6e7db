"""Comparison pictures: exact cells, channels, common grid, cancel."""

import contextlib

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine
from fakes import CountingFeedback
from rasterio.crs import CRS
from rasterio.warp import Resampling, calculate_default_transform, reproject
from soma.core.base.errors import BadInput, Cancelled
from soma.core.products.compare import BLOCK_PX, checkerboard, compare_rasters, compose

UTM = CRS.from_epsg(32643)
PLACE = Affine(10, 0, 700000, 0, -10, 3150000)


def write(path, values, transform=PLACE, crs=UTM, **options):
    values = np.asarray(values)
    values = values[None] if values.ndim == 2 else values
    count, height, width = values.shape
    profile = {"driver": "GTiff", "count": count, "height": height, "width": width}
    if transform is not None:
        profile |= {"transform": transform, "crs": crs}
    with rasterio.open(path, "w", dtype=values.dtype, **profile, **options) as file:
        file.write(values)
    return path


def texture(height, width, seed=1, sigma=3.0):
    noise = np.random.default_rng(seed).normal(size=(height, width))
    smooth = cv2.GaussianBlur(noise, (0, 0), sigma)
    return np.clip(127 + 40 * smooth / smooth.std(), 1, 255).astype(np.uint8)


def read(path):
    with rasterio.open(path) as file:
        return file.read(), file


@pytest.fixture
def flat_pair(tmp_path):
    """Left to right ramps: A rises to the right, B rises downwards."""
    rows, cols = np.mgrid[0:200, 0:300]
    a = write(tmp_path / "a.tif", (cols % 250 + 1).astype(np.uint8))
    b = write(tmp_path / "b.tif", (rows % 250 + 1).astype(np.uint8))
    return a, b, tmp_path / "out.tif"


def shown(flat_pair, **options):
    compare_rasters(*flat_pair, **options)
    return read(flat_pair[2])[0]


def test_checkerboard_takes_each_cell_from_the_right_raster(flat_pair):
    a, b, out = flat_pair
    only_a = shown((a, a, out))
    only_b = shown((b, b, out))
    board = shown(flat_pair, mode="checkerboard", cell_px=64)
    rows, cols = np.mgrid[0:200, 0:300]
    is_a = (rows // 64 + cols // 64) % 2 == 0
    np.testing.assert_array_equal(board[:3, is_a], only_a[:3, is_a])
    np.testing.assert_array_equal(board[:3, ~is_a], only_b[:3, ~is_a])
    assert (only_a != only_b).mean() > 0.5


def test_swipe_shows_a_left_of_the_middle(flat_pair):
    a, b, out = flat_pair
    only_a, only_b = shown((a, a, out)), shown((b, b, out))
    swipe = shown(flat_pair, mode="swipe")
    np.testing.assert_array_equal(swipe[:, :, :150], only_a[:, :, :150])
    np.testing.assert_array_equal(swipe[:, :, 150:], only_b[:, :, 150:])


def test_redcyan_has_a_in_red_and_b_in_green_and_blue(flat_pair):
    a, b, out = flat_pair
    only_a, only_b = shown((a, a, out)), shown((b, b, out))
    mixed = shown(flat_pair, mode="redcyan")
    np.testing.assert_array_equal(mixed[0], only_a[0])
    np.testing.assert_array_equal(mixed[1], only_b[0])
    np.testing.assert_array_equal(mixed[2], only_b[0])


def test_blend_is_the_mean(flat_pair):
    a, b, out = flat_pair
    only_a, only_b = shown((a, a, out)), shown((b, b, out))
    want = (only_a[:3].astype(float) + only_b[:3]) / 2
    assert np.abs(shown(flat_pair, mode="blend")[:3] - want).max() <= 0.5


@pytest.mark.parametrize("mode", ["checkerboard", "blend"])
def test_where_one_has_no_data_the_other_is_shown(mode):
    a = np.full((4, 4, 3), 50, np.uint8)
    b = np.full((4, 4, 3), 200, np.uint8)
    a_ok, b_ok = np.ones((2, 4, 4), bool)
    a_ok[0], b_ok[3] = False, False
    got = compose(a, b, a_ok, b_ok, mode, np.indices((4, 4)).sum(axis=0) % 2 == 0)
    assert (got[0] == 200).all() and (got[3] == 50).all()


def test_outside_both_is_transparent(tmp_path):
    a, b = texture(100, 100), texture(100, 100, 2)
    a[:50], b[:, :50] = 0, 0
    write(tmp_path / "a.tif", a, nodata=0)
    write(tmp_path / "b.tif", b, nodata=0)
    compare_rasters(tmp_path / "a.tif", tmp_path / "b.tif", tmp_path / "out.tif")
    values, _ = read(tmp_path / "out.tif")
    want = np.ones((100, 100), bool)
    want[:50, :50] = False
    # Interpolation of B may move its edge by a pixel.
    inner = np.ones((100, 100), bool)
    inner[:52, 48:52] = False
    np.testing.assert_array_equal(values[3][inner] == 255, want[inner])
    assert (values[:3, :45, :45] == 0).all()


def other_grid(picture, crs, path):
    """Write a picture of PLACE/UTM on the default grid of another CRS."""
    height, width = picture.shape
    bounds = rasterio.transform.array_bounds(height, width, PLACE)
    place, cols, rows = calculate_default_transform(UTM, crs, width, height, *bounds)
    values = np.zeros((rows, cols), np.uint8)
    options = {"src_transform": PLACE, "src_crs": UTM, "src_nodata": 0}
    options |= {"dst_transform": place, "dst_crs": crs, "dst_nodata": 0}
    reproject(picture, values, resampling=Resampling.cubic, **options)
    return write(path, values, place, crs, nodata=0)


def apart_px(values):
    """Return by how much A, in red, and B, in green, are shifted, by OpenCV."""
    box = np.s_[40:256, 40:360]
    window = cv2.createHanningWindow((320, 216), cv2.CV_32F)
    a, b = (band[box].astype(np.float32) for band in values[:2])
    return np.hypot(*cv2.phaseCorrelate(a, b, window)[0])


@pytest.mark.parametrize("epsg", [4326, 32644, 3857, 32643])
def test_raster_in_another_crs_lies_where_it_belongs(tmp_path, epsg):
    picture = texture(300, 400)
    a = write(tmp_path / "a.tif", picture)
    b = other_grid(picture, CRS.from_epsg(epsg), tmp_path / "b.tif")
    compare_rasters(a, b, tmp_path / "out.tif", mode="redcyan")
    values, file = read(tmp_path / "out.tif")
    assert (file.crs, file.transform) == (UTM, PLACE)
    assert apart_px(values) < 0.1


def test_finer_and_offset_grid_lies_where_it_belongs(tmp_path):
    fine = texture(1200, 1600, sigma=12.0)
    a = fine.reshape(300, 4, 400, 4).mean(axis=(1, 3)).astype(np.uint8)
    a = write(tmp_path / "a.tif", a)
    place = PLACE * Affine.scale(0.25) * Affine.translation(37, 23)
    b = write(tmp_path / "b.tif", fine[23:, 37:], place)
    compare_rasters(a, b, tmp_path / "out.tif", mode="redcyan")
    values, _ = read(tmp_path / "out.tif")
    assert apart_px(values) < 0.1


def test_blocks_join_without_a_seam(tmp_path):
    size = BLOCK_PX + 200
    a, b = texture(size, 300, 1), texture(size, 300, 2)
    write(tmp_path / "a.tif", a)
    write(tmp_path / "b.tif", b)
    out = tmp_path / "out.tif"
    compare_rasters(tmp_path / "a.tif", tmp_path / "b.tif", out, cell_px=50)
    values, _ = read(out)
    rows, cols = np.mgrid[0:size, 0:300]
    is_a = (rows // 50 + cols // 50) % 2 == 0
    # Both are stretched monotonically, so ranks within one raster survive.
    for mask, picture in ((is_a, a), (~is_a, b)):
        order = np.argsort(picture[mask], kind="stable")
        assert (np.diff(values[0][mask][order].astype(int)) >= 0).all()


def test_images_without_georeference_share_their_pixels(tmp_path):
    a = write(tmp_path / "a.tif", texture(90, 120), transform=None)
    b = write(tmp_path / "b.tif", texture(60, 80, 2), transform=None)
    compare_rasters(a, b, tmp_path / "out.tif", mode="redcyan")
    values, _ = read(tmp_path / "out.tif")
    assert values.shape == (4, 90, 120)
    assert (values[1, 60:] == 0).all() and values[1, :60, :80].any()
    assert (values[3] == 255).all()


def test_one_georeference_of_two_is_an_error_that_says_what_to_do(tmp_path):
    a = write(tmp_path / "a.tif", texture(90, 120))
    b = write(tmp_path / "b.tif", texture(60, 80, 2), transform=None)
    with pytest.raises(BadInput, match=r"b\.tif has no georeference.*register"):
        compare_rasters(a, b, tmp_path / "out.tif")
    assert not (tmp_path / "out.tif").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mode": "mosaic"}, "mode is one of checkerboard"),
        ({"cell_px": 0}, "1 to 1000000 px wide"),
    ],
)
def test_bad_options_are_named(flat_pair, options, says):
    with pytest.raises(BadInput, match=says):
        compare_rasters(*flat_pair, **options)


def test_unreadable_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"absent\.tif was not found"):
        compare_rasters(tmp_path / "absent.tif", tmp_path / "b.tif", tmp_path / "o")


def test_cancel_leaves_the_folder_as_it_was(flat_pair):
    a, b, out = flat_pair
    out.write_text("before")
    with contextlib.suppress(Cancelled):
        compare_rasters(a, b, out, feedback=CountingFeedback(stop_at=1))
    assert out.read_text() == "before"
    assert sorted(p.name for p in out.parent.iterdir()) == ["a.tif", "b.tif", "out.tif"]


def test_sar_is_shown_in_log(tmp_path):
    rng = np.random.default_rng(3)
    sar = rng.exponential(1.0, (200, 200)).astype(np.float32)
    sar[:20] *= 100
    write(tmp_path / "s.tif", sar)
    compare_rasters(tmp_path / "s.tif", tmp_path / "s.tif", tmp_path / "out.tif")
    values, _ = read(tmp_path / "out.tif")
    assert 90 < np.median(values[0]) < 190


def test_checkerboard_of_arrays_mixes_grey_and_colour():
    a = np.full((100, 130), 10, np.uint8)
    b = np.dstack([np.full((100, 130), v, np.uint8) for v in (20, 30, 40)])
    board = checkerboard(a, b, 50)
    assert board[0, 0].tolist() == [10, 10, 10]
    assert board[0, 50].tolist() == [20, 30, 40]
    assert board[50, 49].tolist() == [20, 30, 40]
    assert board[99, 100].tolist() == [20, 30, 40]
    assert board[50, 50].tolist() == [10, 10, 10]
