"""Outputs appear complete or not at all."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.shutil import copy
from soma.core.archive.folder import ArchiveFolder
from soma.core.base.errors import BadInput
from soma.core.base.files import (
    check_ending,
    output_file,
    output_folder,
    scratch_beside,
    write_errors,
)
from soma.core.base.scratch import remove_left
from soma.core.base.types import OUTPUTS_LIST

NAMES = ("a.txt", "b.txt", "report.html")


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def fill(target, *written, text="new"):
    with output_folder(target, NAMES) as folder:
        for name in written:
            (folder / name).write_text(text)


def test_a_new_folder_appears_when_complete(tmp_path):
    with output_folder(tmp_path / "deep" / "out", NAMES) as folder:
        (folder / "a.txt").write_text("x")
        assert not (tmp_path / "deep" / "out").exists()
    assert names(tmp_path / "deep" / "out") == [OUTPUTS_LIST, "a.txt"]
    assert names(tmp_path / "deep") == ["out"]


def test_an_error_leaves_nothing(tmp_path):
    with pytest.raises(KeyError), output_folder(tmp_path / "out", NAMES) as folder:
        (folder / "a.txt").write_text("x")
        raise KeyError
    assert names(tmp_path) == []


def test_what_was_made_for_a_run_that_failed_goes_with_it(tmp_path):
    target = tmp_path / "new" / "deep" / "out"
    with pytest.raises(KeyError), output_folder(target, NAMES):
        raise KeyError
    assert not (tmp_path / "new").exists()
    (tmp_path / "old").mkdir()
    with pytest.raises(KeyError), output_folder(tmp_path / "old" / "out", NAMES):
        raise KeyError
    assert (tmp_path / "old").exists()


def test_an_earlier_run_is_replaced_and_others_files_stay(tmp_path):
    out = tmp_path / "out"
    fill(out, "a.txt", "b.txt", text="old")
    (out / "mine.txt").write_text("precious")
    fill(out, "a.txt", "report.html")
    assert names(out) == [OUTPUTS_LIST, "a.txt", "mine.txt", "report.html"]
    assert (out / "a.txt").read_text() == "new"
    assert (out / "mine.txt").read_text() == "precious"
    assert json.loads((out / OUTPUTS_LIST).read_text())["files"] == [
        "a.txt",
        "report.html",
    ]


def test_an_error_keeps_the_earlier_run(tmp_path):
    out = tmp_path / "out"
    fill(out, "a.txt", text="old")
    with pytest.raises(KeyError), output_folder(out, NAMES) as folder:
        (folder / "a.txt").write_text("new")
        raise KeyError
    assert (out / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_foreign_files_are_refused_before_any_work(tmp_path):
    (tmp_path / "report.html").write_text("precious")
    with (
        pytest.raises(BadInput, match="was not written by this program"),
        output_folder(tmp_path, NAMES),
    ):
        pytest.fail("work began")
    assert (tmp_path / "report.html").read_text() == "precious"


def test_inputs_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("input")
    with (
        pytest.raises(BadInput, match="would be overwritten"),
        output_folder(tmp_path, NAMES, inputs=[tmp_path / "a.txt"]),
    ):
        pytest.fail("work began")
    with (
        pytest.raises(BadInput, match="would be overwritten"),
        output_file(tmp_path / "." / "a.txt", inputs=[tmp_path / "a.txt"]),
    ):
        pytest.fail("work began")


def test_rasters_inside_of_an_input_are_refused(tmp_path):
    tile, inner, outer = (str(tmp_path / n) for n in ("t.tif", "i.vrt", "o.vrt"))
    with rasterio.open(tile, "w", "GTiff", 8, 8, 1, dtype="uint8") as dataset:
        dataset.write(np.ones((1, 8, 8), np.uint8))
    copy(tile, inner, driver="VRT")
    copy(inner, outer, driver="VRT")
    before = Path(tile).read_bytes()
    for source in (inner, outer, f"GTIFF_DIR:1:{tile}"):
        with (
            pytest.raises(BadInput, match=r"t\.tif is one of the inputs"),
            output_file(tile, inputs=[source]),
        ):
            pytest.fail("work began")
    assert Path(tile).read_bytes() == before


def test_what_lies_beside_a_raster_does_not_outlive_it(tmp_path):
    out = tmp_path / "out"
    fill(out, "a.txt")
    (out / "a.txt.aux.xml").write_text("old statistics")
    fill(out, "a.txt")
    assert names(out) == [OUTPUTS_LIST, "a.txt"]
    (tmp_path / "b.tif.ovr").write_text("old overviews")
    with output_file(tmp_path / "b.tif") as part:
        part.write_text("new")
    assert names(tmp_path) == ["b.tif", "out"]


def test_database_that_is_written_to_is_not_replaced(tmp_path):
    out = tmp_path / "out"
    fill(out, "a.txt", text="old")
    (out / "a.txt-wal").write_text("changes")
    with (
        pytest.raises(BadInput, match="open in another program"),
        output_folder(out, NAMES),
    ):
        pytest.fail("work began")
    assert (out / "a.txt").read_text() == "old"


def test_files_and_folders_are_not_confused(tmp_path):
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(BadInput, match="is a file"),
        output_folder(tmp_path / "file", NAMES),
    ):
        pytest.fail("work began")
    with pytest.raises(BadInput, match="is a folder"), output_file(tmp_path):
        pytest.fail("work began")


@pytest.mark.parametrize("sign", "\n\r\t")
def test_a_folder_where_no_geopackage_opens_is_told_before_the_work(tmp_path, sign):
    begun = False
    with pytest.raises(BadInput, match=r"out\\[nrt]put/in has a line break or a tab"):
        with output_folder(tmp_path / f"out{sign}put" / "in", ["matches.gpkg"]):
            begun = True
    with pytest.raises(BadInput, match="line break"):
        ArchiveFolder(tmp_path / f"out{sign}put").make()
    assert not begun and not list(tmp_path.iterdir())
    with output_folder(tmp_path / f"out{sign}put", ["truth.json"]) as folder:
        (folder / "truth.json").write_text("{}")
    assert (tmp_path / f"out{sign}put" / "truth.json").is_file()


def test_a_parent_that_is_no_folder_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(BadInput, match="could not be written"),
        output_file(tmp_path / "file" / "out.tif"),
    ):
        pytest.fail("work began")


@pytest.mark.parametrize(
    ("number", "advice", "free"),
    [
        (errno.ENOSPC, "free some space", True),
        (errno.EDQUOT, "free some space", True),
        (errno.EEXIST, "choose another output.", False),
        (errno.ENOTDIR, "choose another output.", False),
        (errno.EROFS, "the right to write there", False),
        (errno.EACCES, "the right to write there", False),
        (errno.ENAMETOOLONG, "choose a shorter name", False),
    ],
)
def test_advice_fits_the_cause(tmp_path, number, advice, free):
    with pytest.raises(BadInput, match=advice) as caught, write_errors(tmp_path):
        raise OSError(number, os.strerror(number))
    assert ("free" in str(caught.value)) == free


def test_names_end_as_what_is_written():
    for name in ("a.tif", "a.TIFF", "a", ""):
        check_ending(name, [".tif", ".tiff"])
    with pytest.raises(BadInput, match=r"end it in \.tif, \.tiff"):
        check_ending("a.tif.png", [".tif", ".tiff"])


@pytest.mark.skipif(not os.access("/", os.W_OK), reason="the root may not be written")
def test_a_whole_disk_may_be_the_output_folder():
    """On a stick that has nothing else, files go beside nothing."""
    with pytest.raises(ZeroDivisionError), output_folder("/", NAMES) as content:
        assert content.is_dir() and content.parent.parent == Path("/")
        raise ZeroDivisionError
    assert not content.parent.exists()


def test_leftovers_of_dead_runs_go_and_of_live_ones_stay(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with scratch_beside(tmp_path / "out") as live:
        stale = tmp_path / live.name.replace(f"-{os.getpid()}-", f"-{dead.pid}-")
        stale.mkdir()
        other = tmp_path / stale.name.replace(".out.", ".other.")
        other.mkdir()
        with output_file(tmp_path / "out") as path:
            path.write_text("x")
        assert live.exists() and other.exists() and not stale.exists()
        stale.mkdir()
        # Whoever killed a process knows that all of its folders are left.
        remove_left(tmp_path / "third", dead.pid)
        assert live.exists() and not other.exists() and not stale.exists()


KILLED = """
import sys, time
from soma.core.base.files import output_folder
with output_folder(sys.argv[1], ["a.txt"]) as folder:
    (folder / "a.txt").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_a_killed_run_leaves_nothing_at_the_target(tmp_path):
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "out")], stdout=subprocess.PIPE
    )
    run.stdout.readline()
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert not (tmp_path / "out").exists() and len(names(tmp_path)) == 1
    fill(tmp_path / "out", "a.txt")
    assert names(tmp_path) == ["out"]


KILLED_WARP = """
import sys, numpy as np
from affine import Affine
from soma.core.base.grid import Grid
from soma.core.warp.warp import warp_raster
warp_raster(sys.argv[1], Grid(None, Affine.identity(), 3000, 3000), lambda xy: xy + 0.3,
            sys.argv[2])
"""


def test_a_killed_warp_keeps_the_old_file(tmp_path):
    source, out = tmp_path / "in.tif", tmp_path / "o.tif"
    with rasterio.open(
        source, "w", driver="GTiff", width=3000, height=3000, count=1, dtype="uint8"
    ) as made:
        made.write(np.random.default_rng(0).integers(1, 255, (1, 3000, 3000), np.uint8))
    out.write_text("old")
    seen = set()
    for wait in (0.0, 0.1, 0.3):
        run = subprocess.Popen(
            [sys.executable, "-c", KILLED_WARP, str(source), str(out)]
        )
        while len(names(tmp_path)) == 2 and run.poll() is None:
            time.sleep(0.005)
        time.sleep(wait)
        run.kill()
        run.wait()
        left = [p for p in tmp_path.iterdir() if p.name.startswith(".o.tif.soma-")]
        seen.add(bool(left))
        if left:
            assert out.read_text() == "old"
        else:
            with rasterio.open(out) as done:
                assert done.checksum(1) > 0
            out.write_text("old")
    assert True in seen


@pytest.mark.parametrize("to", ["nothing", "link"])
def test_a_link_that_leads_nowhere_is_told_before_the_work(tmp_path, to):
    (tmp_path / "link").symlink_to(tmp_path / to)
    with pytest.raises(BadInput, match="name of a folder"):
        with output_folder(tmp_path / "link", ["a.txt"]):
            raise AssertionError("the work began")
    assert (tmp_path / "link").is_symlink() and len(list(tmp_path.iterdir())) == 1
