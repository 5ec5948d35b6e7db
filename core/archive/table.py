"""Tables with a row for each pair, read: CSV, GeoPackage and GeoParquet.

Cells are text, as in CSV, so that a table says the same in all three kinds.
"""

from __future__ import annotations

import csv
import importlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio

from ..base.errors import BadInput
from ..base.files import is_virtual
from ..base.text_file import read_text

#: Ends of tables that are no CSV.
GEOPACKAGE, PARQUET = (".gpkg",), (".parquet", ".geoparquet")
#: Under what a table keeps its shapes, and the only place where CSV has none.
GEOMETRY = "geometry"
#: Columns that programs add to a table of their own accord.
UNNAMED = ("", "fid", GEOMETRY)
#: What the extra [archive] of the package brings.
_EXTRA = ("dask", "distributed", "fsspec", "pyarrow", "pystac")
#: What separates columns, as spreadsheets and people write it.
_MARKS = (",", ";", "\t", "|")


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


def cell_text(cell: Any) -> str:
    """Return a cell as CSV has it: whole numbers without a point, "" for nothing."""
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
                twice = [name for name, n in Counter(names).items() if n > 1 and name]
                if twice:
                    raise BadInput.of("columns_twice", path=path, names=twice)
                rows = [
                    {name: cell_text(row.get(name)) for name in names} for row in table
                ]
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
    cells = [[cell_text(cell) for cell in column.tolist()] for column in values]
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
        {name.lower(): cell_text(cell) for name, cell in row.items()}
        for row in table.select(names).to_pylist()
    ]
