"""Stacks: dates that agree with each other, and what neighbours place."""

import csv
import json
import os
import shutil
import signal
from pathlib import Path

import cv2
import numpy as np
import pystac
import pytest
import rasterio
from archive_world import QUICK, folders, record, soma, stamps, started, wait_for
from soma.core.archive.plan import Pair
from soma.core.archive.stacks import stacks_of
from soma.core.archive.status import status
from soma.core.base.job import Job
from soma.core.estimation.stack_adjustment import Observation, adjust
from soma.core.simulate.stack import Dates, read_truths, simulate_stack
from soma.core.transform.transform_reader import read

pytestmark = pytest.mark.usefixtures("forked")

SIDE = 160
#: The date that a mask hides from the optical image.
HIDDEN = 2
NAMES = ["d0", "d1", "d2", "d3"]
GROUND = np.stack(
    np.meshgrid(*[np.linspace(30.0, SIDE - 30.0, 5)] * 2), axis=-1
).reshape(-1, 2)


class World:
    """Frames with known affines to one ground, and their observations."""

    def __init__(self, count, seed=0):
        self.rng = np.random.default_rng(seed)
        self.true = []
        for _ in range(count):
            matrix = np.eye(3)
            matrix[:2] += self.rng.normal(0.0, (2e-3, 2e-3, 4.0), (2, 3))
            self.true.append(matrix)

    def ground(self, i, xy=GROUND):
        return xy @ self.true[i][:2, :2].T + self.true[i][:2, 2]

    def single(self, i, error=(0.0, 0.0)):
        there = self.ground(i) + self.rng.normal(0.0, 0.2, 2) + error
        return Observation(i, -1, GROUND, there, 0.3)

    def link(self, i, j, error=(0.0, 0.0)):
        back = np.linalg.inv(self.true[j])
        there = self.ground(i) @ back[:2, :2].T + back[:2, 2]
        there = there + self.rng.normal(0.0, 0.05, 2) + error
        return Observation(i, j, GROUND, there, 0.1)

    def links(self, count, wrong=()):
        return [
            self.link(i + k, i, (2.0, 0.0) if (i + k, i) in wrong else (0.0, 0.0))
            for k in (1, 2)
            for i in range(count - k)
        ]

    def errors(self, found):
        return np.array(
            [one.transform(GROUND) - self.ground(i) for i, one in enumerate(found)]
        )


def spread(errors):
    left = errors - errors.mean(axis=0)
    return np.sqrt((left**2).sum(axis=-1).mean())


def test_an_adjustment_halves_the_spread_and_places_what_has_no_match_of_its_own():
    world, alone = World(20), (5, 11, 12)
    singles = [world.single(i) for i in range(20)]
    own = [one.there - world.ground(i) for i, one in enumerate(singles)]
    seen = [one for one in singles if one.image not in alone]
    found = adjust(20, [*seen, *world.links(20)], 1)
    errors = world.errors(found)
    assert spread(errors) < 0.5 * spread(np.array(own))
    assert [i for i, one in enumerate(found) if one.own is None] == [5, 11, 12]
    told = np.array([one.spread_px for one in found])
    assert (np.sqrt((errors**2).sum(-1).mean(-1)) < 2.5 * told).all()


def test_a_wrong_match_is_outvoted_whichever_kind_it_is():
    world = World(10, seed=1)
    seen = [world.single(i, (3.0, 0.0) if i == 4 else (0.0, 0.0)) for i in range(10)]
    found = adjust(10, [*seen, *world.links(10, wrong=[(7, 6)])], 1)
    assert [i for i, one in enumerate(found) if one.own is False] == [4]
    assert found[4].off_px == pytest.approx(3.0, abs=0.6)
    assert found[6].agreeing == found[6].neighbours - 1
    assert np.abs(world.errors(found)).max() < 0.5


def test_nothing_is_placed_by_one_match_alone_or_by_a_contradiction():
    world = World(4, seed=2)
    one = adjust(4, [world.single(0), *world.links(4)], 1)
    assert [image.transform for image in one] == [None] * 4
    # The last image hangs on two matches that contradict each other.
    seen = [world.single(i) for i in range(3)]
    links = [world.link(1, 0), world.link(2, 1), world.link(2, 0), world.link(3, 2)]
    two = adjust(4, [*seen, *links, world.link(3, 1, (4.0, 0.0))], 1)
    assert two[3].transform is None and two[2].transform is not None
    # One that nothing leads to stays out, and so does a part without the optical image.
    apart = adjust(6, [*seen, *links, world.link(1, 0)], 1)
    assert apart[4].transform is None and apart[4].neighbours == 0


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """Return the folder of a stack of four dates, one hidden, and its plan."""
    folder = tmp_path_factory.mktemp("stack")
    sars = simulate_stack(folder, Dates(4, shift_px=3.0), size=SIDE, seed=3)
    with rasterio.open(folder / "optical.tif") as source:
        profile = {**source.profile, "count": 1, "photometric": "MINISBLACK"}
    clouds = np.ones((1, SIDE, SIDE), np.uint8)
    clouds[:, :20, :20] = 0
    with rasterio.open(folder / "clouds.tif", "w", **profile) as target:
        target.write(clouds)
    plan = folder / "plan.csv"
    with open(plan, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "sar", "optical", "optical_mask"))
        # Not in order of time: their names tell it.
        for i in (3, 0, 2, 1):
            mask = folder / "clouds.tif" if i == HIDDEN else ""
            writer.writerow((NAMES[i], sars[i], folder / "optical.tif", mask))
    return folder, plan


def run(plan, out, *words, **how):
    words = ("archive", "run", plan, "--out", out, *QUICK, "--consistent", *words)
    return soma(*words, **how)


@pytest.fixture(scope="module")
def done(stack, tmp_path_factory):
    out = tmp_path_factory.mktemp("done") / "archive"
    told = run(stack[1], out, "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["ok"] == 4
    return out


def errors_of(folder, out):
    errors = []
    for name, truth in zip(NAMES, read_truths(folder).values(), strict=True):
        found = read(out / name / "transform.json")
        there = found.source_to_target(found.mov_grid, found.ref_grid)
        errors.append(there(truth.ref_to_mov(GROUND)) - GROUND)
    return np.array(errors)


def warped(folder, out, name):
    """Return a registered image on the optical one's ground, logarithms, no border."""
    with rasterio.open(folder / "optical.tif") as optical:
        bounds = optical.bounds
    with rasterio.open(out / name / "registered.tif") as source:
        window = source.window(*bounds).round_offsets()
        pixels = source.read(1, window=window, boundless=True, fill_value=1)
    inner = np.log(pixels[20 : SIDE - 20, 20 : SIDE - 20].astype(np.float64) + 1.0)
    return cv2.GaussianBlur(inner - inner.mean(), (0, 0), 1.5)


def test_dates_agree_and_the_hidden_one_says_who_placed_it(stack, done):
    folder, plan = stack
    assert soma("archive", "run", plan, "--out", folder / "alone", *QUICK).stdout
    assert record(folder / "alone", NAMES[HIDDEN])["status"] == "refused"
    together = errors_of(folder, done)
    assert spread(together) < 0.4
    hows = [record(done, name)["stack"]["how"] for name in NAMES]
    assert hows == ["adjusted", "adjusted", "placed", "adjusted"]
    about = record(done, NAMES[HIDDEN])
    said = "could not be matched to the optical image alone"
    assert said in about["reason"] and about["status"] == "ok"
    assert about["quality"]["expected_error_px"] > 1.5
    assert set(about["files"]) == {
        *("registered", "checkerboard", "transform", "report", "thumbnail")
    }
    assert said in (done / NAMES[HIDDEN] / "report.html").read_text()
    assert said in (done / "index.html").read_text()
    item = pystac.Item.from_file(str(done / NAMES[HIDDEN] / "item.json"))
    assert item.properties["soma:stack"] == "placed"
    assert said in item.properties["soma:stack_note"]
    # Another way of matching finds the warped dates on top of each other.
    shift = cv2.phaseCorrelate(warped(folder, done, "d0"), warped(folder, done, "d2"))
    assert np.hypot(*shift[0]) < 0.5
    assert set(record(done, "d0")["files"]) >= {"matches", "points", "quality"}


def test_the_table_says_how_each_image_was_placed(done):
    pyarrow = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.read_table(done / "pairs.parquet").to_pydict()
    found = dict(zip(table["name"], table["stack"], strict=True))
    assert found["d2"] == "placed" and found["d0"] == "adjusted"


def test_running_again_does_nothing_and_a_new_date_all_of_its_stack(stack, done):
    before = stamps(done)
    states = status(str(done))["states"]
    assert states["left"] == 0 and states["begun"] == 0
    again = json.loads(run(stack[1], done, "--json").stdout)
    assert (again["ok"], again["before"]) == (0, 4)
    assert stamps(done) == before


@pytest.mark.skipif(os.name == "nt", reason="signals need a POSIX system")
def test_a_run_that_is_killed_goes_on_in_each_step(stack, done, tmp_path):
    """Killed while neighbours are matched, and again while the results are written."""
    out = tmp_path / "archive"
    inner = out / ".soma-archive" / "stacks"
    patch = """
import time
from soma.core import api
def slow(real):
    def call(job, *rest):
        placed = rest and hasattr(rest[0], "expected_error_m")
        if job.optical_is == "sar" or placed:
            time.sleep(0.7)
        return real(job, *rest)
    return call
from soma.core.commandline.main import main
api.register, api.place = slow(api.register), slow(api.place)
"""
    words = ("archive", "run", stack[1], "--out", out, *QUICK, "--consistent")
    for step in (inner / "links", out):
        with started(*words, patch=patch) as process:
            wait_for(lambda step=step: len(folders(step)) >= 1)
            process.send_signal(signal.SIGKILL)
            process.wait()
    singles = stamps(inner / "singles")
    told = json.loads(run(stack[1], out, "--json").stdout)
    assert told["ok"] + told["before"] == 4 and told["ok"] >= 1
    assert stamps(inner / "singles") == singles
    for name in NAMES:
        files = [(at / name / "transform.json").read_bytes() for at in (out, done)]
        assert files[0] == files[1]


#: Kills a process once in each step, told by what is asked of it.
ONCE = """
import os, pathlib
from soma.core import api
from soma.core.commandline.main import main
FLAGS = pathlib.Path({flags!r})
def once(real, step):
    def call(job, *rest):
        now = step or ("links" if job.optical_is == "sar" else "singles")
        if not (FLAGS / now).exists():
            (FLAGS / now).touch()
            os.kill(os.getpid(), 9)
        return real(job, *rest)
    return call
api.register, api.place = once(api.register, ""), once(api.place, "placing")
"""


@pytest.mark.skipif(os.name == "nt", reason="signals need a POSIX system")
def test_workers_that_are_killed_in_each_step_lose_nothing(stack, done, tmp_path):
    flags, out = tmp_path / "flags", tmp_path / "archive"
    flags.mkdir()
    workers = ("--workers", "2", "--only", "transform", "--json")
    told = run(stack[1], out, *workers, patch=ONCE.format(flags=str(flags)))
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["ok"] == 4
    steps = {"singles", "links", "placing"}
    assert {p.name for p in flags.iterdir()} == steps
    inner = out / ".soma-archive" / "stacks"
    for step, archive in zip(
        sorted(steps), (inner / "links", out, inner / "singles"), strict=True
    ):
        attempts = [record(archive, name)["attempts"] for name in folders(archive)]
        assert sorted(set(attempts)) == [1, 2], step
    for name in NAMES:
        files = [(at / name / "transform.json").read_bytes() for at in (out, done)]
        assert files[0] == files[1]


def test_that_no_stack_was_found_is_told(stack, done, tmp_path):
    plan = tmp_path / "plan.csv"
    plan.write_text("\n".join(Path(stack[1]).read_text().splitlines()[:2]))
    out = tmp_path / "archive"
    assert "nothing is adjusted" in run(plan, out, "--dry-run").stdout
    assert "nothing is adjusted" in run(plan, out).stdout
    again = run(stack[1], done, "--json").stdout
    assert json.loads(again)["stacks"] == 1 and "nothing is adj" not in again


def test_what_is_left_of_a_stack_is_told(stack, done, tmp_path):
    out = tmp_path / "archive"
    found = json.loads(run(stack[1], out, "--dry-run", "--json").stdout)
    assert (found["pairs"], found["stacked"], found["stacks"]) == (4, 4, 1)
    # Each date to the two before it.
    assert found["links"] == 5 and found["seconds"] > 0
    assert not out.exists()
    said = run(stack[1], done, "--dry-run").stdout
    assert "Pairs to register: 0" in said and "4 of the images are in 1 stacks" in said
    shutil.copytree(done, out)
    shutil.rmtree(out / "d1")
    links = out / ".soma-archive" / "stacks" / "links"
    shutil.rmtree(links / folders(links)[0])
    steps = status(str(out))["stacks"]
    assert steps == {
        "singles": {"pairs": 4, "done": 4},
        "links": {"pairs": 5, "done": 4},
    }
    told = soma("archive", "status", out).stdout
    assert "Matches between dates of stacks: 4 of 5" in told


def test_optical_images_of_one_ground_make_one_stack(make_raster, tmp_path):
    """Two dates of a tile, and a tile beside it that overlaps by a tenth."""
    here, beside = (500_000.0, 5_000_000.0), (500_000.0 + 0.9 * 1280.0, 5_000_000.0)
    places = {"o1": here, "o2": here, "side": beside}
    opticals = {n: make_raster(f"{n}.tif", origin=at) for n, at in places.items()}
    sars = [make_raster(f"s_2024010{i}.tif", origin=here) for i in range(1, 5)]

    def pair(i, optical, track="7"):
        job = Job(sars[i], opticals[optical])
        name = f"{optical} {i}"
        return Pair(i + 1, name, job, "key", {}, sars[i], opticals[optical], track)

    def names(pairs):
        return [[p.name for p in one.pairs] for one in stacks_of(pairs)]

    assert names([pair(1, "o2"), pair(0, "o1"), pair(2, "o1"), pair(3, "side")]) == [
        ["o1 0", "o2 1", "o1 2"]
    ]
    # Once with each of two dates: two stacks. Another track is another stack.
    twice = [pair(i, o) for o in ("o1", "o2") for i in (0, 1)]
    assert names(twice) == [["o1 0", "o1 1"], ["o2 0", "o2 1"]]
    assert names([pair(0, "o1"), pair(1, "o2", "8")]) == []


def test_a_stack_is_one_share(stack, tmp_path):
    counts = [
        json.loads(
            run(
                *(stack[1], tmp_path / "archive", "--json", "--shard", f"{i}/2"),
                *("--only", "transform"),
            ).stdout
        )["ok"]
        for i in (1, 2)
    ]
    assert sorted(counts) == [0, 4]
