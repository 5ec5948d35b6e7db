import numpy as np
import pytest
import rasterio.warp
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from rasterio.crs import CRS
from soma.core.base.grid import (
    Grid,
    apply_affine,
    between,
    gsd_m,
    is_metric,
    is_placed,
    matrix,
    outline,
    pixel_size_m,
    reproject,
    scaling,
    solve,
    translation,
    utm_crs,
)

UTM32 = CRS.from_epsg(32632)
WGS84 = CRS.from_epsg(4326)


def test_reproject_agrees_with_gdal_and_keeps_east_first():
    xy = np.array([[9.0, 48.0], [7.5, 51.25], [11.9, 45.0]])
    expected = np.array(rasterio.warp.transform(WGS84, UTM32, xy[:, 0], xy[:, 1])).T
    np.testing.assert_allclose(reproject(WGS84, UTM32, xy), expected, atol=1e-3)


def test_reproject_marks_impossible_positions():
    assert not np.isfinite(reproject(WGS84, UTM32, np.array([[9.0, 480.0]]))).any()


@given(
    angle=st.floats(-3.1, 3.1),
    size=st.floats(0.3, 60),
    col=st.floats(-500, 5000),
    row=st.floats(-500, 5000),
)
def test_between_goes_there_and_back(angle, size, col, row):
    turn = Affine.rotation(np.degrees(angle)) * Affine.scale(size, -size)
    src = Grid(UTM32, Affine.translation(6e5, 5.2e6) * turn, 100, 100)
    dst = Grid(WGS84, Affine(1e-4, 0, 8.0, 0, -1e-4, 48.0), 100, 100)
    xy = np.array([[col, row]])
    np.testing.assert_allclose(between(dst, src, between(src, dst, xy)), xy, atol=1e-4)


def test_between_grids_of_one_crs_is_their_affine():
    src = Grid(UTM32, Affine(10, 0, 5e5, 0, -10, 5e6), 10, 10)
    dst = Grid(UTM32, Affine(5, 0, 5e5 + 20, 0, -5, 5e6 - 30), 10, 10)
    got = between(src, dst, np.array([[0.5, 0.5], [7, 9]]))
    np.testing.assert_allclose(got, [[-3, -5], [10, 12]], atol=1e-9)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [(9, 48, 32632), (-180, 10, 32601), (179.99, -10, 32760), (-0.1, 38, 32630)],
)
def test_utm_zone(lon, lat, code):
    assert utm_crs(lon, lat).to_epsg() == code


def test_poles_get_polar_stereographic():
    assert utm_crs(0, 88).to_epsg() == 5041
    assert utm_crs(0, -85).to_epsg() == 5042


def test_pixel_size_of_degrees_is_geodesic():
    grid = Grid(WGS84, Affine(1e-3, 0, 20, 0, -1e-3, 60), 100, 100)
    geod = Geod(ellps="WGS84")
    x, y = pixel_size_m(grid, (0.0, 0.0))
    assert x == pytest.approx(geod.inv(19.9995, 60, 20.0005, 60)[2], rel=1e-9)
    assert y == pytest.approx(geod.inv(20, 59.9995, 20, 60.0005)[2], rel=1e-9)
    assert gsd_m(grid, (0.0, 0.0)) == pytest.approx((x * y) ** 0.5)


def test_world_mercator_pixels_are_smaller_on_the_ground():
    grid = Grid(CRS.from_epsg(3395), Affine(10, 0, -1.3e7, 0, -10, 4.0e6), 8, 8)
    assert 8.2 < gsd_m(grid, (4.0, 4.0)) < 8.5


def test_feet_and_degrees_are_not_metric():
    assert is_metric(UTM32)
    assert not is_metric(CRS.from_epsg(2225))
    assert not is_metric(WGS84)
    assert is_placed(WGS84) and not is_placed(None)


def test_solve_inverts_a_smooth_mapping():
    def bend(xy):
        return xy + 0.05 * np.sin(xy[:, ::-1])

    target = outline(30, 20, 7)
    np.testing.assert_allclose(bend(solve(bend, target, target)), target, atol=1e-6)


def test_matrices_compose_right_to_left():
    m = translation(3, 4) @ scaling(2, 5)
    np.testing.assert_array_equal(apply_affine(m, np.array([[1.0, 1.0]])), [[5, 9]])
    np.testing.assert_array_equal(matrix(Affine.translation(3, 4)), translation(3, 4))
