"""All pairs of an archive at a glance: their tables and the index page."""

from __future__ import annotations

import importlib.util
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Mapping

import shapely

from ..base.words.message import Message
from .folder import INDEX, TABLES, ArchiveFolder, Record
from .index_page import index_writer
from .table import GEOMETRY
from .table_writer import table_writer

#: What the table of all pairs says of each.
COLUMNS = (
    *("row", "name", "verdict", "status", "error_px", "error_m", "shift_px", "shift_m"),
    *("transform", "model", "seconds", "code", "reason", "sar", "optical", "time"),
    *("made", "attempts", "folder", "stack", "stack_note"),
)
#: Those of them that are numbers; all others are text.
_NUMBERS = frozenset(
    ("row", "error_px", "error_m", "shift_px", "shift_m", "seconds", "attempts")
)
#: Pairs of which rows are held at a time.
_BATCH = 1000
#: Share of a run's time that may go into the overview, and least seconds between two.
_SHARE, _LEAST_S = 0.02, 20.0


class Overview:
    """The overview of an archive, written again from time to time.

    Args:
        folder: of the archive.
        language: of the page, as systems name it.
    """

    def __init__(self, folder: ArchiveFolder, language: str = "en"):
        self._folder, self._language = folder, language
        self._next = time.monotonic() + _LEAST_S

    def refresh(self) -> None:
        """Write it, unless that was lately."""
        begin = time.monotonic()
        if begin >= self._next:
            self.write()
            took = time.monotonic() - begin
            self._next = time.monotonic() + max(_LEAST_S, took / _SHARE)

    def write(self) -> list[Path]:
        """Write the tables and the page; returns their files.

        Without pyarrow there is no GeoParquet, and the GeoPackage holds the same.
        """
        plan = self._folder.plan()["pairs"]
        page = self._folder.path / INDEX
        tables = [self._folder.path / name for name in TABLES]
        if importlib.util.find_spec("pyarrow") is None:
            del tables[1]
        with ExitStack() as stack:
            title = self._folder.path.name
            takers = [stack.enter_context(index_writer(page, title, self._language))]
            for path in tables:
                taker = table_writer(path, COLUMNS, _NUMBERS)
                takers.append(stack.enter_context(taker))
            for start in range(0, len(plan), _BATCH):
                some = plan[start : start + _BATCH]
                records = self._folder.records(some)
                rows = [row_of(*both) for both in zip(some, records, strict=True)]
                for take in takers:
                    take(rows)
        return [*tables, page]


def row_of(pair: Mapping[str, Any], record: Record | None) -> dict[str, Any]:
    """Return the row of a pair in the table of all, with its footprint."""
    row: dict[str, Any] = {key: pair[key] for key in ("row", "name", "sar", "optical")}
    row |= {"verdict": "left", GEOMETRY: None}
    if pair["broken"]:
        message = Message.from_dict(pair["broken"])
        broken = {"verdict": "broken", "status": "broken"}
        return row | broken | {"code": message.code, "reason": str(message)}
    if record is None:
        return row
    quality = record["quality"]
    moved = quality.get("moved") or {}
    footprint = record.get("footprint")
    stack = record.get("stack") or {}
    same = ("status", "transform", "model", "code", "reason", "made", "attempts")
    return row | {
        **{key: record[key] for key in same},
        "verdict": record["grade"],
        "error_px": quality.get("expected_error_px"),
        "error_m": quality.get("expected_error_m"),
        "shift_px": moved.get("distance_px"),
        "shift_m": moved.get("distance_m"),
        "seconds": record["seconds"].get("total"),
        "time": record.get("time", ""),
        "folder": record.get("stored") or record["name"],
        "stack": stack.get("how", ""),
        "stack_note": str(Message.from_dict(stack["message"])) if stack else "",
        "thumbnail": record.get("thumbnail", False),
        "report": "" if record.get("stored") else record["files"].get("report", ""),
        GEOMETRY: shapely.geometry.shape(footprint) if footprint else None,
    }
