"""Interpolated positions and the choice of grids."""

import numpy as np
import pytest
from affine import Affine
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.crs import CRS
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid
from soma.core.warp.lattice import lattice_of, shrinking
from soma.core.warp.output_grid import plan_target
from warp_world import as_map

UTM = CRS.from_epsg(32632)
REF = Grid(UTM, Affine(10, 0, 500000, 0, -10, 4000000), 1000, 800)


def centres(col, row, size, density=1):
    at = (np.arange(size * density) + 0.5) / density
    x, y = np.meshgrid(col + at, row + at)
    return np.stack([x.ravel(), y.ravel()], axis=1)


@settings(max_examples=30, deadline=None)
@given(
    st.floats(-180, 180),
    st.floats(0.1, 8),
    st.integers(0, 100_000),
    st.sampled_from([1, 2, 3]),
    st.sampled_from([16, 64, 256]),
)
def test_affine_positions_are_exact(turn, scale, col, density, size):
    mapping = as_map(Affine.rotation(turn) * Affine.scale(scale))
    x, y = lattice_of(mapping, col, 512, size).expand(size, density)
    want = mapping(centres(col, 512, size, density))
    assert np.abs(np.stack([x.ravel(), y.ravel()], 1) - want).max() < 1e-6


@settings(max_examples=30, deadline=None)
@given(st.floats(20, 2000), st.floats(0.1, 0.15), st.integers(0, 5000))
# Waves in step with the first and the second spacing, 32 and 16 px, look flat there.
@example(32.0 * 6.3 / (2 * np.pi), 0.1, 0)
@example(64.0 * 6.3 / (2 * np.pi), 0.1, 0)
@example(21.333 * 6.3 / (2 * np.pi), 0.1, 3)
def test_bent_positions_are_close(wavelength, slope, col):
    def wavy(xy):
        return xy + slope * wavelength / 6.3 * np.sin(6.3 * xy[:, ::-1] / wavelength)

    x, y = lattice_of(wavy, col, 0, 256).expand(256)
    got = np.stack([x.ravel(), y.ravel()], axis=1)
    assert np.abs(got - wavy(centres(col, 0, 256))).max() < 0.02


def test_undefined_positions_stay_undefined_and_local():
    def half(xy):
        return np.where(xy[:, :1] < 100, xy, np.nan)

    x, _ = lattice_of(half, 0, 0, 256).expand(256)
    assert np.isfinite(x[:, :98]).all() and np.isnan(x[:, 101:]).all()


def test_shrinking_is_that_of_the_longer_axis():
    grid = Grid(None, Affine.identity(), 200, 100)
    mapping = as_map(Affine.rotation(30) * Affine.scale(3, 1.2))
    assert shrinking(mapping, grid, 10_000, 10_000) == pytest.approx(3)
    assert shrinking(lambda xy: xy * np.nan, grid, 10, 10) == 1


def moved(grid, shift=(0, 0)):
    place = Affine.translation(*shift) * grid.transform
    return as_map(place)


@settings(max_examples=50, deadline=None)
@given(
    st.floats(-9000, 9000), st.floats(-9000, 9000), st.floats(-180, 180),
    st.sampled_from(["reference", "own", "7.5", "33"]),
)  # fmt: skip
def test_grids_cover_the_footprint_and_no_more(dx, dy, turn, kind):
    mov = Grid(UTM, Affine(20, 0, 503000, 0, -20, 3998000), 150, 130)
    mapping = as_map(
        Affine.translation(dx, dy)
        * Affine.rotation(turn, (504500, 3996700))
        * mov.transform
    )
    grid = plan_target(kind, REF, mov, mapping)
    corners = mapping(np.array([[0, 0], [150, 0], [0, 130], [150, 130.0]]))
    pixels = np.stack(~grid.transform * corners.T, axis=1)
    assert pixels.min() > -0.01
    assert (pixels.max(axis=0) < np.array([grid.width, grid.height]) + 0.01).all()
    assert (pixels.min(axis=0) < 1.01).all()
    assert (pixels.max(axis=0) > np.array([grid.width, grid.height]) - 1.01).all()
    lattice = {"reference": REF.transform, "own": mov.transform}.get(
        kind, Affine.scale(float(kind) if kind[0].isdigit() else 1)
    )
    col, row = ~lattice * (grid.transform.c, grid.transform.f)
    assert abs(col - round(col)) < 1e-6 and abs(row - round(row)) < 1e-6
    assert grid.crs == UTM


def test_an_aligned_raster_keeps_its_own_grid():
    mov = Grid(UTM, Affine(20, 0, 503010, 0, -20, 3998000), 150, 130)
    assert plan_target("own", REF, mov, moved(mov)) == mov
    assert plan_target("reference", REF, REF, moved(REF)) == REF


def test_own_keeps_the_moving_crs():
    ref = Grid(CRS.from_epsg(4326), Affine(1e-4, 0, 9, 0, -1e-4, 36.2), 900, 900)
    mov = Grid(UTM, Affine(20, 0, 503000, 0, -20, 3998000), 150, 130)
    change = Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)

    def mapping(xy):
        return np.stack(change.transform(*(mov.transform * xy.T)), axis=1)

    assert plan_target("own", ref, mov, mapping) == mov
    grid = plan_target("reference", ref, mov, mapping)
    assert grid.crs == ref.crs and grid.transform.a == 1e-4


def test_own_without_crs_takes_its_size_from_the_middle():
    mov = Grid(None, Affine.identity(), 100, 80)
    mapping = as_map(Affine(25, 0, 501000, 0, -25, 3999000))
    grid = plan_target("own", REF, mov, mapping)
    assert grid == Grid(UTM, Affine(25, 0, 501000, 0, -25, 3999000), 100, 80)


def test_bare_images_count_rows_downwards():
    bare = Grid(None, Affine.identity(), 100, 80)
    grid = plan_target("2", bare, bare, as_map(Affine.translation(10, 20)))
    assert grid == Grid(None, Affine(2, 0, 10, 0, 2, 20), 50, 40)


def test_absurd_grids_are_refused():
    mov = Grid(UTM, Affine(20, 0, 503000, 0, -20, 3998000), 1500, 1300)
    with pytest.raises(BadInput, match=r"would give \d+ x \d+ pixels"):
        plan_target("0.01", REF, mov, moved(mov))
    with pytest.raises(BadInput, match="nowhere"):
        plan_target("own", REF, mov, lambda xy: xy * np.nan)


@pytest.mark.parametrize("kind", ["own", "reference", "30"])
def test_frames_as_large_as_the_world_are_refused(kind):
    lonlat = CRS.from_epsg(4326)
    step = 360 / 1_200_000
    world = Grid(lonlat, Affine(step, 0, -180, 0, -step, 90), 1_200_000, 600_000)
    metres = step * 111_320.0
    around = as_map(Affine(metres, 0, 0, 0, -metres, 0))
    with pytest.raises(BadInput, match=r"\([\d.e+]+ billion\).* part of the image"):
        plan_target(kind, Grid(UTM, Affine(9, 0, 0, 0, -9, 0), 50, 50), world, around)


def test_a_scene_on_much_finer_pixels_is_none_of_them():
    scene = Grid(UTM, Affine(10, 0, 4e5, 0, -10, 5e6), 20_000, 15_000)
    fine = Grid(UTM, Affine(1.1, 0, 4e5, 0, -1.1, 5e6), 9000, 9000)
    grid = plan_target("reference", fine, scene, moved(scene))
    assert grid.width > 180_000
