import zipfile

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.rpc import RPC
from rasterio.transform import GCPTransformer
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid, between, lonlat_crs, outline, reproject, utm_crs
from soma.core.raster import source as source_module
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


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64"])
def test_every_dtype_is_read_as_it_is(make_raster, dtype):
    data = np.random.default_rng(0).integers(1, 200, (40, 50))
    with open_source(make_raster(data=data, dtype=dtype)) as source:
        values, valid = whole(source)
        np.testing.assert_array_equal(values, data)
        assert valid.all() and values.dtype == np.float32


def test_nan_and_numeric_nodata_are_invalid(make_raster):
    data = np.arange(2000, dtype=float).reshape(40, 50)
    data[3, 4], data[5, 6] = np.nan, -77
    with open_source(make_raster(data=data, nodata=-77)) as source:
        values, valid = whole(source)
        assert sorted(zip(*np.nonzero(~valid), strict=True)) == [(3, 4), (5, 6)]
        assert values[3, 4] == 0


def test_nodata_given_by_the_user_wins(make_raster):
    data = np.full((40, 50), 7)
    data[0, 0], data[1, 1] = 0, 9
    path = make_raster(data=data, dtype="uint8", nodata=0)
    with open_source(path, nodata=9) as source:
        _, valid = whole(source)
        assert valid[0, 0] and not valid[1, 1]


@pytest.mark.parametrize("nodata", [-9999, 256, 9.5, float("nan")])
def test_nodata_that_no_pixel_can_have_is_told(make_raster, nodata):
    path = make_raster(data=np.full((40, 50), 241), dtype="uint8")
    with pytest.raises(BadInput, match="uint8"), open_source(path, nodata=nodata):
        pass


def test_nodata_of_a_stack_needs_all_bands(make_raster):
    data = np.full((3, 20, 20), 50)
    data[0, 5, 5] = 0
    data[:, 9, 9] = 0
    with open_source(make_raster(data=data, dtype="uint8", nodata=0)) as source:
        _, valid = source.read((1, 2, 3), (0, 0, 20, 20))
        assert valid[5, 5] and not valid[9, 9]


@pytest.mark.parametrize("size", [300, 3000])
def test_zero_borders_are_invalid_and_dark_water_is_not(make_raster, size):
    data = np.random.default_rng(0).integers(1, 255, (size, size))
    col, row = np.meshgrid(np.arange(size), np.arange(size))
    collar = col + 0.3 * row < 0.3 * size
    data[collar] = 0
    pond = np.hypot(col - 0.7 * size, row - 0.7 * size) < 0.05 * size
    data[pond] = 0
    with open_source(make_raster(data=data, dtype="uint8")) as source:
        _, valid = whole(source)
        assert not valid[collar].any()
        assert valid[pond].all()
        assert valid.mean() == pytest.approx(1 - collar.mean(), abs=1e-3)


def test_palettes_become_grey(make_raster):
    data = np.random.default_rng(0).integers(0, 3, (30, 30))
    levels = {0: (255, 0, 0, 255), 1: (0, 255, 0, 255), 2: (9, 9, 9, 0)}
    path = make_raster(data=data, dtype="uint8", colormap=levels, driver="PNG")
    with open_source(path) as source:
        values, valid = whole(source)
        np.testing.assert_array_equal(valid, data != 2)
        assert set(np.unique(values[data == 0]).round()) == {76}
        assert set(np.unique(values[data == 1]).round()) == {150}


def test_alpha_is_a_mask_and_no_data_band(make_raster):
    data = np.random.default_rng(0).integers(1, 255, (4, 30, 30))
    data[3] = 255
    data[3, :, :10] = 0
    colors = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
    path = make_raster(data=data, dtype="uint8", colorinterp=colors)
    with open_source(path) as source:
        assert source.bands == (1, 2, 3)
        _, valid = source.read((1, 2, 3), (0, 0, 30, 30))
        np.testing.assert_array_equal(valid, data[3] > 0)
        with pytest.raises(BadInput, match="no data band 4"):
            source.check_bands((4,))


def test_mask_bands_count(make_raster):
    mask = np.full((96, 128), 255, np.uint8)
    mask[:20] = 0
    with open_source(make_raster(mask=mask)) as source:
        np.testing.assert_array_equal(whole(source)[1], mask > 0)


def test_complex_pixels_are_read_as_amplitude(make_raster):
    data = np.full((20, 20), 3 - 4j)
    with open_source(make_raster(data=data, dtype="complex64")) as source:
        assert source.is_complex
        values, valid = whole(source)
        assert valid.all() and (values == 5).all()


def test_complex_bands_among_others_are_read_as_amplitude(make_raster, tmp_path):
    make_raster("pixels.tif", data=np.full((20, 20), 3 - 4j), dtype="complex64")
    band = "<SimpleSource><SourceFilename relativeToVRT='1'>pixels.tif</SourceFilename>"
    bands = "".join(
        f"<VRTRasterBand band='{n}' dataType='{kind}'>{band}</SimpleSource>"
        "</VRTRasterBand>"
        for n, kind in enumerate(("Float32", "CInt16", "CFloat32"), 1)
    )
    path = tmp_path / "mixed.vrt"
    path.write_text(
        f"<VRTDataset rasterXSize='20' rasterYSize='20'>{bands}</VRTDataset>"
    )
    with open_source(str(path)) as source:
        for band, amplitude in ((1, 3.0), (2, 5.0), (3, 5.0)):
            assert (whole(source, band)[0] == amplitude).all()
        assert (source.read((2, 3), (0, 0, 20, 20))[0] == 5.0).all()


def test_forgotten_fill_values_are_invalid(make_raster):
    data = np.full((30, 30), -12.5)
    data[:, :4] = -9999
    with open_source(make_raster(data=data)) as source:
        np.testing.assert_array_equal(whole(source)[1], data > -100)


def test_names_with_spaces_and_other_letters(make_raster):
    path = make_raster("Größe 影像/my Bild é.tif", data=np.full((20, 20), 5))
    with open_source(path) as source:
        assert (whole(source)[0] == 5).all()


def test_zipped_and_virtual_rasters(make_raster, tmp_path):
    path = make_raster("inner.tif", data=np.full((20, 20), 5))
    archive = tmp_path / "a b.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.write(path, "inner.tif")
    with open_source(f"/vsizip/{archive}/inner.tif") as source:
        assert (whole(source)[0] == 5).all() and source.has_georeference
    vrt = tmp_path / "one.vrt"
    vrt.write_text(
        '<VRTDataset rasterXSize="20" rasterYSize="20"><SRS>EPSG:32632</SRS>'
        "<GeoTransform>500000,10,0,5000000,0,-10</GeoTransform>"
        '<VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">inner.tif</SourceFilename>'
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with open_source(str(vrt)) as source:
        assert (whole(source)[0] == 5).all() and source.has_georeference


def test_bare_images_have_no_georeference(make_raster):
    with open_source(make_raster(crs=None, driver="PNG", dtype="uint8")) as source:
        assert not source.has_georeference and source.grid.crs is None


def test_bad_files_are_named_in_one_sentence(make_raster, tmp_path):
    text = tmp_path / "notes.tif"
    text.write_text("no raster")
    for path, word in ((tmp_path / "gone.tif", "gone.tif"), (text, "notes.tif")):
        with pytest.raises(BadInput, match=word) as caught, open_source(str(path)):
            pass
        assert "\n" not in str(caught.value)


def test_damaged_blocks_are_named(make_raster):
    path = make_raster("cut.tif", shape=(512, 512), tiled=True, compress="deflate")
    with open(path, "r+b") as file:
        file.truncate(200_000)
    with open_source(path) as source, pytest.raises(BadInput, match=r"cut\.tif cannot"):
        whole(source)


def test_images_without_valid_pixels_are_named(make_raster):
    path = make_raster("empty.tif", data=np.zeros((50, 50)), nodata=0)
    with open_source(path) as source, pytest.raises(BadInput, match=r"empty\.tif"):
        source.survey((1,))


def test_windows_equal_the_whole(make_raster):
    path = make_raster(shape=(90, 70))
    with open_source(path) as source, rasterio.open(path) as dataset:
        values, _ = source.read((1,), (13, 21, 30, 40))
        expected = dataset.read(1, window=Window(13, 21, 30, 40))
        np.testing.assert_array_equal(values, expected)


def test_utm_is_the_frame_of_control_points(grd):
    with open_source(grd) as source:
        assert source.grid.crs == utm_crs(12.0, 46.0)


@pytest.mark.parametrize("nodata", [0, 9])
def test_bands_are_surveyed_together_strip_by_strip(make_raster, monkeypatch, nodata):
    data = np.random.default_rng(0).integers(0, 4, (3, 60, 50)).astype(np.uint8)
    data[:, 20:] += 1  # zeros are in the first strips alone
    with open_source(make_raster("three.tif", data=data, nodata=nodata)) as source:
        alone = [source.survey((band,)) for band in (1, 2, 3)]
        monkeypatch.setattr(source_module, "READ_PX", 3 * 50 * 10)
        reads, read = [], source.reader.read

        def counted(bands, box, skip):
            reads.append(box)
            return read(bands, box, skip)

        monkeypatch.setattr(source.reader, "read", counted)
        for (grey, valid), (own, held) in zip(
            source.survey_each((1, 2, 3)), alone, strict=True
        ):
            np.testing.assert_array_equal(valid, held)
            np.testing.assert_array_equal(grey, own)
    assert reads == [(0, top, 50, 10) for top in range(0, 60, 10)]
