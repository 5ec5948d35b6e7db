"""The way from one CRS to another, which QGIS may fail to find without a word."""

from __future__ import annotations

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsProject,
)

from ..qt.i18n import tr


def change_between(
    source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
) -> QgsCoordinateTransform:
    """Return what moves positions from one CRS to another.

    Raises ``QgsCsException`` where there is no way: QGIS would leave every position as
    it is, which looks like a place.
    """
    change = QgsCoordinateTransform(source, target, QgsProject.instance())
    if not change.isValid():
        raise QgsCsException(
            tr("There is no way from {source} to {target}.").format(
                source=source.authid(), target=target.authid()
            )
        )
    return change


def stay(
    source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
) -> bool:
    """Return whether positions are the same in both: either is unknown, or one."""
    return not (source.isValid() and target.isValid()) or source == target
