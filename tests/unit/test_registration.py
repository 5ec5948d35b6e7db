"""The registration file and its maps between native pixels."""

import json

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from rasterio.warp import transform as warp_points
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid, apply_affine, matrix
from soma.core.base.types import finite
from soma.core.transform.bspline import fit_flows
from soma.core.transform.linear import Affine2D, fit_affine
from soma.core.transform.polynomial import fit_polynomial
from soma.core.transform.thin_plate import fit_thin_plate
from soma.core.transform.transform_file import Registration, interpolate_map
from soma.core.transform.transform_reader import read

UTM = CRS.from_epsg(32631)
WORKING = Grid(UTM, Affine(2, 0, 500000, 0, -2, 5000000), 512, 512)
REF = Grid(UTM, Affine(1, 0, 500010, 0, -1, 4999990), 1000, 1000)
MOV = Grid(
    CRS.from_epsg(4326), Affine(1.7e-5, 1e-6, 3.0, 1e-6, -1.7e-5, 45.15), 600, 600
)
BARE = Grid(None, Affine.identity(), 512, 512)
MATRIX = np.array([[1.01, 0.03, 5.0], [-0.03, 0.99, -3.0], [0, 0, 1]])


def transforms():
    src = np.random.default_rng(0).uniform(20, 490, (400, 2))
    x, y = src[:, 0] / 80, src[:, 1] / 90
    bent = 4 * np.stack([np.sin(x) * np.cos(y), np.cos(1.1 * x)], axis=1)
    dst = apply_affine(MATRIX, src) + bent
    base = fit_affine(src, dst).matrix
    return [
        Affine2D(MATRIX),
        fit_polynomial(src, dst, 3),
        fit_thin_plate(src, dst, 1e-2),
        *fit_flows(src, dst, base, np.ones(400), [1.0]),
    ]


def register(transform, bare=False):
    if bare:
        return Registration(BARE, transform, BARE, BARE, "gradient", "because")
    return Registration(WORKING, transform, MOV, REF, "gradient", "because")


def test_target_to_source_equals_rasterio_step_by_step():
    found = register(Affine2D(MATRIX)).target_to_source(REF, MOV)
    xy = np.random.default_rng(1).uniform(0, 1000, (50, 2))
    on_map = apply_affine(matrix(REF.transform), xy)
    working = apply_affine(np.linalg.inv(matrix(WORKING.transform)), on_map)
    back = apply_affine(np.linalg.inv(MATRIX), working)
    on_map = apply_affine(matrix(WORKING.transform), back)
    lon, lat = warp_points(UTM, MOV.crs, on_map[:, 0], on_map[:, 1])
    truth = apply_affine(
        np.linalg.inv(matrix(MOV.transform)), np.stack([lon, lat], axis=1)
    )
    np.testing.assert_allclose(found(xy), truth, rtol=0, atol=1e-5)


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("transform", transforms(), ids=lambda t: t.kind)
def test_both_directions_agree(transform, bare):
    found = register(transform, bare)
    there = found.source_to_target(found.mov_grid, found.ref_grid)
    back = found.target_to_source(found.ref_grid, found.mov_grid)
    xy = np.random.default_rng(2).uniform(-50, 650, (500, 2))
    np.testing.assert_allclose(back(there(xy)), xy, rtol=0, atol=2e-3)


def dense_map(found, shape):
    return interpolate_map(
        found.source_to_target(found.mov_grid, found.ref_grid), shape
    )


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("transform", transforms(), ids=lambda t: t.kind)
def test_dense_equals_the_exact_map(transform, bare):
    found = register(transform, bare)
    height, width = 300, 512
    dense = dense_map(found, (height, width))
    assert dense.shape == (height, width, 2) and dense.dtype == np.float32
    rng = np.random.default_rng(3)
    row, column = rng.integers(0, height, 4000), rng.integers(0, width, 4000)
    centres = np.stack([column, row], axis=1) + 0.5
    exact = found.source_to_target(found.mov_grid, found.ref_grid)(centres)
    assert np.abs(dense[row, column] - exact).max() < 0.012


def test_dense_of_a_tiny_raster():
    dense = dense_map(register(Affine2D(np.eye(3)), bare=True), (1, 2))
    np.testing.assert_allclose(dense, [[[0.5, 0.5], [1.5, 0.5]]], atol=1e-5)


def test_affine_in_native_pixels_of_bare_images_is_the_affine():
    found = register(Affine2D(MATRIX), bare=True)
    np.testing.assert_allclose(found.mov_to_ref_pixels(), MATRIX, atol=1e-9)


def test_affine_in_native_pixels_is_close_to_the_map():
    found = register(Affine2D(MATRIX))
    xy = np.random.default_rng(4).uniform(100, 500, (200, 2))
    exact = found.source_to_target(MOV, REF)(xy)
    assert np.abs(apply_affine(found.mov_to_ref_pixels(), xy) - exact).max() < 0.05


def test_moving_image_without_georeference_on_a_map():
    own = Grid(None, Affine.scale(2.0), 300, 300)
    mov = Grid(None, Affine.identity(), 600, 600)
    found = Registration(WORKING, Affine2D(MATRIX), mov, REF, "m", mov_working=own)
    xy = np.array([[100.0, 60.0]])
    on_map = apply_affine(matrix(WORKING.transform), apply_affine(MATRIX, xy / 2))
    truth = apply_affine(np.linalg.inv(matrix(REF.transform)), on_map)
    np.testing.assert_allclose(found.source_to_target(mov, REF)(xy), truth)
    np.testing.assert_allclose(found.target_to_source(REF, mov)(truth), xy)


@pytest.mark.parametrize("transform", transforms(), ids=lambda t: t.kind)
def test_file_round_trip(transform, tmp_path):
    path = tmp_path / "transform.json"
    first = register(transform)
    figures = {"rmse_px": np.float64(0.5), "log10_chance": float("-inf"), "n": 3}
    first = Registration(**{**first.__dict__, "quality": figures})
    first.write(path)
    again = read(path)
    assert again.quality == {"rmse_px": 0.5, "log10_chance": None, "n": 3}
    assert (again.kind, again.model, again.why) == (first.kind, "gradient", "because")
    assert again.working == WORKING and again.mov_grid == MOV and again.ref_grid == REF
    assert again.mov_working is None
    np.testing.assert_array_equal(
        dense_map(again, (40, 60)), dense_map(first, (40, 60))
    )


def test_finite_goes_into_lists():
    assert finite({"a": [1.0, np.nan, (np.inf, np.int64(2))]}) == {
        "a": [1.0, None, [None, 2]]
    }


def broken(tmp_path, change):
    path = tmp_path / "transform.json"
    register(Affine2D(MATRIX)).write(path)
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
    return path


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda v: v.update(format="gdal"), "no transform of SOMA"),
        (lambda v: v.update(version=99), "version 99"),
        (lambda v: v.pop("working"), "damaged"),
        (lambda v: v.update(working=3), "damaged"),
        (lambda v: v["working"].update(crs="nonsense"), "damaged"),
        (lambda v: v["mov_to_ref"].update(matrix=[1, 2]), "damaged"),
        (lambda v: v.update(quality=[]), "damaged"),
    ],
)
def test_malformed_file_is_named(change, says, tmp_path):
    path = broken(tmp_path, change)
    with pytest.raises(BadInput, match=says) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_missing_or_foreign_file_is_named(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "none.json")
    path = tmp_path / "text.json"
    path.write_text("hello")
    with pytest.raises(BadInput, match="not valid JSON"):
        read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="no text in UTF-8"):
        read(path)
    path.write_text("[1, 2]")
    with pytest.raises(BadInput, match="no transform of SOMA"):
        read(path)
