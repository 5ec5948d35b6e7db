"""The worker process: what it gets, and what QGIS says when it breaks down."""

import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from soma.core.base.about import VERSION
from soma.core.base.errors import BadInput, Cancelled, Refused, SomaError
from soma.core.base.scratch import new_name
from soma.ui.engine import environment
from soma.ui.engine.engine import Engine, EngineFailed, EngineMissing

ROOT = Path(__file__).resolve().parents[2]
HELLO = f"""
import json, os, sys, time
def say(**values):
    sys.stdout.write(json.dumps(values) + "\\n")
    sys.stdout.flush()
first = json.loads(sys.stdin.readline())
say(id=first["id"], event="result", value={{"version": "{VERSION}"}})
ask = json.loads(sys.stdin.readline())
"""


@pytest.fixture
def engine_of(qapp, tmp_path):
    """Return a function that makes an engine of a worker written in place."""
    made = []

    def make(code, **options):
        path = tmp_path / f"worker{len(made)}.py"
        path.write_text(textwrap.dedent(code), encoding="utf-8")
        made.append(Engine(lambda: [sys.executable, str(path)], **options))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def engine(qapp):
    engine = Engine()
    yield engine
    engine.close()


def test_real_worker_answers(engine):
    names = [model["name"] for model in engine.call("models")]
    assert names[0] == "gradient"
    assert engine.hello["version"] == VERSION and engine.pid > 0


def test_worker_stays_between_calls_and_ends_with_stop(engine, wait):
    engine.call("models")
    pid = engine.pid
    engine.call("models")
    assert engine.pid == pid
    engine.stop()
    wait(lambda: not Path(f"/proc/{pid}").exists())
    engine.call("models")
    assert engine.pid != pid


@pytest.mark.parametrize(
    ("call", "values", "kind"),
    [
        ("info", {"path": "/nowhere.tif"}, BadInput),
        ("nonsense", {}, BadInput),
        ("register", {"job": {"sar": "a", "wrong": 1}}, BadInput),
    ],
)
def test_errors_of_the_engine_arrive_as_what_they_are(engine, call, values, kind):
    with pytest.raises(kind):
        engine.call(call, **values)


BREAKDOWNS = {
    "killed": (HELLO + "os.kill(os.getpid(), 9)", "it crashed"),
    "exits": (HELLO + "sys.exit(7)", "exit code 7"),
    "garbage": (
        HELLO + "print('hello there', flush=True); time.sleep(60)",
        "no answer",
    ),
    "not an object": (
        HELLO + "print('[1, 2]', flush=True); time.sleep(60)",
        "no answer",
    ),
    "no value": (
        HELLO + "say(id=2, event='result'); time.sleep(60)",
        "no answer",
    ),
    "silent": (HELLO + "time.sleep(60)", "no sign of life"),
    "out of memory": (HELLO + "raise MemoryError('too much')", "out of memory"),
    "import fails": ("import no_such_package", "Set the engine up again"),
    "wrong version": (HELLO.replace(VERSION, "0.0.9"), "version 0.0.9"),
    "silent start": ("import time; time.sleep(60)", "no sign of life"),
    "garbage start": ("print('Welcome!', flush=True); input()", "no answer"),
}


@pytest.mark.parametrize("name", BREAKDOWNS)
def test_breakdown_gives_one_clear_message(engine_of, name):
    code, words = BREAKDOWNS[name]
    # Impatience only where silence is what is looked for: processes start late on a
    # busy machine.
    limits = {"silent": {"silence_s": 1.0}, "silent start": {"start_s": 1.0}}
    engine = engine_of(code, **limits.get(name, {}))
    begin = time.monotonic()
    with pytest.raises(EngineFailed, match=words) as caught:
        engine.call("register", job={})
    assert time.monotonic() - begin < 25
    assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)


def test_next_call_after_a_breakdown_starts_afresh(engine_of, tmp_path):
    mark = tmp_path / "mark"
    code = (
        HELLO
        + f"""
if not os.path.exists({str(mark)!r}):
    open({str(mark)!r}, "w").close()
    os._exit(1)
say(id=ask["id"], event="result", value=5)
sys.stdin.read()
"""
    )
    engine = engine_of(code)
    with pytest.raises(EngineFailed):
        engine.call("x")
    assert engine.call("x") == 5


def test_program_that_does_not_exist(qapp):
    engine = Engine(lambda: ["/no/such/python"])
    with pytest.raises(EngineFailed, match="/no/such/python"):
        engine.call("models")
    engine.close()


def test_no_engine_is_told_apart(qapp):
    with pytest.raises(EngineMissing, match="Set up engine"):
        Engine(lambda: []).call("models")


class Impatient:
    """Cancels as soon as the worker is deaf."""

    def __init__(self, mark):
        self.mark, self.asked = mark, False

    def setProgress(self, percent):
        pass

    def setProgressText(self, text):
        pass

    def isCanceled(self):
        self.asked = self.asked or (self.mark.exists() and self.mark.read_text() != "")
        return self.asked


def test_deaf_worker_is_killed_after_a_cancel(engine_of, tmp_path, wait):
    mark = tmp_path / "pid"
    note = f"open({str(mark)!r}, 'w').write(str(os.getpid()))\n"
    engine = engine_of(HELLO + note + "time.sleep(600)")
    feedback = Impatient(mark)
    with pytest.raises(Cancelled):
        engine.call("register", feedback, job={})
    assert feedback.asked
    wait(lambda: not Path(f"/proc/{mark.read_text()}").exists())
    wait(lambda: engine.pid == 0)


def test_what_a_killed_worker_was_writing_goes_with_it(engine_of, tmp_path):
    """Its folder is hidden, so that nobody would ever find it."""
    out, mark = tmp_path / "results" / "out", tmp_path / "pid"
    name = new_name(out).replace(f"-{os.getpid()}-", "-{pid}-")
    code = f"""
    os.makedirs(os.path.join({str(out.parent)!r}, {name!r}.format(pid=os.getpid())))
    open({str(mark)!r}, "w").write("writing")
    time.sleep(600)
    """
    engine = engine_of(HELLO + textwrap.dedent(code))
    with pytest.raises(Cancelled):
        engine.call("register", Impatient(mark), job={"out": str(out)})
    assert list(out.parent.iterdir()) == []


def test_refusal_keeps_its_code(engine_of):
    code = (
        HELLO
        + """
say(id=ask["id"], event="progress", percent=None, text="Matching")
say(id=ask["id"], event="error", type="Refused", code="no_overlap", message="Apart.")
sys.stdin.read()
"""
    )
    with pytest.raises(Refused) as caught:
        engine_of(code).call("x")
    assert caught.value.code == "no_overlap" and isinstance(caught.value, SomaError)


def test_environment_is_scrubbed(monkeypatch, qapp):
    foreign = (
        "PYTHONHOME PYTHONPATH PROJ_LIB PROJ_DATA GDAL_DATA GDAL_DRIVER_PATH "
        "LD_LIBRARY_PATH QT_PLUGIN_PATH QT_QPA_PLATFORM_PLUGIN_PATH SSL_CERT_FILE "
        "VIRTUAL_ENV"
    ).split()
    for name in foreign:
        monkeypatch.setenv(name, "/wrong")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    clean = environment.scrubbed_environment()
    assert not [name for name in foreign if clean.contains(name)]
    assert clean.value("PYTHONSAFEPATH") == "1" and clean.contains("PATH")
    assert clean.value("HTTPS_PROXY") == "http://proxy:1"


def test_worker_starts_with_a_hostile_environment(monkeypatch, engine):
    for name in ("PYTHONHOME", "PYTHONPATH", "PROJ_DATA", "GDAL_DATA"):
        monkeypatch.setenv(name, "/wrong")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/lib/grass82/lib")
    assert engine.call("models")


def test_folder_of_any_name_works(tmp_path, pair):
    folder = tmp_path / "mein Ordner äöü" / "sömä-main (1)"
    for name in ("core", "models", "__init__.py", "metadata.txt"):
        source, target = ROOT / name, folder / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "weights")
            shutil.copytree(source, target, ignore=ignored)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    python, engine = environment.find_python(), folder / "core" / "engine"
    code = (
        "import runpy, sys; sys.argv = [sys.argv[1]]; "
        "runpy.run_path(sys.argv[0], run_name='x')['import_package'].__call__"
        "(__import__('pathlib').Path(sys.argv[0]).parents[2]); "
        "import soma.core.engine.worker as w; sys.stdout.write(w.__file__)"
    )
    done = subprocess.run(
        [python, "-P", "-X", "utf8", "-c", code, str(engine / "bootstrap.py")],
        capture_output=True,
        cwd="/",
        env={"PATH": os.environ["PATH"]},
    )
    assert done.stdout.decode() == str(engine / "worker.py"), done.stderr
