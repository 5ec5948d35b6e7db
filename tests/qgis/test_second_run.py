"""A second run of a pair takes the place of the first, on the map and in dialogs."""

import pytest
from qgis.core import QgsProcessingContext, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QEvent
from qgis.PyQt.QtWidgets import QApplication


@pytest.fixture
def dialog_of(plugin, toolbox_code):
    """Return a function that opens QGIS's dialog of an algorithm."""
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    opened = []

    def show(name):
        algorithm = plugin.provider.algorithm(name).create()
        opened.append(AlgorithmDialog(algorithm, False, plugin.iface.mainWindow()))
        opened[-1].show()
        return opened[-1]

    yield show
    for dialog in opened:
        dialog.close()
        dialog.deleteLater()
    # A dialog must not outlive the plugin whose algorithm it shows.
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def register(dock, wait):
    """Press Register and wait for the result; return its registered layer."""
    before = dock.result
    wait(dock.bar.start.isEnabled)
    dock.bar.start.click()
    wait(lambda: dock.result is not before and dock.task is None)
    path = dock.result["files"]["registered"]
    layers = QgsProject.instance().mapLayers().values()
    (found,) = [layer for layer in layers if layer.source() == path]
    return found


def shown():
    root = QgsProject.instance().layerTreeRoot()
    return [x for x in root.layerOrder() if root.findLayer(x.id()).isVisible()]


def test_the_first_result_is_not_left_below_the_second(dock, layers, wait):
    optical = layers[1]
    first = register(dock, wait)
    assert shown() == [first, optical]
    second = register(dock, wait)
    assert shown() == [second, optical]
    # It is there still, and the one of another pair is another matter.
    root = QgsProject.instance().layerTreeRoot()
    root.findLayer(first.id()).parent().setItemVisibilityChecked(True)
    assert first in shown()
    other = QgsRasterLayer(optical.source(), "other optical")
    QgsProject.instance().addMapLayer(other)
    dock.form.optical.setLayer(other)
    third = register(dock, wait)
    assert {third, second, first} <= set(shown())


def test_the_checkerboard_compares_result_and_reference(dock, layers, wait, dialog_of):
    values = dialog_of("checkerboard").createProcessingParameters()
    assert not {values["A"], values["B"]} & {layer.id() for layer in layers}
    register(dock, wait)
    second = register(dock, wait)
    values = dialog_of("checkerboard").createProcessingParameters()
    assert [values["A"], values["B"]] == [layers[1].id(), second.id()]


@pytest.mark.parametrize("name", ["register", "matchpoints", "assessalignment"])
def test_a_single_raster_is_not_offered_twice(plugin, project, pair, dialog_of, name):
    only = QgsRasterLayer(pair[0], "sar")
    project.addMapLayer(only)
    dialog = dialog_of(name)
    values = dialog.createProcessingParameters()
    assert values["SAR"] == only.id() and values["OPTICAL"] != only.id()
    algorithm = dialog.algorithm()
    context = QgsProcessingContext()
    context.setProject(project)
    good, told = algorithm.checkParameterValues(values, context)
    assert not good and told == "Optical layer: choose a layer."
