"""How far, where to and by how much a registration moves: against known truth."""

import numpy as np
import pytest
from affine import Affine
from pyproj import Geod, Transformer
from rasterio.crs import CRS
from soma.core.base.grid import Grid, apply_affine, matrix
from soma.core.pipeline.movement import movement
from soma.core.transform.linear import Affine2D, fit_affine

SIDE = 400
GEOD = Geod(ellps="WGS84")
#: North-up, south-up, rotated by 30 degrees, and stretched pixels of degrees.
FRAMES = {
    "projected": ("EPSG:32632", Affine(10, 0, 500_000, 0, -10, 5_200_000)),
    "far from the meridian": ("EPSG:32632", Affine(10, 0, 200_000, 0, -10, 7_000_000)),
    "south-up": ("EPSG:32632", Affine(10, 0, 500_000, 0, 10, 5_200_000)),
    "rotated": (
        "EPSG:32632",
        Affine.translation(500_000, 5_200_000)
        * Affine.rotation(30)
        * Affine.scale(10, -10),
    ),
    "geographic": ("EPSG:4326", Affine(1e-4, 0, 11.0, 0, -1e-4, 60.0)),
    "web mercator": ("EPSG:3857", Affine(10, 0, 1_200_000, 0, -10, 8_400_000)),
    "southern": ("EPSG:32733", Affine(10, 0, 500_000, 0, -10, 6_200_000)),
    "polar": ("EPSG:3413", Affine(30, 0, -1_000_000, 0, -30, -1_500_000)),
}


def moved_on_ground(frame, azimuth_deg, metres, turn_deg=0.0, scale=1.0):
    """Return grid and the affine that moves, turns and scales around the centre.

    The truth is made with geodesics alone: a point at an azimuth and a distance from
    the centre goes to the turned azimuth and the scaled distance from the new one.
    """
    crs, transform = FRAMES[frame]
    grid = Grid(CRS.from_user_input(crs), transform, SIDE, SIDE)
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    to_map = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    pixels = matrix(transform)

    def degrees(xy):
        return to_degrees.transform(*apply_affine(pixels, np.atleast_2d(xy)).T)

    lon0, lat0 = (value[0] for value in degrees([SIDE / 2, SIDE / 2]))
    lon1, lat1, _ = GEOD.fwd(lon0, lat0, azimuth_deg, metres)
    steps = np.linspace(0, SIDE, 5)
    src = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    lon, lat = degrees(src)
    there, _, away = GEOD.inv(
        np.full_like(lon, lon0), np.full_like(lat, lat0), lon, lat
    )
    # Around a centre that is moved by metres north still is where it was.
    new = GEOD.fwd(
        np.full_like(lon, lon1), np.full_like(lat, lat1), there + turn_deg, away * scale
    )
    x, y = to_map.transform(new[0], new[1])
    dst = apply_affine(np.linalg.inv(pixels), np.stack([x, y], axis=1))
    return grid, fit_affine(src, dst)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(
    ("azimuth", "compass"), [(315.0, "NW"), (90.0, "E"), (200.0, "S"), (40.0, "NE")]
)
def test_direction_and_distance_are_those_on_the_ground(frame, azimuth, compass):
    grid, affine = moved_on_ground(frame, azimuth, 472.0)
    found = movement(affine, affine, grid, (SIDE, SIDE), np.zeros((0, 2)), True)
    assert found["direction"] == compass
    assert found["distance_m"] == pytest.approx(472.0, abs=0.5)
    off = (found["azimuth_deg"] - azimuth + 180) % 360 - 180
    assert abs(off) < 0.1
    assert found["rotation_deg"] == pytest.approx(0.0, abs=0.05)
    assert found["scale"] == pytest.approx(1.0, abs=5e-4)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(("turn", "scale"), [(1.2, 1.006), (-35.0, 0.8)])
def test_turn_is_clockwise_as_seen_from_above_and_scale_is_that_of_the_ground(
    frame, turn, scale
):
    grid, affine = moved_on_ground(frame, 315.0, 100.0, turn, scale)
    found = movement(affine, affine, grid, (SIDE, SIDE), np.zeros((0, 2)), True)
    assert found["rotation_deg"] == pytest.approx(turn, abs=0.05)
    assert found["scale"] == pytest.approx(scale, rel=1e-3)


@pytest.mark.parametrize(
    ("shift", "side"),
    [
        ((12.3, 12.3), "lower right"),
        ((-17.0, 1.0), "left"),
        ((0.0, -5.0), "top"),
        ((9.0, -8.0), "upper right"),
    ],
)
def test_bare_images_move_to_a_side_of_the_picture(shift, side):
    at = np.eye(3)
    at[:2, 2] = shift
    affine = Affine2D(at, "shift")
    grid = Grid(None, Affine.identity(), SIDE, SIDE)
    found = movement(affine, affine, grid, (SIDE, SIDE), np.zeros((0, 2)), False)
    assert found["direction"] == side and "distance_m" not in found
    assert found["distance_px"] == pytest.approx(np.hypot(*shift))
    assert (found["right_px"], found["down_px"]) == pytest.approx(shift)


def test_a_bare_turn_is_clockwise_where_right_goes_down():
    angle = np.radians(20.0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    at = np.eye(3)
    at[:2, :2] = 1.1 * turn
    grid = Grid(None, Affine.identity(), SIDE, SIDE)
    affine = Affine2D(at, "similarity")
    found = movement(affine, affine, grid, (SIDE, SIDE), np.zeros((0, 2)), False)
    assert found["rotation_deg"] == pytest.approx(20.0)
    assert found["scale"] == pytest.approx(1.1)
    # (1, 0) goes to the right and down.
    assert affine(np.array([[1.0, 0.0]]))[0, 1] > 0


def test_a_crs_without_a_place_on_earth_falls_back_to_the_picture():
    crs = CRS.from_wkt(
        'LOCAL_CS["site",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]'
    )
    grid = Grid(crs, Affine(1, 0, 0, 0, -1, 0), SIDE, SIDE)
    at = np.eye(3)
    at[:2, 2] = (30.0, 0.0)
    affine = Affine2D(at, "shift")
    found = movement(affine, affine, grid, (SIDE, SIDE), np.zeros((0, 2)), True)
    assert found["direction"] == "right" and "distance_m" not in found


def test_bend_is_the_largest_departure_from_the_affine():
    affine = Affine2D(np.eye(3), "affine")
    xy = np.array([[0.0, 0.0], [10.0, 0.0]])

    def bending(points):
        return points + np.array([[0.0, 1.0], [3.0, 4.0]])

    grid = Grid(None, Affine.identity(), SIDE, SIDE)
    found = movement(affine, bending, grid, (SIDE, SIDE), xy, False)
    assert found["bent_px"] == pytest.approx(5.0)
