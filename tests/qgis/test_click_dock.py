"""The dock's further tabs in the plugin as QGIS loads it: click, preview, apply."""

import canvas_world as cw
import pytest
from qgis.core import QgsApplication, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QPoint, Qt


class Hand(cw.World):
    """The mouse over the plugin's own canvas."""

    def __init__(self, canvas, optical):
        self.canvas, self.optical = canvas, optical


@pytest.fixture
def layers(project, pair):
    sar, optical = (
        QgsRasterLayer(path, name)
        for path, name in zip(pair, ("Radar SAR", "Optical"), strict=True)
    )
    project.addMapLayers([sar, optical])
    return sar, optical


@pytest.fixture
def tools(plugin, iface, layers, tmp_path):
    sar, optical = layers
    plugin.show_dock()
    iface.canvas.setDestinationCrs(optical.crs())
    iface.canvas.setLayers([sar, optical])
    iface.canvas.setExtent(optical.extent())
    plugin.dock.form.guess_layers()
    output = plugin.dock.form
    output.show_settings(_settings(output, str(tmp_path)))
    return plugin.tools


def _settings(form, folder):
    from dataclasses import replace

    return replace(form.settings(), model="gradient", out_folder=folder)


@pytest.fixture
def hand(iface, layers):
    found = Hand(iface.canvas, layers[1])
    found.settle()
    return found


def click_three(tools, hand):
    tools.points.pick.setChecked(True)
    for count, px in enumerate(((130, 130), (270, 140), (190, 270)), 1):
        hand.click(hand.place(px))
        assert cw.wait_for(lambda n=count: len(tools.tool.points) == n)
    assert cw.wait_for(lambda: tools.tool.points.fit is not None)


def names():
    return {layer.name() for layer in QgsProject.instance().mapLayers().values()}


def test_from_clicks_to_the_registered_layer(tools, hand, layers):
    click_three(tools, hand)
    assert tools.tool.marks.picture is not None
    tools.points.apply.click()
    assert cw.wait_for(lambda: not tools.tool.session.applying)
    assert tools.tool.marks.picture is None
    wanted = {"Radar SAR, registered", "Radar SAR, control points"}
    assert cw.wait_for(lambda: wanted <= names())
    assert tools.compare.first.currentLayer() == layers[1]
    assert tools.compare.second.currentLayer().name() == "Radar SAR, registered"
    tools.compare.switch.setChecked(True)
    assert cw.wait_for(lambda: not tools.inspector.is_busy)
    assert tools.inspector.is_on


def test_what_cannot_be_fitted_is_not_said_to_be_fitted(tools, layers):
    failed, points = [], tools.tool.points
    tools.tool.session.fitFailed.connect(failed.append)
    tools.points.kind.setCurrentIndex(tools.points.kind.findData("affine"))
    points.crs, middle = layers[1].crs(), layers[1].extent().center()
    for east in (-500.0, 0.0, 500.0):
        at = (middle.x() + east, middle.y())
        points.add(at, at, by_hand=True)
    assert tools.points.verdict.text() == "Fitting"
    assert cw.wait_for(lambda: failed and tools.points.verdict.text() != "Fitting")
    assert "on one line" in failed[0] and points.fit is None


def test_a_run_offers_its_result_for_comparison(tools, plugin, layers):
    results = []
    plugin.dock.resultReady.connect(results.append)
    plugin.dock.register()
    assert cw.wait_for(lambda: plugin.dock.task is None) and results
    assert tools.compare.first.currentLayer() == layers[1]
    assert tools.compare.second.currentLayer().name() == "Radar SAR, registered"


def test_another_pair_has_other_points(tools, hand, plugin, layers, pair):
    click_three(tools, hand)
    other = QgsRasterLayer(pair[0], "Another SAR")
    QgsProject.instance().addMapLayer(other)
    plugin.dock.form.sar.setLayer(other)
    assert not len(tools.tool.points)
    plugin.dock.form.sar.setLayer(layers[0])
    assert len(tools.tool.points) == 3


def test_points_can_be_read_before_there_is_a_pair(plugin, project, tmp_path):
    plugin.show_dock()
    path = tmp_path / "before.points"
    head = "mapX,mapY,sourceX,sourceY,enable,dX,dY,residual"
    path.write_text(f"{head}\n10,20,1,-2,1,0,0,0\n30,40,3,-4,1,0,0,0\n")
    plugin.tools.points.import_file(str(path))
    store = plugin.tools.tool.store
    store.save()
    assert len(plugin.tools.tool.points) == 2 and store.layer is None


def test_unloading_takes_everything_off_the_map(plugin, iface, request):
    items = len(iface.canvas.scene().items())
    tools, hand = (request.getfixturevalue(name) for name in ("tools", "hand"))
    click_three(tools, hand)
    tools.points.preview.setChecked(True)
    tools.compare.switch.setChecked(True)
    assert cw.wait_for(lambda: not tools.inspector.is_busy)
    assert len(iface.canvas.scene().items()) == items + 3
    plugin.unload()
    assert iface.canvas.mapTool() is None
    assert len(iface.canvas.scene().items()) == items
    # QGIS would ask about tasks that are left when it closes.
    manager = QgsApplication.taskManager()
    assert cw.wait_for(lambda: not manager.countActiveTasks())
    hand.click(QPoint(50, 50))
    hand.key(Qt.Key.Key_Backspace)
    iface.canvas.zoomByFactor(2)
    hand.settle()
