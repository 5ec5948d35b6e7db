"""The command line: its contract, exit codes and one-sentence errors."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
import rasterio
from command import soma
from soma.core import api
from soma.core.base.option_text import language_of
from soma.core.base.types import Result
from soma.core.base.words.catalogue import translator
from soma.core.base.words.message import Message
from soma.core.commandline import commands
from soma.core.simulate import Truth

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "soma.core.commandline.main")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "2"}


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """A simulated pair of 320 px with its truth."""
    folder = tmp_path_factory.mktemp("example")
    misalign = "shift=7,-5;rotation=0.8;scale=1.004;warp=0"
    done = soma(
        "simulate", "--out", folder, "--size", 320, "--seed", 3, "--misalign", misalign
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def registered(example, tmp_path_factory):
    out = tmp_path_factory.mktemp("registered") / "out"
    done = soma(
        "register",
        example / "sar.tif",
        example / "optical.tif",
        "--out",
        out,
        "--model",
        "gradient",
        "--json",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out, json.loads(done.stdout)


def test_register_recovers_the_simulated_misalignment(example, registered):
    _, result = registered
    assert result["status"] == "ok"
    truth = Truth.from_json((example / "truth.json").read_text())
    transform = json.loads((registered[0] / "transform.json").read_text())
    assert transform["kind"] == result["transform"]
    from soma.core.transform.transform_reader import read

    found = read(registered[0] / "transform.json").mov_to_ref_pixels()
    xy = np.random.default_rng(0).uniform(40, 280, (50, 2))
    error = xy @ found[:2, :2].T + found[:2, 2] - truth.mov_to_ref(xy)
    assert np.sqrt((error**2).sum(axis=1).mean()) < 1.0


def test_apply_gives_the_registered_raster_again(example, registered, tmp_path):
    out, _ = registered
    done = soma("apply", out / "transform.json", example / "sar.tif", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    with rasterio.open(tmp_path / "sar_registered.tif") as again:
        with rasterio.open(out / "registered.tif") as first:
            assert again.transform.almost_equals(first.transform)
            np.testing.assert_array_equal(again.read(), first.read())


def test_match_writes_the_contract(example, tmp_path):
    file = tmp_path / "found.json"
    args = ("--ref", example / "optical.tif", "--mov", example / "sar.tif")
    done = soma("match", *args, "--out", file, "--dense", "--model", "gradient")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(file.read_text())
    assert found["status"] == "ok"
    assert found["model"] == "gradient"
    assert np.shape(found["mov_to_ref"]) == (3, 3)
    count = len(found["matches"]["confidence"])
    for key, shape in (("mov_xy", (count, 2)), ("ref_xy", (count, 2))):
        assert np.shape(found["matches"][key]) == shape
    assert len(found["matches"]["inlier"]) == count
    assert found["seconds"] > 0
    dense = np.load(tmp_path / "found.npy")
    with rasterio.open(example / "sar.tif") as sar:
        assert dense.shape == (sar.height, sar.width, 2)
    assert dense.dtype == np.float32
    truth = Truth.from_json((example / "truth.json").read_text())
    centre = np.array([[160.5, 160.5]])
    assert np.abs(dense[160, 160] - truth.mov_to_ref(centre)[0]).max() < 1.0


def test_tie_points_of_earlier_rows_are_not_kept(example, tmp_path, monkeypatch):
    class TiePoints(list):
        """A list whose end can be seen."""

        __hash__ = object.__hash__

    alive, kept, true_match = weakref.WeakSet(), [], api.match

    def match(*args):
        kept.append(len(alive))
        found = true_match(*args)
        points = TiePoints(found.report["matches"]["mov_xy"])
        alive.add(points)
        found.report["matches"]["mov_xy"] = points
        return found

    monkeypatch.setattr(api, "match", match)
    table = tmp_path / "pairs.csv"
    row = f"{example / 'optical.tif'},{example / 'sar.tif'}"
    table.write_text("ref,mov,name\n" + "".join(f"{row},{n}\n" for n in "abcd"))
    words = ("match", "--pairs", table, "--out", tmp_path / "out")
    done = soma(*words, "--model", "gradient", "--quiet")
    assert done.returncode == 0, done.stderr
    # That of the row before may still be at hand.
    assert len(kept) == 4 and max(kept) <= 1


def test_match_works_on_a_table_and_counts_refusals_as_done(example, tmp_path):
    flat = tmp_path / "flat.png"
    with rasterio.open(
        flat, "w", driver="PNG", width=256, height=256, count=1, dtype="uint8"
    ) as file:
        file.write(np.full((1, 256, 256), 90, np.uint8))
    table = tmp_path / "pairs.csv"
    with open(table, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ref", "mov", "name"])
        rows.writerow([example / "optical.tif", example / "sar.tif", "good"])
        rows.writerow([flat, flat.name, "flat"])
    out = tmp_path / "found"
    done = soma("match", "--pairs", table, "--out", out, "--model", "gradient")
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "good.json").read_text())["status"] == "ok"
    refused = json.loads((out / "flat.json").read_text())
    assert refused["status"] == "refused"
    assert refused["reason"]
    assert refused["mov_to_ref"] is None


def test_a_refused_registration_exits_3_with_a_report_and_no_raster(example, tmp_path):
    flat = tmp_path / "flat.tif"
    with rasterio.open(example / "sar.tif") as sar:
        profile = {**sar.profile, "driver": "GTiff"}
    with rasterio.open(flat, "w", **profile) as file:
        file.write(np.full((1, profile["height"], profile["width"]), 500, "uint16"))
    out = tmp_path / "out"
    words = ("register", flat, example / "optical.tif", "--out", out)
    done = soma(*words, "--model", "gradient")
    assert done.returncode == 3
    assert [p.name for p in out.glob("[!.]*")] == ["report.html"]
    assert "Not registered" in done.stdout


def test_errors_are_json_for_machines(tmp_path):
    done = soma("info", "nowhere.tif", "--json")
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert told["status"] == "error"
    assert told["code"] == "BadInput"
    done = soma("register", "one.tif", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["reason"].startswith("the following arguments")
    assert done.stderr == ""


@pytest.mark.parametrize("what", ["info", "assess", "checkerboard", "models"])
def test_the_other_commands_answer(what, example, tmp_path):
    sar, optical = example / "sar.tif", example / "optical.tif"
    out = tmp_path / "board.tif"
    args = {
        "info": (sar,),
        "assess": (sar, optical, "--model", "gradient"),
        "checkerboard": (sar, optical, "--out", out),
        "models": (),
    }[what]
    plain = soma(what, *args)
    assert plain.returncode == 0, plain.stderr
    assert plain.stdout.strip()
    machine = soma(what, *args, "--json")
    assert json.loads(machine.stdout)


def test_the_list_of_models_is_short_and_one_shows_its_card():
    listed = soma("models").stdout.splitlines()
    names = [line.split()[0] for line in listed[::3]]
    assert {"gradient", "soma", "osrnet"} <= set(names)
    assert len(listed) == 3 * len(names) and not any(listed[2::3])
    card = (ROOT / "models" / "weights" / "osrnet.md").read_text()
    assert card.strip() in soma("models", "osrnet").stdout
    # A model without a card is told once.
    assert len(soma("models", "gradient").stdout.splitlines()) == 2
    unknown = soma("models", "siftt")
    assert unknown.returncode == 2 and "'siftt'" in unknown.stderr
    assert [c["name"] for c in json.loads(soma("models", "soma", "--json").stdout)] == [
        "soma"
    ]


@pytest.mark.skipif(os.name == "nt", reason="signals need a POSIX system")
@pytest.mark.parametrize("stage", ["Opening", "Matching", "Warping", "checkerboard"])
def test_a_killed_run_leaves_nothing_half_written(stage, example, tmp_path):
    out = tmp_path / "out"
    args = ["register", example / "sar.tif", example / "optical.tif", "--out", out]
    with subprocess.Popen(
        [*COMMAND, *map(str, args), "--model", "gradient"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=ENVIRONMENT,
    ) as run:
        for line in run.stderr:
            if stage in line:
                run.kill()
                break
        assert run.wait() == -signal.SIGKILL
    assert not out.exists()
    assert soma(*args, "--model", "gradient").returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


@pytest.mark.skipif(os.name == "nt", reason="signals need a POSIX system")
def test_ctrl_c_stops_soon_and_exits_130(example, tmp_path):
    out = tmp_path / "out"
    args = ["register", example / "sar.tif", example / "optical.tif", "--out", out]
    with subprocess.Popen(
        [*COMMAND, *map(str, args)],
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as run:
        for line in run.stderr:
            if "Matching" in line:
                time.sleep(0.05)
                run.send_signal(signal.SIGINT)
                break
        rest = run.stderr.read()
        assert run.wait() == 130
    assert "Stopped" in rest
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error_px", "gsd_m", "told"),
    [
        (0.5, 10.0, "is off by less than 0.50 px (5.0 m) in 9 of 10 cases."),
        (0.5, None, "is off by less than 0.50 px in 9 of 10 cases."),
        (None, None, "too few to tell the error of the transform."),
    ],
)
def test_the_summary_tells_what_error_to_expect(error_px, gsd_m, told):
    quality = {
        "n_matches": 9,
        "n_inliers": 8,
        "coverage_share": 0.5,
        "before": {"median_px": 3.0},
        "median_px": 0.4,
        "ce90_px": 0.8,
        "expected_error_px": error_px,
        "gsd_m": gsd_m,
    }
    why = Message("asked", {"kind": "affine"}).to_dict()
    seconds = {"total": 1.0}
    result = Result("ok", "", "", "m", "shift", quality, seconds=seconds, message=why)
    lines = [
        line.replace("\u00a0", " ") for line in commands._summary(result, "o", str)
    ]
    assert any(line.endswith(told) for line in lines), lines
    known = "Registered to within a pixel" if error_px else "Registered, but look"
    assert lines[0].startswith(known)
    chinese = commands._summary(result, "o", translator("zh_CN"))
    assert "仿射变换" in "".join(chinese)


@pytest.mark.parametrize(
    ("words", "system", "found"),
    [
        (["info", "a", "--language", "zh_CN"], "en_GB", "zh_CN"),
        (["info", "--language=zh"], "C", "zh"),
        (["info", "a"], "zh_CN.UTF-8", "zh_CN.UTF-8"),
        ([], "", "en"),
        (["--language"], "", "en"),
    ],
)
def test_the_language_is_asked_for_or_that_of_the_system(
    monkeypatch, words, system, found
):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", system)
    assert language_of(words) == found


def test_a_dense_map_does_not_outlive_a_refusal(tmp_path):
    old = tmp_path / "pair.npy"
    keys = ("reason", "code", "mov_to_ref", "matches", "quality")
    refused = api.MatchAnswer({"status": "refused", **dict.fromkeys(keys)}, (0, 0))
    api.write_match(refused, tmp_path / "pair.json", dense=False)
    old.write_bytes(b"of an earlier run")
    api.write_match(refused, tmp_path / "pair.json", dense=False)
    assert old.exists()
    api.write_match(refused, tmp_path / "pair.json", dense=True)
    assert not old.exists()


def test_models_are_told_once_and_in_the_reader_s_language():
    about = Message("about_gradient")
    card = {"name": "gradient", "state": "ready", "automatic": True}
    card |= {"card": str(about), "message": {}, "about": about.to_dict()}
    lines = commands._model(card, translator("zh_CN"))
    assert len(lines) == 2 and lines[0].startswith("gradient   就绪")
    assert "Hand-made" not in "".join(lines)
