"""The panel of the live comparison, and how the comparison ends."""

import canvas_world as cw
import pytest
from flat_pair import BLUE, RED, flat
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QPoint
from soma.ui.inspect import Inspector, InspectPanel
from soma.ui.inspect.item import CompareItem
from soma.ui.inspect.renders import PairRenders
from soma.ui.inspect.state import (
    BLEND,
    CHECKER,
    FLICKER,
    PLACED,
    REDCYAN,
    SWIPE_V,
    TOGGLE,
)


@pytest.mark.parametrize("part", ("paint", "mouse", "render"))
def test_what_breaks_down_leaves_the_map(scene, monkeypatch, part):
    def broken(*_):
        raise AttributeError("no such thing")

    plain, items = scene.shot(), len(scene.canvas.scene().items())
    panel = InspectPanel(scene.inspector)
    panel.choose(scene.red, scene.blue)
    panel.mode.setCurrentIndex(panel.mode.findData(SWIPE_V))
    panel.switch.click()
    scene.settle()
    where = {
        "paint": (CompareItem, "_paint_edge"),
        "mouse": (type(scene.inspector), "_near_edge"),
        "render": (PairRenders, "_shown"),
    }
    monkeypatch.setattr(*where[part], broken)
    scene.move(QPoint(200, 150))
    scene.canvas.zoomByFactor(1.1)
    scene.canvas.zoomByFactor(1 / 1.1)
    scene.shot()
    assert cw.wait_for(lambda: not scene.inspector.is_on, 20)
    assert len(scene.canvas.scene().items()) == items
    assert cw.same_pixels(plain, scene.shot())
    assert "no such thing" in panel.told.text() and not panel.switch.isChecked()


def test_before_and_after_lie_over_the_reference(scene, tmp_path):
    green = flat(tmp_path / "green.tif", 40, 200, 40)
    QgsProject.instance().addMapLayer(green)
    panel = InspectPanel(scene.inspector)
    panel.choose(green, scene.blue)
    panel.choose_placements(scene.red, scene.blue, green)
    panel.mode.setCurrentIndex(panel.mode.findData(PLACED))
    panel.slider.slider.setValue(50)
    panel.switch.click()
    scene.settle()
    assert scene.colour(100, 150) == pytest.approx((120, 120, 40), abs=2)
    assert scene.colour(300, 150) == pytest.approx((40, 120, 120), abs=2)
    assert "before: red" in panel.told.text() and "after: blue" in panel.told.text()
    assert "over green" in panel.told.text()
    panel.mode.setCurrentIndex(panel.mode.findData(CHECKER))
    scene.settle()
    assert panel.first.currentLayer() == green
    assert scene.colour(10, 10) == (40, 200, 40)
    # The reference that is left out of the other kinds may go.
    panel.mode.setCurrentIndex(panel.mode.findData(TOGGLE))
    QgsProject.instance().removeMapLayer(green.id())
    assert not scene.inspector.is_on


def test_there_is_nothing_to_compare_in_an_empty_project(project, qapp):
    from qgis.gui import QgsMapCanvas

    canvas = QgsMapCanvas()
    panel = InspectPanel(Inspector(canvas))
    panel.show()
    assert not panel.switch.isEnabled() and "two layers" in panel.told.text()
    layers = [QgsRasterLayer("none", name) for name in "ab"]
    project.addMapLayers(layers)
    assert panel.problem() or panel.switch.isEnabled()
    panel.close()


def test_nothing_is_left_when_it_is_off(scene):
    plain, items = scene.shot(), len(scene.canvas.scene().items())
    panel = InspectPanel(scene.inspector)
    panel.choose(scene.red, scene.blue)
    for mode in (CHECKER, SWIPE_V, FLICKER, BLEND, REDCYAN):
        panel.mode.setCurrentIndex(panel.mode.findData(mode))
        panel.switch.setChecked(True)
        scene.settle()
        assert not cw.same_pixels(plain, scene.shot())
        panel.switch.setChecked(False)
        assert cw.same_pixels(plain, scene.shot())
        assert len(scene.canvas.scene().items()) == items
    scene.canvas.zoomByFactor(2)
    assert not scene.inspector.is_busy


@pytest.mark.parametrize("all_of_it", [False, True])
def test_it_ends_when_a_layer_is_removed_or_the_project(scene, all_of_it):
    panel = InspectPanel(scene.inspector)
    panel.choose(scene.red, scene.blue)
    panel.switch.setChecked(True)
    project = QgsProject.instance()
    project.clear() if all_of_it else project.removeMapLayer(scene.blue.id())
    assert not scene.inspector.is_on
    assert not panel.switch.isChecked()


def test_switching_off_while_drawing_is_safe(scene):
    for _ in range(20):
        scene.inspector.start(scene.red, scene.blue)
        scene.canvas.zoomByFactor(0.9)
        scene.inspector.stop()
    from soma.ui.qt import pool

    assert cw.wait_for(lambda: not pool._ENDING)


def test_the_panel_shows_what_the_mode_needs(scene):
    panel = InspectPanel(scene.inspector)
    panel.choose(scene.red, scene.blue)
    panel.show()
    panel.slider.slider.setValue(200)
    assert scene.inspector.view.cell_px == 200
    panel.mode.setCurrentIndex(panel.mode.findData(REDCYAN))
    assert not panel.slider.slider.isVisible()
    panel.mode.setCurrentIndex(panel.mode.findData(FLICKER))
    panel.slider.slider.setValue(40)
    assert scene.inspector.view.rate_hz == 4.0
    panel.swap.click()
    assert panel.first.currentLayer() == scene.blue
    panel.switch.setChecked(True)
    panel.mode.setCurrentIndex(panel.mode.findData(TOGGLE))
    scene.settle()
    assert scene.colour(100, 100) == BLUE
    panel.flip.click()
    assert scene.colour(100, 100) == RED
    assert panel.flip.text().endswith("red")
    panel.close()
