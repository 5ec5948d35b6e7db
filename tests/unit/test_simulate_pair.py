"""Files of a simulated pair: grids, truth, formats; and scenes as arrays."""

import numpy as np
import pytest
import rasterio
from fakes import CountingFeedback
from rasterio.warp import Resampling, reproject
from scipy import ndimage
from soma.core.base.errors import BadInput, Cancelled
from soma.core.base.grid import matrix
from soma.core.simulate import (
    Cover,
    Look,
    Misalign,
    Truth,
    simulate_arrays,
    simulate_pair,
    simulate_scene,
)
from soma.core.simulate.pair import form_on_grid, optical_grid, sar_grid
from soma.core.simulate.truth import make_truth

SIZE = 256


def _read(path):
    with rasterio.open(path) as source:
        return source.read(), source.profile


def _truth(paths):
    with open(paths["truth"], encoding="utf-8") as file:
        return Truth.from_json(file.read())


@pytest.mark.parametrize(
    ("sar_gsd", "sar_crs"), [(None, None), (6.0, "EPSG:4326"), (14.0, "EPSG:3035")]
)
def test_reflectors_shine_where_the_truth_says(tmp_path, sar_gsd, sar_crs):
    paths = simulate_pair(
        tmp_path, SIZE, 4, misalign="shift=9,-6;rotation=3;scale=1.02;warp=2",
        sar_gsd=sar_gsd, sar_crs=sar_crs, sar_format="linear", reflectors=4,
    )  # fmt: skip
    (sar,), profile = _read(paths["sar"])
    truth = _truth(paths)
    assert profile["transform"] == truth.mov.transform
    assert profile["crs"] == truth.mov.crs
    spots = truth.ref_to_mov(truth.reflectors_xy)
    inside = ((spots > 5) & (spots < np.array(sar.shape[::-1]) - 5)).all(axis=1)
    assert inside.sum() >= 2
    for x, y in spots[inside]:
        row, col = int(y), int(x)
        window = sar[row - 4 : row + 5, col - 4 : col + 5]
        assert window.max() > 40
        cy, cx = ndimage.center_of_mass(window)
        assert np.hypot(col - 4 + cx + 0.5 - x, row - 4 + cy + 0.5 - y) < 0.25


def test_sar_grid_matches_an_independent_warp():
    ref = optical_grid(SIZE, 10.0, 1)
    misalign = Misalign((7.3, -4.6), 4.0, 0.97)
    truth = make_truth(ref, sar_grid(ref, 8.0, None), misalign, 1)
    rng = np.random.default_rng(0)
    pad = 64
    side = SIZE + 2 * pad
    classes = ndimage.gaussian_filter(rng.standard_normal((side, side)), 5) > 0
    mean = np.where(classes, 1.0, 0.1).astype(np.float32)
    sar = form_on_grid(mean, truth, Look(looks=60.0), pad, 1)

    # GDAL warps the map to where the misaligned pixels really are
    linear = np.vstack([truth.linear, [0, 0, 1]])
    stated = np.linalg.inv(matrix(ref.transform)) @ matrix(truth.mov.transform)
    real = matrix(ref.transform) @ linear @ stated
    expected = np.zeros(sar.shape, np.float32)
    corner = ref.transform * rasterio.Affine.translation(-pad, -pad)
    reproject(
        mean, expected, src_transform=corner, src_crs=ref.crs,
        dst_transform=rasterio.Affine(*real[:2].ravel()), dst_crs=ref.crs,
        resampling=Resampling.bilinear,
    )  # fmt: skip
    expected = ndimage.gaussian_filter(expected, 0.8)
    assert np.corrcoef(expected.ravel(), sar.ravel())[0, 1] > 0.95
    for axis in ((0.0, 0.5), (0.5, 0.0)):
        less, same, more = (
            np.corrcoef(
                ndimage.shift(expected, np.multiply(axis, k), mode="nearest").ravel(),
                sar.ravel(),
            )[0, 1]
            for k in (-1, 0, 1)
        )
        # vertex of the parabola through three correlations half a pixel apart
        offset = 0.25 * (more - less) / (2 * same - more - less)
        assert abs(offset) < 0.03


def test_speckle_is_drawn_on_the_moved_grid_without_borders(tmp_path):
    paths = simulate_pair(
        tmp_path, SIZE, 2, misalign="shift=40,-50;rotation=15", sar_format="linear"
    )
    (sar,), _ = _read(paths["sar"])
    assert (sar > 0).all()
    fine = sar / ndimage.uniform_filter(sar, 9)
    edge = np.concatenate([fine[:20].ravel(), fine[-20:].ravel()])
    assert edge.std() == pytest.approx(fine[80:-80, 80:-80].std(), rel=0.35)


@pytest.mark.parametrize(
    ("kind", "dtype", "nodata"),
    [
        ("uint16", "uint16", 0),
        ("uint8", "uint8", 0),
        ("db", "float32", np.nan),
        ("linear", "float32", np.nan),
    ],
)
def test_formats(tmp_path, kind, dtype, nodata):
    optical = "uint16" if kind == "db" else "uint8"
    paths = simulate_pair(
        tmp_path, 128, 1, sar_format=kind, optical_format=optical, sar_gsd=20
    )
    sar, profile = _read(paths["sar"])
    assert profile["dtype"] == dtype
    np.testing.assert_equal(profile["nodata"], nodata)
    assert np.isfinite(sar).all()
    assert sar.std() > 0
    if kind.startswith("uint"):
        assert sar.min() > 0
    rgb, profile = _read(paths["optical"])
    assert rgb.shape == (3, 128, 128)
    assert profile["dtype"] == optical
    assert profile["crs"].is_projected
    assert profile["transform"].a == 10.0


def test_same_arguments_give_the_same_files(tmp_path):
    one, two = (simulate_pair(tmp_path / n, 128, 7) for n in "ab")
    for role in ("optical", "sar", "truth"):
        with open(one[role], "rb") as first, open(two[role], "rb") as second:
            assert first.read() == second.read()


def test_misalignment_leaves_the_photograph_alone(tmp_path):
    one = simulate_pair(tmp_path / "a", 128, 7, misalign="shift=1,1")
    two = simulate_pair(tmp_path / "b", 128, 7, misalign="shift=-2,0;rotation=0.5")
    np.testing.assert_array_equal(_read(one["optical"])[0], _read(two["optical"])[0])
    assert (_read(one["sar"])[0] != _read(two["sar"])[0]).mean() > 0.5


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"size": 10}, "size"),
        ({"gsd": 0.0}, "gsd"),
        ({"gsd": float("nan")}, "gsd"),
        ({"seed": -1}, "seed"),
        ({"sar_gsd": 900.0}, "sar_gsd"),
        ({"sar_gsd": 0.0}, "sar_gsd"),
        ({"size": 2048, "sar_gsd": 1.0}, "SAR raster"),
        ({"misalign": "shift=9000,0"}, "less misalignment"),
        ({"sar_crs": "EPSG:0"}, "sar_crs"),
        ({"sar_format": "png"}, "sar_format"),
        ({"misalign": "up"}, "misalign"),
    ],
)
def test_refuses_bad_options(tmp_path, options, word):
    with pytest.raises(BadInput, match=word):
        simulate_pair(tmp_path, **{"size": 128, **options})
    assert not list(tmp_path.iterdir())


def test_stops_when_asked(tmp_path):
    with pytest.raises(Cancelled):
        simulate_pair(tmp_path, 128, feedback=CountingFeedback(stop_at=1))
    assert not list(tmp_path.iterdir())


def test_scene_is_deterministic_and_varies_with_the_seed():
    first, again, other = (simulate_scene(192, seed) for seed in (1, 1, 2))
    for name in ("optical", "sar", "height_m", "cover", "sar_ground"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
        assert (getattr(first, name) != getattr(other, name)).mean() > 0.2


@pytest.mark.parametrize("gsd_m", [1.0, 4.0, 10.0, 30.0])
def test_scene_arrays_are_aligned_and_plausible(gsd_m):
    optical, sar, height = simulate_arrays(256, 2, gsd_m)
    assert optical.shape == (256, 256, 3)
    assert optical.dtype == np.uint8
    assert sar.shape == height.shape == (256, 256)
    assert sar.dtype == height.dtype == np.float32
    assert 40 < optical.mean() < 170
    assert optical.std() > 15
    assert -20 < 10 * np.log10(np.median(sar)) < -5
    assert height.min() >= 0


def test_water_is_dark_and_crops_differ_between_sensors():
    scene = simulate_scene(512, 2, 10.0)
    water = scene.cover == Cover.RIVER
    field = scene.cover == Cover.FIELD
    assert water.sum() > 100
    assert np.median(scene.sar[water]) < 0.4 * np.median(scene.sar[field])
    grey = scene.optical[field].mean(axis=1)
    assert abs(np.corrcoef(grey, np.log(scene.sar_mean[field]))[0, 1]) < 0.35
    assert (scene.height_m >= scene.terrain_m).all()
