"""What a worker answers about a pair: plain values, whatever becomes of it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..base.about import VERSION
from ..base.errors import BadInput, Cancelled, ModelUnavailable, SomaError, error_dict
from ..base.feedback import SILENT, Feedback
from ..base.words.message import Message
from .folder import ArchiveFolder
from .pair_task import Task, run_pair

#: What of a record travels back; the rest is in the pair's folder.
_BRIEF = ("name", "status", "grade", "message")
#: Seconds between two looks whether the run was stopped.
_LOOK_EVERY_S = 0.5

#: Held while a pair is worked on: a worker may have several threads, and a process has
#: one lock on a pair, one limit of time and one log for crashes.
_ONE_AT_A_TIME = threading.Lock()

Kind = Literal["done", "busy", "again", "cancelled", "stop", "no model"]


@dataclass(frozen=True)
class Answer:
    """What became of a pair.

    Args:
        kind: "done" with what came of it; "busy" when another process works on it;
            "again" when it ended its process or found too little memory; "cancelled";
            "stop" and "no model" when no other pair would fare better.
        record: what came of it, in brief.
        reason: why the run must stop, in English.
        message: the same as code and values.
    """

    kind: Kind
    record: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    message: dict[str, Any] = field(default_factory=dict)


def answer(task: Task, feedback: Feedback = SILENT) -> Answer:
    """Work on a pair and say what came of it."""
    try:
        if task.version != VERSION:
            raise BadInput.of("worker_version", own=VERSION, asked=task.version)
        with _ONE_AT_A_TIME:
            record = run_pair(task, StopFile(task, feedback))
    except Cancelled:
        return Answer("cancelled")
    except MemoryError:
        return Answer("again")
    except ModelUnavailable as error:
        return Answer("no model", {}, str(error), error_dict(error))
    except BadInput as error:
        return Answer("stop", {}, str(error), error_dict(error))
    if record is None:
        return Answer("busy")
    return Answer("done", {key: record[key] for key in _BRIEF})


def error_of(found: Answer) -> SomaError:
    """Return what to raise for an answer that stops the run."""
    error = (ModelUnavailable if found.kind == "no model" else BadInput)(found.reason)
    if found.message:
        error.message = Message.from_dict(found.message)
    return error


def stop_file(folder: str, run: str) -> Path:
    """Return the file whose being there stops a run, wherever its workers are."""
    return ArchiveFolder(folder).state / f"stop-{run}"


class StopFile:
    """Feedback of a pair that also stops when its run's stop file appears."""

    def __init__(self, task: Task, parent: Feedback):
        self._path, self._parent = stop_file(task.folder, task.run), parent
        self._looked, self._there = 0.0, False

    def setProgress(self, percent: float) -> None:
        """Pass progress on."""
        self._parent.setProgress(percent)

    def setProgressText(self, text: str) -> None:
        """Pass the stage on."""
        self._parent.setProgressText(text)

    def isCanceled(self) -> bool:
        """Return whether somebody wants to stop."""
        now = time.monotonic()
        if not self._there and now - self._looked > _LOOK_EVERY_S:
            self._looked, self._there = now, self._path.exists()
        return self._there or self._parent.isCanceled()
