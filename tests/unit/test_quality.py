"""The field of residual displacement: known fields, nodata, georeference."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS
from soma.core.base.grid import BARE, Grid
from soma.core.products.residual_raster import (
    BANDS,
    kernel_sigma_px,
    residual_field,
    write_quality,
)


def direct(xy, value, weight, point, sigma):
    """Kernel-weighted mean at one point, written out."""
    kernel = weight * np.exp(-0.5 * ((xy - point) ** 2).sum(axis=1) / sigma**2)
    return (kernel * value).sum() / kernel.sum()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_field_equals_the_written_out_kernel_mean(seed):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(60, 580, (25, 2))
    residual = rng.normal(0, 1, (25, 2))
    confidence = rng.uniform(0.2, 1, 25)
    field = residual_field(xy, residual, confidence, (640, 640), 8)
    sigma = kernel_sigma_px(len(xy), (640, 640), 8)
    for col, row in ((10, 15), (20, 20), (30, 12)):
        point = np.array([col + 0.5, row + 0.5]) * field.step_px
        for band, value in enumerate((np.hypot(*residual.T), *residual.T)):
            want = direct(xy, value, confidence, point, sigma)
            assert field.values[band, row, col] == pytest.approx(want, abs=0.02)


def test_constant_residual_gives_a_constant_field():
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 400, (200, 2))
    field = residual_field(xy, np.tile([0.6, -0.8], (200, 1)), np.ones(200), (400, 400))
    assert np.nanmax(np.abs(field.values[0] - 1.0)) < 1e-4
    assert np.nanmax(np.abs(field.values[1] - 0.6)) < 1e-4
    assert np.nanmax(np.abs(field.values[2] + 0.8)) < 1e-4


def test_where_no_match_is_near_there_is_no_value():
    xy = np.random.default_rng(2).uniform(0, 200, (400, 2))
    field = residual_field(xy, np.ones((400, 2)), np.ones(400), (2000, 2000))
    assert np.isfinite(field.values[:, 5, 5]).all()
    assert np.isnan(field.values[:, -20, -20]).all()


def test_support_counts_matches_under_the_kernel():
    xy = np.full((6, 2), 1008.0)
    field = residual_field(xy, np.zeros((6, 2)), np.full(6, 0.1), (2016, 2016))
    assert np.nanmax(field.values[3]) == pytest.approx(6, rel=0.03)


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (17, 33), (500, 3)])
def test_any_shape_is_covered(shape):
    xy = np.array([[0.5, 0.5]])
    field = residual_field(xy, np.ones((1, 2)), np.ones(1), shape)
    rows, cols = field.values.shape[1:]
    step = field.step_px
    assert rows * step >= shape[0] > (rows - 1) * step
    assert cols * step >= shape[1] > (cols - 1) * step


def test_no_matches_give_no_values():
    none = np.zeros((0, 2))
    field = residual_field(none, none, np.zeros(0), (100, 100))
    assert np.isnan(field.values).all()


def test_step_grows_so_that_memory_does_not():
    xy = np.array([[50_000.0, 50_000.0]])
    field = residual_field(xy, np.ones((1, 2)), np.ones(1), (100_000, 100_000))
    assert field.values[0].size <= 4_000_000
    assert field.step_px >= 64


def test_file_has_nodata_units_and_the_working_grid(tmp_path):
    grid = Grid(CRS.from_epsg(32643), Affine(10, 0, 7e5, 0, -10, 3e6), 500, 300)
    xy = np.random.default_rng(3).uniform(0, 100, (200, 2))
    field = residual_field(xy, np.full((200, 2), 0.5), np.ones(200), (300, 500))
    assert field.step_px == 16
    write_quality(tmp_path / "q.tif", grid, field)
    with rasterio.open(tmp_path / "q.tif") as file:
        assert file.descriptions == tuple(name for name, _ in BANDS)
        assert file.units == ("px", "px", "px", "1")
        assert file.crs == grid.crs
        assert file.transform == Affine(160, 0, 7e5, 0, -160, 3e6)
        assert (file.width, file.height) == (32, 19)
        band = file.read(1, masked=True)
        want = np.ma.masked_invalid(field.values[0])
        assert band.mask.any() and not band.mask.all()
        assert (band.mask == want.mask).all()
        np.testing.assert_array_equal(band.compressed(), want.compressed())


def test_file_of_bare_images_lies_where_qgis_shows_them(tmp_path):
    xy = np.random.default_rng(3).uniform(0, 100, (200, 2))
    field = residual_field(xy, np.full((200, 2), 0.5), np.ones(200), (100, 100))
    grid = Grid(None, BARE, 100, 100)
    write_quality(tmp_path / "q.tif", grid, field)
    with rasterio.open(tmp_path / "q.tif") as file:
        assert file.crs is None
        step = field.step_px
        assert file.transform == Affine(step, 0, 0, 0, -step, 0)
