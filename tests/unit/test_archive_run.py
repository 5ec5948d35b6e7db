"""Runs of archives: every pair once, whatever is wrong with others or is killed."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import suppress

import pytest
import rasterio
from archive_world import (
    QUICK,
    at_pair,
    folders,
    make_pairs,
    record,
    rows_of,
    soma,
    stamps,
    started,
    wait_for,
    write_plan,
)
from soma.core.archive.folder import ArchiveFolder
from soma.core.archive.pair_task import MOST_ATTEMPTS
from soma.core.archive.status import status

pytestmark = pytest.mark.usefixtures("forked")

#: What an archive adds to a folder of a registration.
ARCHIVE_ONLY = {"pair.json", "item.json", "thumbnail.jpg"}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return make_pairs(tmp_path_factory.mktemp("pairs"))


def run(plan, out, *words, **how):
    return soma("archive", "run", plan, "--out", out, *QUICK, *words, **how)


def test_results_are_those_of_single_runs(pairs, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs))
    out = tmp_path / "archive"
    done = run(plan, out)
    assert done.returncode == 0, done.stderr
    for i, (sar, optical) in enumerate(pairs):
        alone = tmp_path / f"alone{i}"
        assert soma("register", sar, optical, "--out", alone, *QUICK).returncode == 0
        names = {p.name for p in alone.iterdir()}
        assert {p.name for p in (out / f"pair{i}").iterdir()} == names | ARCHIVE_ONLY
        for name in names - {"report.html", "matches.gpkg"}:
            one, other = ((d / name).read_bytes() for d in (alone, out / f"pair{i}"))
            assert one == other, name
        assert dump(alone / "matches.gpkg") == dump(out / f"pair{i}" / "matches.gpkg")
        about = record(out, f"pair{i}")
        assert about["status"] == "ok"
        own = {".soma-outputs.json"}
        assert set(about["files"].values()) == (names - own) | {"thumbnail.jpg"}
    report = (out / "pair0" / "report.html").read_text()
    assert ".soma-archive" not in report


def test_options_that_cannot_be_leave_what_is_done(pairs, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs[:1]))
    out = tmp_path / "archive"
    assert run(plan, out).returncode == 0
    before = stamps(out)
    weights = ("--weights", "none.safetensors")
    for words, told in (
        (("--model", "gradint"), "model is one of auto, gradient"),
        (("--model", "soma", *weights), "none.safetensors does not exist"),
        (("--model", "gradient", *weights), "has no weights"),
        (("--sar-mask", "none.gpkg"), "none.gpkg was not found"),
    ):
        done = run(plan, out, *words)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
        assert stamps(out) == before


def test_a_failure_takes_no_result_away(pairs, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs[:1]))
    out = tmp_path / "archive"
    assert run(plan, out).returncode == 0
    before = stamps(out)
    for again in ((), ("--retry",)):
        done = run(plan, out, "--sar-bands", "9", *again, "--json")
        assert json.loads(done.stdout)["failed"] == 1, done.stderr
        assert stamps(out) == before
    found = status(out)
    assert found["states"]["failed"] == 1 and len(found["reasons"]) == 1
    with sqlite3.connect(out / "pairs.gpkg") as base:
        said = base.execute("SELECT verdict, reason FROM pairs").fetchone()
    assert said[0] == "failed" and "band 9" in said[1] and "is kept" in said[1]
    # Whoever goes back finds all done, and whoever asks for what can be gets it.
    assert json.loads(run(plan, out, "--json").stdout)["before"] == 1
    assert stamps(out) == before
    done = json.loads(run(plan, out, "--transform", "shift", "--json").stdout)
    assert done["ok"] == 1 and record(out, "pair0")["transform"] == "shift"


def test_a_result_that_was_moved_away_when_all_ended_comes_back(pairs, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs[:1]))
    out = tmp_path / "archive"
    assert run(plan, out).returncode == 0
    work = out / ".soma-archive" / "work" / "pair0"
    work.mkdir()
    (out / "pair0").rename(work / "old")
    assert run(plan, out, "--sar-bands", "9").returncode == 2
    assert record(out, "pair0")["status"] == "ok"


def dump(path):
    """Return a GeoPackage as text, without the time when it was written."""
    with sqlite3.connect(path) as base:
        rows = [
            base.execute(f"SELECT * FROM {layer}").fetchall()
            for layer in ("matches", "displacements")
        ]
    return rows


def test_running_again_does_what_is_left_and_only_that(pairs, tmp_path):
    own = make_pairs(tmp_path / "own", 1)
    plan = write_plan(tmp_path / "plan.csv", rows_of([*pairs, *own]))
    out = tmp_path / "archive"
    shares = [run(plan, out, "--shard", f"{i}/2", "--json") for i in (1, 2)]
    counts = [json.loads(share.stdout)["ok"] for share in shares]
    assert counts == [2, 1]
    before = stamps(out)
    again = json.loads(run(plan, out, "--json").stdout)
    assert (again["ok"], again["before"]) == (0, 3)
    assert stamps(out) == before
    os.utime(own[0][0], ns=(1, 1))
    assert json.loads(run(plan, out, "--json").stdout)["ok"] == 1
    changed = {p.parent.name for p, s in stamps(out).items() if before.get(p) != s}
    assert changed == {"pair2"}


def test_broken_rows_are_recorded_and_end_no_others(pairs, tmp_path, make_raster):
    (sar, optical), other = pairs[0], pairs[1]
    far = make_raster("far.tif", origin=(700_000.0, 4_000_000.0))
    text = tmp_path / "text.tif"
    text.write_text("no image")
    rows = [
        {"name": "missing", "sar": sar, "optical": tmp_path / "no.tif"},
        {"name": "far", "sar": sar, "optical": far},
        {"name": "twice", "sar": sar, "optical": optical},
        {"name": "Twice", "sar": sar, "optical": optical},
        {"name": "../outside", "sar": sar, "optical": optical},
        {"name": "text", "sar": text, "optical": optical},
        {"name": "bad", "sar": sar, "optical": optical, "transform": "magic"},
        {"name": "theirs", "sar": sar, "optical": optical},
        {"name": "good", "sar": other[0], "optical": other[1]},
    ]
    out = tmp_path / "archive"
    (out / "theirs").mkdir(parents=True)
    (out / "theirs" / "diary.txt").write_text("mine")
    plan = write_plan(tmp_path / "plan.csv", rows)
    done = run(plan, out)
    assert done.returncode == 2
    assert "Pairs that could not be worked on: 7; the first is missing" in done.stderr
    assert done.stderr.count("\n") == 1
    assert record(out, "good")["status"] == "ok"
    assert record(out, "far")["code"] == "no_overlap"
    assert record(out, "far")["status"] == "refused"
    assert record(out, "text")["status"] == "failed"
    assert "not a raster" in record(out, "text")["reason"]
    assert (out / "text" / "log.txt").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "archive",
        "far.tif",
        "plan.csv",
        "text.tif",
    ]
    assert [p.name for p in (out / "theirs").iterdir()] == ["diary.txt"]
    found = status(str(out))
    states = {state: n for state, n in found["states"].items() if n}
    assert states.pop("refused") == 1 and states.pop("failed") == 1
    assert states.pop("broken") == 6
    assert sum(states.values()) == 1 and "left" not in states
    told = soma("archive", "status", out)
    for words in ("magic", "../outside", "no.tif", "diary.txt", "cover the same"):
        assert words in told.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals need a POSIX system")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_who_is_ended_goes_on_where_he_was(number, pairs, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs))
    out = tmp_path / "archive"
    folder = ArchiveFolder(out)
    slow = at_pair("pair1", "time.sleep(1.5)")
    with started("archive", "run", plan, "--out", out, *QUICK, patch=slow) as process:
        wait_for(lambda: folder.is_begun("pair1"))
        process.send_signal(number)
        _, said = process.communicate(timeout=300)
    assert process.returncode == (-9 if number == signal.SIGKILL else 130)
    if number != signal.SIGKILL:
        assert "the same command goes on" in said
        assert not folder.is_begun("pair1")
    assert folders(out) == ["pair0"]
    before = stamps(out)
    done = json.loads(run(plan, out, "--json").stdout)
    assert (done["ok"], done["before"]) == (1, 1)
    assert before.items() <= stamps(out).items()
    assert record(out, "pair1")["attempts"] == 1
    assert list((out / ".soma-archive" / "work").iterdir()) == []


def test_two_runs_at_once_share_the_work(pairs, tmp_path):
    rows = rows_of(pairs * 2, [f"pair{i}" for i in range(4)])
    plan = write_plan(tmp_path / "plan.csv", rows)
    out = tmp_path / "archive"
    words = ("archive", "run", plan, "--out", out, *QUICK, "--json")
    slow = at_pair("", "time.sleep(0.2)")
    with started(*words, patch=slow) as one, started(*words, patch=slow) as other:
        answers = [json.loads(p.communicate(timeout=300)[0]) for p in (one, other)]
    records = [record(out, row["name"]) for row in rows]
    assert {r["status"] for r in records} == {"ok"}
    assert {r["attempts"] for r in records} == {1}
    # What one finds done by the other counts for both.
    assert all(answer["ok"] + answer["before"] == 4 for answer in answers)
    assert list((out / ".soma-archive" / "work").iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="signals need a POSIX system")
def test_what_ends_or_stops_its_process_is_recorded(pairs, tmp_path):
    names = ["deadly", "hanging", "odd", "good"]
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs * 2, names))
    out = tmp_path / "archive"
    patch = at_pair("deadly", "os.kill(os.getpid(), 9)")
    patch += at_pair("hanging", "time.sleep(1000)") + at_pair("odd", "[][1]")
    done = run(plan, out, "--limit", "10", patch=patch)
    assert done.returncode == 2, done.stderr
    assert "Pairs that could not be worked on: 3; the first is deadly" in done.stderr
    deadly, hanging = record(out, "deadly"), record(out, "hanging")
    assert (deadly["code"], deadly["attempts"]) == ("pair_ended_process", MOST_ATTEMPTS)
    assert "attempt 3" in deadly["log"]
    assert (hanging["code"], hanging["attempts"]) == ("pair_too_slow", 1)
    assert "in register" in hanging["log"]
    assert "IndexError" in record(out, "odd")["log"]
    assert record(out, "good")["status"] == "ok"
    assert json.loads(run(plan, out, "--json").stdout)["before"] == 4
    retried = json.loads(run(plan, out, "--json", "--retry").stdout)
    assert (retried["ok"], retried["before"]) == (3, 1)


@pytest.mark.skipif(os.name == "nt", reason="file size limits need a POSIX system")
def test_a_full_disk_ends_the_run_and_blames_no_pair(pairs, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs))
    out = tmp_path / "archive"
    full = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60 << 10, -1))"
    )
    done = run(plan, out, patch=full)
    assert done.returncode == 2
    assert "could not be written" in done.stderr
    assert folders(out) == []
    assert json.loads(run(plan, out, "--json").stdout)["ok"] == 2


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 20 MB; only who may mount disks has one."""
    place = tmp_path / "disk"
    place.mkdir()
    words = ("-t", "tmpfs", "-o", "size=20m", "tmpfs", str(place))
    if shutil.which("mount") is None:
        pytest.skip("there is no command mount here")
    done = subprocess.run(["mount", *words], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no disk may be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_fills_leaves_nothing_half_and_another_goes_on(
    pairs, tmp_path, small_disk
):
    names = [f"pair{i}" for i in range(6)]
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs * 3, names))
    out = small_disk / "archive"
    # What is left for the archive is full within its second pair.
    assert run(plan, out, "--shard", "1/6").returncode == 0
    one = sum(p.stat().st_size for p in (out / "pair0").iterdir())
    ballast = small_disk / "ballast"
    with open(ballast, "wb") as file, suppress(OSError):
        file.write(bytes(shutil.disk_usage(small_disk).free - 3 * one // 2))
    done = run(plan, out)
    assert done.returncode == 2
    assert "could not be written" in done.stderr and "disk" in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    kept = folders(out)
    assert kept and len(kept) < 6
    whole = {p.name for p in (out / "pair0").iterdir()}
    for name in kept:
        assert record(out, name)["status"] == "ok"
        assert {p.name for p in (out / name).iterdir()} == whole
        with rasterio.open(out / name / "registered.tif") as raster:
            raster.read()
    assert list((out / ".soma-archive" / "work").iterdir()) == []
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(out, elsewhere)
    before = stamps(elsewhere)
    again = json.loads(run(plan, elsewhere, "--json").stdout)
    assert (again["ok"], again["before"]) == (6 - len(kept), len(kept))
    assert before.items() <= stamps(elsewhere).items()
    assert folders(elsewhere) == names
    # The overview was not written where the disk was full.
    assert (elsewhere / "index.html").read_text().count("</script>") == 1


def test_nothing_of_others_is_written_over(pairs, tmp_path):
    out = tmp_path / "archive"
    out.mkdir()
    plan = write_plan(out / "plan.csv", rows_of(pairs[:1]))
    (out / "index.html").write_text("mine")
    done = run(plan, out)
    assert done.returncode == 2 and "was not written by this program" in done.stderr
    assert {p.name: p.read_text() for p in out.iterdir()}["index.html"] == "mine"
    (out / "index.html").unlink()
    plan.rename(out / "pairs.parquet")
    done = run(out / "pairs.parquet", out)
    assert done.returncode == 2 and "what each run writes anew" in done.stderr
    assert [p.name for p in out.iterdir()] == ["pairs.parquet"]


@pytest.mark.parametrize(
    "words", [("--workers", "-1"), ("--workers", "1e9"), ("--limit", "nan")]
)
def test_numbers_that_cannot_be_are_told_at_once(words, tmp_path):
    done = run(tmp_path / "plan.csv", tmp_path / "archive", *words)
    assert (done.returncode, words[0] in done.stderr) == (2, True), done.stderr


def test_a_dry_run_writes_nothing(pairs, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs))
    done = run(plan, tmp_path / "archive", "--dry-run", "--json")
    found = json.loads(done.stdout)
    assert (found["pairs"], found["refused"]) == (2, 0) and found["seconds"] > 0
    assert not (tmp_path / "archive").exists()


def test_status_is_quick_with_ten_thousand_pairs(pairs, tmp_path):
    folder = ArchiveFolder(tmp_path / "archive")
    folder.make()
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs[:1]))
    assert run(plan, folder.path).returncode == 0
    text = (folder.path / "pair0" / "pair.json").read_text()
    key = json.loads(text)["key"]
    rows = [
        {"row": i, "name": f"n{i}", "key": key, "broken": {}, "sar": "", "optical": ""}
        for i in range(10_000)
    ]
    for i in range(9_900):
        (folder.path / f"n{i}").mkdir()
        (folder.path / f"n{i}" / "pair.json").write_text(text)
    folder.write_plan("plan.csv", rows)
    begin = time.perf_counter()
    done = soma("archive", "status", folder.path, "--json")
    seconds = time.perf_counter() - begin
    states = json.loads(done.stdout)["states"]
    assert states["left"] == 100 and sum(states.values()) == 10_000
    # Two seconds on a quiet machine; tests may share theirs.
    assert seconds < 6.0, seconds


def test_status_of_no_archive_is_told(tmp_path):
    done = soma("archive", "status", tmp_path)
    assert done.returncode == 2 and "holds no archive" in done.stderr
