import json

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from rasterio.features import rasterize
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid, lonlat_crs, matrix, reproject, translation
from soma.core.base.job import Job
from soma.core.raster.masks import open_mask
from soma.core.raster.open import open_source
from soma.core.raster.pair import open_pair

UTM = CRS.from_epsg(32632)
GRID = Grid(UTM, Affine(10, 0, 5e5, 0, -10, 5e6), 200, 150)
RING = np.array([[5.002e5, 4.9995e6], [5.012e5, 4.9996e6], [5.008e5, 4.9989e6]]) + 3.7


def vector(tmp_path, ring=RING, crs=None):
    """Write one polygon as GeoJSON (EPSG:4326 unless it says otherwise)."""
    about = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[*ring.tolist(), ring[0].tolist()]],
                },
            }
        ],
    }
    if crs:
        about["crs"] = {"type": "name", "properties": {"name": crs}}
    path = tmp_path / "bad areas.geojson"
    path.write_text(json.dumps(about))
    return str(path)


def triangle(transform, shape):
    ring = [*RING.tolist(), RING[0].tolist()]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return rasterize([geometry], shape, transform=transform, all_touched=True) > 0


@pytest.fixture
def image(make_raster):
    with open_source(make_raster(shape=(150, 200))) as source:
        yield source


def same(xy):
    return xy


def test_vectors_in_another_crs_are_burnt_in_place(tmp_path, image):
    path = vector(tmp_path, reproject(UTM, lonlat_crs(), RING))
    with open_mask(path, GRID, image, same) as mask:
        whole = mask.bad(np.eye(3), 200, 150)
        expected = triangle(GRID.transform, (150, 200))
        assert (whole != expected).sum() <= 5
        assert expected.sum() > 1000
        part = mask.bad(translation(30, 40), 64, 50)
        np.testing.assert_array_equal(part, whole[40:90, 30:94])


def test_vectors_follow_a_turned_tile(tmp_path, image):
    path = vector(tmp_path, crs="urn:ogc:def:crs:EPSG::32632")
    turn = Affine.translation(90, -20) * Affine.rotation(30) * Affine.scale(1.5)
    with open_mask(path, GRID, image, same) as mask:
        bad = mask.bad(matrix(turn), 120, 100)
    np.testing.assert_array_equal(bad, triangle(GRID.transform * turn, (100, 120)))
    assert 100 < bad.sum() < 11000


def test_vectors_elsewhere_mask_nothing(tmp_path, image):
    path = vector(tmp_path, reproject(UTM, lonlat_crs(), RING) + 20)
    with open_mask(path, GRID, image, same) as mask:
        assert not mask.bad(np.eye(3), 200, 150).any()


def test_rasters_in_another_crs_mask_where_they_are_nonzero(make_raster, image):
    degrees = Affine(1e-4, 0, 8.999, 0, -1e-4, 45.154)
    shape = (160, 300)
    lonlat = reproject(UTM, lonlat_crs(), RING)
    ring = [*lonlat.tolist(), lonlat[0].tolist()]
    burnt = rasterize(
        [{"type": "Polygon", "coordinates": [ring]}], shape, transform=degrees
    )
    path = make_raster(
        "mask.tif", data=burnt, crs="EPSG:4326", transform=degrees, dtype="uint8"
    )
    expected = triangle(GRID.transform, (150, 200))
    with open_mask(path, GRID, image, same) as mask:
        bad = mask.bad(np.eye(3), 200, 150)
        assert (bad != expected).sum() < 0.12 * expected.sum()
        part = mask.bad(translation(30, 40), 64, 50)
        assert (part != bad[40:90, 30:94]).mean() < 0.01


def test_bare_masks_must_have_the_size_of_the_image(make_raster, image):
    data = np.zeros((150, 200))
    data[10:20, 30:50] = 255
    path = make_raster("m.png", data=data, crs=None, driver="PNG", dtype="uint8")
    with open_mask(path, GRID, image, same) as mask:
        np.testing.assert_array_equal(mask.bad(np.eye(3), 200, 150), data > 0)
    path = make_raster("n.png", shape=(9, 9), crs=None, driver="PNG", dtype="uint8")
    with pytest.raises(BadInput, match=r"n\.png"), open_mask(path, GRID, image, same):
        pass


def test_other_files_are_named(tmp_path, image):
    path = tmp_path / "mask.txt"
    path.write_text("nothing")
    with (
        pytest.raises(BadInput, match=r"mask\.txt"),
        open_mask(str(path), GRID, image, same),
    ):
        pass


def test_masked_areas_are_invalid_in_tiles(make_raster, tmp_path):
    sar, optical = make_raster("s.tif", shape=(150, 200)), make_raster("o.tif")
    job = Job(sar=sar, optical=optical, sar_mask=vector(tmp_path, crs="EPSG:32632"))
    with open_pair(job) as pair:
        tiles = pair.tile(0, 0, 128, 96)
        expected = triangle(pair.grid.transform, (96, 128))
        np.testing.assert_array_equal(tiles.mov.valid, ~expected)
        assert tiles.ref.valid.all()
        assert (tiles.mov.pixels[expected] == 0).all()
