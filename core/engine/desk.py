"""What comes in and goes out of the worker: requests that wait, lines of answers."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from typing import IO, Any

from ..base.types import finite

#: Least time between two progress lines of one request, in seconds.
PROGRESS_EVERY_S = 0.1


class LineWriter:
    """Writes one JSON object per line; safe to use from several threads."""

    def __init__(self, stream: IO[str]):
        self._stream, self._lock = stream, threading.Lock()
        self.reader_gone = threading.Event()

    def send(self, request: int, event: str, **values: Any) -> None:
        """Write one line at once; nothing once nobody reads them any more."""
        told = finite({"id": request, "event": event, **values})
        line = json.dumps(told, allow_nan=False)
        with self._lock:
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                self.reader_gone.set()


class RequestFeedback:
    """Progress of one request as lines; cancelled by an event."""

    def __init__(self, writer: LineWriter, request: int, stop: threading.Event):
        self._writer, self._request, self._stop = writer, request, stop
        self._text, self._sent = "", 0.0

    def setProgress(self, percent: float) -> None:
        """Send progress, not more often than ``PROGRESS_EVERY_S``."""
        now = time.monotonic()
        if now - self._sent >= PROGRESS_EVERY_S:
            self._sent = now
            self._tell(percent)

    def setProgressText(self, text: str) -> None:
        """Send the stage's name."""
        self._text = text
        self._tell(None)

    def isCanceled(self) -> bool:
        """Return whether a cancel request came in, or nobody waits any more."""
        return self._stop.is_set() or self._writer.reader_gone.is_set()

    def _tell(self, percent: float | None) -> None:
        self._writer.send(self._request, "progress", percent=percent, text=self._text)


class Desk:
    """Requests that wait, and the one that is worked on; for several threads."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._waiting: deque[dict[str, Any]] = deque()
        self._working, self._stop = -1, threading.Event()
        self._closed = self._is_working = False

    @property
    def is_busy(self) -> bool:
        """Return whether there is work."""
        return bool(self._waiting) or self._is_working

    def put(self, values: dict[str, Any]) -> None:
        """Let a request wait for its turn."""
        with self._change:
            self._waiting.append(values)
            self._change.notify()

    def next(self) -> tuple[dict[str, Any], threading.Event] | None:
        """Wait for a request; return it with what stops it, None at the end."""
        with self._change:
            self._is_working = False
            self._change.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return None
            taken = self._waiting.popleft()
            self._working, self._is_working = taken["id"], True
            self._stop = threading.Event()
            if self._closed:
                self._stop.set()
            return taken, self._stop

    def cancel(self, request: int) -> int:
        """Stop what has an id; return how many still waited and are gone now."""
        with self._change:
            if self._is_working and request == self._working:
                self._stop.set()
            kept = [values for values in self._waiting if values["id"] != request]
            gone = len(self._waiting) - len(kept)
            self._waiting = deque(kept)
            return gone

    def close(self) -> None:
        """Stop what is worked on, and what waits once its turn comes.

        What cannot be stopped is answered: a request may end with its input.
        """
        with self._change:
            self._closed = True
            self._stop.set()
            self._change.notify()
