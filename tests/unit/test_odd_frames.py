"""Rasters that cannot lie where they say, or cannot be read: one sentence, exit 2."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from command import soma
from rasterio.enums import ColorInterp
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid
from soma.core.raster.open import open_source
from soma.core.warp.warp import warp_raster

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "transform",
    [
        Affine(0, 0, 5e5, 0, 0, 5e6),
        Affine(10, 0, 5e5, 0, 0, 5e6),
        Affine(10, 10, 5e5, 10, 10, 5e6),
        Affine(10, 0, NAN, 0, -10, 5e6),
        Affine(10, 0, INF, 0, -10, 5e6),
        Affine(1e-300, 0, 5e5, 0, -1e-300, 5e6),
        Affine(1e-12, 0, 5e5, 0, -1e-12, 5e6),
    ],
)
def test_a_geotransform_that_cannot_be_is_told(make_raster, tmp_path, transform):
    good, odd = make_raster("good.tif"), make_raster("odd.tif", transform=transform)
    for words in (
        ("info", odd),
        ("register", odd, good, "--out", tmp_path / "out", "--model", "gradient"),
        ("checkerboard", good, odd, "--out", tmp_path / "out.tif"),
        ("checkerboard", odd, good, "--out", tmp_path / "out.tif"),
    ):
        code, _, said = soma(*words)
        assert code == 2
        assert "odd.tif has a geotransform" in said
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.tif").exists()


@pytest.mark.parametrize(
    ("transform", "fine"),
    [
        (Affine(10, 0, 700_000, 0, -10, 3_180_000), False),
        (Affine(1e-4, 0, 28.7, 0, -1e-4, 130.0), False),
        (Affine(360 / 128, 0, -180, 0, -180 / 96, 90), True),
        (Affine(360 / 128, 0, 0, 0, -182 / 96, 91), True),
        (Affine(1e-4, 0, 359.99, 0, -1e-4, 89.9), True),
    ],
)
def test_metres_are_not_taken_for_degrees(make_raster, transform, fine):
    path = make_raster(crs="EPSG:4326", transform=transform)
    if fine:
        with open_source(str(path)) as source:
            assert source.has_georeference
        return
    with pytest.raises(BadInput, match=r"EPSG:4326 counts in degrees"):
        with open_source(str(path)):
            pass


def vrt(path, source):
    """Write a VRT of a raster of 128 x 96 pixels, and take the raster away."""
    path.write_text(
        f"""<VRTDataset rasterXSize="128" rasterYSize="96"><SRS>EPSG:32632</SRS>
        <GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform>
        <VRTRasterBand dataType="Float32" band="1"><SimpleSource>
        <SourceFilename relativeToVRT="1">{source}</SourceFilename>
        <SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="128" ySize="96"/>
        <DstRect xOff="0" yOff="0" xSize="128" ySize="96"/></SimpleSource>
        </VRTRasterBand></VRTDataset>"""
    )
    return path


def test_a_source_that_is_gone_is_named_by_every_command(make_raster, tmp_path):
    good, gone = make_raster("good.tif"), vrt(tmp_path / "gone.vrt", "tile_7.tif")
    out = tmp_path / "out"
    for words in (
        ("info", gone),
        ("register", gone, good, "--out", out, "--model", "gradient"),
        ("register", good, gone, "--out", out, "--model", "gradient"),
        ("register", good, good, "--sar-mask", gone, "--out", out),
        ("assess", gone, good, "--model", "gradient"),
        ("match", "--ref", good, "--mov", gone, "--out", tmp_path / "m.json"),
        ("checkerboard", good, gone, "--out", tmp_path / "c.tif"),
    ):
        code, _, said = soma(*words)
        assert (code, "tile_7.tif" in said) == (2, True), (words[0], said)


def test_a_palette_that_is_not_there_leaves_grey_values(make_raster, tmp_path):
    values = np.arange(96 * 128).reshape(96, 128) % 251
    make_raster("grey.tif", data=values, dtype="uint8")
    path = vrt(tmp_path / "palette.vrt", "grey.tif")
    text = path.read_text().replace("Float32", "Byte")
    mark = "<ColorInterp>Palette</ColorInterp><SimpleSource>"
    path.write_text(text.replace("<SimpleSource>", mark))
    with open_source(str(path)) as source:
        grey, valid = source.read((1,), (0, 0, 128, 96))
        assert (grey[valid] == values[valid]).all() and valid.mean() > 0.9
    assert soma("info", path)[0] == 0
    place, out = Affine(10, 0, 5e5, 0, -10, 5e6), tmp_path / "out.tif"
    warp_raster(path, Grid(None, place, 128, 96), lambda xy: xy, out)
    with rasterio.open(out) as made:
        assert (made.read(1)[valid] == values[valid]).all()


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint32"])
def test_palettes_hold_for_every_type_of_pixel(make_raster, tmp_path, dtype):
    values = np.tile(np.arange(4), (96, 32)).astype(dtype)
    low = -1 if dtype.startswith("int") else 2**32 - 1
    values[:5] = low
    entries = "".join(
        f'<Entry c1="{9 * i}" c2="{9 * i}" c3="{9 * i}" c4="255"/>' for i in range(4)
    )
    make_raster("classes.tif", data=values, dtype=dtype)
    path = vrt(tmp_path / "palette.vrt", "classes.tif")
    named = dtype.replace("uint", "UInt").replace("int", "Int")
    text = (
        path.read_text()
        .replace("Float32", named)
        .replace(
            "<SimpleSource>",
            f"<ColorInterp>Palette</ColorInterp><ColorTable>{entries}</ColorTable>"
            "<SimpleSource>",
        )
    )
    path.write_text(text)
    with open_source(str(path)) as source:
        grey, valid = source.read((1,), (0, 0, 128, 96))
    assert not valid[:5].any()
    assert valid[5:].all()
    np.testing.assert_allclose(grey[5:], 9.0 * values[5:], atol=1e-3)


@pytest.mark.parametrize("side", [1, 2, 3, 7, 15, 16, 17, 20, 31, 40])
@pytest.mark.parametrize("placed", [True, False])
def test_images_too_small_are_refused(make_raster, tmp_path, side, placed):
    scene = np.random.default_rng(3).gamma(2.0, 20.0, (256, 256))
    crs = "EPSG:32632" if placed else None
    large = make_raster("large.tif", data=scene, crs=crs)
    small = make_raster("small.tif", data=scene[:side, :side], crs=crs)
    for words in (("--ref", large, "--mov", small), ("--ref", small, "--mov", large)):
        code, _, said = soma(
            *("match", *words, "--out", tmp_path / "m.json", "--model", "gradient"),
            *("--quiet", "--search", "any"),
        )
        assert code in (0, 2, 3), said


def test_alpha_alone_is_no_data(make_raster):
    path = make_raster(dtype="uint8", colorinterp=(ColorInterp.alpha,))
    with rasterio.open(path) as file:
        assert file.colorinterp == (ColorInterp.alpha,)
    with pytest.raises(BadInput, match="no band with data"):
        with open_source(str(path)):
            pass
