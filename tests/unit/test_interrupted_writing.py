"""Full disks and Ctrl-C: one sentence, and no file that is half written."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import rasterio
from command import soma

ROOT = Path(__file__).resolve().parents[2]
Q = ("--quiet", "--model", "gradient")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with a simulated pair and its transform."""
    folder = tmp_path_factory.mktemp("world")
    words = ("--size", 256, "--seed", 3, "--quiet")
    misalign = ("--misalign", "shift=7,-5;rotation=0.8;scale=1.004;warp=0")
    assert soma("simulate", "--out", folder / "ex", *words, *misalign)[0] == 0
    pair = (folder / "ex" / "sar.tif", folder / "ex" / "optical.tif")
    assert soma("register", *pair, "--out", folder / "reg", *Q)[0] == 0
    return folder


@contextmanager
def room(limit_kib):
    """Let no file grow beyond a limit, as on a disk that fills."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_kib << 10, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.skipif(os.name == "nt", reason="file size limits need a POSIX system")
@pytest.mark.parametrize("limit_kib", [1, 30, 60, 100, 130, 150])
@pytest.mark.parametrize("what", ["register", "apply"])
def test_a_full_disk_is_told_and_leaves_nothing(what, limit_kib, world, tmp_path):
    sar, optical = world / "ex" / "sar.tif", world / "ex" / "optical.tif"
    words = {
        "register": (sar, optical, *Q),
        "apply": (world / "reg" / "transform.json", sar, Q[0]),
    }
    with room(limit_kib):
        code, out, err = soma(what, *words[what], "--out", tmp_path / "out")
    if code == 0 and what == "apply":
        written = tmp_path / "out" / "sar_registered.tif"
        whole = world / "reg" / "registered.tif"
        with rasterio.open(written) as a, rasterio.open(whole) as b:
            np.testing.assert_array_equal(a.read(), b.read())
        return
    assert code == 2, out + err
    assert err.count("\n") == 1
    assert "could not be written" in err
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.mark.skipif(os.name == "nt", reason="file size limits need a POSIX system")
@pytest.mark.parametrize("limit_kib", [1, 40])
@pytest.mark.parametrize("what", ["match", "checkerboard", "simulate"])
def test_a_full_disk_is_told_with_the_name_of_the_file(
    what, limit_kib, world, tmp_path
):
    sar, optical = world / "ex" / "sar.tif", world / "ex" / "optical.tif"
    out = tmp_path / {"match": "m.json", "checkerboard": "c.tif", "simulate": "s"}[what]
    words = {
        "match": ("--ref", optical, "--mov", sar, "--dense", *Q),
        "checkerboard": (sar, optical, Q[0]),
        "simulate": ("--size", 256, Q[0]),
    }
    with room(limit_kib):
        code, _, err = soma(what, *words[what], "--out", out)
    assert code == 2 and err.count("\n") == 1, err
    named = out.with_suffix(".npy") if what == "match" else out
    assert f"{named} could not be written" in err and "free some space" in err
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.mark.skipif(os.name == "nt", reason="signals need a POSIX system")
@pytest.mark.parametrize("wait_s", [1.2, 2.0])
def test_ctrl_c_at_any_time_leaves_nothing(wait_s, world, tmp_path):
    table = tmp_path / "pairs.csv"
    row = f"{world}/ex/optical.tif,{world}/ex/sar.tif\n"
    table.write_text("ref,mov\n" + 200 * row)
    command = [
        sys.executable,
        "-m",
        "soma.core.commandline.main",
        "match",
        "--pairs",
        str(table),
    ]
    with subprocess.Popen(
        [*command, "--out", str(tmp_path / "out"), "--model", "gradient"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT.parent,
    ) as run:
        run.stderr.readline()
        time.sleep(wait_s - 1.2)
        run.send_signal(signal.SIGINT)
        err = run.communicate()[1]
    assert run.returncode == 130
    assert err.count("soma: ") == 1
    assert "Traceback" not in err
    made = list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else []
    assert all(json.loads(p.read_text())["status"] == "ok" for p in made)
