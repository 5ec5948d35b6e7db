"""What strangers' files may make us open, and what never ends."""

import http.server
import json
import os
import subprocess
import sys
import threading
import zipfile

import numpy as np
import pytest
from command import soma
from rasterio.shutil import copy
from soma.core.base.errors import BadInput
from soma.core.base.foreign import TRUST
from soma.core.base.opening import open_raster
from soma.core.raster.open import open_source

BAND = """<VRTDataset rasterXSize="128" rasterYSize="96">
<VRTRasterBand dataType="Float32" band="1"{kind}>{content}</VRTRasterBand>
</VRTDataset>"""
SOURCE = """<SimpleSource>
<SourceFilename relativeToVRT="{relative}">{name}</SourceFilename>
<SourceBand>1</SourceBand></SimpleSource>"""
RAW = """<SourceFilename relativeToVRT="0">{name}</SourceFilename>
<ImageOffset>0</ImageOffset><PixelOffset>1</PixelOffset><LineOffset>8</LineOffset>"""
WMS = """<GDAL_WMS><Service name="TMS"><ServerUrl>{url}/${{z}}/${{x}}/${{y}}</ServerUrl>
</Service><DataWindow><UpperLeftX>-20037508</UpperLeftX><UpperLeftY>20037508</UpperLeftY>
<LowerRightX>20037508</LowerRightX><LowerRightY>-20037508</LowerRightY>
<TileLevel>18</TileLevel><YOrigin>top</YOrigin></DataWindow>
<Projection>EPSG:3857</Projection><BandsCount>3</BandsCount></GDAL_WMS>"""

#: Runs commands one after the other and prints how each ended.
CODES = """
import json, sys
from soma.core.commandline.main import main
print([main(words) for words in json.loads(sys.argv[1])])
"""


def vrt(path, name, relative=0):
    source = SOURCE.format(name=name, relative=relative)
    path.write_text(BAND.format(kind="", content=source))
    return path


@pytest.fixture
def server():
    """A server that counts what it is asked for."""
    asked = []

    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_address[1]}", asked
        serving.shutdown()


@pytest.mark.parametrize("name", ["a.vrt", "a.tif"])
@pytest.mark.parametrize("form", ["/vsicurl/{}/x.tif", "{}/x.tif", "nested"])
def test_a_vrt_asks_no_server(tmp_path, server, name, form):
    url, asked = server
    path = vrt(tmp_path / name, form.format(url))
    if form == "nested":
        vrt(tmp_path / "inner.vrt", f"/vsicurl/{url}/x.tif")
        vrt(path, "inner.vrt", relative=1)
    code, _, said = soma("info", path)
    assert (code, "over the network" in said) == (2, True), said
    assert asked == []


@pytest.mark.parametrize("name", ["map.xml", "map.tif"])
def test_a_description_of_a_server_is_no_raster(tmp_path, server, name):
    url, asked = server
    (tmp_path / name).write_text(WMS.format(url=url))
    code, _, said = soma("info", tmp_path / name)
    assert (code, "is not a raster" in said) == (2, True), said
    assert asked == []


def test_a_vrt_in_an_archive_asks_no_server(tmp_path, server):
    url, asked = server
    inner = vrt(tmp_path / "a.vrt", f"/vsicurl/{url}/x.tif")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(inner, "a.vrt")
    assert soma("info", f"/vsizip/{tmp_path}/a.zip/a.vrt")[0] == 2
    assert asked == []


def test_bytes_of_other_files_are_no_pixels(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(range(256)) * 64)
    raw = ' subClass="VRTRawRasterBand"'
    path = tmp_path / "a.vrt"
    path.write_text(BAND.format(kind=raw, content=RAW.format(name=secret)))
    code, _, said = soma("info", path)
    assert (code, "bytes of other files" in said) == (2, True)


def test_a_vrt_by_another_name_reads_its_own_folder_only(make_raster, tmp_path):
    make_raster("in/tile.tif")
    path = vrt(tmp_path / "in" / "a.tif", "tile.tif", relative=1)
    with open_source(str(path)) as source:
        assert source.width == 128
    vrt(tmp_path / "b.tif", "in/tile.tif", relative=1)
    assert soma("info", tmp_path / "b.tif")[0] == 0
    make_raster("tile.tif")
    vrt(tmp_path / "in" / "c.tif", "../tile.tif", relative=1)
    code, _, said = soma("info", tmp_path / "in" / "c.tif")
    assert (code, "VRT by another name" in said) == (2, True)
    os.rename(tmp_path / "in" / "c.tif", tmp_path / "in" / "c.vrt")
    assert soma("info", tmp_path / "in" / "c.vrt")[0] == 0


@pytest.mark.parametrize("hidden", ["&part;", "</Broken>", "<Source &>"])
def test_what_only_a_lenient_parser_reads_is_refused(tmp_path, make_raster, hidden):
    make_raster(name="inner.tif")
    inner = SOURCE.format(relative=1, name="inner.tif")
    text = BAND.format(kind="", content=inner + hidden)
    if hidden == "&part;":
        text = f'<!DOCTYPE a [<!ENTITY part "{"x" * 9}">]>' + text
    path = tmp_path / "a.vrt"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"a\.vrt is not a raster"):
        open_raster(str(path))


def test_mosaics_are_read_as_ever(make_raster, tmp_path):
    values = np.random.default_rng(2).uniform(1, 9, (96, 128)).astype(np.float32)
    tile = make_raster("tile.tif", data=values)
    copy(tile, tmp_path / "inner.vrt", driver="VRT")
    copy(tmp_path / "inner.vrt", tmp_path / "outer.vrt", driver="VRT")
    with open_raster(str(tmp_path / "outer.vrt")) as dataset:
        np.testing.assert_array_equal(dataset.read(1), values)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tile, "tile.tif")
    for name in (f"/vsizip/{tmp_path}/a.zip/tile.tif", f"zip://{tmp_path}/a.zip"):
        with open_raster(name) as dataset:
            np.testing.assert_array_equal(dataset.read(1), values)


def test_who_trusts_a_file_may_say_so(tmp_path, make_raster, monkeypatch):
    make_raster("tile.tif")
    (tmp_path / "in").mkdir()
    path = str(vrt(tmp_path / "in" / "c.tif", "../tile.tif", relative=1))
    with pytest.raises(BadInput):
        open_raster(path)
    monkeypatch.setenv(TRUST, "1")
    with open_raster(path) as dataset:
        assert dataset.width == 128


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_is_told_and_not_waited_for(tmp_path, make_raster):
    pipe, good, out = tmp_path / "pipe.tif", make_raster("good.tif"), tmp_path / "out"
    os.mkfifo(pipe)
    vrt(tmp_path / "a.vrt", "pipe.tif", relative=1)
    asked = (
        ("info", pipe),
        ("info", tmp_path / "a.vrt"),
        ("register", good, pipe, "--out", out),
        ("register", good, good, "--sar-mask", pipe, "--out", out),
        ("apply", pipe, good, "--out", out),
        ("match", "--pairs", pipe, "--out", out),
        ("checkerboard", good, pipe, "--out", tmp_path / "c.tif"),
        ("match", "--ref", good, "--mov", good, "--weights", pipe, "--out", out),
    )
    told = subprocess.run(
        [sys.executable, "-c", CODES, json.dumps(asked, default=str)],
        capture_output=True,
        timeout=300,  # of a crowded machine
    )
    assert json.loads(told.stdout) == [2] * len(asked), told.stderr
    assert soma("info", "/dev/zero")[0] == 2
