"""The worker's protocol, with a real process."""

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from soma.core.base.about import VERSION
from soma.core.engine import worker as engine
from soma.core.engine.request import parsed

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started():
    process = subprocess.Popen(
        [sys.executable, "-P", str(ROOT / "core" / "engine" / "bootstrap.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
    )
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def worker():
    """A worker of the test's own, which may end it."""
    with started() as process:
        yield process


@pytest.fixture(scope="module")
def lasting():
    """A worker that answers all that it is asked, test after test."""
    with started() as process:
        yield process


def ask(worker, **values):
    worker.stdin.write(json.dumps(values) + "\n")
    worker.stdin.flush()


def answer(worker, number):
    """Return the last event of a request."""
    for line in worker.stdout:
        event = json.loads(line)
        if event["id"] == number and event["event"] in ("result", "error"):
            return event
    raise AssertionError("the worker ended")


def test_greets_with_its_version(lasting):
    ask(lasting, id=1, call="hello")
    assert answer(lasting, 1)["value"]["version"] == VERSION


def test_errors_are_answers(lasting):
    ask(lasting, id=1, call="nonsense")
    assert answer(lasting, 1)["type"] == "BadInput"
    ask(lasting, id=2, call="info", path="/no/such.tif")
    assert "such.tif" in answer(lasting, 2)["message"]
    lasting.stdin.write("no json\n")
    ask(lasting, id=3, call="hello")
    assert answer(lasting, -1)["message"] == "Not a request."
    assert answer(lasting, 3)["event"] == "result"


@pytest.mark.parametrize(
    "values, said",
    [
        ({"call": "register"}, "The request lacks: job."),
        ({"call": "info"}, "The request lacks: path."),
        ({"call": "apply", "transform": "a.json"}, "The request lacks: rasters."),
        ({"call": "info", "path": 5}, "path of the request is of the wrong kind: 5."),
        (
            {"call": "fits", "transform": "a.json", "rasters": "b.tif"},
            'rasters of the request is of the wrong kind: "b.tif".',
        ),
        ({"call": "register", "job": {}}, "The job lacks: optical, sar."),
        (
            {"call": "compare", "a": "a", "b": "b", "out": "c.tif", "cell": True},
            "cell of the request is of the wrong kind: true.",
        ),
        (
            {"call": "preview_points", "pixels_to_map": [1, None]},
            "pixels_to_map of the request is of the wrong kind: [1, null].",
        ),
    ],
)
def test_keys_that_lack_and_values_of_other_kinds_are_told(values, said):
    told = []

    class Writer:
        def send(self, request, event, **values):
            told.append((values["type"], values["message"]))

    line = json.dumps({"id": 1, **values})
    engine.answer(parsed(line), Writer(), threading.Event())
    assert told == [("BadInput", said)]


@pytest.mark.parametrize(
    "line",
    ["1" * 5000, '{"id": ' + "1" * 5000, "[" * 2000, '{"a":' * 100_000, "\udcff", ""],
)
def test_lines_that_are_no_requests_are_told(lasting, line):
    ask_line = line.encode("utf-8", "surrogateescape") + b"\n"
    lasting.stdin.buffer.write(ask_line)
    ask(lasting, id=3, call="hello")
    assert answer(lasting, -1)["message"] == "Not a request."
    assert answer(lasting, 3)["event"] == "result"


def test_requests_of_one_id_are_all_answered(lasting):
    for _ in range(3):
        ask(lasting, id=7, call="models")
    ask(lasting, id=8, call="hello")
    given = [json.loads(lasting.stdout.readline()) for _ in range(4)]
    kinds = [event["id"] for event in given if event["event"] == "result"]
    assert kinds == [7, 7, 7, 8]


def noise(make_raster):
    rng = np.random.default_rng(1)
    paths = [str(make_raster(f"{n}.tif", rng.gamma(4, 50, (2000, 2000)))) for n in "ab"]
    return {"sar": paths[0], "optical": paths[1]}


def test_nobody_reads_its_answers_and_it_ends(worker, tmp_path, make_raster):
    ask(worker, id=1, call="hello")
    answer(worker, 1)
    job = {**noise(make_raster), "out": str(tmp_path / "out"), "search": "any"}
    ask(worker, id=2, call="register", job=job)
    worker.stdout.close()
    assert worker.wait(30) == 141
    assert not list(tmp_path.glob(".out*"))


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_ends_it_and_leaves_nothing(worker, tmp_path, make_raster, name):
    ask(worker, id=1, call="hello")
    answer(worker, 1)
    job = {**noise(make_raster), "out": str(tmp_path / "out"), "search": "any"}
    ask(worker, id=2, call="register", job=job)
    time.sleep(0.5)
    worker.send_signal(getattr(signal, name))
    assert worker.wait(30) == 0
    assert not list(tmp_path.glob(".out*"))


def test_ends_with_its_input(worker):
    ask(worker, id=1, call="hello")
    answer(worker, 1)
    worker.stdin.close()
    assert worker.wait(10) == 0


def test_a_request_that_ends_with_the_input_is_answered(worker):
    # What the set-up asks of a new engine.
    told, _ = worker.communicate('{"id": 1, "call": "hello"}\n', timeout=60)
    assert worker.returncode == 0
    assert json.loads(told.splitlines()[-1])["value"]["version"] == VERSION


def test_cancel_stops_a_run_and_leaves_nothing(lasting, tmp_path, make_raster):
    out = tmp_path / "out"
    ask(lasting, id=1, call="hello")
    answer(lasting, 1)
    job = {**noise(make_raster), "out": str(out), "force": True}
    ask(lasting, id=2, call="register", job=job)
    time.sleep(0.5)
    ask(lasting, id=2, call="cancel")
    assert answer(lasting, 2)["type"] == "Cancelled"
    assert not out.exists() and not list(tmp_path.glob(".out*"))


def test_a_request_that_waits_is_cancelled_at_once(lasting, tmp_path, make_raster):
    job = {**noise(make_raster), "out": str(tmp_path / "out"), "force": True}
    ask(lasting, id=1, call="register", job=job)
    ask(lasting, id=2, call="models")
    ask(lasting, id=3, call="hello")
    ask(lasting, id=2, call="cancel")
    # The run before it goes on: had it ended, its answer would have come first.
    assert answer(lasting, 2)["type"] == "Cancelled"
    ask(lasting, id=1, call="cancel")
    assert answer(lasting, 1)["type"] == "Cancelled"
    assert answer(lasting, 3)["event"] == "result"
