"""What moved between QGIS 3.22 and 4, looked up once and only here."""

from __future__ import annotations

from typing import Any

from qgis.core import Qgis, QgsMapLayerProxyModel, QgsRaster, QgsTask
from qgis.PyQt import QtGui, QtWidgets

# In QtWidgets with Qt 5, in QtGui with Qt 6.
if hasattr(QtGui, "QAction"):
    QAction = QtGui.QAction
else:
    QAction = QtWidgets.QAction  # type: ignore[attr-defined]


def raster_filter() -> Any:
    """Return the layer filter for rasters."""
    if hasattr(Qgis, "LayerFilter"):
        return Qgis.LayerFilter.RasterLayer
    return QgsMapLayerProxyModel.Filter.RasterLayer


def polygon_filter() -> Any:
    """Return the layer filter for polygons."""
    if hasattr(Qgis, "LayerFilter"):
        return Qgis.LayerFilter.PolygonLayer
    return QgsMapLayerProxyModel.Filter.PolygonLayer


def task_flags(quiet: bool) -> Any:
    """Return the flags of a cancellable task.

    Quiet ones are no reason to ask before QGIS is closed, and hidden from 3.26 on.
    """
    flags = QgsTask.Flag.CanCancel
    for name in ("CancelWithoutPrompt", "Hidden", "Silent") if quiet else ():
        if hasattr(QgsTask.Flag, name):
            flags = flags | getattr(QgsTask.Flag, name)
    return flags


# In Qgis from 3.30 on, in QgsRaster before.
_COLOUR = getattr(Qgis, "RasterColorInterpretation", None)
if _COLOUR is None:
    _COLOUR = QgsRaster.ColorInterpretation
#: What a provider says of a band that tells how opaque pixels are.
ALPHA = _COLOUR.AlphaBand
#: What it says of the first band of a raster that has colours of its own.
COLOURS = (_COLOUR.RedBand, _COLOUR.PaletteIndex)
