"""The area that clicks are limited to."""

from __future__ import annotations

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
)

from ..layers.change import change_between, stay
from ..qt.i18n import tr
from .jobs import Ground
from .points import XY


def outside(ground: Ground | None, at: XY, crs: QgsCoordinateReferenceSystem) -> str:
    """Return why a place in a CRS is not in an area, "" where it is."""
    if ground is None:
        return ""
    place = _moved(QgsGeometry.fromPointXY(QgsPointXY(*at)), crs, ground[1])
    if place is not None and ground[0].intersects(place):
        return ""
    return tr(
        "This place is outside the area chosen in the Register tab. Click inside its "
        "outline, or choose the whole overlap there."
    )


def _moved(
    shape: QgsGeometry,
    source: QgsCoordinateReferenceSystem,
    target: QgsCoordinateReferenceSystem,
) -> QgsGeometry | None:
    """Return a shape in another CRS, as it is where either is unknown, or None."""
    shape = QgsGeometry(shape)
    if stay(source, target):
        return shape
    try:
        shape.transform(change_between(source, target))
    except QgsCsException:
        return None
    return shape
