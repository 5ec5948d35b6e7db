"""Layers to plain values that may cross threads, and guesses about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsDataProvider,
    QgsMapLayer,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QThread

from .provenance import is_made

_SAR_NAME = re.compile(
    r"(^|[^a-z])(sar|s1[a-d]?|vv|vh|hh|hv|grd|rtc|gamma0|sigma0|capella|umbra|iceye"
    r"|tsx|terrasar|palsar|radarsat|sentinel-?1)([^a-z]|$)"
)


@dataclass(frozen=True)
class RasterInput:
    """A raster layer as the engine needs it.

    Args:
        layer_id: of the layer in the project.
        name: as the user sees it.
        path: what GDAL opens, "" for layers that have to be rendered.
        crs: the layer's CRS as text, "" for none.
        bands: number of bands.
    """

    layer_id: str
    name: str
    path: str
    crs: str
    bands: int


def snapshot(layer: QgsRasterLayer) -> RasterInput:
    """Return the plain values of a raster layer."""
    return RasterInput(
        layer.id(),
        layer.name(),
        file_path(layer),
        crs_text(layer.crs()),
        layer.bandCount(),
    )


def is_file(layer: QgsMapLayer) -> bool:
    """Return whether GDAL opens the layer; all others have to be rendered."""
    return layer.providerType() == "gdal"


def file_path(layer: QgsMapLayer) -> str:
    """Return the name GDAL opens, "" for layers that are no files."""
    if not is_file(layer):
        return ""
    return layer.source().split("|")[0]


def show_anew(files: Iterable[str]) -> None:
    """Let the project's layers of files that were replaced show what is there now.

    For the main thread; in any other it does nothing, and the layers keep showing
    what they have open.
    """
    application = QCoreApplication.instance()
    if application is None or QThread.currentThread() is not application.thread():
        return
    replaced = {Path(name).resolve() for name in files}
    for layer in QgsProject.instance().mapLayers().values():
        if layer.providerType() not in ("gdal", "ogr"):
            continue
        parts = QgsProviderRegistry.instance().decodeUri(
            layer.providerType(), layer.source()
        )
        if not parts.get("path") or Path(parts["path"]).resolve() not in replaced:
            continue
        layer.reload()
        if isinstance(layer, QgsRasterLayer):
            # Reloading alone leaves its extent as it was.
            options = QgsDataProvider.ProviderOptions()
            layer.setDataSource(layer.source(), layer.name(), "gdal", options, False)
        layer.triggerRepaint()


def crs_text(crs: QgsCoordinateReferenceSystem) -> str:
    """Return a CRS as text that any PROJ reads: EPSG code, else WKT."""
    if not crs.isValid():
        return ""
    if crs.authid().startswith("EPSG:"):
        return crs.authid()
    return crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED)


def other_providers() -> list[str]:
    """Return the keys of all providers but GDAL's, for combo boxes of files."""
    keys = QgsProviderRegistry.instance().providerList()
    return [key for key in keys if key != "gdal"]


def looks_like_sar(layer: QgsRasterLayer) -> bool:
    """Return whether the name speaks of radar, or a few bands without colour do."""
    if _SAR_NAME.search(layer.name().lower()):
        return True
    stem = Path(file_path(layer)).stem.lower() if is_file(layer) else ""
    return bool(stem and _SAR_NAME.search(stem))


def guess_pair() -> tuple[QgsRasterLayer | None, QgsRasterLayer | None]:
    """Return the project's likeliest SAR and optical layers, top ones first.

    What this product made is never among them, nor what cannot be opened.
    """
    tree = QgsProject.instance().layerTreeRoot().layerOrder()
    rasters = [layer for layer in tree if _may_be_input(layer)]
    sar = next((r for r in rasters if is_file(r) and looks_like_sar(r)), None)
    rest = [r for r in rasters if r is not sar and not looks_like_sar(r)]
    optical = next((r for r in rest if is_file(r) and r.bandCount() >= 3), None)
    optical = optical or (rest[0] if rest else None)
    if sar is None:
        left = [r for r in rasters if r is not optical and is_file(r)]
        sar = left[0] if left else None
    return sar, optical


def _may_be_input(layer: QgsMapLayer) -> bool:
    return isinstance(layer, QgsRasterLayer) and layer.isValid() and not is_made(layer)
