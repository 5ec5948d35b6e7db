"""Control points in a GeoPackage file, written with GDAL alone and so in any thread.

QGIS's own writers keep Python's lock while they work; GDAL's let the window go on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Sequence

from osgeo import gdal, ogr, osr

#: Name of the layer in the file.
TABLE = "control_points"
_EMPTY = "DELETE FROM control_points"
#: Columns in order: those of the match points, lengths on the ground in metres, and how
#: a point came about.
FIELDS = (
    ("id", int),
    ("mov_x", float),
    ("mov_y", float),
    ("ref_x", float),
    ("ref_y", float),
    ("east_m", float),
    ("north_m", float),
    ("residual_m", float),
    ("residual_px", float),
    ("confidence", float),
    ("inlier", bool),
    ("source", str),
    ("window_px", int),
)
#: Values of one point in the order of ``FIELDS``; None where unknown.
Row = tuple[Any, ...]


def free_file(folder: Path, coming: Path | None = None) -> Path:
    """Return the name of a GeoPackage that is neither there nor about to come."""
    number, path = 1, folder / "control_points_001.gpkg"
    while path.exists() or path == coming:
        number += 1
        path = folder / f"control_points_{number:03d}.gpkg"
    return path


def write_rows(path: Path, rows: Sequence[Row], crs_wkt: str) -> None:
    """Let a file hold these points and no others; it is made where it is missing.

    Args:
        path: of the GeoPackage.
        rows: one for each point.
        crs_wkt: of the positions, for a file that is made; "" for none.

    Raises:
        OSError: the file cannot be written; one that was there is as it was.
    """
    # A file that is new gets its name when it is whole.
    target = path if path.exists() else path.with_name(f"{path.stem}.part.gpkg")
    try:
        try:
            if target != path:
                _make(target, crs_wkt)
            _change(target, rows)
        except RuntimeError as error:  # GDAL's, where exceptions are on
            raise OSError(str(error)) from error
        if target != path:
            target.replace(path)
    except BaseException:
        if target != path:
            target.unlink(missing_ok=True)
        raise


def _change(path: Path, rows: Sequence[Row]) -> None:
    file = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
    if file is None:
        raise OSError(f"{path} cannot be opened: {gdal.GetLastErrorMsg()}")
    table = file.GetLayerByName(TABLE)
    if table is None or file.StartTransaction() != ogr.OGRERR_NONE:
        raise OSError(f"{path} cannot be changed: {gdal.GetLastErrorMsg()}")
    try:
        _add_missing(table)
        _replace(file, table, rows)
    except BaseException:
        file.RollbackTransaction()
        raise
    if file.CommitTransaction() != ogr.OGRERR_NONE:
        raise OSError(f"{path} cannot be written: {gdal.GetLastErrorMsg()}")


def _make(path: Path, crs_wkt: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Of a run that was ended in the middle.
    path.unlink(missing_ok=True)
    file = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
    if file is None:
        raise OSError(f"{path} cannot be made: {gdal.GetLastErrorMsg()}")
    system = None
    if crs_wkt:
        system = osr.SpatialReference()
        system.ImportFromWkt(crs_wkt)
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    table = file.CreateLayer(TABLE, system, ogr.wkbPoint)
    _add_missing(table)


def _add_missing(table: Any) -> None:
    """Add the columns that a new file, or one of an earlier version, lacks."""
    types = {int: ogr.OFTInteger, bool: ogr.OFTInteger, float: ogr.OFTReal}
    known = table.GetLayerDefn()
    for name, kind in FIELDS:
        if known.GetFieldIndex(name) >= 0:
            continue
        field = ogr.FieldDefn(name, types.get(kind, ogr.OFTString))
        if kind is bool:
            field.SetSubType(ogr.OFSTBoolean)
        table.CreateField(field)


def _replace(file: Any, table: Any, rows: Sequence[Row]) -> None:
    file.ExecuteSQL(_EMPTY)
    for row in rows:
        feature = ogr.Feature(table.GetLayerDefn())
        values = dict(zip((name for name, _ in FIELDS), row))
        for name, value in values.items():
            if value is not None:
                feature.SetField(name, value)
        place = ogr.Geometry(ogr.wkbPoint)
        place.AddPoint_2D(values["ref_x"], values["ref_y"])
        feature.SetGeometryDirectly(place)
        if table.CreateFeature(feature) != ogr.OGRERR_NONE:
            raise OSError(f"No point can be added: {gdal.GetLastErrorMsg()}")
