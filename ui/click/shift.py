"""How far the two ends of a control point lie apart on the ground."""

from __future__ import annotations

import math

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsDistanceArea,
    QgsPointXY,
    QgsProject,
)

from .points import XY

#: WGS 84, for systems that name no ellipsoid.
_ELLIPSOID = "EPSG:7030"


def shift_m(
    mov: XY, ref: XY, crs: QgsCoordinateReferenceSystem
) -> tuple[float, float] | None:
    """Return metres to the east and to the north, whatever the map's units.

    Args:
        mov: where the moving image shows a feature, map coordinates.
        ref: where it belongs.
        crs: of both.

    None where nobody knows where on the ground they are.
    """
    if not crs.isValid():
        return None
    ruler = QgsDistanceArea()
    ruler.setSourceCrs(crs, QgsProject.instance().transformContext())
    ruler.setEllipsoid(crs.ellipsoidAcronym() or _ELLIPSOID)
    ends = QgsPointXY(*mov), QgsPointXY(*ref)
    try:
        length, azimuth = ruler.measureLine(*ends), ruler.bearing(*ends)
    except QgsCsException:
        # Points of a file may lie anywhere.
        return None
    return length * math.sin(azimuth), length * math.cos(azimuth)
