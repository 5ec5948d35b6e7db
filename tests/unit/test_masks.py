import json

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.crs import CRS
from rasterio.features import rasterize
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid, lonlat_crs, matrix, reproject, translation
from soma.core.base.job import Job
from soma.core.raster.masks import check_mask, open_mask
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


LEFT = np.arange(200) < 80
#: What marks the left part as bad: pixels of it, pixels of the rest, and the file.
MARKED = {
    "one": (1, 0, {"dtype": "uint8"}),
    "255, which is declared nodata": (255, 0, {"dtype": "uint8", "nodata": 255}),
    "one, which is declared nodata": (1, 0, {"dtype": "uint8", "nodata": 1}),
    "one among declared zeros": (1, 0, {"dtype": "uint8", "nodata": 0}),
    "one among 255, which is declared nodata": (
        1,
        255,
        {"dtype": "uint8", "nodata": 255},
    ),
    "minus one": (-1, 0, {"dtype": "int8"}),
    "an undeclared fill": (-9999, 0, {"dtype": "int16"}),
    "half of one": (0.5, 0, {}),
    "a negative number": (-3, 0, {}),
    "NaN": (np.nan, 0, {}),
    "NaN, declared": (np.nan, 0, {"nodata": np.nan}),
    "infinity": (np.inf, 0, {}),
    "one among NaN": (1, np.nan, {"nodata": np.nan}),
    "transparent": (
        0,
        0,
        {"dtype": "uint8", "mask": np.broadcast_to(~LEFT, (150, 200))},
    ),
}


@pytest.mark.parametrize("name", MARKED)
def test_what_marks_bad_pixels_in_a_mask_raster(make_raster, image, name):
    bad, good, profile = MARKED[name]
    data = np.broadcast_to(np.where(LEFT, bad, good), (150, 200))
    path = make_raster("mask.tif", data=data, **profile)
    with open_mask(path, GRID, image, same) as mask:
        found = mask.bad(np.eye(3), 200, 150)
        np.testing.assert_array_equal(found, np.broadcast_to(LEFT, (150, 200)))
        check_mask(path, mask, GRID, "image")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.sampled_from([0, 0, 1, 7, -2.5, np.nan, np.inf]), min_size=6),
    nodata=st.sampled_from([None, 0, 1, 7, np.nan]),
    seed=st.integers(0, 99),
)
def test_only_zero_is_good_where_a_mask_raster_has_a_zero(
    make_raster, image, values, nodata, seed
):
    data = np.random.default_rng(seed).choice([0.0, *values], (150, 200))
    path = make_raster("mask.tif", data=data, nodata=nodata)
    with open_mask(path, GRID, image, same) as mask:
        np.testing.assert_array_equal(mask.bad(np.eye(3), 200, 150), data != 0)


def test_a_pixel_is_bad_whichever_band_of_a_mask_marks_it(make_raster, image):
    """Colours that somebody painted over a copy of the image."""
    red, blue = np.zeros((2, 150, 200))
    red[:, :80] = blue[:40] = 255
    data = np.stack([red, np.zeros_like(red), blue])
    path = make_raster("mask.tif", data=data, dtype="uint8")
    with open_mask(path, GRID, image, same) as mask:
        found = mask.bad(np.eye(3), 200, 150)
    np.testing.assert_array_equal(found, (red + blue) > 0)


def in_degrees(shape):
    turned = Transformer.from_crs(UTM.to_wkt(), "EPSG:4326", always_xy=True)
    return shapely.transform(
        shape, lambda xy: np.stack(turned.transform(*xy.T), axis=1)
    )


def layers_of(path, **layers):
    """Write shapes in UTM as layers of one GeoPackage; those of clouds in degrees."""
    for name, shape in layers.items():
        clouds = name == "clouds"
        pyogrio.raw.write(
            str(path),
            shapely.to_wkb([in_degrees(shape) if clouds else shape]),
            field_data=[],
            fields=[],
            layer=name,
            geometry_type=shape.geom_type,
            crs="EPSG:4326" if clouds else "EPSG:32632",
            append=path.exists(),
        )
    return str(path)


def test_all_layers_of_a_vector_mask_count(tmp_path, image):
    left = shapely.box(4.99e5, 4.9985e6, 5.003e5, 5.0001e6)
    right = shapely.box(5.015e5, 4.9985e6, 5.021e5, 5.0001e6)
    path = layers_of(tmp_path / "m.gpkg", lakes=left, clouds=right)
    with open_mask(path, GRID, image, same) as mask:
        bad = mask.bad(np.eye(3), 200, 150)
    # The grid's pixels are 10 m, from 500000 on.
    assert bad[:, :29].all() and not bad[:, 33:148].any() and bad[:, 152:].all()


def test_lines_alone_are_no_areas(tmp_path, image):
    around = shapely.LineString([*RING, RING[0]])
    path = layers_of(tmp_path / "m.gpkg", shore=around)
    with (
        pytest.raises(BadInput, match=r"m\.gpkg holds lines or points.*polygons"),
        open_mask(path, GRID, image, same),
    ):
        pass
    path = layers_of(tmp_path / "n.gpkg", shore=around, lake=shapely.Polygon(RING))
    with open_mask(path, GRID, image, same) as mask:
        expected = triangle(GRID.transform, (150, 200))
        np.testing.assert_array_equal(mask.bad(np.eye(3), 200, 150), expected)


def job_with(make_raster, mask):
    sar = make_raster("s.tif", shape=(150, 200))
    return Job(sar=sar, optical=make_raster("o.tif", shape=(150, 200)), sar_mask=mask)


USELESS = {
    "a raster of zeros": (0, "m.tif marks nothing"),
    "a raster of ones": (1, "m.tif marks all"),
}


@pytest.mark.parametrize("name", USELESS)
def test_mask_rasters_without_effect_are_refused(make_raster, name):
    value, words = USELESS[name]
    mask = make_raster("m.tif", data=np.full((150, 200), value), dtype="uint8")
    with (
        pytest.raises(BadInput, match=words),
        open_pair(job_with(make_raster, mask)),
    ):
        pass


def test_mask_rasters_elsewhere_are_refused(make_raster):
    shifted = {"origin": (5.4e5, 5e6), "dtype": "uint8"}
    mask = make_raster("m.tif", data=np.ones((150, 200)), **shifted)
    with (
        pytest.raises(BadInput, match="marks nothing"),
        open_pair(job_with(make_raster, mask)),
    ):
        pass


@pytest.mark.parametrize("crs", [None, "EPSG:32633"])
def test_vectors_that_miss_the_overlap_are_refused(make_raster, tmp_path, crs):
    """Numbers of UTM that GeoJSON says are degrees, and those of another zone."""
    mask = vector(tmp_path, crs=crs)
    with (
        pytest.raises(BadInput, match=r"bad areas\.geojson marks nothing.*500203\.7"),
        open_pair(job_with(make_raster, mask)),
    ):
        pass


def test_vectors_without_shapes_are_refused(make_raster, tmp_path):
    path = tmp_path / "none.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    with (
        pytest.raises(BadInput, match=r"none\.geojson holds no shapes"),
        open_pair(job_with(make_raster, str(path))),
    ):
        pass


def test_vectors_over_everything_are_refused(make_raster, tmp_path):
    around = np.array([[4e5, 4.9e6], [6e5, 4.9e6], [6e5, 5.1e6], [4e5, 5.1e6]])
    mask = vector(tmp_path, around, "EPSG:32632")
    with (
        pytest.raises(BadInput, match="marks all"),
        open_pair(job_with(make_raster, mask)),
    ):
        pass


def test_the_outside_of_an_area_that_holds_the_overlap_is_no_fault(
    make_raster, tmp_path
):
    path = tmp_path / "outside.gpkg"
    frame = shapely.box(4e5, 4.9e6, 6e5, 5.1e6)
    hole = shapely.box(4.9e5, 4.99e6, 5.1e5, 5.01e6)
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb([frame - hole]),
        field_data=[],
        fields=[],
        geometry_type="Polygon",
        crs="EPSG:32632",
    )
    with open_pair(job_with(make_raster, str(path))) as pair:
        assert pair.tile(0, 0, 64, 64).mov.valid.all()


def test_shapes_of_a_continent_mask_what_lies_in_them(tmp_path, image):
    """Far corners have no place in the zone; the near edge is a meridian."""
    ring = np.array([[-170.0, -80.0], [9.006, -80.0], [9.006, 85.0], [-170.0, 85.0]])
    with open_mask(vector(tmp_path, ring), GRID, image, same) as mask:
        bad = mask.bad(np.eye(3), 200, 150)
    at = np.stack(np.meshgrid(np.arange(200) + 0.5, np.arange(150) + 0.5), axis=-1)
    x, y = GRID.transform * (at[..., 0], at[..., 1])
    lon, _ = Transformer.from_crs(UTM.to_wkt(), "EPSG:4326", always_xy=True).transform(
        x, y
    )
    clear = np.abs(lon - 9.006) > 3e-4
    np.testing.assert_array_equal(bad[clear], (lon < 9.006)[clear])
    assert 3000 < bad.sum() < 27000


@pytest.mark.parametrize("transform", [None, Affine(0.5, 0, 40, 0, -0.5, 90)])
def test_shapes_over_an_image_without_crs_lie_where_they_were_drawn(
    make_raster, tmp_path, transform
):
    """QGIS shows a raster that nothing places from (0, 0) to (width, -height)."""
    shown = transform or Affine.scale(1, -1)
    at = np.array([[20.0, 20.0], [150.0, 30.0], [80.0, 120.0]]) + 0.3
    ring = np.stack(shown * at.T, axis=1)
    path = make_raster("i.tif", shape=(150, 200), crs=None)
    if transform:
        with rasterio.open(path, "r+") as out:
            out.transform = transform
    geometry = {"type": "Polygon", "coordinates": [[*at.tolist(), at[0].tolist()]]}
    expected = rasterize([geometry], (150, 200), all_touched=True) > 0
    with open_source(path) as source:
        with open_mask(vector(tmp_path, ring), source.grid, source, same) as mask:
            found = mask.bad(np.eye(3), 200, 150)
    assert expected.sum() > 3000
    assert (found != expected).sum() <= 5


@pytest.mark.parametrize(
    "coordinates",
    [
        [[[0, 0], [1, 0], [1, 1], [0, 1]]],
        [["a"]],
        [[[0, 0], ["x", 1]]],
        [[[0, 0], [90, float("nan")], [90, 80], [0, 80], [0, 0]]],
    ],
)
def test_shapes_that_cannot_be_read_are_told(make_raster, tmp_path, coordinates):
    """A ring that is not closed, words and NaN in place of numbers."""
    shape = {"type": "Polygon", "coordinates": coordinates}
    path = tmp_path / "sloppy.geojson"
    path.write_text(
        json.dumps({"type": "Feature", "properties": {}, "geometry": shape})
    )
    job = Job(
        sar=make_raster("s.tif"),
        optical=make_raster("o.tif"),
        optical_mask=str(path),
    )
    with pytest.raises(BadInput, match=r"sloppy\.geojson holds"), open_pair(job):
        pass
