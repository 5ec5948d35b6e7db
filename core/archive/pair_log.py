"""The log of a pair that is worked on, and the time after which its process ends."""

from __future__ import annotations

import faulthandler
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Iterator

from ..base.feedback import Feedback

#: How ``faulthandler`` begins what it says after the limit of time.
_TOO_LATE = "Timeout ("


def now() -> str:
    """Return the time as records and logs tell it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@contextmanager
def limit_of(seconds: float, log: IO[str]) -> Iterator[None]:
    """End the process after a time, and say in the log where it was.

    A thread of Python would wait for ever for code that holds the interpreter.
    """
    if not seconds:
        yield
        return
    faulthandler.dump_traceback_later(seconds, exit=True, file=log)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def is_too_late(log: Path) -> bool:
    """Return whether an attempt that wrote this log was ended by its limit of time."""
    return _TOO_LATE in log.read_text("utf-8", "replace")


class LogFeedback:
    """Writes stages into a pair's log and asks another feedback whether to stop."""

    def __init__(self, parent: Feedback, file: IO[str]):
        self._parent, self._file, self._lock = parent, file, threading.Lock()

    def setProgress(self, percent: float) -> None:
        """Ignore progress within a pair."""

    def setProgressText(self, text: str) -> None:
        """Write the stage and its time."""
        self.write(f"{now()} {text}\n")

    def isCanceled(self) -> bool:
        """Return whether the user wants to stop."""
        return self._parent.isCanceled()

    def write(self, text: str) -> None:
        """Write at once, so that a log tells what came before a crash."""
        with self._lock:
            self._file.write(text)
            self._file.flush()
