"""Control points as rows of their layer, and back."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsVectorLayer

from .geopackage import Row
from .points import ControlPoint, PointList
from .shift import shift_m


def rows_of(points: PointList) -> tuple[Row, ...]:
    """Return one row for each point, with what the fit leaves there."""
    return tuple(_row(point, points) for point in points.points)


def points_of(layer: QgsVectorLayer) -> list[dict[str, Any]]:
    """Return the points of a layer as arguments of ``ControlPoint``.

    Features that somebody drew into the layer, without both places, are none.
    """
    found = []
    sized = layer.fields().indexOf("window_px") >= 0
    for feature in layer.getFeatures():
        try:
            point = {
                # Somebody may have drawn or copied features by hand.
                "number": int(feature["id"] or 0),
                "mov": (float(feature["mov_x"]), float(feature["mov_y"])),
                "ref": (float(feature["ref_x"]), float(feature["ref_y"])),
                "confidence": float(feature["confidence"]),
                "by_hand": feature["source"] == "manual",
                "enabled": bool(feature["inlier"]),
                "window_px": int(feature["window_px"] or 0) if sized else 0,
            }
        except TypeError:
            continue
        found.append(point)
    return found


def _row(point: ControlPoint, points: PointList) -> Row:
    left = points.fit.residuals.get(point.number) if points.fit else None
    return (
        point.number,
        *point.mov,
        *point.ref,
        *(shift_m(point.mov, point.ref, points.crs) or (None, None)),
        None if left is None else left.m,
        None if left is None else left.px,
        point.confidence,
        point.enabled,
        "manual" if point.by_hand else "model",
        point.window_px,
    )
