"""Rasters as they are read: values, what of them is valid, odd names and files."""

import zipfile

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp
from rasterio.windows import Window
from soma.core.base.errors import BadInput
from soma.core.base.job import Job
from soma.core.raster import source as source_module
from soma.core.raster.open import open_source
from soma.core.raster.pair import open_pair


def whole(source, band=1):
    return source.read((band,), (0, 0, source.width, source.height))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64"])
def test_every_dtype_is_read_as_it_is(make_raster, dtype):
    data = np.random.default_rng(0).integers(1, 200, (40, 50))
    with open_source(make_raster(data=data, dtype=dtype)) as source:
        values, valid = whole(source)
        np.testing.assert_array_equal(values, data)
        # Doubles keep the digits that single precision would round.
        assert valid.all()
        assert values.dtype == (np.float64 if dtype == "float64" else np.float32)


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


def texture(x, y):
    """Return whole numbers from 0 to 200, the same at the same place."""
    return np.round(100 + 60 * np.sin(x / 70) + 40 * np.cos(y / 45))


@pytest.mark.parametrize(
    ("dtype", "offset", "factor"),
    [
        ("float64", 1e9, 1.0),
        ("float64", -1e12, 1.0),
        ("float64", 0.0, 1e-300),
        ("int32", 2_147_483_000, 1.0),
        ("int32", -2_147_480_000, 1.0),
        ("uint32", 4_294_967_000, 1.0),
        ("int64", 2**52, 1.0),
    ],
)
@pytest.mark.parametrize("coarser", [1, 3])
def test_texture_on_a_large_offset_is_seen(make_raster, dtype, offset, factor, coarser):
    plain = make_raster("plain.tif", texture, dtype="float32")
    odd = make_raster(
        "odd.tif", lambda x, y: offset + factor * texture(x, y), dtype=dtype
    )
    other = make_raster("other.tif", gsd=10.0 * coarser, shape=(32, 42))
    seen = []
    for optical in (plain, odd):
        with open_pair(Job(sar=other, optical=optical)) as pair:
            seen.append(pair.views[0].tile(np.eye(3), 32, 24).pixels)
    assert seen[0].std() > 0.1
    np.testing.assert_allclose(*seen, atol=0.02)


def test_values_that_no_measurement_has_are_told(make_raster):
    path = make_raster(
        "a.tif", lambda x, y: 1e300 * (1 + texture(x, y)), dtype="float64"
    )
    other = make_raster("b.tif")
    for job in (Job(sar=path, optical=other), Job(sar=other, optical=path)):
        with pytest.raises(BadInput, match="divide them"), open_pair(job) as pair:
            pytest.fail(f"values of 1e302 were taken: {pair.views}")
