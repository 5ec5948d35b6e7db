"""The dock offers to register many when more than two images are selected."""

import sys
from types import SimpleNamespace

import pytest
from qgis.core import QgsProject, QgsRasterLayer


@pytest.fixture
def layers(plugin, pair):
    """Two radar images and one photograph in the project, and the dock."""
    plugin.show_dock()
    named = (("s1 spring", pair[0]), ("s1 autumn", pair[0]), ("photo", pair[1]))
    made = [QgsRasterLayer(path, name) for name, path in named]
    QgsProject.instance().addMapLayers(made)
    return made


def select(iface, layers):
    """Select layers as a click with Ctrl on each does."""
    tree = iface.layerTreeView()
    tree.selectionModel().clearSelection()
    root = QgsProject.instance().layerTreeRoot()
    for layer in layers:
        index = tree.node2index(root.findLayer(layer.id()))
        tree.selectionModel().select(index, tree.selectionModel().SelectionFlag.Select)


def test_more_than_two_images_of_both_kinds(plugin, iface, layers, monkeypatch):
    offer = plugin.dock.bar.many
    asked = []

    def create(name, values):
        return SimpleNamespace(show=lambda: asked.append((name, values)))

    fake = SimpleNamespace(createAlgorithmDialog=create)
    monkeypatch.setitem(sys.modules, "processing", fake)
    assert not offer.isVisible()
    select(iface, layers[:2])
    assert not offer.isVisible()
    select(iface, layers)
    assert offer.isVisible() and "3" in offer.text()
    offer.click()
    ids = [layer.id() for layer in layers]
    assert [name for name, _ in asked] == ["soma:registermany"]
    assert set(asked[0][1]["SAR_LAYERS"]) == set(ids[:2])
    assert asked[0][1]["OPTICAL_LAYERS"] == ids[2:]
    select(iface, layers[1:])
    assert not offer.isVisible()
