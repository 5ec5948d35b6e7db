"""Bad input: one sentence that names file, value and remedy; nothing left behind."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from command import soma
from soma.core import api
from soma.core.commandline.pair_table import PairRow, read_pairs

ROOT = Path(__file__).resolve().parents[2]
Q = ("--quiet", "--model", "gradient")


def sums(folder):
    files = sorted(p for p in Path(folder).rglob("*") if p.is_file())
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with a simulated pair, its transform, and files that are no good."""
    folder = tmp_path_factory.mktemp("world")
    quick = ("--size", 256, "--seed", 3, "--quiet")
    misalign = ("--misalign", "shift=7,-5;rotation=0.8;scale=1.004;warp=0")
    assert soma("simulate", "--out", folder / "ex", *quick, *misalign)[0] == 0
    sar, optical = folder / "ex" / "sar.tif", folder / "ex" / "optical.tif"
    assert soma("register", sar, optical, "--out", folder / "reg", *Q)[0] == 0
    shutil.copy(folder / "reg" / "transform.json", folder / "good.json")
    good = json.loads((folder / "good.json").read_text())
    (folder / "text.tif").write_text("hello")
    (folder / "empty.tif").write_bytes(b"")
    (folder / "cut.tif").write_bytes(sar.read_bytes()[:40_000])
    (folder / "cut.json").write_text((folder / "good.json").read_text()[:300])
    (folder / "foreign.json").write_text("[1]")
    flat = {**good, "working": {**good["working"], "transform": [0] * 6}}
    (folder / "flat.json").write_text(json.dumps(flat))
    del good["mov_to_ref"]
    (folder / "lacking.json").write_text(json.dumps(good))
    with rasterio.open(sar) as src:
        profile, values = src.profile, src.read()
    write = _writer(folder, profile)
    write("nothing.tif", values * 0)
    write("nan.tif", np.full(values.shape, np.nan, "float32"), nodata=None)
    write("all.tif", np.ones(values.shape, "uint8"), nodata=None)
    write("none.tif", np.zeros(values.shape, "uint8"), nodata=None)
    write("slc.tif", values.astype("complex64"), nodata=None)
    write("one.tif", values[:, :1, :1])
    write("eight.tif", values[:, :8, :8])
    write("strip.tif", np.random.default_rng(0).integers(1, 99, (1, 3, 20_000)))
    write("bare.tif", values, crs=None, transform=None)
    far = rasterio.Affine.translation(4e5, 0) * profile["transform"]
    write("far.tif", values, transform=far)
    return folder


def _writer(folder, profile):
    def write(name, values, **changes):
        kind = values.dtype if values.dtype != np.int64 else np.dtype("uint16")
        size = {"width": values.shape[2], "height": values.shape[1]}
        made = {**profile, **size, "dtype": kind.name, **changes}
        with rasterio.open(folder / name, "w", **made) as file:
            file.write(values.astype(kind))

    return write


PAIR = "ex/sar.tif ex/optical.tif --out OUT "
BAD = {
    "missing file": ("register nö.tif ex/optical.tif --out OUT", "nö.tif"),
    "text": ("register text.tif ex/optical.tif --out OUT", "text.tif"),
    "empty file": ("register empty.tif ex/optical.tif --out OUT", "empty.tif"),
    "folder": ("register ex ex/optical.tif --out OUT", "ex holds no pixels itself"),
    "truncated": ("register cut.tif ex/optical.tif --out OUT", "cut.tif"),
    "all nodata": ("register nothing.tif ex/optical.tif --out OUT", "nothing.tif"),
    "all NaN": ("register nan.tif ex/optical.tif --out OUT", "nan.tif"),
    "complex": ("register slc.tif ex/optical.tif --out OUT", "complex"),
    "out is a file": ("register ex/sar.tif ex/optical.tif --out text.tif", "text.tif"),
    "out is the input": (
        "register ex/sar.tif ex/optical.tif --out ex/sar.tif", "sar.tif"),
    "out is below a file": (
        "register ex/sar.tif ex/optical.tif --out text.tif/x", "text.tif"),
    "out has no name": ("register ex/sar.tif ex/optical.tif --out= ", "output folder"),
    "AOI on a site": (
        f"register {PAIR}--aoi 0 0 1 1 --aoi-crs LOCAL_CS['x',UNIT['metre',1]]",
        "LOCAL_CS",
    ),
    "AOI in heights": (f"register {PAIR}--aoi 0 0 1 1 --aoi-crs EPSG:5714", "5714"),
    "AOI's CRS": (f"register {PAIR}--aoi 0 0 1 1 --aoi-crs EPSG:99999999", "99999999"),
    "AOI not a number": (f"register {PAIR}--aoi nan 0 1 1", "aoi"),
    "AOI infinite": (f"register {PAIR}--aoi 0 0 inf inf", "aoi"),
    "AOI negative": (f"register {PAIR}--aoi -1e9 -5 -2e9 -6", "aoi is empty"),
    "band 99": (f"register {PAIR}--sar-bands 99", "99"),
    "band words": (f"register {PAIR}--sar-bands red", "red"),
    "mask": (f"register {PAIR}--sar-mask nomask.gpkg", "nomask.gpkg"),
    "all masked": (f"register {PAIR}--sar-mask all.tif", "all.tif marks all"),
    "nothing masked": (f"register {PAIR}--sar-mask none.tif", "none.tif marks nothing"),
    "mask is text": (f"register {PAIR}--sar-mask text.tif", "text.tif"),
    "threads": (f"register {PAIR}--threads -2", "-2"),
    "threads beyond reason": (f"register {PAIR}--threads 1000000", "1000000"),
    "threads of 20 digits": (f"register {PAIR}--threads 99999999999999999999", "1024"),
    "AOI's CRS of 5000 digits": (
        f"register {PAIR}--aoi 0 0 1 1 --aoi-crs EPSG:{'9' * 5000}", "EPSG:999"),
    "grid vanishing": (f"register {PAIR}--grid 1e-300", "1e-300"),
    "grid in other digits": (f"register {PAIR}--grid 1_0", "1_0"),
    "device": (f"register {PAIR}--device banana", "banana"),
    "grid": (f"register {PAIR}--grid inf", "inf"),
    "grid negative": (f"register {PAIR}--grid -1e3", "-1e3"),
    "grid tiny": (f"register {PAIR}--grid 1e-6", "1e-6"),
    "grid huge": (f"register {PAIR}--grid 1e9", "larger than"),
    "nodata": (f"register {PAIR}--sar-nodata -3.4e38", "-3.4e+38"),
    "reference's nodata": (f"register {PAIR}--optical-nodata -9999", "optical.tif"),
    "shift": (f"register {PAIR}--max-shift nan", "max_shift"),
    "shift in metres": (
        "match --ref bare.tif --mov bare.tif --out OUT --model gradient "
        "--max-shift 300m", "bare.tif"),
    "shift words": (f"register {PAIR}--max-shift far", "far"),
    "shift of nothing": (f"register {PAIR}--max-shift 0px", "auto or above 0"),
    "scale of nothing": (f"register {PAIR}--max-scale 0", "auto or a factor"),
    "rotation below nothing": (f"register {PAIR}--max-rotation -5", "auto or 0 to"),
    "CRS of no area": (
        f"register {PAIR}--aoi-crs EPSG:4326", "--aoi-crs has no effect without --aoi"),
    "device of no network": (
        f"register {PAIR}--model gradient --device cuda",
        "--device has no effect with --model gradient"),
    "memory of no worker": (
        "archive run text.tif --out OUT --memory 4GB", "without --workers"),
    "memory elsewhere": (
        "archive run text.tif --out OUT --memory 4GB --scheduler tcp://a:1 --workers 2",
        "--memory has no effect"),
    "resource of no worker": (
        "archive run text.tif --out OUT --resource GPU", "--resource has no effect"),
    "asset of a folder": (
        "archive plan ex ex --out OUT.csv --sar-asset vv", "without a STAC file"),
    "folder like a file": (
        "register ex/sar.tif ex/optical.tif --out OUT.tif", "results go into a folder"),
    "folder of bands like a file": (
        "apply ex/sar.tif ex/sar.tif --out OUT.tif", "results go into a folder"),
    "folder of a table like a file": (
        "match --pairs text.tif --out OUT.json", "results go into a folder"),
    "archive like a file": (
        "archive run text.tif --out OUT.zip", "results go into a folder"),
    "cells of no checkerboard": (
        "checkerboard ex/sar.tif ex/optical.tif --out OUT.tif --mode blend --cell 9",
        "--cell has no effect without --mode checkerboard"),
    "a checkerboard's ending": (
        "checkerboard ex/sar.tif ex/optical.tif --out OUT.png", "end it in .tif"),
    "a match's ending": (
        "match --ref ex/optical.tif --mov ex/sar.tif --out OUT.tif", "end it in .json"),
    "rotation": (f"register {PAIR}--max-rotation nan", "max_rotation"),
    "scale": (f"register {PAIR}--max-scale nan", "max_scale"),
    "choice": (f"register {PAIR}--transform magic", "magic"),
    "no option": (f"register {PAIR}--magic", "--magic"),
    "no command": ("regster", "regster"),
    "model": (f"register {PAIR}--model magic", "magic"),
    "weights": (f"register {PAIR}--weights no.safetensors", "no.safetensors"),
    "gradient's weights": (
        f"register {PAIR}--model gradient --weights text.tif", "weights"),
    "match onto its input": (
        "match --ref ex/optical.tif --mov ex/sar.tif --out ex/sar.tif", "sar.tif"),
    "match into a folder": (
        "match --ref ex/optical.tif --mov ex/sar.tif --out ex", "ex is a folder"),
    "match dense onto itself": (
        "match --ref ex/optical.tif --mov ex/sar.tif --out OUT.npy --dense", "npy"),
    "match half": ("match --ref ex/optical.tif --out OUT", "--mov"),
    "apply nothing": ("apply no.json ex/sar.tif --out OUT", "no.json"),
    "apply text": ("apply text.tif ex/sar.tif --out OUT", "text.tif"),
    "apply cut": ("apply cut.json ex/sar.tif --out OUT", "cut.json"),
    "apply foreign": ("apply foreign.json ex/sar.tif --out OUT", "foreign.json"),
    "apply flat": ("apply flat.json ex/sar.tif --out OUT", "flat.json"),
    "apply lacking": ("apply lacking.json ex/sar.tif --out OUT", "mov_to_ref"),
    "apply to nothing": ("apply good.json ex/sar.tif no.tif --out OUT", "no.tif"),
    "apply to text": ("apply good.json ex/sar.tif text.tif --out OUT", "text.tif"),
    "apply to complex": ("apply good.json ex/sar.tif slc.tif --out OUT", "slc.tif"),
    "apply to bare": ("apply good.json bare.tif --out OUT", "bare.tif"),
    "apply twice": ("apply good.json ex/sar.tif ex/sar.tif --out OUT", "sar_reg"),
    "apply into a file": ("apply good.json ex/sar.tif --out text.tif", "text.tif"),
    "apply threads": ("apply good.json ex/sar.tif --out OUT --threads -3", "-3"),
    "apply grid": ("apply good.json ex/sar.tif --out OUT --grid foo", "foo"),
    "checkerboard of nothing": ("checkerboard no.tif ex/sar.tif --out OUT", "no.tif"),
    "checkerboard onto input": (
        "checkerboard ex/sar.tif ex/optical.tif --out ex/sar.tif", "sar.tif"),
    "checkerboard cell": (
        "checkerboard ex/sar.tif ex/optical.tif --out OUT --cell 0", "got 0"),
    "checkerboard cell of 20 digits": (
        "checkerboard ex/sar.tif ex/optical.tif --out OUT "
        "--cell 99999999999999999999", "9999"),
    "simulate site grid": (
        "simulate --out OUT --size 64 --sar-crs LOCAL_CS[\"x\"]", "LOCAL_CS"),
    "assess nothing": ("assess no.tif ex/optical.tif", "no.tif"),
    "simulate size": ("simulate --out OUT --size 3", "got 3"),
    "simulate haze": ("simulate --out OUT --size 64 --haze nan", "haze"),
    "simulate gsd": ("simulate --out OUT --gsd inf", "gsd"),
    "simulate CRS": ("simulate --out OUT --size 64 --sar-crs EPSG:1", "EPSG:1"),
    "simulate misalign": ("simulate --out OUT --size 64 --misalign up", "up"),
    "info of text": ("info text.tif", "text.tif"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_one_sentence_exit_2_and_nothing_left(case, world, tmp_path, monkeypatch):
    monkeypatch.chdir(world)
    before = sums(world)
    text, named = BAD[case]
    words = [word.replace("OUT", str(tmp_path / "out")) for word in text.split()]
    code, out, err = soma(*words, "--quiet")
    assert code == 2, err
    assert err.startswith("soma: ")
    assert err.count("\n") == 1
    assert "Unexpected" not in err
    assert named in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []
    assert sums(world) == before


REFUSED = {
    "1 x 1": "one.tif ex/optical.tif",
    "8 x 8": "eight.tif ex/optical.tif",
    "3 x 20000": "strip.tif ex/optical.tif",
    "same file": "ex/sar.tif ex/sar.tif",
    "far away": "far.tif ex/optical.tif",
    "area elsewhere": "ex/sar.tif ex/optical.tif --aoi 0 0 1 1",
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_matched_is_refused_with_a_report(
    case, world, tmp_path, monkeypatch
):
    monkeypatch.chdir(world)
    before = sums(world)
    words = ["register", *REFUSED[case].split(), "--out", tmp_path / "out"]
    code, out, err = soma(*words, *Q)
    assert code == 3
    assert out.startswith("Not registered\n")
    assert err == ""
    assert [p.name for p in (tmp_path / "out").glob("[!.]*")] == ["report.html"]
    assert sums(world) == before


def test_a_network_that_cannot_run_exits_4(world, tmp_path, monkeypatch):
    monkeypatch.setenv("SOMA_WEIGHTS", str(tmp_path / "none"))
    monkeypatch.setattr("soma.models.registry.missing", lambda name="": "torch")
    monkeypatch.chdir(world)
    for words in (("--model", "soma"), ("--device", "cuda")):
        files = ("ex/sar.tif", "ex/optical.tif", "--out", tmp_path / "out")
        code, _, err = soma("register", *files, *words)
        if words[0] == "--device" and code == 0:
            pytest.fail("a run that asked for cuda used the processor")
        assert code == 4, err
        assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_checkerboard_of_nothing_in_common_is_refused(world, tmp_path):
    out = tmp_path / "board.tif"
    files = (world / "far.tif", world / "ex" / "optical.tif")
    code, _, err = soma("checkerboard", *files, "--out", out, "--quiet")
    assert code == 3
    assert "far.tif" in err
    assert list(tmp_path.iterdir()) == []


TABLES = {
    "with masks, which it does not take": ("ref,mov,sar_mask\nO,S,m.tif\n", "sar_mask"),
    "empty": ("", "needs the columns"),
    "columns": ("a,b\n1,2\n", "needs the columns"),
    "duplicate": ("ref,mov,name\nO,S,a\nO,S,A\n", "'a'"),
    "outside": ("ref,mov,name\nO,S,../a\n", "'../a'"),
    "missing file": ("ref,mov,name\nO,S,a\nO,no.tif,b\n", "row 2 names no.tif"),
    "empty cell": ("ref,mov,name\nO,,b\n", "row 1"),
    "short row": ("ref,mov\nO\n", "row 1"),
    "not UTF-8": ("ref,mov\n\udce4,b\n", "UTF-8"),
}


@pytest.mark.parametrize("case", TABLES)
def test_bad_tables_are_told_before_anything_is_done(case, world, tmp_path):
    text, named = TABLES[case]
    for letter, name in (("O", "optical.tif"), ("S", "sar.tif")):
        text = text.replace(letter, str(world / "ex" / name))
    table = tmp_path / "pairs.csv"
    table.write_bytes(text.encode("utf-8", "surrogateescape"))
    code, _, err = soma("match", "--pairs", table, "--out", tmp_path / "out", *Q)
    assert code == 2
    assert err.count("\n") == 1
    assert "pairs.csv" in err
    assert named in err
    assert [p.name for p in tmp_path.iterdir()] == ["pairs.csv"]


def test_one_bad_row_does_not_lose_the_others(world, tmp_path):
    table = tmp_path / "pairs.csv"
    optical, sar = world / "ex" / "optical.tif", world / "ex" / "sar.tif"
    with open(table, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ref", "mov", "name"])
        rows.writerow([optical, world / "text.tif", "bad"])
        rows.writerow([optical, sar, "v1.2"])
    out = tmp_path / "out"
    code, _, err = soma("match", "--pairs", table, "--out", out, *Q, "--dense")
    assert code == 2
    assert err.count("\n") == 1
    assert "1 of 2 rows" in err
    assert "text.tif" in err
    assert sorted(p.name for p in out.iterdir()) == ["v1.2.json", "v1.2.npy"]


def test_an_error_that_nobody_foresaw_does_not_lose_the_others(
    world, tmp_path, monkeypatch
):
    table = tmp_path / "pairs.csv"
    optical, sar = world / "ex" / "optical.tif", world / "ex" / "sar.tif"
    table.write_text(f"ref,mov,name\n{optical},{sar},odd\n{optical},{sar},good\n")
    match, calls = api.match, []

    def fails_once(*args):
        calls.append(args)
        return match(*args) if len(calls) > 1 else 1 // 0

    monkeypatch.setattr(api, "match", fails_once)
    out = tmp_path / "out"
    code, _, err = soma("match", "--pairs", table, "--out", out, *Q)
    assert code == 2 and err.count("\n") == 1
    assert "1 of 2 rows" in err and "odd: Unexpected ZeroDivisionError" in err
    assert [p.name for p in out.iterdir()] == ["good.json"]


SEPARATED = {
    "of a spreadsheet": "\ufeffName;Ref;Mov\r\na;O;S\r\n;;\r\n",
    "that say how": "sep=;\nref;mov;name\nO;S;a\n",
    "with tabs": "mov\tref\tname\nS\tO\ta\n",
    "with blanks": "ref, mov, name\n O, S, a\n\n",
    "with columns of their own": "ref,mov,name,_orbit\nO,S,a,77\n",
}


@pytest.mark.parametrize("case", SEPARATED)
def test_tables_as_people_have_them(case, tmp_path):
    for name in "OS":
        (tmp_path / name).write_text("")
    table = tmp_path / "pairs.csv"
    table.write_bytes(SEPARATED[case].encode())
    (row,) = read_pairs(str(table))
    assert row == PairRow("a", str(tmp_path / "O"), str(tmp_path / "S"))
