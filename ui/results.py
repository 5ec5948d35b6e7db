"""Files of a run as one layer group on top of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsLayerTreeGroup,
    QgsMapLayer,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtXml import QDomDocument

from . import styles
from .i18n import tr


def add_group(
    result: dict[str, Any], title: str, source_id: str = "", comparison: bool = True
) -> QgsLayerTreeGroup:
    """Load the files of an accepted registration; returns their new group.

    Args:
        result: a ``Result`` as dictionary.
        title: of the group; a number is added when it is taken.
        source_id: id of the layer whose style the registered raster takes.
        comparison: also load the checkerboard and the quality raster, hidden.
    """
    project = QgsProject.instance()
    root = project.layerTreeRoot()
    group = root.insertGroup(0, _free_title(root, title))
    files = result["files"]
    for layer in _vectors(files):
        _add(project, group, layer)
    registered = QgsRasterLayer(files["registered"], tr("Registered image"))
    _copy_style(project.mapLayer(source_id), registered)
    _add(project, group, registered)
    if comparison:
        for role, name in (
            ("checkerboard", tr("Checkerboard")),
            ("quality", tr("Local residual")),
        ):
            layer = QgsRasterLayer(files[role], name)
            if role == "quality":
                styles.style_quality(layer)
            _add(project, group, layer, visible=False)
    return group


def add_rasters(paths: list[str], title: str) -> QgsLayerTreeGroup:
    """Load rasters as a new group on top."""
    project = QgsProject.instance()
    root = project.layerTreeRoot()
    group = root.insertGroup(0, _free_title(root, title))
    for path in paths:
        _add(project, group, QgsRasterLayer(path, Path(path).stem))
    return group


def _vectors(files: dict[str, str]) -> list[QgsVectorLayer]:
    points = QgsVectorLayer(
        f"{files['matches']}|layername=matches", tr("Match points"), "ogr"
    )
    lines = QgsVectorLayer(
        f"{files['matches']}|layername=displacements", tr("Displacements"), "ogr"
    )
    styles.style_points(points)
    styles.style_lines(lines)
    return [points, lines]


def _add(
    project: QgsProject,
    group: QgsLayerTreeGroup,
    layer: QgsMapLayer,
    visible: bool = True,
) -> None:
    if not layer.isValid():
        return
    project.addMapLayer(layer, False)
    node = group.addLayer(layer)
    node.setItemVisibilityChecked(visible)
    node.setExpanded(False)


def _copy_style(source: QgsMapLayer | None, target: QgsRasterLayer) -> None:
    """Show ``target`` like ``source``, without taking over its name or CRS."""
    same = isinstance(source, QgsRasterLayer) and target.isValid()
    if not same or source.bandCount() != target.bandCount():
        return
    document = QDomDocument()
    problem = source.exportNamedStyle(document)
    if not problem:
        name = target.name()
        target.importNamedStyle(document)
        target.setName(name)


def _free_title(root: QgsLayerTreeGroup, title: str) -> str:
    taken = {group.name() for group in root.findGroups()}
    names = [title] + [f"{title} ({n})" for n in range(2, len(taken) + 3)]
    return next(name for name in names if name not in taken)


def free_folder(base: Path, stem: str) -> Path:
    """Return a folder that is not there yet, for one run."""
    number = 1
    while (base / f"{stem}_{number:03d}").exists():
        number += 1
    return base / f"{stem}_{number:03d}"
