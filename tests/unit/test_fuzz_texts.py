"""Rasters that are described by a text, with anything changed in it."""

import re

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from fuzz import ODD, OFTEN, check
from hypothesis import given
from hypothesis import strategies as st

#: Sizes of which a reader must not make as much memory.
SIZES = st.sampled_from(["0", "1", "63", "65", "40000", "2147483647", "99999999999"])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with one raster as GeoTIFF, as VRT and as ENVI file with header."""
    folder = tmp_path_factory.mktemp("fuzz")
    values = np.random.default_rng(0).integers(1, 255, (1, 64, 64)).astype(np.uint8)
    kind = {"width": 64, "height": 64, "count": 1, "dtype": "uint8"}
    at = {"crs": "EPSG:32632", "transform": rasterio.Affine(10, 0, 5e5, 0, -10, 5e6)}
    for name, driver in (("plain.tif", "GTiff"), ("envi.img", "ENVI")):
        with rasterio.open(folder / name, "w", driver, **kind, **at) as file:
            file.write(values)
    rasterio.shutil.copy(folder / "plain.tif", folder / "plain.vrt", driver="VRT")
    return folder


def changed(data, text, places):
    """Return a text in which some of the places that a pattern finds are changed."""
    spans = [found.span("value") for found in re.finditer(places, text)]
    for _ in range(data.draw(st.integers(1, 3))):
        begin, end = data.draw(st.sampled_from(spans))
        value = data.draw(st.one_of(ODD, SIZES))
        value = re.sub('[<>&"]', "", value)
        text = text[:begin] + value + text[end:]
        spans = [found.span("value") for found in re.finditer(places, text)] or spans
    if data.draw(st.integers(0, 5)) == 0:
        lines = text.splitlines(keepends=True)
        del lines[data.draw(st.integers(0, len(lines) - 1))]
        text = "".join(lines)
    return text


def look_at(world, path):
    check("info", path)
    check("checkerboard", path, world / "plain.tif", "--out", world / "c.tif")


@OFTEN
@given(data=st.data())
def test_virtual_rasters(world, data):
    text = (world / "plain.vrt").read_text(encoding="utf-8")
    path = world / "odd.vrt"
    odd = changed(data, text, r'="(?P<value>[^"]*)"')
    path.write_text(odd, encoding="utf-8")
    look_at(world, path)


@OFTEN
@given(data=st.data())
def test_virtual_rasters_with_odd_values(world, data):
    text = (world / "plain.vrt").read_text(encoding="utf-8")
    path = world / "odd.vrt"
    path.write_text(changed(data, text, r">(?P<value>[^<>\n]+)<"), encoding="utf-8")
    look_at(world, path)


@OFTEN
@given(data=st.data())
def test_headers_of_envi(world, data):
    text = (world / "envi.hdr").read_text(encoding="utf-8")
    (world / "odd.img").write_bytes((world / "envi.img").read_bytes())
    odd = changed(data, text, r"(?:= *\{?|, *)(?P<value>[^=,{}\n]+)")
    (world / "odd.hdr").write_text(odd, encoding="utf-8")
    look_at(world, world / "odd.img")
