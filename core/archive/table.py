"""Tables with a row for each pair: CSV, GeoPackage and GeoParquet, read and written.

Cells are text, as in CSV, so that a table says the same in all three kinds.
"""

from __future__ import annotations

import csv
import importlib
import json
from pathlib import Path
from typing import Any, Iterable, Mapping, Sequence

import numpy as np
import pyogrio
import shapely

from ..base.errors import BadInput
from ..base.files import is_virtual, output_file, write_errors
from ..base.text_file import read_text

#: Ends of tables that are no CSV.
GEOPACKAGE, PARQUET = (".gpkg",), (".parquet", ".geoparquet")
#: Under what a table keeps its shapes, and the only place where CSV has none.
GEOMETRY = "geometry"
#: Columns that programs add to a table of their own accord.
UNNAMED = ("", "fid", GEOMETRY)
#: Version of the GeoParquet specification that is written.
_GEOPARQUET = "1.1.0"
_LAYER = "pairs"
#: What the extra [archive] of the package brings.
_EXTRA = ("dask", "distributed", "fsspec", "pyarrow", "pystac")
#: What separates columns, as spreadsheets and people write it.
_MARKS = (",", ";", "\t", "|")
#: WGS 84 with longitude first; GeoParquet's own when it says nothing of it.
_CRS = "OGC:CRS84"

Row = Mapping[str, Any]


def required_module(module: str) -> Any:
    """Import a package that only archives need; ``BadInput`` says how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        if package in _EXTRA:
            raise BadInput.of("archive_needs", package=package) from error
        # Clusters and stores of some kinds only: not everybody's.
        package = package.replace("_", "-")
        raise BadInput.of("archive_needs_also", package=package) from error


def read_rows(path: str, columns: frozenset[str]) -> list[dict[str, str]]:
    """Return the rows of a table as text by column; "" for empty cells.

    Names of columns are in small letters. No rows where one of ``columns`` is missing.
    Raises ``BadInput`` for a file that is no such table.
    """
    end = Path(path).suffix.lower()
    if end in GEOPACKAGE:
        rows = _geopackage_rows(path)
    elif end in PARQUET:
        rows = _parquet_rows(path)
    else:
        rows = _csv_rows(path, columns)
    return rows if rows and columns <= set(rows[0]) else []


def table_path(table: str, row: int, column: str, file: str) -> str:
    """Return the path of a file that a table names in its row, counted from 0.

    Relative paths count from the table's folder, or else from the current one. Raises
    ``BadInput`` with the row for what is missing.
    """
    file = file.strip()
    if not file or "\0" in file:
        raise BadInput.of("pairs_no_file", path=table, row=row + 1, column=column)
    if is_virtual(file):
        return file
    beside = Path(table).parent / file
    if beside.exists():
        return str(beside)
    if not Path(file).exists():
        raise BadInput.of("pairs_not_found", path=table, row=row + 1, file=file)
    return file


def write_rows(
    path: str | Path,
    rows: Iterable[Row],
    columns: Sequence[str],
    inputs: Sequence[str] = (),
) -> None:
    """Write a table, complete or not at all; its kind is told by the end of its name.

    Args:
        path: the table; one that exists is replaced.
        rows: a value for each column, and under ``GEOMETRY`` a shape in degrees.
        columns: names in order; numbers are those of columns that hold nothing else.
        inputs: files that must not be replaced.
    """
    write = {".csv": _write_csv, **dict.fromkeys(GEOPACKAGE, _write_geopackage)}
    write |= dict.fromkeys(PARQUET, _write_parquet)
    end = Path(path).suffix.lower()
    if end not in write:
        raise BadInput.of("table_kind", path=path)
    if end in PARQUET:
        required_module("pyarrow.parquet")
    with output_file(path, inputs) as part, write_errors(Path(path)):
        try:
            write[end](part, list(rows), columns)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            raise BadInput.of("not_written", path=Path(path).name, why=error) from error


def _text(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(map(str, cell)) if isinstance(cell, list) else str(cell).strip()


def _csv_rows(path: str, needed_columns: frozenset[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV table as spreadsheets and people write them.

    Spreadsheets separate by a semicolon where the comma is the decimal point, begin
    names of columns with capitals, leave empty rows at the end and may say on the first
    line what separates.
    """
    lines = read_text(Path(path)).splitlines(keepends=True)
    if lines and lines[0].lower().startswith("sep="):
        del lines[0]
    try:
        for mark in _MARKS:
            table = csv.DictReader(lines, skipinitialspace=True, delimiter=mark)
            names = [name.strip().lower() for name in table.fieldnames or ()]
            table.fieldnames = names
            if needed_columns <= set(names):
                rows = [{name: _text(row.get(name)) for name in names} for row in table]
                return [row for row in rows if any(row.values())]
    except csv.Error as error:
        raise BadInput.of("pairs_no_table", path=path, why=error) from error
    return []


def _geopackage_rows(path: str) -> list[dict[str, str]]:
    if not Path(path).is_file():
        raise BadInput.of("not_found", name=Path(path).name, path=path)
    try:
        about, _, _, values = pyogrio.raw.read(path, read_geometry=False)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise BadInput.of("pairs_no_table", path=path, why=error) from error
    cells = [[_text(cell) for cell in column.tolist()] for column in values]
    rows = zip(*cells, strict=True)
    names = [name.lower() for name in about["fields"]]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _parquet_rows(path: str) -> list[dict[str, str]]:
    parquet, arrow = required_module("pyarrow.parquet"), required_module("pyarrow")
    try:
        table = parquet.read_table(path)
    except (OSError, arrow.ArrowException) as error:
        raise BadInput.of("pairs_no_table", path=path, why=error) from error
    names = [n for n in table.column_names if n not in UNNAMED]
    return [
        {name.lower(): _text(cell) for name, cell in row.items()}
        for row in table.select(names).to_pylist()
    ]


def _columns(rows: Sequence[Row], columns: Sequence[str]) -> list[np.ndarray]:
    """Return each column as numbers where it holds nothing else, or else as text."""
    found = []
    for name in columns:
        cells = [row.get(name) for row in rows]
        if any(isinstance(cell, str) for cell in cells):
            texts = [None if cell is None else str(cell) for cell in cells]
            found.append(np.array(texts, dtype=object))
        else:
            numbers = [np.nan if cell is None else float(cell) for cell in cells]
            found.append(np.array(numbers, np.float64))
    return found


def _shapes(rows: Sequence[Row]) -> np.ndarray:
    shapes = [row.get(GEOMETRY) for row in rows]
    return np.array([s if s is None else shapely.to_wkb(s) for s in shapes], object)


def _write_csv(path: Path, rows: Sequence[Row], columns: Sequence[str]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({k: _text(row.get(k)) for k in columns} for row in rows)


def _write_geopackage(path: Path, rows: Sequence[Row], columns: Sequence[str]) -> None:
    pyogrio.raw.write(
        path,
        geometry=_shapes(rows),
        field_data=_columns(rows, columns),
        fields=np.array(columns, dtype=object),
        layer=_LAYER,
        driver="GPKG",
        geometry_type="Polygon",
        crs=_CRS,
        dataset_options={"VERSION": "1.3"},
    )


def _write_parquet(path: Path, rows: Sequence[Row], columns: Sequence[str]) -> None:
    arrow, parquet = required_module("pyarrow"), required_module("pyarrow.parquet")
    values = [arrow.array(c, from_pandas=True) for c in _columns(rows, columns)]
    table = arrow.table(
        [*values, arrow.array(_shapes(rows).tolist(), arrow.binary())],
        names=[*columns, GEOMETRY],
    )
    shape = {"encoding": "WKB", "geometry_types": ["Polygon"]}
    about = {
        "version": _GEOPARQUET,
        "primary_column": GEOMETRY,
        "columns": {GEOMETRY: shape},
    }
    table = table.replace_schema_metadata({"geo": json.dumps(about)})
    parquet.write_table(table, path)
