"""Rasters as pictures: bands, placement, the same look for the same values."""

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from soma.core.base.grid import scaling, translation
from soma.core.products.render import as_grey, as_rgb, layer_of
from soma.core.products.report_pictures import take_pictures
from soma.core.raster.open import open_source

UTM = CRS.from_epsg(32643)
PLACE = Affine(10, 0, 700000, 0, -10, 3150000)


def write(path, values, transform=PLACE, **options):
    count, height, width = values.shape
    profile = {"driver": "GTiff", "count": count, "height": height, "width": width}
    profile |= {"dtype": values.dtype, "crs": UTM, "transform": transform}
    with rasterio.open(path, "w", **profile | options) as file:
        file.write(values)
    return str(path)


def texture(count, height, width, seed=1, sigma=3.0):
    noise = np.random.default_rng(seed).normal(size=(count, height, width))
    smooth = np.stack([cv2.GaussianBlur(band, (0, 0), sigma) for band in noise])
    return np.clip(127 + 40 * smooth / smooth.std(), 1, 255).astype(np.uint8)


def test_own_grid_shows_the_pixels_stretched(tmp_path):
    values = texture(3, 80, 100)
    with open_source(write(tmp_path / "a.tif", values)) as source:
        layer = layer_of(source)
        got, ok = layer.picture(source.grid, translation(20, 10), 50, 40)
    low, high = np.percentile(values.reshape(3, -1), (1, 99), axis=1)
    want = (values.transpose(1, 2, 0)[10:50, 20:70] - low) / (high - low)
    assert ok.all() and got.shape == (40, 50, 3)
    assert np.abs(got - 255 * np.clip(want, 0, 1)).max() <= 2


def test_smaller_picture_is_the_mean_of_its_pixels(tmp_path):
    values = texture(1, 80, 120)
    with open_source(write(tmp_path / "a.tif", values)) as source:
        layer = layer_of(source, "optical")
        got, _ = layer.picture(source.grid, scaling(4, 4), 30, 20)
        full, _ = layer.picture(source.grid, np.eye(3), 120, 80)
    want = full.reshape(20, 4, 30, 4).mean(axis=(1, 3))
    assert np.abs(got - want).mean() < 1.0


def test_outside_the_raster_there_is_no_data(tmp_path):
    with open_source(write(tmp_path / "a.tif", texture(1, 50, 50))) as source:
        got, ok = layer_of(source).picture(source.grid, translation(-20, 0), 50, 50)
    assert not ok[:, :20].any() and ok[:, 20:].all()
    assert (got[:, :20] == 0).all()


def test_same_look_keeps_the_stretch(tmp_path):
    dark = texture(1, 60, 60)
    bright = np.clip(dark.astype(int) + 60, 0, 255).astype(np.uint8)
    with (
        open_source(write(tmp_path / "a.tif", dark)) as a,
        open_source(write(tmp_path / "b.tif", bright)) as b,
    ):
        layer = layer_of(a)
        shown = [
            x.picture(a.grid, np.eye(3), 60, 60)[0] for x in (layer, layer.like(b))
        ]
    assert shown[1].mean() > shown[0].mean() + 40


def test_speckle_is_shown_in_log(tmp_path):
    rng = np.random.default_rng(3)
    power = rng.gamma(4, 0.05, (1, 200, 200)).astype(np.float32)
    power[:, :20] *= 100
    with open_source(write(tmp_path / "s.tif", power)) as source:
        got, _ = layer_of(source).picture(source.grid, np.eye(3), 200, 200)
    assert 40 < np.median(got) < 190


@pytest.mark.parametrize("most_px", [1000, 60])
def test_pictures_of_a_pair_share_their_place(tmp_path, most_px):
    scene = texture(1, 200, 300, sigma=5.0)
    moved = PLACE * Affine.translation(12, -8)
    shifted = write(tmp_path / "mov.tif", scene, moved)
    fixed = write(tmp_path / "ref.tif", scene)
    with open_source(fixed) as ref, open_source(shifted) as mov:
        layers = layer_of(ref), layer_of(mov)
        box = (40.0, 30.0, 120.0, 90.0)
        seen = take_pictures(*layers, layers[0], ref.grid, box, most_px)
    step = max(1.0, 120 / most_px)
    assert seen.step_px == step and seen.origin_xy == (40.0, 30.0)
    assert (seen.width, seen.height) == (round(120 / step), round(90 / step))
    np.testing.assert_array_equal(seen.ref, seen.after)
    dx, dy = round(12 / step), round(-8 / step)
    a, b = seen.ref.astype(int), seen.before.astype(int)
    assert np.abs(b[: dy or None, dx:] - a[-dy:, :-dx]).mean() < 2
    assert np.abs(b - a).mean() > 20


def test_grey_and_colour():
    colour = np.zeros((2, 3, 3), np.uint8)
    colour[..., 1] = 100
    assert as_rgb(colour) is colour
    assert (as_grey(colour) == 59).all()
    assert as_rgb(colour[..., 1]).shape == (2, 3, 3)
