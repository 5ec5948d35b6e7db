"""Speckle statistics, point targets and side-looking geometry against theory."""

import numpy as np
import pytest
from scipy import ndimage
from soma.core.base.errors import BadInput
from soma.core.simulate import Look
from soma.core.simulate.canvas import Canvas, Cover
from soma.core.simulate.optical import render_optical, sunlit_ground
from soma.core.simulate.radar import ground_share, render_mean_power
from soma.core.simulate.speckle import form_image
from soma.core.simulate.world import World

NONE = np.zeros((0, 3))
HEIGHT_M = 20.0


def _image(power, looks, targets=NONE, resolution=1.7, axis=81.0, seed=1):
    rng = np.random.default_rng(seed)
    return form_image(power, looks, resolution, axis, targets, rng)


@pytest.mark.parametrize("looks", [1.0, 2.5, 4.4, 10.0])
def test_speckle_has_the_looks_and_keeps_the_mean(looks):
    image = _image(np.full((700, 700), 0.3, np.float32), looks)
    assert image.mean() == pytest.approx(0.3, rel=0.02)
    assert image.mean() ** 2 / image.var() == pytest.approx(looks, rel=0.06)


def test_single_look_intensity_is_exponential():
    image = _image(np.ones((500, 500), np.float32), 1.0)[::6, ::6].ravel()
    for quantile in (0.1, 0.5, 0.9):
        theory = 1 - np.exp(-np.quantile(image, quantile))
        assert theory == pytest.approx(quantile, abs=0.02)


@pytest.mark.parametrize("resolution", [1.2, 1.7, 3.0])
def test_point_is_as_wide_as_asked(resolution):
    power = np.full((101, 101), 1e-9, np.float32)
    spot = np.array([[50.5, 50.5, 1.0]])
    image = _image(power, 1.0, spot, resolution, axis=90.0)
    half = np.array([-resolution / 2, 0, resolution / 2]) + 50
    row = ndimage.map_coordinates(np.sqrt(image), [np.full(3, 50.0), half], order=3)
    assert row[1] ** 2 == pytest.approx(1.0, abs=0.01)
    np.testing.assert_allclose(row[[0, 2]] ** 2, 0.5, atol=0.06)


@pytest.mark.parametrize("axis", [0.0, 33.0, 90.0])
def test_points_lie_where_they_were_put(axis):
    power = np.full((120, 160), 0.01, np.float32)
    spots = np.array([[40.3, 30.8, 90.0], [100.9, 80.1, 90.0]])
    image = _image(power, 2.0, spots, axis=axis)
    for x, y, _ in spots:
        row, col = int(y), int(x)
        window = image[row - 3 : row + 4, col - 3 : col + 4]
        cy, cx = ndimage.center_of_mass(window)
        assert col - 3 + cx + 0.5 == pytest.approx(x, abs=0.1)
        assert row - 3 + cy + 0.5 == pytest.approx(y, abs=0.1)


def _block_world():
    """Return a flat world of 1 m pixels with one house of 40 x 40 m."""
    canvas = Canvas.blank((240, 240), 1.0)
    canvas.sigma[:] = 0.1
    canvas.albedo[:] = 0.2
    canvas.building_m[100:140, 100:140] = HEIGHT_M
    canvas.cover[100:140, 100:140] = Cover.BUILDING
    canvas.wall[:] = 1.0
    return World(np.zeros((240, 240), np.float32), canvas, 90.0, 40.0)


def _profile(image, azimuth):
    """Return the mean along the middle of the house, radar at the left."""
    turned = np.rot90(image, {90: 0, 0: 3, 270: 2, 180: 1}[azimuth])
    return turned[110:130].mean(axis=0)


@pytest.mark.parametrize("azimuth", [0, 90, 180, 270])
@pytest.mark.parametrize("incidence", [30.0, 45.0])
def test_layover_and_shadow_have_the_right_lengths(azimuth, incidence):
    look = Look(incidence_deg=incidence, look_azimuth_deg=azimuth, noise_db=-40)
    profile = _profile(render_mean_power(_block_world(), look, 0), azimuth)
    tan = np.tan(np.radians(incidence))
    open_ground = np.median(profile[:50])
    # echoes of the wall and roof begin h / tan before the wall at column 100
    first = np.flatnonzero(profile > 1.15 * open_ground)[0]
    assert first == pytest.approx(100 - HEIGHT_M / tan, abs=2.5)
    dark = profile[140:] < 0.3 * open_ground
    assert dark.sum() == pytest.approx(HEIGHT_M * tan, abs=2.5)
    assert dark[: int(HEIGHT_M * tan) - 2].all()


@pytest.mark.parametrize("azimuth", [0, 90, 180, 270])
@pytest.mark.parametrize("incidence", [30.0, 45.0])
def test_ground_ends_where_layover_begins_and_where_shadow_ends(azimuth, incidence):
    look = Look(incidence_deg=incidence, look_azimuth_deg=azimuth, noise_db=-40)
    world = _block_world()
    share = ground_share(world, look, render_mean_power(world, look, 0))
    profile = _profile(share, azimuth)
    tan = np.tan(np.radians(incidence))
    bare = np.flatnonzero(profile < 0.9)
    assert bare[0] == pytest.approx(100 - HEIGHT_M / tan, abs=2.5)
    assert bare[-1] == pytest.approx(139 + HEIGHT_M * tan, abs=2.5)
    assert profile[: bare[0]].min() > 0.99 and profile[bare[-1] + 2 :].min() > 0.99
    assert profile[142 : int(138 + HEIGHT_M * tan)].max() < 0.01
    # roof and wall outshine the ground in front of them
    assert profile[bare[0] + 3 : 100].max() < 0.8


def test_ground_that_answers_weakly_is_ground():
    world = _block_world()
    world.canvas.building_m[:] = 0
    world.canvas.sigma[:, 120:] = 1e-3
    look = Look(38.0, 90.0)
    power = render_mean_power(world, look, 0)
    share = ground_share(world, look, power)
    assert power[:, 130:].max() < 0.1 * power[:, :110].min()
    assert share.min() > 0.99


def test_wall_foot_facing_the_radar_is_brightest():
    look = Look(incidence_deg=40, look_azimuth_deg=90)
    profile = _profile(render_mean_power(_block_world(), look, 0), 90)
    assert abs(int(np.argmax(profile)) - 99) <= 1


def test_relief_moves_only_when_not_corrected():
    world = _block_world()
    world.canvas.building_m[:] = 0
    world.terrain_m[:] = 30.0
    world.canvas.sigma[120, 120] = 50.0
    for corrected, column in ((True, 120), (False, 90)):
        look = Look(45.0, 90.0, noise_db=-40, terrain_corrected=corrected)
        image = render_mean_power(world, look, 0)
        assert np.unravel_index(image.argmax(), image.shape) == (120, column)


def test_slopes_towards_the_radar_are_brighter():
    world = _block_world()
    world.canvas.building_m[:] = 0
    x = np.arange(240, dtype=np.float32)
    world.terrain_m[:] = np.minimum(x, 240 - x) * 0.25
    image = render_mean_power(world, Look(35.0, 90.0), 0)
    assert image[:, 20:100].mean() > 2 * image[:, 140:220].mean()


def test_sun_casts_a_shadow_of_the_right_length():
    image = render_optical(_block_world(), 0, haze=0.0).mean(axis=2)
    # the sun stands in the east, so that the shadow falls to the left
    profile = image[110:130, :100].mean(axis=0)
    dark = profile < 0.7 * np.median(profile[:50])
    assert dark.sum() == pytest.approx(HEIGHT_M / np.tan(np.radians(40)), abs=2)
    assert dark[90:].all()


def test_ground_in_the_sun_begins_where_the_shadow_ends():
    profile = sunlit_ground(_block_world())[110:130].mean(axis=0)
    length = HEIGHT_M / np.tan(np.radians(40))
    assert (profile[:140] == 0).sum() == pytest.approx(40 + length, abs=2)
    assert profile[100:140].max() == 0 and profile[141:].min() == 1


@pytest.mark.parametrize(
    "bad", [{"incidence_deg": 5}, {"looks": 0.5}, {"resolution_px": 0.2}]
)
def test_refuses_impossible_looks(bad):
    with pytest.raises(BadInput, match=next(iter(bad))):
        Look(**bad)
