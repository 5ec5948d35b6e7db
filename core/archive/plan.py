"""A plan: the rows of a table, each a pair to register or the reason why it is none."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Protocol, Sequence

from ..base.errors import BadInput, error_dict
from ..base.job import Job
from .folder import UNASKED
from .key import key_of
from .pairing import ABOUT
from .remote import Stamps, is_remote
from .table import UNNAMED, read_rows

#: Columns that say what a pair is, in their order.
PAIR = ("name", "sar", "optical")
#: What of a row ``status`` and the overview need.
_KEPT = ("row", "name", "key", "broken", "sar", "optical")
#: Longest name of a pair in bytes: systems take 255, and files beside it need an end.
MOST_NAME = 200


class ToJob(Protocol):
    """Says of rows, counted from 0, what is to be done."""

    def is_own(self, index: int) -> bool:
        """Return whether this run may work on a row."""

    def __call__(self, table: str, index: int, row: Mapping[str, str]) -> Job:
        """Return the job of a row, without a folder; raises ``BadInput``."""


@dataclass(frozen=True)
class Pair:
    """One row of a plan.

    Args:
        row: its number in the table, from 1.
        name: of its folder; "" where it has none of its own.
        job: what is to be done, without a folder; None for a broken row.
        key: see ``key_of``; "" for a broken row, ``UNASKED`` for one of another run's
            share whose images lie in a store.
        broken: why nothing can be done, as code and values; {} where it can.
        sar: the SAR image as the table names it.
        optical: the optical image as the table names it.
        track: what the plan says of the orbit, "" for nothing.
        time: what it says of when the SAR image was taken, "" for nothing.
        turn: what decides whose share it is, 0 for the row.
        placed: file that says where its stack places it, "" for none.
    """

    row: int
    name: str
    job: Job | None
    key: str
    broken: Mapping[str, Any]
    sar: str
    optical: str
    track: str = ""
    time: str = ""
    turn: int = 0
    placed: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return what is kept of the row as JSON."""
        return {key: getattr(self, key) for key in _KEPT}


def read_plan(
    path: str,
    to_job: ToJob,
    options: frozenset[str],
    only: Sequence[str] = (),
    store: str = "",
) -> list[Pair]:
    """Return the rows of a plan; broken ones say why, and break no others.

    Args:
        path: the table; see ``table.read_rows``.
        to_job: makes the job of a row; its ``BadInput`` is why the row is broken.
        options: names of further columns that ``to_job`` knows.
        only: roles of the files that are wanted, all if none are given.
        store: URL to which they are copied, "" for none.

    Raises ``BadInput`` for what is no plan at all: no table, no such columns, columns
    that mean nothing. Those that begin with an underscore are the user's own.
    """
    rows = read_rows(path, frozenset(("sar", "optical")))
    if not rows:
        raise BadInput.of("plan_columns", path=path)
    known = {*PAIR, *ABOUT, *UNNAMED, *options}
    unknown = [n for n in rows[0] if n not in known and not n.startswith("_")]
    if unknown:
        raise BadInput.of("plan_unknown_columns", path=path, names=unknown)
    names = [name_of(row.get("name", ""), i, row["sar"]) for i, row in enumerate(rows)]
    counts = Counter(name.casefold() for name in names)
    jobs: list[Job | BadInput] = []
    for i, (name, row) in enumerate(zip(names, rows, strict=True)):
        try:
            check_name(path, name, counts[name.casefold()])
            jobs.append(to_job(path, i, row))
        except BadInput as error:
            jobs.append(error)
    own = [job for i, job in enumerate(jobs) if to_job.is_own(i)]
    inputs = [p for job in own if isinstance(job, Job) for p in job.inputs]
    elsewhere, pairs = Stamps(inputs), []
    for i, (name, row, job) in enumerate(zip(names, rows, jobs, strict=True)):
        files = row["sar"], row["optical"]
        try:
            if isinstance(job, BadInput):
                raise job
            if not to_job.is_own(i) and any(map(is_remote, job.inputs)):
                key = UNASKED
            else:
                key = key_of(job, only, store, elsewhere)
            about = row.get("track", ""), row.get("sar_time", "")
            pairs.append(Pair(i + 1, name, job, key, {}, *files, *about))
        except BadInput as error:
            pairs.append(Pair(i + 1, name, None, "", error_dict(error), *files))
    return pairs


def is_of_share(number: int, share: tuple[int, int]) -> bool:
    """Return whether a number, from 1, is of a share: (i, n), each n-th from i on."""
    return (number - share[0]) % share[1] == 0


def name_of(name: str, index: int, image: str) -> str:
    """Return the name of a pair: its own, or else by row (from 0) and moving image."""
    return name.strip() or f"{index:04d}_{Path(image).stem}"


def check_name(path: str, name: str, count: int) -> None:
    """Raise ``BadInput`` for a name that is no file's, or not its row's alone."""
    plain = Path(name).name == name and not name.startswith(".") and "\\" not in name
    odd = any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name)
    long = len(name.encode("utf-8", "replace")) > MOST_NAME
    if count > 1 or not plain or odd or long:
        raise BadInput.of("pairs_name", path=path, name=name)
