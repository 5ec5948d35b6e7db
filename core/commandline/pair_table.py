"""The table of image pairs that ``soma match --pairs`` works through."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Mapping

from ..archive.plan import check_name, name_of
from ..archive.table import UNNAMED, read_rows, table_path
from ..base.errors import BadInput


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
    those of different files, for images that do not exist, with their row, and for
    columns that mean nothing: one that names masks is not to be passed over. Those that
    begin with an underscore are the user's own.
    """
    rows = read_rows(path, frozenset(("ref", "mov")))
    if not rows:
        raise BadInput.of("pairs_columns", path=path)
    known = {"ref", "mov", "name", *UNNAMED}
    unknown = [n for n in rows[0] if n not in known and not n.startswith("_")]
    if unknown:
        raise BadInput.of("pairs_unknown_columns", path=path, names=unknown)
    pairs = [_pair(path, i, row) for i, row in enumerate(rows)]
    # Names that differ in case only are one file on many systems.
    counts = Counter(pair.name.casefold() for pair in pairs)
    for pair in pairs:
        check_name(path, pair.name, counts[pair.name.casefold()])
    return pairs


def _pair(path: str, index: int, row: Mapping[str, str]) -> PairRow:
    ref, mov = (table_path(path, index, key, row[key]) for key in ("ref", "mov"))
    return PairRow(name_of(row.get("name", ""), index, mov), ref, mov)
