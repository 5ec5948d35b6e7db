"""What is told before a run agrees with what the run finds."""

import time
from contextlib import ExitStack

import numpy as np
import pytest
from fakes import FakeMatcher
from soma.core.base.feedback import SILENT
from soma.core.base.job import Job
from soma.core.pipeline import duration, pace
from soma.core.pipeline.coarse_to_fine import align, plan_search
from soma.core.pipeline.duration import matched_tiles
from soma.core.pipeline.preflight import plan
from soma.core.raster.pair import open_pair


def speckle(seed, shape=(300, 300)):
    return np.random.default_rng(seed).gamma(4.0, 50.0, shape)


def test_plan_tells_the_working_grid(make_raster):
    sar = make_raster("sar.tif", speckle(1), gsd=10.0)
    optical = make_raster("optical.tif", speckle(2, (150, 150)), gsd=20.0)
    job = Job(sar=str(sar), optical=str(optical))
    found = plan(job)
    with open_pair(job) as pair:
        assert (found["width"], found["height"]) == (pair.grid.width, pair.grid.height)
        assert found["gsd_m"] == pytest.approx(pair.gsd_m)
    assert found["ok"] and found["tiles"] == 1 and found["seconds"] > 0
    assert found["overlap_m"] == pytest.approx([3000, 3000], rel=0.01)


def test_large_overlaps_need_tiles_and_time(make_raster):
    small = Job(
        sar=str(make_raster("a.tif", speckle(1))),
        optical=str(make_raster("b.tif", speckle(2))),
    )
    large = Job(
        sar=str(make_raster("c.tif", speckle(1, (1500, 1500)))),
        optical=str(make_raster("d.tif", speckle(2, (1500, 1500)))),
    )
    assert plan(large)["tiles"] == 9
    assert plan(large)["seconds"] > plan(small)["seconds"]
    times = [
        plan(large, model)["seconds"] for model in ("gradient", "gradient+soma", "soma")
    ]
    # Of many tiles the network is asked about few.
    assert times[0] == times[1] < times[2]


def test_more_effort_is_told_to_match_more_tiles():
    counts = [
        matched_tiles(Job("", "", effort=effort), 16_384, 16_384)
        for effort in ("quick", "normal", "thorough")
    ]
    assert counts == sorted(set(counts)) and counts[-1] == 14 * 14
    assert matched_tiles(Job("", "", transform="flow"), 16_384, 16_384) == counts[-1]


def test_images_apart_are_refused_before_the_run(make_raster):
    sar = make_raster("sar.tif", speckle(1))
    optical = make_raster("optical.tif", speckle(2), origin=(700_000.0, 5_000_000.0))
    found = plan(Job(sar=str(sar), optical=str(optical)))
    assert not found["ok"] and found["code"] == "no_overlap" and found["reason"]


def test_missing_file_is_told(make_raster):
    found = plan(Job(sar="/no/such.tif", optical=str(make_raster())))
    assert not found["ok"] and "such.tif" in found["reason"]


def test_bare_images_have_no_metres(make_raster):
    sar = make_raster("sar.tif", speckle(1), crs=None)
    found = plan(Job(sar=str(sar), optical=str(make_raster(data=speckle(2)))))
    assert found["ok"] and not found["georeferenced"] and found["overlap_m"] is None


def test_a_machine_of_half_the_speed_is_told_twice_the_time(make_raster, monkeypatch):
    job = Job(
        *(str(make_raster(n, speckle(i))) for i, n in enumerate(("a.tif", "b.tif")))
    )
    told = []
    for pace_here in (1.0, 2.0):
        monkeypatch.setattr(duration, "pace", lambda p=pace_here: p)
        told.append(plan(job)["seconds"])
    assert told[1] == pytest.approx(2 * told[0])


def test_the_pace_is_that_of_the_quickest_time_and_asked_once(monkeypatch):
    naps = iter([0.05, 0.01, 0.002] + 100 * [0.01])
    taken = []

    def nap(tile):
        taken.append(next(naps))
        time.sleep(taken[-1])

    monkeypatch.setattr(pace, "_work", nap)
    pace.pace.cache_clear()
    try:
        found = pace.pace()
        assert 0.002 <= found * pace.REFERENCE_S < 0.01
        count = len(taken)
        assert pace.pace() == found and len(taken) == count >= 5
    finally:
        pace.pace.cache_clear()


def test_tiles_that_are_told_are_those_that_are_matched(make_raster):
    names = [str(make_raster(n, speckle(1, (1024, 1024)))) for n in ("a.tif", "b.tif")]
    job, given = Job(*names), []

    class Counting(FakeMatcher):
        tile_px = 512

        def match(self, pairs, search, feedback=SILENT):
            given.extend(pairs)
            return super().match(pairs, search, feedback)

    a_tile = duration.DurationParams(0.0, {"soma": 1.0}, 0.0, 0.0, 0.0, 0.0)
    with ExitStack() as stack:
        pair = stack.enter_context(open_pair(job))
        search = plan_search(job, pair)
        told = duration.cost_of(job, pair, search, "gradient", a_tile).cpu_seconds
        align(job, pair, Counting(lambda xy: xy + 5.0), stack)
    assert told == pytest.approx(len(given) * pace.pace())
