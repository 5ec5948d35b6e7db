"""What may happen between a click and its answer: nothing is lost, hung or mixed up."""

import os
import signal
import sys
from pathlib import Path

import canvas_world as cw
import pytest
from click_pair import Jobs, choose
from qgis.core import QgsApplication, QgsProject, QgsTask
from qgis.PyQt.QtCore import QPoint, Qt
from soma.core.base.about import VERSION
from soma.ui.click import ClickTool
from soma.ui.engine.engine import Engine
from soma.ui.engine.task import ask

SHIFT = Qt.KeyboardModifier.ShiftModifier
PLACES = ((130, 130), (270, 140), (190, 270))
#: A worker that greets well and prepares, and then does something else.
GREETS = f"""
import json, sys, time
def say(**values):
    sys.stdout.write(json.dumps(values) + "\\n")
    sys.stdout.flush()
for line in sys.stdin:
    asked = json.loads(line)
    if asked["call"] == "click":
        break
    say(id=asked["id"], event="result", value={{"version": "{VERSION}"}})
"""
#: An answer whose form is right, and nothing else.
ODD = """
say(id=asked["id"], event="result", value={"ref": [1.0]})
time.sleep(60)
"""


class Hand(cw.World):
    """The mouse over the plugin's own canvas."""

    def __init__(self, canvas, optical):
        self.canvas, self.optical = canvas, optical
        self.folder = Path(optical.source()).parent


class Held:
    """A worker process that is held still, so that no answer comes."""

    def __init__(self, engine):
        self._pid = engine.pid
        assert self._pid
        os.kill(self._pid, signal.SIGSTOP)

    def let(self):
        """Let it go on."""
        os.kill(self._pid, signal.SIGCONT)


@pytest.fixture
def tools(dock, plugin, iface, layers):
    """The dock's tools with the pair on the map, switched on and ready."""
    sar, optical = layers
    choose(dock, iface, sar, optical, like=optical)
    dock.form.models.choose("gradient")
    plugin.tools.points.pick.setChecked(True)
    assert cw.wait_for(lambda: plugin.engine.pid and not busy(plugin.tools))
    return plugin.tools


@pytest.fixture
def hand(tools, iface, layers):
    found = Hand(iface.canvas, layers[1])
    found.settle()
    return found


def busy(tools):
    session = tools.tool.session
    return session.readiness.is_busy or session._tasks or session.waiting


def points_of(tools):
    return tools.tool.points.points


def told(tools):
    return tools.points.message.text()


def click(hand, tools, px):
    count = len(points_of(tools))
    hand.click(hand.place(px))
    assert cw.wait_for(lambda: not tools.tool.session.waiting)
    assert len(points_of(tools)) == count + 1, told(tools)


def no_tasks():
    return not QgsApplication.taskManager().countActiveTasks()


@pytest.mark.parametrize("what", ["layer removed", "project closed", "other pair"])
def test_an_answer_that_comes_too_late_is_dropped(tools, hand, plugin, layers, what):
    click(hand, tools, PLACES[0])
    held = Held(plugin.engine)
    hand.click(hand.place(PLACES[1]))
    assert tools.tool.session.waiting
    project = QgsProject.instance()
    if what == "layer removed":
        project.removeMapLayer(layers[0])
    elif what == "project closed":
        project.clear()
    else:
        plugin.dock.form.sar.setLayer(layers[1])
    assert not tools.tool.session.waiting and not points_of(tools)
    held.let()
    assert cw.wait_for(no_tasks)
    assert not points_of(tools) and not tools.tool.marks.waiting
    assert plugin.engine.call("models")


def test_undo_takes_back_the_click_that_waits(tools, hand, plugin):
    click(hand, tools, PLACES[0])
    held = Held(plugin.engine)
    hand.click(hand.place(PLACES[1]))
    hand.click(hand.place(PLACES[2]))
    third = tools.tool.session.waiting[1]
    assert tools.points.undo.isEnabled()
    hand.key(Qt.Key.Key_Backspace)
    assert len(tools.tool.session.waiting) == 1
    assert third not in tools.tool.session.waiting
    held.let()
    assert cw.wait_for(lambda: not tools.tool.session.waiting)
    assert [point.number for point in points_of(tools)] == [1, 2]
    at = tools.tool.marks.on_canvas(points_of(tools)[1].ref)
    place = hand.place(PLACES[1])
    assert abs(at.x() - place.x()) < 2 and abs(at.y() - place.y()) < 2
    hand.key(Qt.Key.Key_Backspace)
    assert [point.number for point in points_of(tools)] == [1]


def test_escape_in_a_pair_by_hand_drops_what_waits_too(tools, hand, plugin):
    held = Held(plugin.engine)
    hand.click(hand.place(PLACES[0]))
    hand.click(hand.place(PLACES[1]), keys=SHIFT)
    assert tools.tool.marks.pinned is not None
    hand.key(Qt.Key.Key_Escape)
    assert tools.tool.marks.pinned is None and not tools.tool.session.waiting
    held.let()
    click(hand, tools, PLACES[2])
    assert len(points_of(tools)) == 1 and not points_of(tools)[0].by_hand


def test_a_point_dragged_while_the_fit_is_computed_is_fitted_where_it_lies(
    tools, hand, plugin
):
    for px in PLACES[:2]:
        click(hand, tools, px)
    click(hand, tools, PLACES[2])
    held = Held(plugin.engine)
    tools.tool.session.set_kind("similarity")
    assert cw.wait_for(lambda: tools.tool.session._fitting is not None)
    tools.tool.marks.picture = None
    start = hand.place(PLACES[2])
    hand.drag(start, start + QPoint(40, 25))
    dragged = points_of(tools)[2]
    assert dragged.by_hand and tools.tool.points.fit is None
    held.let()
    assert cw.wait_for(lambda: tools.tool.points.fit is not None), told(tools)
    # Three places that no similarity meets: the one that was moved shows it.
    residuals = tools.tool.points.fit.residuals
    assert residuals[dragged.number].px > 3
    assert points_of(tools)[2] == dragged


def test_a_point_that_goes_during_its_drag_stays_away(tools, hand):
    click(hand, tools, PLACES[0])
    start = hand.place(PLACES[0])
    hand.press(start)
    hand.move(start + QPoint(30, 30), Qt.MouseButton.LeftButton)
    assert tools.tool.marks.dragged is not None
    tools.points.clear.click()
    assert not points_of(tools) and tools.tool.marks.dragged is None
    hand.release(start + QPoint(30, 30))
    assert not points_of(tools) and not tools.tool.session.waiting


def test_a_click_during_a_run_waits_and_may_be_taken_back(tools, hand, plugin):
    results, messages = [], []
    plugin.dock.resultReady.connect(results.append)
    tools.tool.messaged.connect(lambda text, bad: messages.append(text))
    pid = plugin.engine.pid
    plugin.dock.register()
    assert cw.wait_for(lambda: plugin.dock.bar.progress.value() > 0)
    held = Held(plugin.engine)
    hand.click(hand.place(PLACES[0]))
    assert cw.wait_for(lambda: any("still busy" in text for text in messages))
    hand.click(hand.place(PLACES[1]))
    hand.key(Qt.Key.Key_Backspace)
    assert len(tools.tool.session.waiting) == 1
    held.let()
    assert cw.wait_for(lambda: plugin.dock.task is None)
    # The run was not ended for the sake of the click that was taken back.
    assert results and results[0]["status"] == "ok" and plugin.engine.pid == pid
    assert cw.wait_for(lambda: not tools.tool.session.waiting)
    assert len(points_of(tools)) == 1


BREAKDOWNS = {
    "dead": (GREETS + "sys.exit(3)", {}, "ended unexpectedly"),
    "garbage": (GREETS + "print('<p>', flush=True); time.sleep(60)", {}, "no answer"),
    "silent": (GREETS + "time.sleep(60)", {"silence_s": 1.0}, "no sign of life"),
    "odd": (GREETS + ODD, {}, "not understood"),
}


@pytest.mark.parametrize("kind", BREAKDOWNS)
def test_a_broken_engine_is_told_and_leaves_no_point(qapp, pair, tmp_path, kind):
    code, limits, words = BREAKDOWNS[kind]
    path = tmp_path / "worker.py"
    path.write_text(code, encoding="utf-8")
    engine = Engine(lambda: [sys.executable, str(path)], **limits)
    world = cw.World(Path(pair[0]).parent)
    tool = ClickTool(world.canvas, engine, Jobs(world, tmp_path))
    messages = []
    tool.messaged.connect(lambda text, bad: messages.append((text, bad)))
    tool.toggle(True)
    world.click(world.place(PLACES[0]))
    assert cw.wait_for(lambda: not tool.session.waiting)
    assert words in messages[-1][0] and messages[-1][1]
    assert not tool.points.points and tool.marks.refused
    tool.close_down()
    engine.close()
    world.close()


def test_the_tool_gets_ready_and_lets_go(tools, plugin, layers, monkeypatch):
    asked, call = [], plugin.engine.call

    def noted(name, *rest, **values):
        asked.append(name)
        return call(name, *rest, **values)

    monkeypatch.setattr(plugin.engine, "call", noted)
    files = {layer.source() for layer in layers}

    def opened():
        fds = Path(f"/proc/{plugin.engine.pid}/fd").iterdir()
        return sum(os.readlink(fd) in files for fd in fds if fd.is_symlink())

    # A plan of the dock opens them as well, for a moment.
    assert cw.wait_for(no_tasks)
    # Some it has from QGIS, which opened them before it was started.
    before = opened()
    # A change that does not matter to clicks, and one that does.
    plugin.dock.form.max_shift.setValue(0)
    plugin.dock.form.folder.setFilePath(plugin.dock.form.folder.filePath() + "2")
    assert cw.wait_for(lambda: not busy(tools) and no_tasks())
    assert "prepare_pair" not in asked
    tools.points.window_px.setCurrentIndex(0)
    assert cw.wait_for(lambda: "prepare_pair" in asked)
    assert cw.wait_for(lambda: not busy(tools))
    QgsProject.instance().removeMapLayer(layers[0])
    assert cw.wait_for(lambda: opened() == before - len(files))
    tools.points.pick.setChecked(False)
    assert cw.wait_for(no_tasks) and asked.count("release_pairs") == 1


def test_the_tool_may_be_switched_and_ended_while_it_gets_ready(tools, plugin):
    pid = plugin.engine.pid
    tools.points.pick.setChecked(False)
    assert cw.wait_for(no_tasks)
    held = Held(plugin.engine)
    for _ in range(3):
        tools.points.pick.setChecked(True)
        assert tools.tool.session.readiness.is_busy
        tools.points.pick.setChecked(False)
        assert not tools.tool.session.readiness.is_busy
    tools.points.pick.setChecked(True)
    # None of what was begun is a reason for QGIS to ask before it closes.
    quiet = QgsTask.Flag.CancelWithoutPrompt
    assert all(t.flags() & quiet for t in QgsApplication.taskManager().activeTasks())
    plugin.unload()
    assert cw.wait_for(no_tasks)
    stat = Path(f"/proc/{pid}/stat")
    assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"
    del held


def test_who_starts_the_engine_may_leave(qapp):
    engine, answers = Engine(), []
    first = ask(engine, "models", answers.append)
    second = ask(engine, "models", answers.append)
    first.cancel()
    assert cw.wait_for(lambda: len(answers) == 2)
    assert first.error is not None and second.error is None
    engine.close()
