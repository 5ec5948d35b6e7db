"""Control points as a GeoPackage layer of the project, so that they are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    NULL,
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsField,
    QgsFields,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt import QtCore, sip
from qgis.PyQt.QtCore import QObject, QTimer

from ..i18n import tr
from .points import ControlPoint, PointList
from .session import Jobs

#: Marks the layer in a project; its value is the version of the fields.
PROPERTY, VERSION = "soma/control_points", "1"
#: Names the pair of layers that the points belong to.
PAIR = "soma/control_points_pair"
#: Name of the layer in the file.
TABLE = "control_points"
#: Columns in order: those of the match points, and how a point came about.
FIELDS = (
    ("id", int),
    ("mov_x", float),
    ("mov_y", float),
    ("ref_x", float),
    ("ref_y", float),
    ("dx", float),
    ("dy", float),
    ("residual_m", float),
    ("residual_px", float),
    ("confidence", float),
    ("inlier", bool),
    ("source", str),
)
_SAVE_AFTER_MS = 400


class PointStore(QObject):
    """Writes the points into a layer after each change, and reads them back.

    Each pair of layers has a points layer of its own; ``follow`` changes over.

    Args:
        points: what is kept.
        jobs: says where results go.
    """

    def __init__(self, points: PointList, jobs: Jobs):
        super().__init__()
        self._points, self._jobs = points, jobs
        self._layer: QgsVectorLayer | None = None
        self._pair = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)
        points.changed.connect(self._timer.start)
        points.fitted.connect(self._fitted)
        project = QgsProject.instance()
        project.readProject.connect(self._project_read)
        project.cleared.connect(self._project_cleared)
        self._take()

    @property
    def layer(self) -> QgsVectorLayer | None:
        """Return the layer, None when there is none or it was removed."""
        if self._layer is not None and sip.isdeleted(self._layer):
            self._layer = None
        return self._layer

    def save(self) -> None:
        """Bring the layer up to date; it is made when the first point is there."""
        self._timer.stop()
        layer = self.layer
        if layer is not None and layer.crs() != self._points.crs:
            layer = None
        if layer is None:
            # Points read from a file while no pair is chosen belong to none.
            if not len(self._points) or not self._jobs.pair():
                return
            layer = self._layer = self._make()
        if layer is None:
            return
        provider = layer.dataProvider()
        provider.truncate()
        provider.addFeatures([self._feature(layer, p) for p in self._points.points])
        layer.updateExtents()
        layer.triggerRepaint()

    def follow(self) -> None:
        """Change over to the points of the pair that is chosen now, if it is another.

        Points of the pair before stay in their layer.
        """
        if self._jobs.pair() != self._pair:
            if self._timer.isActive():
                self.save()
            self._take()

    def close_down(self) -> None:
        """Save what is pending and let go of the project."""
        if self._timer.isActive():
            self.save()
        project = QgsProject.instance()
        project.readProject.disconnect(self._project_read)
        project.cleared.disconnect(self._project_cleared)
        self._points.changed.disconnect(self._timer.start)
        self._points.fitted.disconnect(self._fitted)

    def _fitted(self) -> None:
        if len(self._points):
            self._timer.start()

    def _take(self) -> None:
        """Load the points of the chosen pair, none when it has none yet."""
        self._pair, self._layer = self._jobs.pair(), None
        for layer in QgsProject.instance().mapLayers().values():
            known = layer.customProperty(PROPERTY) == VERSION and layer.isValid()
            if known and layer.customProperty(PAIR) == self._pair:
                self._layer = layer
        if self._layer is not None:
            self._points.load(read_points(self._layer), self._layer.crs())
        elif len(self._points):
            self._points.load([], QgsCoordinateReferenceSystem())
        self._timer.stop()

    def _project_read(self, *_: Any) -> None:
        """Take the points of a project that was opened."""
        self._take()

    def _project_cleared(self) -> None:
        self._layer = None
        self._points.load([], QgsCoordinateReferenceSystem())
        self._timer.stop()

    def _make(self) -> QgsVectorLayer | None:
        path = free_file(Path(self._jobs.out_folder()).parent)
        path.parent.mkdir(parents=True, exist_ok=True)
        fields = QgsFields()
        for name, kind in FIELDS:
            fields.append(QgsField(name, _field_type(kind)))
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.layerName = "GPKG", TABLE
        project = QgsProject.instance()
        writer = QgsVectorFileWriter.create(
            str(path),
            fields,
            QgsWkbTypes.Type.Point,
            self._points.crs,
            project.transformContext(),
            options,
        )
        del writer
        layer = QgsVectorLayer(f"{path}|layername={TABLE}", tr("Control points"), "ogr")
        if not layer.isValid():
            return None
        layer.setCustomProperty(PROPERTY, VERSION)
        layer.setCustomProperty(PAIR, self._pair)
        project.addMapLayer(layer, False)
        node = project.layerTreeRoot().insertLayer(0, layer)
        # The map tool draws the points itself.
        node.setItemVisibilityChecked(False)
        return layer

    def _feature(self, layer: QgsVectorLayer, point: ControlPoint) -> QgsFeature:
        fit = self._points.fit
        left = fit.residuals.get(point.number) if fit else None
        values = {
            "id": point.number,
            "mov_x": point.mov[0],
            "mov_y": point.mov[1],
            "ref_x": point.ref[0],
            "ref_y": point.ref[1],
            "dx": point.ref[0] - point.mov[0],
            "dy": point.ref[1] - point.mov[1],
            "residual_m": NULL if left is None or left.m is None else left.m,
            "residual_px": NULL if left is None else left.px,
            "confidence": point.confidence,
            "inlier": point.enabled,
            "source": "manual" if point.by_hand else "model",
        }
        feature = QgsFeature(layer.fields())
        for name, value in values.items():
            feature.setAttribute(name, value)
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(*point.ref)))
        return feature


def read_points(layer: QgsVectorLayer) -> list[dict[str, Any]]:
    """Return the points of a layer as arguments of ``ControlPoint``."""
    found = []
    for feature in layer.getFeatures():
        found.append(
            {
                "mov": (float(feature["mov_x"]), float(feature["mov_y"])),
                "ref": (float(feature["ref_x"]), float(feature["ref_y"])),
                "confidence": float(feature["confidence"]),
                "by_hand": feature["source"] == "manual",
                "enabled": bool(feature["inlier"]),
            }
        )
    return found


def free_file(folder: Path) -> Path:
    """Return the name of a GeoPackage that is not there yet."""
    number = 1
    while (folder / f"control_points_{number:03d}.gpkg").exists():
        number += 1
    return folder / f"control_points_{number:03d}.gpkg"


def _field_type(kind: type) -> Any:
    """Return QGIS's type of a field; its enumeration changed with 3.38."""
    name = {int: "Int", float: "Double", bool: "Bool", str: "QString"}[kind]
    if Qgis.QGIS_VERSION_INT >= 33800:
        return getattr(QtCore.QMetaType.Type, name)
    old = QtCore.QVariant.Type  # type: ignore[attr-defined]
    return getattr(old, name.replace("QString", "String"))
