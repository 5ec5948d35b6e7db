"""No input is overwritten however it is named, and no file that we did not make."""

import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from command import soma
from rasterio.shutil import copy
from soma.core.base.errors import BadInput
from soma.core.base.files import output_file, output_folder
from soma.core.base.types import OUTPUTS_LIST

PLAIN = ("--quiet", "--model", "gradient")


@pytest.fixture
def tile(make_raster):
    return Path(make_raster("tile.tif"))


def zipped(tile):
    path = tile.with_name("scene.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tile, "in/tile.tif")
    return path


def archive(name):
    def made(tile):
        path = zipped(tile)
        return name.format(path=path), path

    return made


def disguised(tile):
    """Return a VRT under the name of a TIFF, and the raster in it."""
    copy(tile, tile.with_name("v.vrt"), driver="VRT")
    path = tile.with_name("disguised.tif")
    os.rename(tile.with_name("v.vrt"), path)
    return path, tile


INPUTS = {
    "/vsizip/": archive("/vsizip/{path}/in/tile.tif"),
    "/vsizip/ in braces": archive("/vsizip/{{{path}}}/in/tile.tif"),
    "zip://": archive("zip://{path}!/in/tile.tif"),
    "file://": lambda tile: (f"file://{tile}", tile),
    "/vsisubfile/": lambda tile: (
        f"/vsisubfile/0_{os.path.getsize(tile)},{tile}",
        tile,
    ),
    "a page": lambda tile: (f"GTIFF_DIR:1:{tile}", tile),
    "vrt://": lambda tile: (f"vrt://{tile}?bands=1", tile),
    "a VRT by another name": disguised,
    "its mask": lambda tile: (tile, tile.with_name("tile.tif.msk")),
    "its overviews": lambda tile: (tile, tile.with_name("tile.tif.ovr")),
    "its world file": lambda tile: (tile, tile.with_name("tile.tfw")),
}


@pytest.mark.parametrize("name", INPUTS)
def test_no_output_replaces_what_an_input_is_read_from(tile, make_raster, name):
    other, (source, target) = make_raster("other.tif"), INPUTS[name](tile)
    before = target.read_bytes() if target.exists() else None
    for words in (
        ("checkerboard", other, source, "--out", target, "--overwrite"),
        ("match", "--ref", other, "--mov", source, "--out", target, "--overwrite"),
    ):
        code, _, said = soma(*words)
        assert (code, "is one of the inputs" in said) == (2, True), said
    assert (target.read_bytes() if target.exists() else None) == before


def test_overviews_that_are_an_input_stay_when_their_raster_is_written(tile):
    source = tile.with_name("out.tif.ovr")
    shutil.copy(tile, source)
    code, _, said = soma("checkerboard", tile, source, "--out", tile.parent / "out.tif")
    assert (code, "is one of the inputs" in said) == (2, True)
    assert source.exists()


def test_weights_are_an_input(tile):
    weights = tile.with_name("w.safetensors")
    weights.write_bytes(b"weights")
    words = ("match", "--ref", tile, "--mov", tile, "--weights", weights)
    code, _, said = soma(*words, "--out", weights, "--overwrite")
    assert (code, "is one of the inputs" in said) == (2, True)
    assert weights.read_bytes() == b"weights"


def test_no_row_of_a_table_writes_what_a_later_row_reads(tile, tmp_path):
    later = tmp_path / "out" / "b.json"
    later.parent.mkdir()
    shutil.copy(tile, later)
    before = later.read_bytes()
    table = tmp_path / "pairs.csv"
    table.write_text(f"ref,mov,name\n{tile},{tile},b\n{tile},{later},c\n")
    words = ("match", "--pairs", table, "--out", later.parent, "--overwrite")
    code, _, said = soma(*words, *PLAIN)
    assert (code, "b.json is one of the inputs" in said) == (2, True)
    assert later.read_bytes() == before


def test_files_of_others_are_replaced_when_that_is_said(tile, make_raster, tmp_path):
    other = make_raster("other.tif")
    out = tmp_path / "board.tif"
    out.write_text("precious")
    words = ("checkerboard", tile, other, "--out", out)
    code, _, said = soma(*words)
    assert (code, "--overwrite" in said) == (2, True)
    assert out.read_text() == "precious"
    assert soma(*words, "--overwrite")[0] == 0
    # Now it is ours.
    assert soma(*words)[0] == 0


def test_reports_and_dense_maps_of_others_stay(tmp_path, make_raster):
    flat = make_raster("flat.tif", data=np.ones((256, 256)))
    out, dense = tmp_path / "m.json", tmp_path / "m.npy"
    words = ("match", "--ref", flat, "--mov", flat, "--out", out, "--dense", *PLAIN)
    dense.write_bytes(b"precious")
    code, _, said = soma(*words)
    assert (code, "m.npy exists" in said) == (2, True)
    assert soma(*words, "--overwrite")[0] == 3
    assert dense.read_bytes() == b"precious"
    dense.unlink()
    out.write_text(json.dumps({"mine": 1}))
    assert soma(*words)[0] == 2
    assert json.loads(out.read_text()) == {"mine": 1}


def test_an_input_that_changes_meanwhile_is_told(tile, tmp_path):
    out = tmp_path / "out.txt"
    with (
        pytest.raises(BadInput, match=r"tile\.tif was changed"),
        output_file(out, [tile]) as part,
    ):
        part.write_text("of the old one")
        with rasterio.open(tile, "r+") as file:
            file.write(np.zeros((1, 96, 128), np.float32))
    with (
        pytest.raises(BadInput, match=r"tile\.tif was changed"),
        output_folder(tmp_path / "folder", ["a"], [tile]),
    ):
        tile.unlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no other file system")
def test_a_folder_on_another_disk_is_written_there(tmp_path):
    import tempfile

    with tempfile.TemporaryDirectory(dir="/dev/shm") as disk:
        target = tmp_path / "mounted"
        target.symlink_to(disk)
        assert os.stat(disk).st_dev != os.stat(tmp_path).st_dev
        for text in ("first", "second"):
            with output_folder(target, ["a.txt"]) as folder:
                (folder / "a.txt").write_text(text)
        assert (target / "a.txt").read_text() == "second"
        assert sorted(os.listdir(disk)) == [OUTPUTS_LIST, "a.txt"]
    assert os.listdir(tmp_path) == ["mounted"]


def test_names_of_255_letters_and_links_in_a_circle(tmp_path):
    target = tmp_path / ("n" * 255)
    with output_folder(target, ["a.txt"]) as folder:
        (folder / "a.txt").write_text("x")
    assert (target / "a.txt").read_text() == "x"
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for odd in (tmp_path / "circle" / "x", tmp_path / ("n" * 300), "/dev/null/x"):
        with pytest.raises(BadInput, match="could not be written"):
            with output_file(odd, [tmp_path / "circle"]) as part:
                part.write_text("x")
