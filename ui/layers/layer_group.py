"""Layers of one run as one group of the project, and a first sight of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Collection

import qgis.utils
from qgis.core import (
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsLayerTreeNode,
    QgsMapLayer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)

from .provenance import mark

#: Custom properties: of a group, which run and which number it has, and which layers
#: were registered; of a layer in it, its place.
_RUN, _NUMBER, _PAIR, _RANK = "soma/run", "soma/number", "soma/pair", "soma/rank"
#: The map moves to a result that covers a smaller share of its width and height.
_LEAST_SHARE = 0.4
#: Room left around a result, as a factor of its sides.
_ROOM = 1.05


@dataclass(frozen=True)
class Group:
    """A group of layers that may come one by one.

    Args:
        title: of the group.
        names: of all its layers by their ids; with the title they get a number where
            one is taken.
        replaced: ids of layers that are no longer shown when a result is.
        pair: ids of the layers that were registered, moving one first; earlier results
            of theirs are no longer shown either. Empty for none.
        above: id of a layer above which the group is made; empty: above all rasters.
    """

    title: str
    names: dict[str, str]
    replaced: tuple[str, ...] = ()
    pair: tuple[str, ...] = ()
    above: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)


def place(
    group: Group,
    layer: QgsMapLayer,
    rank: int,
    visible: bool,
    home: QgsLayerTreeGroup | None = None,
) -> None:
    """Put a layer into its group, which is made for the first one.

    Args:
        group: where it belongs.
        layer: in the project already, or not yet.
        rank: its place, 0 for the top; others may come earlier or later.
        visible: whether it is shown; then so is all of it, and what it replaces not.
        home: the group that gets the group, None for the project's root.
    """
    project = QgsProject.instance()
    root = project.layerTreeRoot()
    node = root.findLayer(layer.id())
    if node is None:
        project.addMapLayer(layer, False)
    inside = _found(group, home or root)
    number = int(inside.customProperty(_NUMBER))
    layer.setName(_numbered(group.names[layer.id()], number))
    mark(layer)
    made = QgsLayerTreeLayer(layer)
    made.setCustomProperty(_RANK, rank)
    made.setItemVisibilityChecked(visible)
    made.setExpanded(False)
    above = sum(int(n.customProperty(_RANK, 0)) < rank for n in inside.children())
    inside.insertChildNode(above, made)
    if node is not None:
        node.parent().removeChildNode(node)
    if visible:
        _show(group, inside)


def _found(group: Group, home: QgsLayerTreeGroup) -> QgsLayerTreeGroup:
    """Return the group in the layer tree; made at its place when missing."""
    for known in home.findGroups(True):
        if known.customProperty(_RUN) == group.key:
            return known
    project = QgsProject.instance()
    taken = {known.name() for known in project.layerTreeRoot().findGroups(True)}
    number = _free_number((group.title, *group.names.values()), group.names, taken)
    made = home.insertGroup(_index_in(home, group), _numbered(group.title, number))
    made.setCustomProperty(_RUN, group.key)
    made.setCustomProperty(_PAIR, "|".join(group.pair))
    made.setCustomProperty(_NUMBER, number)
    return made


def _index_in(home: QgsLayerTreeGroup, group: Group) -> int:
    """Return the place above all rasters and the layer that a group is to cover.

    What else is drawn over rasters stays above the group.
    """
    for index, node in enumerate(home.children()):
        layers = [n.layer() for n in _layers(node)]
        if any(isinstance(one, QgsRasterLayer) for one in layers):
            return index
        if any(one is not None and one.id() == group.above for one in layers):
            return index
    return 0


def _layers(node: QgsLayerTreeNode) -> list[QgsLayerTreeLayer]:
    if isinstance(node, QgsLayerTreeLayer):
        return [node]
    return node.findLayers() if isinstance(node, QgsLayerTreeGroup) else []


def latest_result() -> tuple[QgsRasterLayer, QgsRasterLayer] | None:
    """Return the reference and the registered image of the topmost run on the map."""
    root = QgsProject.instance().layerTreeRoot()
    for group in root.findGroups(True):
        reference = QgsProject.instance().mapLayer(_pair(group)[-1])
        rasters = [n.layer() for n in group.findLayers() if n.itemVisibilityChecked()]
        rasters = [layer for layer in rasters if isinstance(layer, QgsRasterLayer)]
        if isinstance(reference, QgsRasterLayer) and rasters:
            # Pictures and figures about it lie above it.
            return reference, rasters[-1]
    return None


def name_apart(layer: QgsMapLayer, name: str) -> None:
    """Give a layer of the project a name, with a number where it is taken."""
    layer.setName(_numbered(name, _free_number((name,), (layer.id(),))))


def _free_number(
    names: Collection[str], ids: Collection[str], taken: Collection[str] = ()
) -> int:
    """Return the first number with which no other layer has one of the names.

    Args:
        names: without number.
        ids: of the layers that are to have them.
        taken: further names that are no longer free.
    """
    layers = QgsProject.instance().mapLayers().values()
    others = {layer.name() for layer in layers if layer.id() not in ids} | set(taken)
    number = 1
    while any(_numbered(name, number) in others for name in names):
        number += 1
    return number


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} ({number})"


def _show(group: Group, inside: QgsLayerTreeGroup) -> None:
    """Let the map show all that is visible in a group, and not what it replaces."""
    root = QgsProject.instance().layerTreeRoot()
    for layer_id in group.replaced:
        node = root.findLayer(layer_id)
        if node is not None:
            node.setItemVisibilityChecked(False)
    for other in root.findGroups(True):
        if group.pair and other != inside and _pair(other) == list(group.pair):
            other.setItemVisibilityChecked(False)
    if qgis.utils.iface is None:
        return
    canvas, box = qgis.utils.iface.mapCanvas(), QgsRectangle()
    for node in inside.findLayers():
        if node.isVisible():
            layer = node.layer()
            extent = canvas.mapSettings().layerExtentToOutputExtent
            box.combineExtentWith(extent(layer, layer.extent()))
    view = canvas.extent()
    if box.isEmpty() or (view.contains(box) and _is_large(box, view)):
        return
    box.scale(_ROOM)
    canvas.setExtent(box)
    canvas.refresh()


def _pair(group: QgsLayerTreeGroup) -> list[str]:
    return (group.customProperty(_PAIR) or "").split("|")


def _is_large(box: QgsRectangle, view: QgsRectangle) -> bool:
    shares = box.width() / view.width(), box.height() / view.height()
    return max(shares) >= _LEAST_SHARE
