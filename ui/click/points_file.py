"""The ``.points`` files of QGIS's Georeferencer: read and written.

``mapX, mapY`` say where a feature belongs, in the file's CRS; ``sourceX, sourceY``
where the moving layer shows it, in that layer's own coordinates, (column, -row)
for layers without georeference. ``dX, dY, residual`` are in pixels of the moving
file, as QGIS writes them.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsPointXY,
)

from ...core.base.errors import BadInput
from ..layers.change import change_between, stay
from ..qt.i18n import tr
from .points import XY, PointList

HEADER = "mapX,mapY,sourceX,sourceY,enable,dX,dY,residual"
_CRS_MARK = "#CRS:"


def write_points(
    points: PointList, path: str | Path, source_crs: QgsCoordinateReferenceSystem
) -> None:
    """Write control points for the Georeferencer, opened with the moving file.

    Args:
        points: what to write.
        path: the file.
        source_crs: of the moving layer, invalid for none.

    Raises ``BadInput`` when the file cannot be written.
    """
    rows = []
    for point in points.points:
        source = moved(point.mov, points.crs, source_crs)
        fit = points.fit
        left = fit.residuals.get(point.number) if fit else None
        dx, dy = left.source_px if left else (0.0, 0.0)
        numbers = (*point.ref, *source)
        row = [f"{value:.13g}" for value in numbers]
        errors = (dx, dy, math.hypot(dx, dy))
        rows.append(",".join([*row, str(int(point.enabled)), *map(_short, errors)]))
    head = [HEADER]
    if points.crs.isValid():
        variant = QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED
        head.insert(0, f"{_CRS_MARK} {points.crs.toWkt(variant)}")
    try:
        text = "\n".join([*head, *rows]) + "\n"
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(
            tr("{name} cannot be written: {why}.").format(name=path, why=error.strerror)
        ) from error


def read_points(
    path: str | Path,
    map_crs: QgsCoordinateReferenceSystem,
    source_crs: QgsCoordinateReferenceSystem,
) -> tuple[list[dict[str, Any]], QgsCoordinateReferenceSystem]:
    """Read control points; returns arguments of ``ControlPoint`` and their CRS.

    Takes files with commas, semicolons or tabs, with or without a CRS, the older names
    of the source columns, and decimal commas where these separate nothing.

    Args:
        path: the file.
        map_crs: taken where the file names none.
        source_crs: of the moving layer, invalid for none.

    Raises ``BadInput`` when the file is no such file.
    """
    name = Path(path).name
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(tr("{name} cannot be read.").format(name=name)) from error
    crs = map_crs
    if lines and lines[0].startswith(_CRS_MARK):
        named = QgsCoordinateReferenceSystem.fromWkt(lines[0][len(_CRS_MARK) :].strip())
        crs = named if named.isValid() else map_crs
    body = [line for line in lines if line.strip() and not line.startswith("#")]
    if not body or not body[0].lower().startswith("mapx"):
        raise BadInput(
            tr(
                "{name} is no points file of the Georeferencer: it does not begin with "
                "mapX, mapY."
            ).format(name=name)
        )
    found = []
    delimiter = next((mark for mark in "\t;" if mark in body[0]), ",")
    header, *rows = csv.reader(body, delimiter=delimiter)
    for number, row in enumerate(rows, 2):
        if delimiter != ",":
            row = [text.replace(",", ".") for text in row]
        # More fields than columns: decimal commas among commas could be read anyhow.
        row = row if len(row) <= len(header) else []
        found.append(_point(row, number, name, crs, source_crs))
    return found, crs


def moved(
    xy: XY, source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
) -> XY:
    """Move a position to another CRS; as it is where either is unknown.

    Raises ``BadInput`` when the position has no counterpart.
    """
    if stay(source, target):
        return xy
    try:
        at = change_between(source, target).transform(QgsPointXY(*xy))
    except QgsCsException as error:
        raise BadInput(
            tr("A point lies outside the area of {crs}.").format(crs=target.authid())
        ) from error
    return at.x(), at.y()


def _point(
    row: list[str],
    number: int,
    name: str,
    crs: QgsCoordinateReferenceSystem,
    source_crs: QgsCoordinateReferenceSystem,
) -> dict[str, Any]:
    try:
        map_x, map_y, source_x, source_y = (_number(text) for text in row[:4])
        enabled = _number(row[4]) != 0 if len(row) > 4 else True
    except ValueError as error:
        raise BadInput(
            tr("{name}: row {n} does not begin with four numbers.").format(
                name=name, n=number
            )
        ) from error
    mov = moved((source_x, source_y), source_crs, crs)
    return {"mov": mov, "ref": (map_x, map_y), "by_hand": True, "enabled": enabled}


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _short(value: float) -> str:
    return f"{value:.6g}"
