import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.control import GroundControlPoint
from rasterio.enums import Resampling
from soma.core.base.errors import BadInput, Refused
from soma.core.base.grid import (
    Grid,
    apply_affine,
    between,
    lonlat_crs,
    matrix,
    reproject,
)
from soma.core.base.job import Job
from soma.core.raster.pair import open_pair

ORIGIN = np.array([500_000.0, 5_000_000.0])


def east(x, y):
    """Decreasing map x in tens of metres: negative, hence taken for decibel."""
    return -1.0 - (x - ORIGIN[0]) / 10.0


def north(x, y):
    return -1.0 - (ORIGIN[1] - y) / 10.0


def unstretched(view, tile):
    """Return the file's own values of a tile and where they are not clipped."""
    stretch = view.stretch
    assert stretch.scale == "linear"
    values = tile.pixels * (stretch.high - stretch.low) + stretch.low
    # Beside the border the mean of what is there lies off the cell's centre.
    inner = cv2.erode(tile.valid.astype(np.uint8), np.ones((5, 5)), borderValue=0) > 0
    return values, inner & (tile.pixels > 0.001) & (tile.pixels < 0.999)


def tile_places(tile):
    """Return the (h, w, 2) working pixels that a tile says its centres lie at."""
    height, width = tile.pixels.shape
    col, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    xy = np.stack([col.ravel(), row.ravel()], axis=1)
    return apply_affine(tile.to_working, xy).reshape(height, width, 2)


def misplaced_px(pair, view, tile, ramp, gsd):
    """Return the largest error, in working pixels, of what a tile shows."""
    values, clear = unstretched(view, tile)
    at = tile_places(tile)[clear]
    metres = Grid(lonlat_crs(), Affine.identity(), 1, 1)
    if pair.grid.crs.to_epsg() == 32632:
        place = apply_affine(matrix(pair.grid.transform), at)
    else:
        lonlat = between(pair.grid, metres, at)
        place = reproject(lonlat_crs(), rasterio.crs.CRS.from_epsg(32632), lonlat)
    expected = ramp(place[:, 0], place[:, 1])
    assert clear.mean() > 0.3
    return float(np.abs(values[clear] - expected).max()) * 10.0 / gsd


AFFINE = np.array([[0.985, 0.06, 12.3], [-0.055, 1.01, -7.8], [0, 0, 1]])
CASES = {
    "same grid": ({}, {}),
    "finer moving": ({}, {"gsd": 2.5, "shape": (1200, 1400)}),
    "finer reference": ({"gsd": 2.5, "shape": (1200, 1400)}, {}),
    "odd ratio": ({}, {"gsd": 6.7, "shape": (500, 560)}),
    "half a pixel off": ({}, {"origin": (500_005.0, 4_999_995.0)}),
    "rotated moving": (
        {},
        {"transform": Affine(9, 2, 500_100, 2, -9, 4_999_500), "shape": (260, 300)},
    ),
    "south-up reference": (
        {"transform": Affine(10, 0, 500_000, 0, 10, 4_997_000)},
        {},
    ),
    "degrees": (
        {},
        {
            "crs": "EPSG:4326",
            "transform": Affine(1.2e-4, 0, 9.0, 0, -9e-5, 45.1535),
            "shape": (340, 400),
        },
    ),
    "next zone": (
        {},
        {
            "crs": "EPSG:32633",
            "transform": Affine(10, 0, 27_800, 0, -10, 5_017_700),
            "shape": (420, 450),
        },
    ),
}


def ramp_file(make_raster, name, options, ramp):
    """Write a ramp over UTM 32 positions on any grid."""
    options = {"shape": (300, 350), "gsd": 10.0, "origin": tuple(ORIGIN), **options}
    crs = rasterio.crs.CRS.from_user_input(options.pop("crs", "EPSG:32632"))
    utm = rasterio.crs.CRS.from_epsg(32632)

    def data(x, y):
        at = reproject(crs, utm, np.stack([x.ravel(), y.ravel()], axis=1))
        return ramp(at[:, 0], at[:, 1]).reshape(x.shape)

    return make_raster(name, data=data, crs=crs, dtype="float64", **options)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ramp", [east, north])
def test_what_tiles_show_is_where_they_say(make_raster, case, ramp):
    ref_options, mov_options = CASES[case]
    job = Job(
        sar=ramp_file(make_raster, "sar.tif", mov_options, ramp),
        optical=ramp_file(make_raster, "optical.tif", ref_options, ramp),
    )
    with open_pair(job) as pair:
        assert pair.georeferenced
        gsd = pair.grid.gsd
        tiles = (
            pair.overview(90),
            pair.overview(200, margin_px=17.3),
            pair.tile(20, 30, 200, 180),
            pair.tile(31.25, 12.5, 128, 160, AFFINE),
        )
        for tile in tiles:
            for view, one in zip(pair.views, (tile.ref, tile.mov), strict=True):
                assert misplaced_px(pair, view, one, ramp, gsd) < 0.05


def test_coarse_affine_brings_the_moving_image_along(make_raster):
    path = ramp_file(make_raster, "a.tif", {}, east)
    with open_pair(Job(sar=path, optical=path)) as pair:
        tile = pair.tile(40, 50, 100, 90, AFFINE)
        back = np.linalg.inv(AFFINE)
        window = apply_affine(back, np.array([[40.5, 50.5], [139.5, 139.5]]))
        np.testing.assert_allclose(tile_places(tile.mov)[0, 0], window[0])
        np.testing.assert_allclose(tile_places(tile.mov)[-1, -1], window[1])


def test_coincident_grids_are_not_resampled(make_raster):
    data = np.random.default_rng(0).uniform(-20, -1, (200, 220))
    sar = make_raster("sar.tif", data=data)
    optical = make_raster("optical.tif", shape=(300, 320), origin=(499_800, 5_000_700))
    with open_pair(Job(sar=sar, optical=optical)) as pair:
        assert (pair.grid.width, pair.grid.height) == (220, 200)
        tile = pair.tile(10, 20, 100, 90).mov
        values, clear = unstretched(pair.views[1], tile)
        np.testing.assert_allclose(
            values[clear], data[20:110, 10:110][clear], atol=1e-4
        )


def test_decimation_averages_the_area(make_raster):
    data = np.random.default_rng(0).uniform(-20, -1, (2000, 2400))
    sar = make_raster("sar.tif", data=data, gsd=0.5)
    optical = make_raster("optical.tif", shape=(100, 120), gsd=10.0)
    with open_pair(Job(sar=sar, optical=optical)) as pair:
        assert (pair.grid.width, pair.grid.height) == (120, 100)
        values, clear = unstretched(pair.views[1], pair.tile(0, 0, 120, 100).mov)
        means = data.reshape(100, 20, 120, 20).mean(axis=(1, 3))
        assert clear.mean() > 0.9
        np.testing.assert_allclose(values[clear], means[clear], atol=1e-3)


def test_tiles_agree_with_each_other(make_raster):
    sar = ramp_file(make_raster, "s.tif", CASES["degrees"][1], east)
    optical = ramp_file(make_raster, "o.tif", {}, east)
    with open_pair(Job(sar=sar, optical=optical)) as pair:
        large = pair.tile(0, 0, 300, 250).mov

        @settings(max_examples=25, deadline=None)
        @given(x=st.integers(0, 200), y=st.integers(0, 150), size=st.integers(16, 90))
        def compare(x, y, size):
            small = pair.tile(x, y, size, size).mov
            cut = np.s_[y : y + size, x : x + size]
            np.testing.assert_allclose(small.pixels, large.pixels[cut], atol=2e-4)
            np.testing.assert_array_equal(small.valid, large.valid[cut])

        compare()


@pytest.mark.parametrize("factor", [3, 8])
def test_overviews_of_the_file_lie_where_the_pixels_do(make_raster, factor):
    options = {"shape": (1200, 1400), "gsd": 2.5}
    path = ramp_file(make_raster, "a.tif", options, east)
    with rasterio.open(path, "r+") as target:
        target.build_overviews([2, 4, 8], Resampling.average)
    with open_pair(Job(sar=path, optical=path)) as pair:
        assert pair.ref.overviews == (2, 4, 8)
        tile = pair.overview(1400 // factor).mov
        error_px = misplaced_px(pair, pair.views[1], tile, east, 2.5)
        assert error_px < 0.05 * factor


def test_neighbours_across_the_date_line_overlap(make_raster):
    west, east_side = rasterio.crs.CRS.from_epsg(32660), "EPSG:32601"
    corner = np.array([[179.99, 10.02]])
    x, y = reproject(lonlat_crs(), west, corner)[0]
    sar = make_raster("s.tif", crs=west, origin=(x, y), shape=(400, 400))
    x, y = reproject(lonlat_crs(), rasterio.crs.CRS.from_string(east_side), corner)[0]
    optical = make_raster("o.tif", crs=east_side, origin=(x, y), shape=(400, 400))
    degrees = make_raster(
        "d.tif",
        crs="EPSG:4326",
        transform=Affine(1e-4, 0, -180.0, 0, -1e-4, 10.02),
        shape=(200, 200),
    )
    with open_pair(Job(sar=sar, optical=optical)) as pair:
        assert pair.grid.width > 380 and pair.grid.height > 380
    with open_pair(Job(sar=sar, optical=degrees)) as pair:
        assert 150 < pair.grid.width < 260


def test_overlap_is_found_and_limited_by_an_area(make_raster):
    sar = make_raster("sar.tif", shape=(200, 200))
    optical = make_raster("opt.tif", shape=(200, 200), origin=(501_000, 4_999_000))
    with open_pair(Job(sar=sar, optical=optical)) as pair:
        assert pair.grid.bounds == (501_000, 4_998_000, 502_000, 4_999_000)
    aoi = (501_200.0, 4_998_100.0, 501_700.0, 4_998_600.0)
    with open_pair(Job(sar=sar, optical=optical, aoi=aoi)) as pair:
        assert pair.grid.bounds == aoi
    degrees = reproject(
        pair.grid.crs, lonlat_crs(), np.array(aoi).reshape(2, 2)
    ).ravel()
    job = Job(sar=sar, optical=optical, aoi=tuple(degrees), aoi_crs="EPSG:4326")
    with open_pair(job) as pair:
        np.testing.assert_allclose(pair.grid.bounds, aoi, atol=40)


def test_images_apart_are_refused(make_raster):
    sar = make_raster("sar.tif")
    for crs, origin in (("EPSG:32632", (600_000, 5e6)), ("EPSG:32645", (5e5, 5e6))):
        optical = make_raster("optical.tif", crs=crs, origin=origin)
        with pytest.raises(Refused) as caught, open_pair(Job(sar=sar, optical=optical)):
            pass
        assert caught.value.code == "no_overlap"
        # Nobody asked for an area.
        assert "area" not in str(caught.value)
    aoi = (0.0, 0.0, 1.0, 1.0)
    within = pytest.raises(Refused, match="area of interest")
    with within, open_pair(Job(sar=sar, optical=sar, aoi=aoi)):
        pass


def test_valid_pixels_apart_are_refused(make_raster):
    left, right = np.full((100, 100), np.nan), np.full((100, 100), np.nan)
    left[:, :40] = right[:, 60:] = np.random.default_rng(0).random((100, 40))
    sar, optical = make_raster("s.tif", data=left), make_raster("o.tif", data=right)
    with (
        pytest.raises(Refused, match="no valid"),
        open_pair(Job(sar=sar, optical=optical)),
    ):
        pass


def test_geographic_and_foot_references_get_utm(make_raster):
    sar = make_raster("sar.tif", shape=(200, 200))
    degrees = make_raster(
        "d.tif",
        crs="EPSG:4326",
        transform=Affine(1.2e-4, 0, 9.0, 0, -9e-5, 45.1535),
        shape=(200, 200),
    )
    with open_pair(Job(sar=sar, optical=degrees)) as pair:
        assert pair.grid.crs.to_epsg() == 32632
        assert pair.gsd_m == pytest.approx(10.0, rel=0.01)
    feet = make_raster("f.tif", crs="EPSG:2225", origin=(6e6, 2e6), gsd=30)
    metres = make_raster(
        "m.tif", crs="EPSG:4326", transform=Affine(1e-4, 0, -124.0, 0, -1e-4, 40.2)
    )
    with open_pair(Job(sar=feet, optical=feet)) as pair:
        assert pair.grid.crs.to_epsg() == 32610
        assert pair.gsd_m == pytest.approx(30 * 0.3048, rel=0.01)
    with pytest.raises(Refused), open_pair(Job(sar=metres, optical=feet)):
        pass


def test_point_mappings_are_exact_both_ways(make_raster):
    sar = ramp_file(make_raster, "s.tif", CASES["degrees"][1], east)
    optical = ramp_file(make_raster, "o.tif", {}, east)
    xy = np.random.default_rng(0).uniform(0, 200, (50, 2))
    with open_pair(Job(sar=sar, optical=optical)) as pair:
        for which in ("ref", "mov"):
            native = pair.working_to_native(which, xy)
            back = between(getattr(pair, which).grid, pair.grid, native)
            np.testing.assert_allclose(back, xy, atol=1e-6)
        native = pair.working_to_native("mov", xy)
        place = reproject(
            rasterio.crs.CRS.from_epsg(4326),
            pair.grid.crs,
            apply_affine(matrix(pair.mov.grid.transform), native),
        )
        expected = apply_affine(matrix(pair.grid.transform), xy)
        np.testing.assert_allclose(place, expected, atol=1e-4)


def test_control_points_are_sampled_in_one_step(make_raster):
    shape = (300, 350)
    turned = Affine(9, 2.5, 500_100, 2.5, -9, 4_999_700)
    points = [
        GroundControlPoint(row=r, col=c, x=x, y=y)
        for c in np.linspace(0, shape[1], 8)
        for r in np.linspace(0, shape[0], 7)
        for x, y in [turned * (c, r)]
    ]
    for ramp in (east, north):
        col, row = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
        data = ramp(*(turned * (col, row)))
        utm = rasterio.crs.CRS.from_epsg(32632)
        sar = make_raster("s.tif", data=data, crs=utm, gcps=points, dtype="float64")
        optical = ramp_file(make_raster, "o.tif", {}, ramp)
        with open_pair(Job(sar=sar, optical=optical)) as pair:
            for tile in (pair.overview(150), pair.tile(60, 70, 150, 140, AFFINE)):
                error = misplaced_px(pair, pair.views[1], tile.mov, ramp, 10.0)
                assert error < 0.05


def test_bare_images_keep_their_own_pixels(make_raster):
    rng = np.random.default_rng(0)
    sar = make_raster(
        "s.png",
        data=rng.integers(0, 255, (120, 160)),
        dtype="uint8",
        crs=None,
        driver="PNG",
    )
    optical = make_raster("o.tif", shape=(90, 200))
    with open_pair(Job(sar=sar, optical=optical)) as pair:
        assert not pair.georeferenced and pair.grid.crs is None
        assert (pair.grid.width, pair.grid.height) == (200, 90)
        assert pair.gsd_m == pytest.approx(10.0, rel=0.01)
        tiles = pair.overview(100)
        assert tiles.ref.pixels.shape == (45, 100)
        assert tiles.mov.pixels.shape == (60, 80)
        np.testing.assert_array_equal(tiles.mov.to_working, np.diag([2.0, 2.0, 1.0]))
        xy = rng.uniform(0, 90, (5, 2))
        np.testing.assert_array_equal(pair.working_to_native("mov", xy), xy)
        with rasterio.open(sar) as dataset:
            expected = pair.views[1].stretch(dataset.read(1)[10:60, 20:90])
        np.testing.assert_allclose(
            pair.tile(20, 10, 70, 50).mov.pixels, expected, atol=1e-6
        )
    job = Job(sar=sar, optical=optical, aoi=(0.0, 0.0, 1.0, 1.0))
    with pytest.raises(BadInput, match="no georeference"), open_pair(job):
        pass


def test_roles_bands_and_modalities(make_raster):
    sar = make_raster("s.tif", data=np.random.default_rng(0).random((2, 60, 60)))
    optical = make_raster(
        "o.tif", data=np.random.default_rng(1).random((13, 60, 60)) * 3000
    )
    with open_pair(Job(sar=sar, optical=optical, moving="optical")) as pair:
        assert (pair.ref_modality, pair.mov_modality) == ("sar", "optical")
        assert pair.ref.name == "s.tif"
        assert [view.bands for view in pair.views] == [(1,), (4, 3, 2)]
    with open_pair(Job(sar=sar, optical=optical, sar_bands=(2,))) as pair:
        assert pair.views[1].bands == (2,)
    with (
        pytest.raises(BadInput, match="no data band 3"),
        open_pair(Job(sar=sar, optical=optical, sar_bands=(3,))),
    ):
        pass
