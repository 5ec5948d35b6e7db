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
                rows = [self._row(*both) for both in zip(some, records, strict=True)]
                for take in takers:
                    take(rows)
        return [*tables, page]

    def _row(self, pair: Mapping[str, Any], record: Record | None) -> dict[str, Any]:
        bad = pair["broken"] or (record is not None and record["status"] == "failed")
        # Not every name is that of a folder.
        if not bad or pair["broken"].get("code") == "pairs_name":
            return row_of(pair, record)
        return row_of(pair, record, self._folder.result(pair["name"]))


def row_of(
    pair: Mapping[str, Any], record: Record | None, kept: Record | None = None
) -> dict[str, Any]:
    """Return the row of a pair in the table of all, with its footprint.

    Args:
        pair: of the plan as it is kept in the folder.
        record: what came of it, None for nothing yet.
        kept: what an earlier run found of one that failed or is broken: what is shown.
    """
    row: dict[str, Any] = {key: pair[key] for key in ("row", "name", "sar", "optical")}
    row |= {"verdict": "left", GEOMETRY: None}
    if pair["broken"]:
        message = Message.from_dict(pair["broken"])
        broken = {"verdict": "broken", "status": "broken", "code": message.code}
        if kept is None:
            return row | broken | {"reason": str(message)}
        reason = f"{message} {Message('result_kept')}"
        return row | broken | {"reason": reason} | _shown(kept)
    if record is None:
        return row
    quality = record["quality"]
    moved = quality.get("moved") or {}
    stack = record.get("stack") or {}
    same = ("status", "transform", "model", "code", "reason", "made", "attempts")
    return row | {
        **{key: record[key] for key in same},
        **_shown(kept or record),
        "verdict": record["grade"],
        "error_px": quality.get("expected_error_px"),
        "error_m": quality.get("expected_error_m"),
        "shift_px": moved.get("distance_px"),
        "shift_m": moved.get("distance_m"),
        "seconds": record["seconds"].get("total"),
        "stack": stack.get("how", ""),
        "stack_note": str(Message.from_dict(stack["message"])) if stack else "",
    }


def _shown(record: Record) -> dict[str, Any]:
    """Return where a result lies, on the ground and as files."""
    footprint = record.get("footprint")
    return {
        "time": record.get("time", ""),
        "folder": record.get("stored") or record["name"],
        "thumbnail": record.get("thumbnail", False),
        "report": "" if record.get("stored") else record["files"].get("report", ""),
        GEOMETRY: shapely.geometry.shape(footprint) if footprint else None,
    }
