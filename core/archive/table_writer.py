"""Tables with a row for each pair, written: CSV, GeoPackage and GeoParquet.

Rows come in batches, so that memory does not grow with their number.
"""

from __future__ import annotations

import csv
import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, Sequence

import numpy as np
import pyogrio
import shapely

from ..base.errors import BadInput
from ..base.files import output_file, write_errors
from .table import GEOMETRY, GEOPACKAGE, PARQUET, cell_text, required_module

#: Version of the GeoParquet specification that is written.
_GEOPARQUET = "1.1.0"
_LAYER = "pairs"
#: WGS 84 with longitude first; GeoParquet's own when it says nothing of it.
_CRS = "OGC:CRS84"

#: A value for each column, and under ``GEOMETRY`` a shape in degrees.
Row = Mapping[str, Any]
#: Takes the next rows of a file.
Add = Callable[[Sequence[Row]], None]
#: Names of columns in order, and whether each holds numbers and no text.
_Columns = Mapping[str, bool]


def write_rows(path: str | Path, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Write a table at once; columns that hold nothing but numbers are numbers."""
    texts = {n for n in columns for row in rows if isinstance(row.get(n), str)}
    with table_writer(path, columns, frozenset(columns) - texts) as add:
        add(rows)


@contextmanager
def table_writer(
    path: str | Path, columns: Sequence[str], numbers: frozenset[str]
) -> Iterator[Add]:
    """Yield what takes the rows of a table, which is complete or not there.

    Args:
        path: the table, its kind told by the end of its name; one that exists is
            replaced.
        columns: names in order.
        numbers: those that hold numbers; all others are text.
    """
    writers = {".csv": _csv, **dict.fromkeys(GEOPACKAGE, _geopackage)}
    writers |= dict.fromkeys(PARQUET, _parquet)
    end = Path(path).suffix.lower()
    if end not in writers:
        raise BadInput.of("table_kind", path=path)
    if end in PARQUET:
        required_module("pyarrow.parquet")
    kinds = {name: name in numbers for name in columns}
    with output_file(path) as part, write_errors(Path(path)):
        try:
            with writers[end](part, kinds) as add:
                yield add
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            raise BadInput.of("not_written", path=Path(path).name, why=error) from error


def _values(rows: Sequence[Row], name: str, is_number: bool) -> np.ndarray:
    """Return a column: float64 with NaN for what is missing, or text with None."""
    cells = [row.get(name) for row in rows]
    if is_number:
        return np.array([np.nan if c is None else float(c) for c in cells], np.float64)
    return np.array([None if c is None else str(c) for c in cells], object)


def _shapes(rows: Sequence[Row]) -> np.ndarray:
    shapes = [row.get(GEOMETRY) for row in rows]
    return np.array([s if s is None else shapely.to_wkb(s) for s in shapes], object)


@contextmanager
def _csv(path: Path, columns: _Columns) -> Iterator[Add]:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(columns), extrasaction="ignore")
        writer.writeheader()
        yield lambda rows: writer.writerows(
            {name: cell_text(row.get(name)) for name in columns} for row in rows
        )


@contextmanager
def _geopackage(path: Path, columns: _Columns) -> Iterator[Add]:
    def add(rows: Sequence[Row]) -> None:
        pyogrio.raw.write(
            path,
            geometry=_shapes(rows),
            field_data=[_values(rows, *column) for column in columns.items()],
            fields=np.array(list(columns), dtype=object),
            layer=_LAYER,
            driver="GPKG",
            geometry_type="Polygon",
            crs=_CRS,
            append=path.exists(),
            dataset_options=None if path.exists() else {"VERSION": "1.3"},
        )

    yield add


@contextmanager
def _parquet(path: Path, columns: _Columns) -> Iterator[Add]:
    arrow, parquet = required_module("pyarrow"), required_module("pyarrow.parquet")
    shape = {"encoding": "WKB", "geometry_types": ["Polygon"]}
    about = {
        "version": _GEOPARQUET,
        "primary_column": GEOMETRY,
        "columns": {GEOMETRY: shape},
    }
    kinds = [
        (n, arrow.float64() if number else arrow.string())
        for n, number in columns.items()
    ]
    kinds.append((GEOMETRY, arrow.binary()))
    schema = arrow.schema(kinds, {"geo": json.dumps(about)})

    def add(rows: Sequence[Row]) -> None:
        values = [_values(rows, *column) for column in columns.items()]
        table = arrow.table(
            [
                arrow.array(v, t, from_pandas=True)
                for v, (_, t) in zip([*values, _shapes(rows)], kinds, strict=True)
            ],
            schema=schema,
        )
        writer.write_table(table)

    with parquet.ParquetWriter(path, schema) as writer:
        yield add
