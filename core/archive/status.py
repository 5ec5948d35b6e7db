"""How far an archive is: counts, and what went wrong."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

from ..base.errors import BadInput
from .folder import ArchiveFolder
from .stack_file import STEPS, state_folder

#: States of a pair in the order in which they are told.
STATES = ("good", "fair", "poor", "refused", "failed", "broken", "begun", "left")
#: Pairs that are named for each reason why others failed.
_NAMED = 3


def status(path: str) -> dict[str, Any]:
    """Return how many pairs of an archive are in each state, and why some failed.

    ``begun`` are pairs that a process works on, or was stopped at. ``stacks`` says of
    each step before an adjustment how many of its pairs are ``done``; {} without one.
    Raises ``BadInput`` for a folder in which nothing was run.
    """
    folder = ArchiveFolder(path)
    plan = folder.plan()
    counts, reasons, names = Counter[str](), Counter[str](), dict[str, list[str]]()
    said: dict[str, dict[str, Any]] = {}
    for pair, record in zip(plan["pairs"], folder.records(plan["pairs"]), strict=True):
        if pair["broken"]:
            state, code, message = "broken", pair["broken"]["code"], pair["broken"]
        elif record is not None:
            state, code, message = record["grade"], record["code"], record["message"]
        else:
            state, code, message = "left", "", {}
            if folder.is_begun(pair["name"]):
                state = "begun"
        counts[state] += 1
        if code:
            reasons[code] += 1
            said.setdefault(code, message)
            names.setdefault(code, []).append(pair["name"])
    return {
        "plan": plan["plan"],
        "pairs": len(plan["pairs"]),
        "states": {state: counts[state] for state in STATES},
        "stacks": _steps(folder) if plan.get("stacks") else {},
        "reasons": [
            {
                "code": code,
                "count": count,
                "message": said[code],
                "names": names[code][:_NAMED],
            }
            for code, count in reasons.most_common()
        ],
    }


def _steps(folder: ArchiveFolder) -> dict[str, dict[str, int]]:
    """Return how far the steps before an adjustment are, those that were begun."""
    steps = {}
    for name in STEPS:
        inner = ArchiveFolder(state_folder(folder, name))
        with suppress(BadInput):
            pairs = inner.plan()["pairs"]
            done = sum(record is not None for record in inner.records(pairs))
            steps[name] = {"pairs": len(pairs), "done": done}
    return steps
