"""The map tool in a real QGIS: real layers, real clicks, real worker."""

import math
import os
import signal
from pathlib import Path

import canvas_world as cw
import pytest
from click_pair import Jobs
from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt
from soma.ui.click import ClickPanel, ClickTool
from soma.ui.click.points_layer import PROPERTY

pytestmark = pytest.mark.usefixtures("qapp")
SHIFT = Qt.KeyboardModifier.ShiftModifier
RIGHT = Qt.MouseButton.RightButton
PLACES = ((130, 130), (270, 140), (190, 270))


@pytest.fixture(scope="module")
def folder(pair):
    return Path(pair[0]).parent


@pytest.fixture
def world(folder, project):
    found = cw.World(folder)
    yield found
    found.close()


@pytest.fixture
def tool(world, engine, tmp_path):
    found = ClickTool(world.canvas, engine, Jobs(world, tmp_path))
    found.toggle(True)
    yield found
    found.close_down()


def points_of(tool):
    return tool.points.points


def click(world, tool, px):
    count = len(tool.points)
    world.click(world.place(px))
    assert cw.wait_for(lambda: len(tool.points) > count), tool.session.waiting


def click_three(world, tool):
    for px in PLACES:
        click(world, tool, px)
    assert cw.wait_for(lambda: tool.points.fit is not None)


def test_a_click_becomes_a_control_point(world, tool):
    panel = ClickPanel(tool)
    place = world.place((190, 200))
    shown = []
    tool.session.waitingChanged.connect(lambda: shown.append(list(tool.marks.waiting)))
    world.click(place)
    assert len(shown[0]) == 1
    assert cw.wait_for(lambda: len(tool.points) == 1)
    point = points_of(tool)[0]
    assert world.off_truth(point) < 3
    assert point.confidence > 0.9
    assert not point.by_hand
    at = tool.marks.on_canvas(point.ref)
    assert abs(at.x() - place.x()) < 1.5 and abs(at.y() - place.y()) < 1.5
    assert tool.marks.picture.image.width() == 256
    assert not panel.picture.pixmap().isNull()
    assert panel.table.rowCount() == 1
    assert not tool.session.waiting


def test_the_click_draws_on_the_map(world, tool):
    before = world.shot()
    click(world, tool, (190, 200))
    tool.marks.picture = None
    after = world.shot()
    place = world.place((190, 200))
    assert after.pixelColor(place).green() > after.pixelColor(place).red()
    assert before.pixelColor(place) != after.pixelColor(place)


def test_three_points_give_a_transform_with_residuals(world, tool):
    panel = ClickPanel(tool)
    click(world, tool, PLACES[0])
    assert tool.points.fit is None
    assert not panel.apply.isEnabled()
    click(world, tool, PLACES[1])
    click(world, tool, PLACES[2])
    assert cw.wait_for(lambda: tool.points.fit is not None)
    # The windows share half of their pixels: they measure a similarity and no more.
    assert tool.points.fit.kind == "similarity"
    assert tool.points.fit.independent < 2
    assert max(r.px for r in tool.points.fit.residuals.values()) < 2
    click(world, tool, (300, 300))
    assert cw.wait_for(lambda: tool.points.fit is not None)
    assert 0 < tool.points.fit.rmse_px < 3
    assert panel.table.item(3, 2).text().endswith("px")
    assert panel.apply.isEnabled()


def test_a_point_is_dragged_and_backspace_undoes(world, tool):
    click(world, tool, (190, 200))
    before = points_of(tool)[0]
    tool.marks.picture = None
    start = world.place((190, 200))
    stop = start + QPoint(60, 30)
    world.drag(start, stop)
    moved = points_of(tool)[0]
    at = tool.marks.on_canvas(moved.ref)
    assert abs(at.x() - stop.x()) < 1.5 and abs(at.y() - stop.y()) < 1.5
    assert moved.mov == before.mov
    # Where somebody puts it is a measurement of its own, whatever window was there.
    assert moved.by_hand and before.window_px == 256 and not moved.window_px
    event = world.key(Qt.Key.Key_Backspace)
    assert points_of(tool)[0] == before
    # An accepted Backspace would make QGIS delete the selected features.
    assert not event.isAccepted()
    world.key(Qt.Key.Key_Backspace)
    assert not points_of(tool)


def test_delete_and_right_click_delete(world, tool):
    click(world, tool, PLACES[0])
    click(world, tool, PLACES[1])
    world.click(world.place(PLACES[0]), RIGHT)
    assert [p.number for p in points_of(tool)] == [2]
    world.click(world.place(PLACES[1]))
    assert tool.points.selected == 2
    assert len(points_of(tool)) == 1
    world.key(Qt.Key.Key_Delete)
    assert not points_of(tool)


def test_shift_clicks_pin_a_pair_by_hand_and_escape_cancels(world, tool):
    one, two = world.place((100, 100)), world.place((115, 90))
    world.click(one, keys=SHIFT)
    assert tool.marks.pinned is not None
    world.key(Qt.Key.Key_Escape)
    assert tool.marks.pinned is None
    world.click(one, keys=SHIFT)
    world.click(two, keys=SHIFT)
    point = points_of(tool)[0]
    assert point.by_hand and point.confidence == 1
    for end, place in (("mov", one), ("ref", two)):
        at = tool.marks.on_canvas(getattr(point, end))
        assert abs(at.x() - place.x()) < 1.5 and abs(at.y() - place.y()) < 1.5
    assert not tool.session.waiting


def test_escape_drops_a_click_without_an_answer(world, tool):
    world.click(world.place((190, 200)))
    world.key(Qt.Key.Key_Escape)
    assert cw.wait_for(lambda: not tool.session.waiting)
    assert not points_of(tool)


def test_a_refusal_is_told_and_leaves_no_point(world, tool):
    told = []
    tool.messaged.connect(lambda text, bad: told.append((text, bad)))
    world.canvas.zoomByFactor(2)
    world.settle()
    world.click(QPoint(3, 3))
    assert cw.wait_for(lambda: any(bad for _, bad in told))
    assert "overlap" in told[-1][0]
    assert not points_of(tool)
    assert tool.marks.refused


def test_a_crash_of_the_worker_is_told_and_the_next_click_works(world, tool, engine):
    click(world, tool, PLACES[0])
    told = []
    tool.messaged.connect(lambda text, bad: told.append(bad))
    os.kill(engine.pid, signal.SIGSTOP)
    world.click(world.place(PLACES[1]))
    os.kill(engine.pid, signal.SIGKILL)
    assert cw.wait_for(lambda: not tool.session.waiting)
    assert told[-1]
    assert len(points_of(tool)) == 1
    click(world, tool, PLACES[1])


def test_the_map_may_have_another_crs(world, tool):
    world.set_crs("EPSG:4326")
    crs = world.optical.crs()
    place = world.canvas.getCoordinateTransform()
    transform = world.canvas.mapSettings().layerToMapCoordinates
    middle = world.optical.extent().center()
    at = place.transform(transform(world.optical, middle))
    world.click(QPoint(round(at.x()), round(at.y())))
    assert cw.wait_for(lambda: len(tool.points) == 1)
    point = points_of(tool)[0]
    assert tool.points.crs.authid() == "EPSG:4326"
    assert abs(point.ref[0]) <= 180
    # The points stay where they are when the map changes under them.
    world.set_crs(crs.authid())
    there = tool.marks.on_canvas(point.ref)
    at = world.canvas.getCoordinateTransform().transform(middle)
    assert abs(there.x() - at.x()) < 2 and abs(there.y() - at.y()) < 2


def test_preview_shows_the_warped_image_and_goes_away(world, tool):
    click_three(world, tool)
    tool.marks.picture = None
    plain = world.shot()
    tool.preview.switch(True)
    assert cw.wait_for(lambda: tool.preview.item.framed is not None)
    shown = world.shot()
    assert not cw.same_pixels(plain, shown)
    first = tool.preview.item.framed.image
    world.canvas.zoomByFactor(0.5)
    world.settle()
    assert cw.wait_for(lambda: tool.preview.item.framed.image is not first)
    tool.preview.switch(False)
    world.canvas.zoomToFullExtent()
    world.canvas.setExtent(world.optical.extent())
    world.settle()
    assert cw.same_pixels(plain, world.shot())


def test_apply_writes_the_files_of_a_registration(world, tool):
    click_three(world, tool)
    told = []
    tool.messaged.connect(lambda text, bad: told.append(text))
    tool.session.apply()
    jobs = tool.session.jobs
    assert cw.wait_for(lambda: jobs.results), told
    result = jobs.results[0]
    assert result["status"] == "ok" and result["transform"] == "similarity"
    for role in ("registered", "transform", "matches", "points", "report"):
        assert (jobs.out / "run_001").joinpath(result["files"][role]).exists()


def test_points_are_kept_in_the_project(world, tool, engine, tmp_path):
    click(world, tool, PLACES[0])
    world.click(world.place((100, 100)), keys=SHIFT)
    world.click(world.place((115, 90)), keys=SHIFT)
    kept = points_of(tool)
    tool.store.save()
    layer = tool.store.layer
    assert layer.featureCount() == 2
    assert layer.customProperty(PROPERTY) == "1"
    assert [f["source"] for f in layer.getFeatures()] == ["model", "manual"]
    assert [f["window_px"] for f in layer.getFeatures()] == [256, 0]
    assert not QgsProject.instance().layerTreeRoot().findLayer(layer).isVisible()
    project = str(tmp_path / "kept.qgz")
    assert QgsProject.instance().write(project)
    tool.close_down()
    QgsProject.instance().clear()
    assert QgsProject.instance().read(project)
    again = ClickTool(world.canvas, engine, Jobs(world, tmp_path))
    assert [(p.mov, p.ref, p.by_hand, p.window_px) for p in points_of(again)] == [
        (pytest.approx(p.mov), pytest.approx(p.ref), p.by_hand, p.window_px)
        for p in kept
    ]
    again.close_down()


def test_each_pair_has_its_own_points(world, tool):
    click(world, tool, PLACES[0])
    kept = points_of(tool)
    jobs = tool.session.jobs
    jobs.name = "another pair"
    tool.store.follow()
    assert not points_of(tool)
    world.click(world.place((100, 100)), keys=SHIFT)
    world.click(world.place((115, 90)), keys=SHIFT)
    tool.store.save()
    jobs.name = "pair"
    tool.store.follow()
    assert [p.ref for p in points_of(tool)] == [pytest.approx(p.ref) for p in kept]
    jobs.name = "another pair"
    tool.store.follow()
    assert points_of(tool)[0].by_hand


def test_nothing_is_left_on_the_canvas(world, engine, tmp_path):
    items = len(world.canvas.scene().items())
    plain = world.shot()
    for _ in range(3):
        tool = ClickTool(world.canvas, engine, Jobs(world, tmp_path))
        tool.toggle(True)
        world.click(world.place((100, 100)), keys=SHIFT)
        world.click(world.place((115, 90)), keys=SHIFT)
        tool.close_down()
        assert world.canvas.mapTool() is not tool
    assert len(world.canvas.scene().items()) == items
    world.settle()
    assert cw.same_pixels(plain, world.shot())


def test_import_replaces_the_points(world, tool, tmp_path):
    panel = ClickPanel(tool)
    click(world, tool, PLACES[0])
    kept = points_of(tool)[0]
    panel.export_file(str(tmp_path / "mine"))
    tool.points.clear()
    panel.import_file(str(tmp_path / "mine.points"))
    assert points_of(tool)[0].mov == pytest.approx(kept.mov, abs=1e-4)
    panel.import_file(str(tmp_path / "missing.points"))
    assert "missing.points" in panel.message.text()
    assert len(points_of(tool)) == 1


def test_the_layer_is_readable_by_anyone(world, tool):
    click(world, tool, PLACES[0])
    tool.store.save()
    source = tool.store.layer.source()
    other = QgsVectorLayer(source, "again", "ogr")
    feature = next(other.getFeatures())
    point = points_of(tool)[0]
    moved = [after - before for before, after in zip(point.mov, point.ref, strict=True)]
    told = [feature["east_m"], feature["north_m"]]
    # UTM stretches by less than a thousandth; its north is off by a degree at most.
    assert math.hypot(*told) == pytest.approx(math.hypot(*moved), rel=1e-3)
    assert told == pytest.approx(moved, abs=0.02 * math.hypot(*moved))
    assert feature.geometry().asPoint().x() == pytest.approx(point.ref[0])
