"""Archives on Dask workers: killed in any stage, over their memory, hanging, gone."""

import dataclasses
import json
import os
import signal
import socket
import sys

import distributed
import pytest
from archive_world import (
    QUICK,
    at_pair,
    make_pairs,
    record,
    rows_of,
    soma,
    stamps,
    started,
    wait_for,
    write_plan,
)
from soma.core.archive import cluster
from soma.core.archive.folder import ArchiveFolder
from soma.core.archive.order import order_from
from soma.core.archive.work import work
from soma.core.archive.worker import Answer
from soma.core.base.errors import BadInput
from soma.core.base.feedback import SILENT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kills need a POSIX system")

WORKERS = (*QUICK, "--workers", "2")
#: Kills a worker once in each of three stages, told by the name of the pair.
ONCE = """
import os, pathlib
# As on cores so busy that a worker takes longer to begin anew than Dask waits for it.
os.environ["DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT"] = "0s"
from soma.core.archive import pair_task
from soma.core.archive.folder import ArchiveFolder
from soma.core.pipeline import register
from soma.core.products import write_all
FLAGS = pathlib.Path({flags!r})
def once(job_or_name, stage):
    if stage in str(job_or_name) and not (FLAGS / stage).exists():
        (FLAGS / stage).touch()
        os.kill(os.getpid(), 9)
def before(module, name, stage, of):
    real = getattr(module, name)
    def call(*words, **more):
        once(of(words), stage)
        return real(*words, **more)
    setattr(module, name, call)
before(register, "open_pair", "opening", lambda words: words[0].out)
before(write_all, "compare_rasters", "writing", lambda words: words[0])
real_rename = os.rename
def rename(source, target):
    real_rename(source, target)
    once(target, "publishing" if str(target).endswith("old") else "never")
os.rename = rename
"""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return make_pairs(tmp_path_factory.mktemp("pairs"))


def test_workers_that_are_killed_lose_nothing(pairs, tmp_path):
    names = ["opening", "writing", "publishing", "quiet"]
    rows = rows_of(pairs * 2, names)
    out = tmp_path / "archive"
    # Only what is replaced is renamed away before: this pair was done differently.
    old = write_plan(tmp_path / "old.csv", [{**rows[2], "transform": "shift"}])
    assert soma("archive", "run", old, "--out", out, *QUICK).returncode == 0
    flags = tmp_path / "flags"
    flags.mkdir()
    plan = write_plan(tmp_path / "plan.csv", rows)
    patch = ONCE.format(flags=str(flags))
    done = soma("archive", "run", plan, "--out", out, *WORKERS, "--json", patch=patch)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] == 4
    assert {p.name for p in flags.iterdir()} == set(names) - {"quiet"}
    attempts = {name: record(out, name)["attempts"] for name in names}
    assert attempts == {"opening": 2, "writing": 2, "publishing": 2, "quiet": 1}
    alone = tmp_path / "alone"
    assert soma("register", *pairs[0], "--out", alone, *QUICK).returncode == 0
    for name in ("registered.tif", "quality.tif", "transform.json", "matches.csv"):
        assert (alone / name).read_bytes() == (out / "opening" / name).read_bytes()
        assert (alone / name).read_bytes() == (out / "publishing" / name).read_bytes()
    assert list((out / ".soma-archive" / "work").iterdir()) == []


def test_what_hangs_or_eats_all_memory_ends_no_others(pairs, tmp_path):
    rows = rows_of(pairs * 2, ["hungry", "hanging", "good", "better"])
    plan = write_plan(tmp_path / "plan.csv", rows)
    out = tmp_path / "archive"
    eat = "food = [bytearray(1 << 26) for _ in range(16) if not time.sleep(0.1)]"
    patch = at_pair("hungry", eat) + at_pair("hanging", "time.sleep(1000)")
    limits = ("--memory", "600MB", "--limit", "8")
    done = soma("archive", "run", plan, "--out", out, *WORKERS, *limits, patch=patch)
    assert done.returncode == 2, done.stderr
    assert record(out, "hungry")["code"] == "pair_ended_process"
    assert record(out, "hanging")["code"] == "pair_too_slow"
    assert {record(out, name)["status"] for name in ("good", "better")} == {"ok"}
    assert "distributed" not in done.stderr and "Traceback" not in done.stderr


def test_workers_that_cannot_even_begin_are_told(pairs, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs))
    words = ("--workers", "1", "--memory", "40MB")
    patch = """
from soma.core.archive import cluster
real = cluster.DaskCrew.__init__
def begin(self, workers):
    real(self, cluster.Workers(workers.count, workers.memory, patience_s=10.0))
cluster.DaskCrew.__init__ = begin
"""
    out = tmp_path / "archive"
    done = soma("archive", "run", plan, "--out", out, *QUICK, *words, patch=patch)
    assert done.returncode == 2, done.stderr
    assert "give each more with --memory" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_client_that_is_ended_goes_on(number, pairs, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs))
    out = tmp_path / "archive"
    folder = ArchiveFolder(out)
    words = ("archive", "run", plan, "--out", out, *WORKERS)
    with started(*words, patch=at_pair("pair1", "time.sleep(3)")) as process:
        wait_for(lambda: folder.is_begun("pair1") and folder.record("pair0"))
        before = stamps(out)
        process.send_signal(number)
        process.communicate(timeout=300)
    assert process.returncode == (-9 if number == signal.SIGKILL else 130)
    if number == signal.SIGINT:
        assert not folder.is_begun("pair1")
    assert folder.record("pair1") is None
    done = json.loads(soma(*words, "--json").stdout)
    assert (done["ok"], done["before"]) == (1, 1)
    assert before.items() <= stamps(out).items()
    assert sorted(p.name for p in folder.state.iterdir()) == [
        "locks",
        "plan.json",
        "work",
    ]


def test_a_scheduler_elsewhere_may_go_and_come_back(pairs, tmp_path):
    rows = rows_of(pairs, ["slow", "pair1"])
    plan = write_plan(tmp_path / "plan.csv", rows)
    out = tmp_path / "archive"
    folder = ArchiveFolder(out)
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = str(place.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    dask = (sys.executable, "-m", "dask")
    scheduler = (*dask, "scheduler", "--no-dashboard", "--host", "127.0.0.1")
    scheduler += ("--port", port)
    worker = (*dask, "worker", address, "--no-dashboard", "--nthreads", "1")
    worker += ("--local-directory", str(tmp_path / "dask"))
    words = ("archive", "run", plan, "--out", out, *QUICK, "--scheduler", address)
    slow = at_pair("slow", "time.sleep(1000)")
    with started(*words) as run:
        with started(program=scheduler), started(program=worker, patch=slow):
            wait_for(lambda: folder.is_begun("slow"))
        with started(program=scheduler), started(program=worker):
            _, said = run.communicate(timeout=300)
    assert run.returncode == 0, said
    assert {record(out, row["name"])["status"] for row in rows} == {"ok"}


@pytest.mark.parametrize("resource", ["GPU", "FPGA"])
def test_only_workers_that_have_what_is_asked_for_get_pairs(resource, pairs, tmp_path):
    out = tmp_path / "archive"
    rows = rows_of(pairs[:1])
    plan = write_plan(tmp_path / "plan.csv", rows)
    here = {"n_workers": 1, "processes": False, "dashboard_address": ":0"}
    with distributed.LocalCluster(**here, resources={"GPU": 1}) as local:
        address = local.scheduler_address
        order = order_from(
            str(plan), str(out), {"model": "gradient", "scheduler": address}
        )
        how = dataclasses.replace(order.workers, resource=resource, patience_s=3.0)
        order = dataclasses.replace(order, workers=how)
        if resource == "GPU":
            assert work(order, SILENT).counts["ok"] == 1
        else:
            with pytest.raises(BadInput, match="--resources FPGA=1"):
                work(order, SILENT)
    done = soma("archive", "run", plan, "--out", out, *WORKERS, "--resource", "GPU")
    assert done.returncode == 2 and "--resource has no effect" in done.stderr


class Before:
    """A future as it was when it was looked at, just before its worker went."""

    def __init__(self, future):
        self.status, self.result = future.status, future.result


def test_an_answer_that_its_worker_took_along_is_asked_for_again(monkeypatch):
    monkeypatch.setattr(cluster, "_TELL_S", 1.0)
    here = {"n_workers": 1, "processes": False, "dashboard_address": ":0"}
    with distributed.LocalCluster(**here) as local, distributed.Client(local) as client:
        futures = [client.submit(pow, 2, n, pure=False) for n in (3, 4)]
        distributed.wait(futures)
        assert cluster.answer_of(futures[0]) == 8
        before = Before(futures[1])
        client.sync(local.workers[0].close, nanny=False, executor_wait=False)
        wait_for(lambda: not client.nthreads())
        assert cluster.answer_of(before) == Answer("again")
