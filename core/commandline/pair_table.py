"""The table of image pairs that ``soma match --pairs`` works through."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..base.errors import BadInput
from ..base.files import is_virtual
from ..base.text_file import read_text


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
        lines = read_text(Path(path)).splitlines(keepends=True)
        rows = list(csv.DictReader(lines, skipinitialspace=True))
    except csv.Error as error:
        raise BadInput.of("pairs_no_table", path=path, why=error) from error
    if not rows or not {"ref", "mov"} <= set(rows[0]):
        raise BadInput.of("pairs_columns", path=path)
    pairs = [_pair(path, i, row) for i, row in enumerate(rows)]
    # Names that differ in case only are one file on many systems.
    counts = Counter(pair.name.lower() for pair in pairs)
    for pair in pairs:
        if counts[pair.name.lower()] > 1 or Path(pair.name).name != pair.name:
            raise BadInput.of("pairs_name", path=path, name=pair.name)
    return pairs


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
