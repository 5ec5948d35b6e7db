"""Files of a run as named and styled layers, in one group of the project."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterable, Sequence

from qgis.core import QgsMapLayer, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from ..qt.i18n import tr
from . import styles
from .layer_group import Group, place
from .renderers import has_own_style, show_grey, style_of, take_style


@dataclass(frozen=True)
class Origin:
    """The layer that results are of, as plain values that may cross threads.

    Args:
        name: what its results are named after.
        layer_id: of the layer in the project, "" for none.
        style: how it looks, "" for unknown.
        source: what its provider opens.
        radar: whether it is a radar image.
        band: 1-based, the one that was matched; 0 for any.
        reference_id: of the layer that it was registered to, "" for none.
    """

    name: str
    layer_id: str = ""
    style: str = ""
    source: str = ""
    radar: bool = False
    band: int = 0
    reference_id: str = ""


@dataclass(frozen=True)
class Loaded:
    """A layer that is in no project yet, and whether it is shown at first."""

    layer: QgsMapLayer
    visible: bool = True


def origin_of(
    layer: QgsMapLayer | None,
    radar: bool,
    band: int = 0,
    name: str = "",
    reference_id: str = "",
) -> Origin:
    """Return what results need to know of a layer.

    Args:
        layer: in the main thread; None where only a name is known.
        radar: whether it is a radar image.
        band: 1-based, the one that was matched; 0 for any.
        name: for results, "" for the layer's.
        reference_id: of the layer that it is registered to, "" for none.
    """
    if layer is None:
        return Origin(name, radar=radar, band=band)
    style = style_of(layer)
    name = name or layer.name()
    seen = style, layer.source(), radar, band
    return Origin(name, layer.id(), *seen, reference_id)


def load(
    files: dict[str, str], origin: Origin, comparison: bool = True
) -> list[Loaded]:
    """Open files as ``opened`` does, off the main thread, for the main thread."""
    return _for_main_thread(opened(files, origin, comparison))


def load_rasters(paths: list[str], origins: list[Origin]) -> list[Loaded]:
    """Open files as ``opened_rasters`` does, off the main thread, for it."""
    return _for_main_thread(opened_rasters(paths, origins))


def opened(
    files: dict[str, str], origin: Origin, comparison: bool = True
) -> list[Loaded]:
    """Open the files of an accepted registration as styled layers, top one first.

    Only the registered image is shown at first; every other one is seen as soon as
    it is ticked, for it lies above. Reading statistics of a raster takes a while, so
    this may run off the main thread; the layers are those of the thread it runs in.

    Args:
        files: of a ``Result``, by role.
        origin: the layer that was moved.
        comparison: also the checkerboard and the quality raster.
    """
    name = origin.name
    loaded = [Loaded(layer, False) for layer in _vectors(files["matches"], name)]
    if comparison:
        quality = QgsRasterLayer(
            files["quality"], tr("{name}, local residual").format(name=name)
        )
        styles.style_quality(quality)
        checkerboard = QgsRasterLayer(
            files["checkerboard"], tr("{name}, checkerboard").format(name=name)
        )
        loaded += [Loaded(quality, False), Loaded(checkerboard, False)]
    return [*loaded, Loaded(_registered(files["registered"], origin))]


def opened_rasters(paths: list[str], origins: list[Origin]) -> list[Loaded]:
    """Open warped rasters as layers of this thread.

    Args:
        paths: of the rasters.
        origins: the layers they were warped from, in their order.
    """
    return [Loaded(_registered(*each)) for each in zip(paths, origins)]


def add_loaded(
    loaded: list[Loaded], title: str, *origins: Origin, above: str = ""
) -> None:
    """Add layers as a new group above all rasters, and let the map show them.

    Args:
        loaded: top layer first.
        title: of the group; where it is taken, group and layers get a number.
        origins: the layers they are of, which are no longer shown.
        above: id of a layer that the group covers as well.
    """
    valid = [item for item in loaded if item.layer.isValid()]
    group = replace(group_of(valid, title, origins), above=above)
    for rank, item in enumerate(valid):
        place(group, item.layer, rank, item.visible)


def group_of(loaded: Sequence[Loaded], title: str, origins: Sequence[Origin]) -> Group:
    """Return the group of the layers of a run."""
    names = {item.layer.id(): item.layer.name() for item in loaded}
    moved = tuple(o.layer_id for o in origins if o.layer_id)
    stayed = tuple(o.reference_id for o in origins if o.reference_id)
    return Group(title, names, moved, (*moved, *stayed) if moved and stayed else ())


def _vectors(path: str, name: str) -> list[QgsVectorLayer]:
    """Return displacements, whose arrowheads lie on the match points, and these."""
    lines = QgsVectorLayer(
        f"{path}|layername=displacements",
        tr("{name}, displacements").format(name=name),
        "ogr",
    )
    points = QgsVectorLayer(
        f"{path}|layername=matches", tr("{name}, match points").format(name=name), "ogr"
    )
    styles.style_lines(lines)
    styles.style_points(points)
    for layer in (lines, points):
        styles.name_fields(layer)
    return [lines, points]


def _registered(path: str, origin: Origin) -> QgsRasterLayer:
    """Return a layer of a warped raster that looks like the layer it is of."""
    layer = QgsRasterLayer(path, tr("{name}, registered").format(name=origin.name))
    if origin.radar and not has_own_style(origin.style, origin.source):
        show_grey(layer, max(origin.band, 1))
    else:
        take_style(layer, origin.style)
    return layer


def _for_main_thread(loaded: list[Loaded]) -> list[Loaded]:
    for item in loaded:
        item.layer.moveToThread(QCoreApplication.instance().thread())
    return loaded


def new_parents(folder: Path) -> list[Path]:
    """Return the parents of a folder that are not there yet, innermost first."""
    return [parent for parent in folder.parents if not parent.exists()]


def discard(folder: Path, parents: Iterable[Path] = ()) -> None:
    """Delete what a run that was stopped or broke down left of its new folder.

    Args:
        folder: of the run.
        parents: ``new_parents`` before the run; they go when they are empty.
    """
    for path in (folder, *folder.parent.glob(f".{folder.name}.soma-*")):
        shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        for parent in parents:
            parent.rmdir()


def free_folder(base: Path, stem: str) -> Path:
    """Return a folder that is not there yet, for one run."""
    number = 1
    while (base / f"{stem}_{number:03d}").exists():
        number += 1
    return base / f"{stem}_{number:03d}"
