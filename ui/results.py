"""Files of a run as one layer group on top of the project."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsLayerTreeGroup,
    QgsMapLayer,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtXml import QDomDocument

from . import styles
from .i18n import tr
from .made import mark


@dataclass(frozen=True)
class Loaded:
    """A layer that is in no project yet, and whether it is shown at first."""

    layer: QgsMapLayer
    visible: bool = True


def load(
    files: dict[str, str], style: str = "", comparison: bool = True
) -> list[Loaded]:
    """Open files as ``opened`` does, off the main thread, for the main thread."""
    return _for_main_thread(opened(files, style, comparison))


def load_rasters(paths: list[str], styles: list[str]) -> list[Loaded]:
    """Open files as ``opened_rasters`` does, off the main thread, for it."""
    return _for_main_thread(opened_rasters(paths, styles))


def opened(
    files: dict[str, str], style: str = "", comparison: bool = True
) -> list[Loaded]:
    """Open the files of an accepted registration as styled layers, top one first.

    Reading statistics of a raster takes a while, so this may run off the main
    thread; the layers are those of the thread it runs in.

    Args:
        files: of a ``Result``, by role.
        style: of the source layer, by ``style_of``.
        comparison: also the checkerboard and the quality raster, hidden.
    """
    registered = _raster(files["registered"], tr("Registered image"), style)
    loaded = [Loaded(layer) for layer in [*_vectors(files), registered]]
    if comparison:
        checkerboard = _raster(files["checkerboard"], tr("Checkerboard"))
        quality = _raster(files["quality"], tr("Local residual"))
        styles.style_quality(quality)
        loaded += [Loaded(checkerboard, False), Loaded(quality, False)]
    return loaded


def add_loaded(loaded: list[Loaded], title: str) -> QgsLayerTreeGroup:
    """Add layers as a new group on top; a number is added to a title that is taken."""
    project = QgsProject.instance()
    root = project.layerTreeRoot()
    group = root.insertGroup(0, _free_title(root, title))
    for item in loaded:
        _add(project, group, item.layer, item.visible)
    return group


def style_of(layer: QgsMapLayer | None) -> str:
    """Return how a raster layer looks, as text that may cross threads."""
    if not isinstance(layer, QgsRasterLayer):
        return ""
    document = QDomDocument()
    layer.exportNamedStyle(document)
    return document.toString()


def opened_rasters(paths: list[str], styles: list[str]) -> list[Loaded]:
    """Open warped rasters as layers of this thread, named after their files.

    Args:
        paths: of the rasters.
        styles: of the layers they were warped from, by ``style_of``, in their order.
    """
    return [
        Loaded(_raster(path, Path(path).stem, style))
        for path, style in zip(paths, styles)
    ]


def _vectors(files: dict[str, str]) -> list[QgsVectorLayer]:
    points = QgsVectorLayer(
        f"{files['matches']}|layername=matches", tr("Match points"), "ogr"
    )
    lines = QgsVectorLayer(
        f"{files['matches']}|layername=displacements", tr("Displacements"), "ogr"
    )
    styles.style_points(points)
    styles.style_lines(lines)
    mark(points)
    mark(lines)
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


def _raster(path: str, name: str, style: str = "") -> QgsRasterLayer:
    """Return a layer of a file that was written, with the style of another layer."""
    layer, document = QgsRasterLayer(path, name), QDomDocument()
    if layer.isValid() and style and document.setContent(style):
        layer.importNamedStyle(document)
    mark(layer)
    return layer


def _for_main_thread(loaded: list[Loaded]) -> list[Loaded]:
    for item in loaded:
        item.layer.moveToThread(QCoreApplication.instance().thread())
    return loaded


def _free_title(root: QgsLayerTreeGroup, title: str) -> str:
    taken = {group.name() for group in root.findGroups()}
    names = [title] + [f"{title} ({n})" for n in range(2, len(taken) + 3)]
    return next(name for name in names if name not in taken)


def discard(folder: Path) -> None:
    """Delete what a run that was stopped or broke down left of its new folder."""
    for path in (folder, *folder.parent.glob(f".{folder.name}.soma-*")):
        shutil.rmtree(path, ignore_errors=True)


def free_folder(base: Path, stem: str) -> Path:
    """Return a folder that is not there yet, for one run."""
    number = 1
    while (base / f"{stem}_{number:03d}").exists():
        number += 1
    return base / f"{stem}_{number:03d}"
