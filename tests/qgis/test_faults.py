"""A real run that is stopped or broken at any moment: told, and nothing is left."""

import json
import logging
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import canvas_world as cw
import pytest
from checkout import ROOT, simulated
from qgis.core import QgsProject, QgsRasterLayer

#: All stages that a run of a pair of this size goes through, in order.
STAGES = (
    "Starting the engine",
    "Opening the images",
    "Looking at the overview",
    "Matching tiles",
    "Fitting",
    "Writing the results",
    "Warping",
    "Drawing the checkerboard",
    "Writing the matches",
    "Writing the report",
)
#: Figures; ``--log-cli-level=INFO`` shows them.
LOG = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def large_pair(tmp_path_factory):
    """A pair whose stages last long enough to be met."""
    return tuple(map(str, simulated(tmp_path_factory.mktemp("large"), 1024)))


@pytest.fixture
def large(dock, project, large_pair):
    """The dock with the large pair chosen."""
    layers = [
        QgsRasterLayer(path, name)
        for path, name in zip(large_pair, ("large sar", "large optical"), strict=True)
    ]
    project.addMapLayers(layers)
    dock.form.sar.setLayer(layers[0])
    dock.form.optical.setLayer(layers[1])
    return dock


def at_stage(dock, name, act):
    """Start a run and act when a stage begins; returns what the list will hold."""
    acted = []

    def note(stage):
        if stage == name and not acted:
            acted.append(time.monotonic())
            act()

    dock.register()
    dock.task.stage.connect(note)
    return acted


def left(folder):
    """Return all files below a folder, hidden ones too."""
    return [path for path in folder.rglob("*") if path.is_file()]


def has_groups():
    return bool(QgsProject.instance().layerTreeRoot().findGroups())


@pytest.mark.parametrize("stage", STAGES)
def test_cancel_at_any_stage_leaves_nothing(large, wait, tmp_path, stage):
    acted = at_stage(large, stage, large.cancel)
    wait(lambda: large.task is None)
    seconds = time.monotonic() - acted[0]
    LOG.info("stopped %.2f s after %s", seconds, stage)
    # A second of grace and then the end; a busy machine may take longer.
    assert seconds < 10
    assert "Stopped" in large.panel.headline.text(), large.panel.text.text()
    assert left(tmp_path) == [] and not has_groups()
    # Whatever is left of the worker does nothing: it answers at once, or anew.
    assert large.engine.call("models")


def test_cancel_at_the_very_end_is_all_or_nothing(large, wait, tmp_path):
    at_stage(large, "Loading the results", large.cancel)
    wait(lambda: large.task is None)
    stopped = "Stopped" in large.panel.headline.text()
    assert stopped == (left(tmp_path) == []) == (not has_groups())


def kill(dock):
    os.kill(dock.engine.pid, signal.SIGKILL)


@pytest.mark.parametrize("stage", ["Opening the images", "Matching tiles", "Warping"])
def test_killed_worker_is_told_and_the_next_run_works(large, wait, tmp_path, stage):
    acted = at_stage(large, stage, lambda: kill(large))
    wait(lambda: large.task is None)
    assert acted and "did not work" in large.panel.headline.text()
    assert "ended unexpectedly" in large.panel.text.text()
    assert left(tmp_path) == [] and not has_groups()
    large.register()
    wait(lambda: large.task is None)
    assert "Registered" in large.panel.headline.text()


def test_hanging_worker_is_ended(large, wait, tmp_path):
    pids = []

    def freeze():
        pids.append(large.engine.pid)
        os.kill(pids[0], signal.SIGSTOP)
        # Not before: a worker on a busy machine may be still for longer.
        large.engine._worker._silence_s = 1.0

    at_stage(large, "Matching tiles", freeze)
    wait(lambda: large.task is None)
    assert "no sign of life" in large.panel.text.text()
    wait(lambda: not Path(f"/proc/{pids[0]}").exists())
    assert left(tmp_path) == [] and not has_groups()


def test_cancel_ends_a_worker_that_hangs(large, wait, tmp_path):
    pids = []

    def freeze_and_cancel():
        pids.append(large.engine.pid)
        os.kill(pids[0], signal.SIGSTOP)
        large.cancel()

    acted = at_stage(large, "Warping", freeze_and_cancel)
    wait(lambda: large.task is None)
    assert time.monotonic() - acted[0] < 10
    assert "Stopped" in large.panel.headline.text()
    assert not Path(f"/proc/{pids[0]}").exists()
    assert left(tmp_path) == [] and not has_groups()


def test_worker_without_memory_ends_with_a_sentence(large, wait, tmp_path):
    large.engine.call("models")
    pid = large.engine.pid
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    used = pages * resource.getpagesize()
    most = used + (48 << 20)
    resource.prlimit(pid, resource.RLIMIT_AS, (most, most))
    large.register()
    wait(lambda: large.task is None)
    # Which of them depends on the library that is short of it: some say so, some end
    # the worker, some crash. That a worker that can say so is understood is tested in
    # test_engine.
    said = large.panel.text.text()
    told = ("too little memory", "out of memory", "it crashed")
    assert any(words in said for words in told), said
    assert left(tmp_path) == [] and not has_groups()


@pytest.mark.parametrize("stage", ["Matching tiles", "Warping"])
@pytest.mark.parametrize("what", ["layer", "project", "plugin"])
def test_what_ends_during_a_run_ends_it(
    large, plugin, project, wait, tmp_path, what, stage
):
    engine, pids = large.engine, []

    def end():
        pids.append(engine.pid)
        if what == "layer":
            project.removeMapLayer(large.sar_layer.id())
        elif what == "project":
            project.clear()
        else:
            plugin.unload()

    acted = at_stage(large, stage, end)
    wait(lambda: acted)
    if what == "plugin":
        wait(lambda: not Path(f"/proc/{pids[0]}").exists())
    else:
        wait(lambda: large.task is None)
    wait(lambda: left(tmp_path) == [])
    assert not has_groups()


@pytest.mark.parametrize("how", ["closed", "killed"])
@pytest.mark.parametrize("stage", ["Matching tiles", "Warping"])
def test_end_of_qgis_ends_the_run(large_pair, tmp_path, stage, how):
    ini = tmp_path / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    ini.parent.mkdir(parents=True)
    ini.write_text(
        "[PythonPlugins]\nsoma=true\n[qgis]\ncheckVersion=false\n"
        "[news-feed]\nhttpsfeedqgisorg\\disabled=true\n"
    )
    plugins = ini.parents[1] / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "soma").symlink_to(ROOT)
    (tmp_path / "tmp").mkdir()
    report, out = tmp_path / "pid", tmp_path / "out"
    foreign = ("QT_", "QGIS_", "SOMA_ENGINE_DIR")
    own = {
        **{k: v for k, v in os.environ.items() if not k.startswith(foreign)},
        "SOMA_TEST_PAIR": json.dumps(large_pair),
        "SOMA_TEST_OUT": str(out),
        "SOMA_TEST_STAGE": stage,
        "SOMA_TEST_END": how,
        "SOMA_TEST_REPORT": str(report),
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    script = str(Path(__file__).parent / "close_in_run.py")
    qgis = ["qgis", "--nologo", "--noversioncheck", "--profiles-path", str(tmp_path)]
    display = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24"]
    done = subprocess.run(
        [*display, *qgis, "--code", script],
        env=own,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert report.exists(), done.stderr[-3000:]
    assert (done.returncode == 0) == (how == "closed"), done.stderr[-3000:]
    assert cw.wait_for(lambda: not Path(f"/proc/{report.read_text()}").exists())
    assert left(out) == []
    if how == "closed":
        assert not list((tmp_path / "tmp").glob("soma*"))
