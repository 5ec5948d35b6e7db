"""Longitude is a circle: files count from -180, from 0, or across 180."""

import json

import numpy as np
import pytest
import shapely
import shapely.geometry
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from rasterio.crs import CRS
from soma.core.base.grid import Grid, between, counted_like
from soma.core.base.job import Job
from soma.core.raster.pair import open_pair
from soma.core.raster.rational import from_rpcs
from soma.core.transform.linear import Affine2D
from soma.core.transform.transform_file import Registration
from true_places import linear_rpc

LONLAT = CRS.from_epsg(4326)
STEP = 1e-4
GEOD = Geod(ellps="WGS84")


def utm_around(lon, lat):
    """Return a UTM grid of 10 m pixels, and the pyproj way from it to degrees."""
    zone = int((lon + 180) % 360 // 6) + 1
    crs = CRS.from_epsg(32600 + zone)
    forward = Transformer.from_crs("EPSG:4326", crs.to_wkt(), always_xy=True)
    x, y = forward.transform((lon + 180) % 360 - 180, lat)
    return Grid(crs, Affine(10, 0, x - 1000, 0, -10, y + 1000), 200, 200)


@settings(max_examples=60, deadline=None)
@given(
    lon=st.one_of(
        st.floats(-180, 180), st.sampled_from([-180.0, 180.0, 179.9999, -179.9999])
    ),
    lat=st.floats(1, 70),
    turns=st.integers(-1, 1),
    col=st.floats(0, 200),
    row=st.floats(0, 200),
)
def test_pixels_lie_on_one_place_however_longitudes_are_counted(
    lon, lat, turns, col, row
):
    utm = utm_around(lon, lat)
    left = lon + 360 * turns - 0.02
    degrees = Grid(LONLAT, Affine(STEP, 0, left, 0, -STEP, lat + 0.02), 400, 400)
    back = Transformer.from_crs(utm.crs.to_wkt(), "EPSG:4326", always_xy=True)
    true_lon, true_lat = back.transform(*(utm.transform * (col, row)))
    found = between(utm, degrees, np.array([[col, row]]))[0]
    got_lon, got_lat = degrees.transform * found
    assert abs(found[0] - 200) < 1000 / np.cos(np.radians(lat))
    assert GEOD.inv(true_lon, true_lat, got_lon, got_lat)[2] < 0.01
    again = between(degrees, utm, found[None])[0]
    np.testing.assert_allclose(again, [col, row], atol=1e-3)


@pytest.mark.parametrize("turns", [-5, -2, 0, 1, 3])
@pytest.mark.parametrize("lon", [9.0, -179.95])
def test_rasters_may_lie_turns_away(make_raster, lon, turns):
    """Files that were written on a map of several worlds side by side."""
    utm = utm_around(lon, 48.0)
    origin = (lon - 0.01 + 360 * turns, 48.01)
    far = make_raster("far.tif", crs="EPSG:4326", gsd=1e-4, origin=origin)
    at = (utm.transform.c, utm.transform.f)
    near = make_raster("near.tif", shape=(200, 200), crs=utm.crs, origin=at)
    back = Transformer.from_crs(utm.crs.to_wkt(), "EPSG:4326", always_xy=True)
    for job in (Job(sar=far, optical=near), Job(sar=near, optical=far)):
        with open_pair(job) as pair:
            (mov, ref) = pair.mov.grid, pair.ref.grid
            degrees, metric = (mov, ref) if job.sar == far else (ref, mov)
            found = between(degrees, metric, np.array([[40.0, 30.0]]))[0]
            got_lon, got_lat = back.transform(*(metric.transform * found))
            true = (origin[0] + 0.0040 - 360 * turns, origin[1] - 0.0030)
            assert GEOD.inv(*true, got_lon, got_lat)[2] < 0.01


def test_borders_of_the_whole_world_stay_where_they_are():
    world = Grid(LONLAT, Affine(1, 0, -180, 0, -1, 90), 360, 180)
    edges = np.array([[-180.0, 10.0], [180.0, 10.0], [0.0, 0.0]])
    np.testing.assert_array_equal(counted_like(world, edges), edges)


COUNTS = [(-70, 290), (290, -70), (290, 290), (180, -180), (-180, 180), (180, 180)]


@pytest.mark.parametrize("counted", COUNTS)
def test_pairs_that_overlap_on_the_ground_share_a_frame(make_raster, counted):
    """Both show the same degrees; the truth is that pixels are the same."""
    paths = []
    for name, lon in zip(("s.tif", "o.tif"), counted, strict=True):
        at = Affine(STEP, 0, lon - 64 * STEP, 0, -STEP, 0.5)
        paths.append(make_raster(name, transform=at, crs="EPSG:4326"))
    with open_pair(Job(sar=paths[0], optical=paths[1])) as pair:
        assert 100 < pair.grid.width < 135 and 80 < pair.grid.height < 100
        at = np.array([[10.0, 10.0], [60.0, 30.0], [100.0, 80.0]])
        ref = pair.working_to_native("ref", at)
        mov = pair.working_to_native("mov", at)
        np.testing.assert_allclose(ref, mov, atol=1e-5)
        tile = pair.tile(0, 0, pair.grid.width, pair.grid.height)
        assert (tile.ref.valid & tile.mov.valid).mean() > 0.95


#: Half around the Earth in Web Mercator, and 100 pixels of 10 units beside.
HALF = 20037508.342789244
MERCATOR = {"crs": "EPSG:3857", "shape": (96, 128)}
ACROSS = {
    "mercator east": dict(MERCATOR, transform=Affine(10, 0, HALF - 640, 0, -10, 55500)),
    "mercator west": dict(
        MERCATOR, transform=Affine(10, 0, -HALF - 640, 0, -10, 55500)
    ),
    "degrees": {
        "crs": "EPSG:4326",
        "shape": (96, 128),
        "transform": Affine(9e-5, 0, -180 - 64 * 9e-5, 0, -9e-5, 0.4985),
    },
    "zone 60": {
        "crs": "EPSG:32660",
        "shape": (96, 128),
        "transform": Affine(10, 0, 833_300, 0, -10, 55_200),
    },
}


@pytest.mark.parametrize("ref", ACROSS)
@pytest.mark.parametrize("mov", ACROSS)
def test_maps_on_a_cylinder_are_circles_as_well(make_raster, mov, ref):
    """Working pixels are one place on the ground in both images, by pyproj."""
    sar = make_raster("s.tif", **ACROSS[mov])
    optical = make_raster("o.tif", **ACROSS[ref])
    with open_pair(Job(sar=sar, optical=optical)) as pair:
        assert pair.grid.width > 100 and pair.grid.height > 70
        at = np.array([[5.0, 5.0], [50.0, 40.0], [99.0, 60.0]])
        places = []
        for which, source in (("ref", pair.ref), ("mov", pair.mov)):
            xy = source.grid.transform * pair.working_to_native(which, at).T
            back = Transformer.from_crs(source.grid.crs.to_wkt(), 4326, always_xy=True)
            places.append(back.transform(*xy))
        (lon, lat), (other_lon, other_lat) = places
        assert (GEOD.inv(lon, lat, other_lon, other_lat)[2] < 0.01).all()
        tile = pair.tile(0, 0, pair.grid.width, pair.grid.height)
        assert (tile.ref.valid & tile.mov.valid).mean() > 0.9
        found = Registration(
            pair.grid, Affine2D(np.eye(3)), pair.mov.grid, pair.ref.grid, "gradient"
        )
        there = found.source_to_target(pair.mov.grid, pair.ref.grid)
        mov_at = pair.working_to_native("mov", at)
        np.testing.assert_allclose(
            there(mov_at), pair.working_to_native("ref", at), atol=1e-3
        )


@pytest.mark.parametrize("counted", [0, -360, 360])
@pytest.mark.parametrize("lon", [-70.0, 180.0])
def test_shapes_of_a_mask_may_count_longitudes_anyhow(
    make_raster, tmp_path, lon, counted
):
    """The left third of the image is masked, by a file in degrees."""
    at = Affine(STEP, 0, lon - 64 * STEP, 0, -STEP, 0.5)
    sar, optical = (
        make_raster(name, transform=at, crs="EPSG:4326") for name in ("s.tif", "o.tif")
    )
    left = lon + counted - 64 * STEP
    mask = tmp_path / "mask.geojson"
    box = shapely.box(left - STEP, 0.4, left + 42 * STEP, 0.6)
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": shapely.geometry.mapping(box),
    }
    mask.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with open_pair(Job(sar=sar, optical=optical, optical_mask=str(mask))) as pair:
        grid = pair.grid
        tile = pair.tile(0, 0, grid.width, grid.height)
        at = np.array([[x, 40.0] for x in (20.0, 60.0)])
        columns = pair.working_to_native("ref", at)[:, 0]
        for x, column in zip((20, 60), columns, strict=True):
            assert tile.ref.valid[40, x] == (column > 42)


def test_a_transform_maps_to_rasters_that_count_otherwise():
    utm = utm_around(180.0, 5.0)
    east, west = (
        Grid(LONLAT, Affine(STEP, 0, lon - 0.01, 0, -STEP, 5.01), 200, 200)
        for lon in (180, -180)
    )
    found = Registration(utm, Affine2D(np.eye(3)), east, west, "gradient")
    at = np.array([[10.0, 20.0], [150.0, 90.0]])
    np.testing.assert_allclose(found.source_to_target(east, west)(at), at, atol=1e-4)
    np.testing.assert_allclose(found.target_to_source(west, east)(at), at, atol=1e-4)


@pytest.mark.parametrize("turn", [-360, 0, 360])
def test_rational_polynomials_may_count_longitudes_anyhow(turn):
    """A raster of 0.1 degrees around longitude 179.98; the model is linear."""
    rpcs = linear_rpc((200, 200), (179.98 + turn, 5.0), (0.05, 0.05))
    placement = from_rpcs("rpc.tif", rpcs, 200, 200)
    forward = Transformer.from_crs(
        "EPSG:4326", placement.grid.crs.to_wkt(), always_xy=True
    )
    x, y = forward.transform([179.98, 180.02], [5.0, 4.98])
    frame = np.stack(~placement.grid.transform * (np.array(x), np.array(y)), axis=1)
    raw = placement.frame_to_raw(frame)
    np.testing.assert_allclose(raw, [[100.5, 100.5], [180.5, 140.5]], atol=1e-3)
