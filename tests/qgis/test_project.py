"""What stays with a project, goes with it, and comes back with a session."""

import json
import time
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsProject, QgsRasterLayer, QgsRectangle, QgsTask
from qgis.gui import QgsMapToolPan, QgsRubberBand
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtXml import QDomDocument
from soma.core.base.errors import Cancelled
from soma.ui.engine.task import EngineTask
from soma.ui.qt import settings


@pytest.fixture
def others(layers, pair, project):
    """Two more layers, that nobody would guess to be the pair."""
    made = [QgsRasterLayer(pair[1], "morning"), QgsRasterLayer(pair[0], "evening")]
    project.addMapLayers(made)
    return made


def frames(iface):
    """Return the outlines on the map."""
    items = iface.canvas.scene().items()
    return [i for i in items if isinstance(i, QgsRubberBand) and i.size()]


def test_a_saved_project_remembers_its_pair(dock, others, project, tmp_path, iface):
    form, path = dock.form, str(tmp_path / "saved.qgz")
    form.sar.setLayer(others[1])
    form.optical.setLayer(others[0])
    form.optical_band.setBand(1)
    form.moving.setCurrentIndex(1)
    iface.canvas.setDestinationCrs(others[0].crs())
    box = others[0].extent().scaled(0.5)
    form.area.set_drawn(box)
    ids = [layer.id() for layer in others]
    before = dock.choice.area
    assert project.write(path)
    assert not project.isDirty()
    project.clear()
    assert dock.sar_layer is None and dock.choice.area.box is None
    assert form.moving.currentIndex() == 1
    form.moving.setCurrentIndex(0)
    assert project.read(path)
    assert [dock.optical_layer.id(), dock.sar_layer.id()] == ids
    assert dock.choice.optical_band == 1 and dock.choice.settings.moving == "optical"
    assert dock.choice.area == before
    assert len(frames(iface)) == 1


def test_a_dock_that_is_opened_later_knows_the_pair(
    dock, plugin, others, project, tmp_path, iface
):
    dock.form.sar.setLayer(others[1])
    dock.form.optical.setLayer(others[0])
    assert project.write(str(tmp_path / "saved.qgz"))
    plugin.unload()
    plugin.initGui()
    plugin.show_dock()
    assert plugin.dock.sar_layer == others[1]
    assert plugin.dock.optical_layer == others[0]


def test_what_a_project_holds_may_be_nonsense(dock, others, project, tmp_path):
    for text in ("[1]", "{", "7", '{"sar": "x", "area": {"kind": "?"}}'):
        for entry in ("/pair", "/result"):
            project.writeEntry("soma", entry, text)
        project.readProject.emit(QDomDocument())
    assert dock.sar_layer is not None and not dock.panel.isVisible()


def test_a_new_project_takes_the_verdict_and_the_area_away(
    dock, layers, project, iface, wait
):
    dock.form.area.set_drawn(QgsRectangle(0, 0, 1, 1))
    assert len(frames(iface)) == 1
    dock.panel.show_problem("Not registered", "because")
    assert dock.panel.isVisible()
    project.clear()
    assert not dock.panel.isVisible() and dock.result is None
    assert not frames(iface) and dock.choice.area.box is None


def told(panel):
    """Return all that a panel says in words and figures."""
    cells = [panel.table.itemAt(i).widget().text() for i in range(panel.table.count())]
    return panel.headline.text(), panel.text.text(), panel.why.text(), cells


def test_a_saved_project_remembers_its_verdict(dock, layers, project, tmp_path, wait):
    wait(dock.bar.start.isEnabled)
    dock.bar.start.click()
    wait(lambda: dock.result is not None)
    before, files = told(dock.panel), dock.result["files"]
    assert "Registered" in before[0] and before[3]
    path = str(tmp_path / "saved.qgz")
    assert project.write(path) and not project.isDirty()
    project.clear()
    assert not dock.panel.isVisible() and dock.result is None
    assert project.read(path)
    wait(lambda: dock.panel.isVisible())
    assert told(dock.panel) == before and dock.result["files"] == files
    assert dock.panel.transform == files["transform"]
    assert dock.panel.more.isVisible() and dock.panel.report.isEnabled()
    # Where the files have gone, figures stay and nothing is offered that needs them.
    for name in ("transform", "report", "matches_csv"):
        Path(files[name]).unlink()
    project.clear()
    assert project.read(path)
    wait(lambda: dock.panel.isVisible())
    assert told(dock.panel) == before
    assert not dock.panel.more.isVisible() and not dock.panel.report.isEnabled()
    # No other file than a page is opened as the report, whoever wrote the project.
    kept = json.loads(project.readEntry("soma", "/result")[0])
    kept["files"]["report"] = files["registered"]
    dock.panel.clear()
    project.writeEntry("soma", "/result", json.dumps(kept))
    project.readProject.emit(QDomDocument())
    wait(lambda: dock.panel.isVisible())
    assert told(dock.panel) == before and not dock.panel.report.isEnabled()
    # What another version kept may lack what this one shows.
    dock.panel.clear()
    project.writeEntry("soma", "/result", json.dumps({**kept, "version": "0.0"}))
    project.readProject.emit(QDomDocument())
    wait(lambda: not QgsApplication.taskManager().countActiveTasks())
    assert not dock.panel.isVisible()
    # Without a result another save leaves none.
    project.clear()
    assert project.write(path) and project.read(path)
    assert not project.readEntry("soma", "/result")[0]


def test_a_verdict_that_is_still_read_does_not_come_into_the_next_project(
    dock, layers, project, tmp_path, wait, qapp
):
    result = {"status": "refused", "reason": "Seen.", "code": "unrelated"}
    dock.panel.show_result({**result, "quality": {}, "files": {}}, [])
    path = str(tmp_path / "saved.qgz")
    assert project.write(path)
    assert project.read(path)
    project.clear()
    wait(lambda: not QgsApplication.taskManager().countActiveTasks())
    qapp.processEvents()
    assert not dock.panel.isVisible()
    assert project.read(path)
    wait(lambda: dock.panel.isVisible())
    assert dock.result["code"] == "unrelated"


def test_the_drawn_area_is_seen_as_long_as_it_counts(dock, plugin, iface, layers, qapp):
    iface.canvas.setDestinationCrs(layers[0].crs())
    iface.canvas.setExtent(layers[0].extent())
    pan = QgsMapToolPan(iface.canvas)
    iface.canvas.setMapTool(pan)
    area = dock.form.area
    area.choice.setCurrentIndex(area.choice.findData("drawn"))
    area.draw.click()
    assert iface.canvas.mapTool() is not pan
    view, left = iface.canvas.viewport(), Qt.MouseButton.LeftButton
    QTest.mousePress(view, left, pos=QPoint(100, 100))
    QTest.mouseMove(view, QPoint(150, 140))
    QTest.mouseMove(view, QPoint(200, 180))
    QTest.mouseRelease(view, left, pos=QPoint(200, 180))
    assert dock.choice.area.box is not None and not area.draw.isChecked()
    assert iface.canvas.mapTool() is pan
    assert len(frames(iface)) == 1
    dock.close()
    qapp.processEvents()
    assert not frames(iface)
    plugin.show_dock()
    assert len(frames(iface)) == 1
    area.choice.setCurrentIndex(area.choice.findData("whole"))
    assert not frames(iface)
    area.choice.setCurrentIndex(area.choice.findData("drawn"))
    plugin.unload()
    assert not frames(iface)
    iface.canvas.unsetMapTool(pan)


def test_a_layer_that_goes_is_not_replaced_by_the_next(dock, others, project, layers):
    dock.form.sar.setLayer(layers[0])
    project.removeMapLayer(layers[0].id())
    assert dock.sar_layer is None
    assert "Add a SAR raster" in dock.bar.line.text()
    assert dock.optical_layer == layers[1]


@pytest.mark.parametrize("is_open", [True, False])
def test_the_dock_comes_back_with_the_next_session(plugin, iface, wait, is_open):
    plugin.show_dock()
    if not is_open:
        plugin.dock.close()
    plugin.unload()
    plugin.initGui()
    assert plugin.dock is None
    wait(lambda: plugin._warmup.is_done)
    assert (plugin.dock is not None) == is_open
    if is_open:
        assert plugin.dock.isVisible() and plugin._actions[0].isChecked()
    settings.note_dock(False)


def test_an_engine_that_was_chosen_meanwhile_stays(dock, plugin):
    settings.update(engine_python="/some/python")
    dock.form.max_shift.setValue(7)
    dock.close()
    assert settings.load().engine_python == "/some/python"
    assert settings.load().max_shift == 7
    settings.save(settings.Settings())


def test_the_project_of_the_tests_is_empty_again(project):
    assert not QgsProject.instance().mapLayers()


def test_a_task_that_is_stopped_has_not_failed(qapp, wait):
    ended = []

    def work(task):
        while not task.isCanceled():
            time.sleep(0.01)
        raise Cancelled("Stopped")

    # QGIS deletes a task soon after its end.
    def done(task):
        ended.append((task.error, task.description()))

    task = EngineTask("Register x", work, done)
    failed = []
    task.taskTerminated.connect(lambda: failed.append(True))
    task.start()
    wait(lambda: task.status() == QgsTask.TaskStatus.Running)
    task.cancel()
    wait(lambda: ended)
    error, described = ended[0]
    assert isinstance(error, Cancelled) and not failed
    assert "stopped" in described
