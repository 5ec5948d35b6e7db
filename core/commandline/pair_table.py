"""The table of image pairs that ``soma match --pairs`` works through."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..base.errors import BadInput
from ..base.files import is_virtual
from ..base.text_file import read_text

#: What separates columns, as spreadsheets and people write it.
_MARKS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class PairRow:
    """One pair: the name of its result and the two files."""

    name: str
    ref: str
    mov: str


def read_pairs(path: str) -> list[PairRow]:
    """Read a table with the columns ref, mov and optionally name.

    Relative paths count from the table's folder, or else from the current one.
    Raises ``BadInput`` for a file that is no such table, for names that cannot be
    those of different files, and for images that do not exist, with their row.
    """
    try:
        rows = _rows(read_text(Path(path)))
    except csv.Error as error:
        raise BadInput.of("pairs_no_table", path=path, why=error) from error
    if not rows:
        raise BadInput.of("pairs_columns", path=path)
    pairs = [_pair(path, i, row) for i, row in enumerate(rows)]
    # Names that differ in case only are one file on many systems.
    counts = Counter(pair.name.lower() for pair in pairs)
    for pair in pairs:
        if counts[pair.name.lower()] > 1 or Path(pair.name).name != pair.name:
            raise BadInput.of("pairs_name", path=path, name=pair.name)
    return pairs


def _rows(text: str) -> list[dict[str, str | None]]:
    """Return the rows of a table by column, none where ref or mov is no column.

    Spreadsheets separate by a semicolon where the comma is the decimal point, begin
    names of columns with capitals, leave empty rows at the end and may say on the first
    line what separates.
    """
    lines = text.splitlines(keepends=True)
    if lines and lines[0].lower().startswith("sep="):
        del lines[0]
    for mark in _MARKS:
        table = csv.DictReader(lines, skipinitialspace=True, delimiter=mark)
        table.fieldnames = [name.strip().lower() for name in table.fieldnames or ()]
        if {"ref", "mov"} <= set(table.fieldnames):
            columns = table.fieldnames
            return [row for row in table if any(row.get(name) for name in columns)]
    return []


def _pair(path: str, index: int, row: dict[str, str | None]) -> PairRow:
    files = [
        _found(path, index, key, (row.get(key) or "").strip()) for key in ("ref", "mov")
    ]
    name = (row.get("name") or "").strip() or f"{index:04d}_{Path(files[1]).stem}"
    return PairRow(name, *files)


def _found(path: str, index: int, column: str, file: str) -> str:
    if not file or "\0" in file:
        raise BadInput.of("pairs_no_file", path=path, row=index + 1, column=column)
    if is_virtual(file):
        return file
    beside = Path(path).parent / file
    if beside.exists():
        return str(beside)
    if not Path(file).exists():
        raise BadInput.of("pairs_not_found", path=path, row=index + 1, file=file)
    return file
