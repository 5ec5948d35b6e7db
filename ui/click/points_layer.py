"""The layer of control points in a project: found, added, and kept when it is saved."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProject, QgsReadWriteContext, QgsVectorLayer
from qgis.PyQt.QtXml import QDomDocument, QDomElement

from ..layers.layer_group import name_apart
from ..layers.styles import name_fields
from ..qt.i18n import tr
from .geopackage import TABLE

#: Marks the layer in a project; its value is the version of the fields.
PROPERTY, VERSION = "soma/control_points", "1"
#: Names the pair of layers that the points belong to.
PAIR = "soma/control_points_pair"


def points_layer(pair: str) -> QgsVectorLayer | None:
    """Return the layer of a pair's points, the last one where there are several."""
    found = None
    for layer in QgsProject.instance().mapLayers().values():
        known = layer.customProperty(PROPERTY) == VERSION and layer.isValid()
        if known and layer.customProperty(PAIR) == pair:
            found = layer
    return found


def add_points_layer(path: Path, name: str, pair: str) -> QgsVectorLayer | None:
    """Add the layer of a file above all others, hidden; None where it is none.

    Args:
        path: of the GeoPackage.
        name: of the layer that the points move.
        pair: that the points belong to.
    """
    layer = QgsVectorLayer(f"{path}|layername={TABLE}", "", "ogr")
    if not layer.isValid():
        return None
    name_apart(layer, tr("{name}, control points").format(name=name))
    name_fields(layer)
    layer.setCustomProperty(PROPERTY, VERSION)
    layer.setCustomProperty(PAIR, pair)
    project = QgsProject.instance()
    project.addMapLayer(layer, False)
    node = project.layerTreeRoot().insertLayer(0, layer)
    # The map tool draws the points itself.
    node.setItemVisibilityChecked(False)
    return layer


def write_into_tree(layer: QgsVectorLayer, document: QDomDocument) -> None:
    """Put a layer that is new into the tree of a project that is being saved.

    QGIS has put the layer tree into the document by then, but no layers yet.
    """
    tree = document.documentElement().firstChildElement("layer-tree-group")
    if tree.isNull():
        return
    node = QgsProject.instance().layerTreeRoot().findLayer(layer)
    node.writeXml(tree, QgsReadWriteContext())
    _move_to_top(tree)


def _move_to_top(tree: QDomElement) -> None:
    """Put the last layer of a tree before all others, after the tree's own values."""
    last, first = tree.lastChild(), tree.firstChild()
    while not first.nodeName().startswith("layer-tree-"):
        first = first.nextSibling()
    if first != last:
        tree.insertBefore(last, first)
