"""Making the engine: what is checked before, and how failures are told."""

import ast
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from qgis.core import QgsNetworkAccessManager
from qgis.PyQt.QtCore import QLockFile, QProcessEnvironment
from qgis.PyQt.QtNetwork import QNetworkProxy
from qgis.PyQt.QtWidgets import QLabel
from soma.core.base.about import VERSION
from soma.ui.engine import environment, installer, pythons
from soma.ui.engine.diagnostics import DiagnosticsDialog, own_text
from soma.ui.engine.engine import Engine
from soma.ui.engine.installer import BASIC, CPU, CUDA, Installer
from soma.ui.engine.setup_dialog import SetupDialog
from soma.ui.qt import settings


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch, qapp):
    """A private place for engines, with a name that is no trouble for nobody."""
    folder = tmp_path / "Daten von Jürgen"
    monkeypatch.setenv("SOMA_ENGINE_DIR", str(folder))
    return folder


def fake_python(folder, body):
    """Write a program that stands for Python and does what ``body`` says."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def install(python, wait, build=BASIC, archives=False):
    ended, lines = [], []
    work = Installer()
    work.ended.connect(lambda good, text: ended.append((good, text)))
    work.line.connect(lines.append)
    work.start(python, build, archives=archives)
    wait(lambda: ended, 1200)
    return (*ended[0], lines)


PROBE_OK = "if '-c' in sys.argv: sys.stdout.write('3 12 1'); sys.exit(0)\n"
FAILURES = {
    "no space": ("print('ERROR: [Errno 28] No space left on device')", "disk is full"),
    "proxy": ("print('ProxyError: 407 authentication')", "proxy refused"),
    "no network": ("print('NewConnectionError: unreachable')", "was not reached"),
    "antivirus": ("print('[WinError 5] Access is denied')", "virus scanner"),
    "no wheel": ("print('No matching distribution found')", "another Python"),
    "else": ("print('hm')", "lines below"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failed_step_says_what_to_do(tmp_path, wait, name):
    body, words = FAILURES[name]
    python = fake_python(tmp_path / "bin", PROBE_OK + body + "\nsys.exit(1)")
    good, text, lines = install(python, wait)
    assert not good and words in text and lines
    assert installer.engine_folder().parent.exists() and not environment_is_used()


def environment_is_used():
    return (installer.engine_folder() / environment.READY_MARK).exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [("3 9 1", "older than 3.11"), ("3 12 0", "venv"), ("", "no Pyth")],
)
def test_python_that_does_not_suit_is_told(tmp_path, wait, said, words):
    python = fake_python(tmp_path / "bin", f"sys.stdout.write({said!r})")
    good, text, _ = install(python, wait)
    assert not good and words in text


def test_program_that_is_missing_is_told(wait):
    good, text, _ = install("/no/python", wait)
    assert not good and text


def test_second_installation_waits_for_the_first(place, wait):
    place.mkdir()
    lock = QLockFile(str(place / "engine.lock"))
    assert lock.tryLock(0)
    good, text, _ = install(sys.executable, wait)
    assert not good and "Another QGIS window" in text
    lock.unlock()


def test_full_disk_is_told_before(monkeypatch, wait):
    monkeypatch.setitem(installer.NEEDED_MB, BASIC, 1e12)
    good, text, _ = install(sys.executable, wait)
    assert not good and "GB are needed" in text


def test_cancel_ends_the_step_and_frees_the_lock(tmp_path, wait, place):
    python = fake_python(tmp_path / "bin", PROBE_OK + "time.sleep(60)")
    ended, steps = [], []
    work = Installer()
    work.ended.connect(lambda good, text: ended.append(text))
    work.stepBegun.connect(lambda text, percent: steps.append(text))
    work.start(python, BASIC)
    wait(lambda: len(steps) == 2)
    work.cancel()
    wait(lambda: ended)
    assert ended == ["Stopped."]
    assert QLockFile(str(place / "engine.lock")).tryLock(0)


def test_what_a_killed_pip_leaves_is_removed(tmp_path, wait, place):
    seen = tmp_path / "seen"
    body = (
        "import tempfile\nwhere = tempfile.mkdtemp()\n"
        f"open({str(seen)!r}, 'w').write(where)\ntime.sleep(60)"
    )
    python = fake_python(tmp_path / "bin", PROBE_OK + body)
    ended = []
    work = Installer()
    work.ended.connect(lambda good, text: ended.append(text))
    work.start(python, BASIC)
    wait(lambda: seen.exists() and seen.read_text())
    assert Path(seen.read_text()).parent.parent == place
    work.cancel()
    wait(lambda: ended)
    assert ended == ["Stopped."] and not Path(seen.read_text()).exists()


#: A Python whose set-up works: an environment is a folder with the same program.
WORKS = (
    "if 'rmtree' in sys.argv[-2]: exec(sys.argv[-2]); sys.exit(0)\n"
    + PROBE_OK
    + "if 'venv' in sys.argv:\n"
    "    import shutil\n"
    "    os.makedirs(os.path.join(sys.argv[-1], 'bin'))\n"
    "    shutil.copy(__file__, os.path.join(sys.argv[-1], 'bin', 'python'))\n"
    f"if 'pip' not in sys.argv: print({json.dumps({'version': VERSION})!r})\n"
)


@pytest.fixture
def in_use(tmp_path, wait, monkeypatch):
    """The Python of a private engine that has been set up."""
    monkeypatch.setattr(environment, "ROOT", tmp_path / "no checkout")
    good, text, lines = install(fake_python(tmp_path / "first", WORKS), wait)
    assert good, (text, lines)
    return environment.find_python()


def test_engine_in_use_outlives_a_set_up_that_fails(tmp_path, wait, in_use, place):
    assert Path(in_use).exists() and Path(in_use).is_relative_to(place)
    body = "if 'pip' in sys.argv: print('NewConnectionError'); sys.exit(1)\n"
    good, text, _ = install(fake_python(tmp_path / "second", body + WORKS), wait)
    assert not good and "was not reached" in text
    assert environment.find_python() == in_use and Path(in_use).exists()
    # What was made for nothing is not left to fill the disk.
    assert [path.name for path in place.iterdir()] == [Path(in_use).parents[1].name]


def test_engine_in_use_outlives_a_set_up_that_is_cancelled(
    tmp_path, wait, in_use, place
):
    body = "if 'pip' in sys.argv: time.sleep(60)\n"
    dialog = SetupDialog(Engine())
    dialog.private_page.python.setCurrentText(
        fake_python(tmp_path / "second", body + WORKS)
    )
    dialog.start()
    wait(lambda: "Installing" in dialog.status.text())
    dialog.cancel()
    wait(lambda: "Stopped" in dialog.status.text())
    assert environment.find_python() == in_use and Path(in_use).exists()
    dialog.close()


def test_further_models_are_for_who_has_an_engine(request):
    def told():
        dialog = SetupDialog(Engine())
        return [label.text() for label in dialog.findChildren(QLabel)]

    assert not any("pip install" in text for text in told())
    python = request.getfixturevalue("in_use")
    (line,) = [text for text in told() if "pip install" in text]
    assert python in line.replace("\u200b", "")


def test_engine_in_use_outlives_a_set_up_without_room(monkeypatch, wait, in_use):
    monkeypatch.setitem(installer.NEEDED_MB, BASIC, 1e12)
    good, text, _ = install(sys.executable, wait)
    assert not good and "GB are needed" in text
    assert environment.find_python() == in_use


def test_new_engine_takes_the_place_of_the_one_in_use(tmp_path, wait, in_use, place):
    for name in ("second", "third"):
        good, text, lines = install(fake_python(tmp_path / name, WORKS), wait)
        assert good, (text, lines)
        now = environment.find_python()
        assert Path(now).exists() and now != in_use and not Path(in_use).exists()
        assert [path.name for path in place.iterdir()] == [Path(now).parents[1].name]
        in_use = now


@pytest.mark.parametrize(
    ("found", "told"),
    [(["/usr/bin/python3"], "take the first one"), ([], "python.org/downloads")],
)
def test_who_never_heard_of_python_is_told_what_to_do(monkeypatch, found, told):
    monkeypatch.setattr(pythons, "candidates", lambda: found)
    dialog = SetupDialog(Engine())
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert any("If you are not sure, press Set up." in text for text in texts)
    assert any(told in text for text in texts), texts


def test_broken_set_up_is_noticed():
    installer.engine_folder().mkdir(parents=True)
    assert installer.crashed_before()
    (installer.engine_folder() / environment.READY_MARK).write_text("{}")
    assert not installer.crashed_before()


@pytest.mark.parametrize(("torch", "told"), [("", True), ("2.13.0", False)])
def test_missing_torch_is_told_at_the_end(tmp_path, torch, told):
    work = Installer()
    work.folder = tmp_path
    work._build, work._output = CPU, json.dumps({"torch": torch})
    good, text = work._finish()
    assert good and ("gradient model only" in text) == told


def test_plan_of_each_build():
    for build, steps in ((BASIC, 4), (CPU, 6), (CUDA, 6)):
        plan = installer.steps("py", Path("/e f"), build, "https://a.example/simple")
        assert len(plan) == steps
        more = installer.steps("py", Path("/e f"), build, "", archives=True)
        added = [step for step in more if "archive.lock" in " ".join(step.command)]
        assert len(more) == steps + 1 and len(added) == 1
        # Before the engine is started, which tells what it found.
        assert more[-2] is added[0] and Path(added[0].command[-1]).exists()
    assert installer.torch_pin(CUDA).startswith("torch==")
    assert installer.torch_pin(CPU).endswith("+cpu") == sys.platform.startswith("linux")


def test_password_of_an_index_reaches_pip_but_no_argument(tmp_path, wait):
    seen = tmp_path / "seen"
    told = "' '.join(sys.argv), os.environ.get('PIP_EXTRA_INDEX_URL')"
    pip = f"open({str(seen)!r}, 'a').write(repr(({told})) + '\\n')\nsys.exit(1)\n"
    inner = fake_python(tmp_path / "inner", pip)
    venv = f"import shutil; to = {str(installer.engine_folder() / 'bin')!r}\n"
    venv += f"os.makedirs(to, exist_ok=True); shutil.copy({inner!r}, to)\n"
    python = fake_python(tmp_path / "bin", PROBE_OK + venv)
    ended, work = [], Installer()
    work.ended.connect(lambda *end: ended.append(end))
    work.start(python, BASIC, "https://me:secret@a.example/simple")
    wait(lambda: ended)
    arguments, index = ast.literal_eval(seen.read_text())
    assert "install" in arguments and "secret" not in arguments
    assert index.endswith("https://me:secret@a.example/simple")


def test_proxy_of_qgis_reaches_pip():
    manager = QgsNetworkAccessManager.instance()
    before = manager.fallbackProxy()
    proxy = QNetworkProxy(QNetworkProxy.ProxyType.HttpProxy, "proxy.example", 8080)
    proxy.setUser("me@home")
    proxy.setPassword("a b")
    manager.setFallbackProxyAndExcludes(proxy, [], [])
    found = QProcessEnvironment()
    pythons.add_proxy(found)
    assert found.value("HTTPS_PROXY") == "http://me%40home:a%20b@proxy.example:8080"
    manager.setFallbackProxyAndExcludes(before, [], [])


def test_existing_python_is_tried_before_it_is_taken(wait, tmp_path):
    engine = Engine()
    dialog = SetupDialog(engine)
    dialog.existing.setChecked(True)
    bad = fake_python(tmp_path / "bin", "sys.stderr.write('ModuleNotFoundError: x')")
    dialog.existing_page.program.setFilePath(bad)
    dialog.start()
    wait(lambda: dialog.status.text().startswith("⚠"))
    assert settings.load().engine_python == ""
    good = str(environment.venv_python(environment.ROOT / ".venv"))
    dialog.existing_page.program.setFilePath(good)
    dialog.start()
    wait(lambda: dialog.status.text().startswith("✓"))
    assert settings.load().engine_python == good
    settings.update(engine_python="")
    dialog.close()


OWN = "/usr/bin/python3"
NEEDED = "cv2, jinja2, numpy, pyogrio, pyproj, rasterio, scipy, shapely"


@pytest.mark.skipif(
    subprocess.run([OWN, "-c", f"import {NEEDED}"], capture_output=True).returncode,
    reason="the system's Python lacks the engine's packages",
)
def test_system_python_works_as_engine(wait, monkeypatch, tmp_path, pair):
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    engine = Engine()
    assert not engine.is_set_up
    dialog = SetupDialog(engine)
    dialog.existing.setChecked(True)
    dialog.existing_page.program.setFilePath(OWN)
    dialog.start()
    wait(lambda: dialog.status.text().startswith(("✓", "⚠")))
    assert dialog.status.text().startswith("✓"), dialog.log.toPlainText()
    job = {"sar": pair[0], "optical": pair[1], "out": str(tmp_path / "out")}
    assert engine.call("register", job=job)["status"] == "ok"
    engine.close()
    dialog.close()
    settings.update(engine_python="")


def test_diagnostics_tell_versions_and_models(wait):
    engine = Engine()
    dialog = DiagnosticsDialog(engine)
    assert "QGIS" in own_text(engine)
    wait(lambda: "model gradient" in dialog.text.toPlainText())
    assert "engine: numpy" in dialog.text.toPlainText()
    dialog.close()
    engine.close()


@pytest.mark.skipif(
    not os.environ.get("SOMA_TEST_SETUP"),
    reason="installs 700 MB, once is enough: in ./run-tests --qgis here",
)
def test_real_set_up_gives_an_engine_that_works(wait, monkeypatch, tmp_path, pair):
    good, text, lines = install(shutil.which("python3"), wait, archives=True)
    assert good, (text, lines[-5:])
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    python = environment.find_python()
    assert python.startswith(str(installer.engine_folder()))
    engine = Engine(lambda: environment.worker_command(python))
    job = {"sar": pair[0], "optical": pair[1], "out": str(tmp_path / "out")}
    assert engine.call("register", job=job)["status"] == "ok"
    assert json.dumps(engine.hello["torch"]) == '""'
    many = engine.call(
        "register_many",
        out=str(tmp_path / "many"),
        sars=[pair[0]],
        opticals=[pair[1]],
        options={"workers": 2},
    )
    assert many["counts"]["ok"] == 1, many
    engine.close()
