"""Where pixels lie: control points, rational polynomials, unusual geotransforms."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.rpc import RPC
from rasterio.transform import GCPTransformer
from rasterio.vrt import WarpedVRT
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid, between, lonlat_crs, outline, reproject, utm_crs
from soma.core.raster.open import open_source

WGS84 = lonlat_crs()
TURNED = Affine.translation(5e5, 5e6) * Affine.rotation(27) * Affine.scale(10, -10)


def whole(source, band=1):
    return source.read((band,), (0, 0, source.width, source.height))


def bent_track(raw, width, height):
    """Map original pixels to lon, lat by a cubic with a turn and a flip."""
    u, v = 2 * raw[:, 0] / width - 1, 2 * raw[:, 1] / height - 1
    lon = 12.0 + 1.2 * u - 0.30 * v + 0.05 * u * u + 0.02 * u * v - 0.01 * u**3
    lat = 46.0 - 0.20 * u - 0.9 * v + 0.03 * v * v - 0.02 * u * u + 0.01 * v**3
    return np.stack([lon, lat], axis=1)


def grd_points(width, height, columns=21, rows=10):
    col, row = np.meshgrid(np.linspace(0, width, columns), np.linspace(0, height, rows))
    raw = np.stack([col.ravel(), row.ravel()], axis=1)
    at = bent_track(raw, width, height)
    return [
        GroundControlPoint(row=r, col=c, x=x, y=y, z=0)
        for (c, r), (x, y) in zip(raw, at, strict=True)
    ]


@pytest.fixture
def grd(make_raster):
    shape = (600, 900)
    gcps = grd_points(900, 600)
    return make_raster("grd.tif", shape=shape, crs=WGS84, gcps=gcps, dtype="uint16")


def test_grd_maps_every_pixel_to_its_known_place(grd):
    raw = outline(900, 600, 33)
    truth = bent_track(raw, 900, 600)
    with open_source(grd) as source:
        assert source.needs_normalising == "control points"
        assert "210" in source.placement.note
        lonlat = Grid(WGS84, Affine.identity(), 1, 1)
        frame = between(lonlat, source.grid, truth)
        error = np.linalg.norm(source.frame_to_raw(frame) - raw, axis=1)
        assert error.max() < 0.1
        assert np.abs(source.raw_to_frame(source.frame_to_raw(frame)) - frame).max() < (
            1e-4
        )
        assert (frame > -1).all()
        assert (frame < (source.grid.width + 1, source.grid.height + 1)).all()


def test_grd_agrees_with_gdals_spline_and_not_with_an_affine(grd):
    with open_source(grd) as source:
        frame = outline(source.grid.width, source.grid.height, 15)
        raw = source.frame_to_raw(frame)
        inside = ((raw > 0) & (raw < (900, 600))).all(axis=1)
        raw, frame = raw[inside], frame[inside]
        place = between(
            source.grid, Grid(source.grid.crs, Affine.identity(), 1, 1), frame
        )
        gcps = grd_points(900, 600)
        lonlat = np.array([(p.x, p.y) for p in gcps])
        metric = reproject(WGS84, source.grid.crs, lonlat)
        moved = [
            GroundControlPoint(row=p.row, col=p.col, x=x, y=y, z=0)
            for p, (x, y) in zip(gcps, metric, strict=True)
        ]
        with GCPTransformer(moved, tps=True) as gdal:
            rows, cols = gdal.rowcol(place[:, 0], place[:, 1], op=np.positive)
        np.testing.assert_allclose(raw, np.stack([cols, rows], axis=1), atol=0.3)
        assert source.placement.order_rms_px[0] > 5
        assert source.placement.order_rms_px[2] < 1


def test_places_far_outside_never_fold_back(grd):
    with open_source(grd) as source:
        size = np.array([source.grid.width, source.grid.height])
        far = outline(9 * size[0], 9 * size[1], 61) - 4 * size
        outside = ((far < -0.5 * size) | (far > 1.5 * size)).any(axis=1)
        raw = source.frame_to_raw(far)
        inside = ((raw >= 0) & (raw <= (900, 600))).all(axis=1)
        assert inside.sum() > 10
        assert not (inside & outside).any()
        assert np.isnan(source.frame_to_raw(np.full((1, 2), np.nan))).all()


def test_contradicting_points_are_refused(make_raster):
    rng = np.random.default_rng(0)
    gcps = [
        GroundControlPoint(row=r, col=c, x=10 + rng.random(), y=45 + rng.random())
        for r, c in rng.uniform(0, 90, (40, 2))
    ]
    path = make_raster(crs=WGS84, gcps=gcps)
    with pytest.raises(BadInput, match="contradict"), open_source(path):
        pass


def test_points_on_a_line_are_refused(make_raster):
    gcps = [
        GroundControlPoint(row=i, col=i, x=10 + i / 100, y=45 + i / 100)
        for i in range(0, 90, 10)
    ]
    path = make_raster(crs=WGS84, gcps=gcps)
    with pytest.raises(BadInput, match="one line"), open_source(path):
        pass


def small_rpc():
    zero = [0.0] * 20
    line, samp, one = zero.copy(), zero.copy(), zero.copy()
    one[0] = 1.0
    line[:6] = 0.01, 0.05, -1.02, 0.01, 0.02, 0.0
    samp[:6] = -0.02, 1.01, 0.04, 0.02, 0.01, 0.0
    line[8], samp[7], samp[14] = 0.01, 0.015, 0.004
    den = one.copy()
    den[1], den[2] = 0.002, -0.001
    return RPC(
        height_off=350.0,
        height_scale=500.0,
        lat_off=46.0,
        lat_scale=0.03,
        line_den_coeff=den,
        line_num_coeff=line,
        line_off=149.5,
        line_scale=150.0,
        long_off=12.0,
        long_scale=0.05,
        samp_den_coeff=one,
        samp_num_coeff=samp,
        samp_off=199.5,
        samp_scale=200.0,
    )


def test_rpcs_count_from_the_centre_of_the_first_pixel(make_raster):
    path = make_raster(shape=(300, 400), crs=None, rpcs=small_rpc(), dtype="uint16")
    with open_source(path) as source:
        assert source.needs_normalising == "rational polynomials"
        frame = outline(source.grid.width, source.grid.height, 9)
        lonlat = between(source.grid, Grid(WGS84, Affine.identity(), 1, 1), frame)
        x, y = (lonlat[:, 0] - 12) / 0.05, (lonlat[:, 1] - 46) / 0.03
        # The polynomials of ``small_rpc`` at their mean height, written out.
        line = 0.01 + 0.05 * x - 1.02 * y + 0.02 * x * y + 0.01 * y**2
        line /= 1 + 0.002 * x - 0.001 * y
        samp = -0.02 + 1.01 * x + 0.04 * y + 0.01 * x * y + 0.015 * x**2
        samp += 0.004 * x**2 * y
        wanted = np.stack([200 * samp + 199.5 + 0.5, 150 * line + 149.5 + 0.5], axis=1)
        raw = source.frame_to_raw(frame)
        np.testing.assert_allclose(raw, wanted, atol=1e-6)
        np.testing.assert_allclose(source.raw_to_frame(raw), frame, atol=1e-4)


@pytest.mark.parametrize(
    ("transform", "why"),
    [
        (
            Affine.translation(5e5, 5e6) * Affine.rotation(27) * Affine.scale(10, -10),
            "rotated",
        ),
        (Affine(10, 0, 5e5, 0, 10, 4.999e6), "south-up"),
        (Affine(-10, 0, 5.01e5, 0, -10, 5e6), "mirrored"),
    ],
)
def test_unusual_geotransforms_lie_where_gdal_puts_them(make_raster, transform, why):
    path = make_raster(transform=transform, shape=(80, 120))
    with open_source(path) as source, rasterio.open(path) as dataset:
        assert source.needs_normalising == why
        mine, _ = whole(source)
        with WarpedVRT(dataset, crs=dataset.crs) as vrt:
            col, row = np.meshgrid(
                np.arange(5, vrt.width - 5, 9), np.arange(5, vrt.height - 5, 9)
            )
            xy = np.stack([col.ravel() + 0.5, row.ravel() + 0.5], axis=1)
            frame = between(Grid(vrt.crs, vrt.transform, 1, 1), source.grid, xy)
            raw = source.frame_to_raw(frame)
            # Nearest neighbours are ambiguous on a pixel's border.
            clear = (np.abs(raw - np.round(raw)) > 0.02).all(axis=1)
            clear &= ((raw > 0) & (raw < (120, 80))).all(axis=1)
            assert clear.sum() > 20
            i, j = raw[clear].astype(int).T
            theirs = vrt.read(1)[row.ravel()[clear], col.ravel()[clear]]
            assert (mine[j, i] == theirs).mean() > 0.98


def test_utm_is_the_frame_of_control_points(grd):
    with open_source(grd) as source:
        assert source.grid.crs == utm_crs(12.0, 46.0)
