"""Progress and cancel without QGIS; the names are those of QgsProcessingFeedback."""

from __future__ import annotations

import signal
import sys
import threading
import time
from typing import Iterator, Protocol, Sequence, TypeVar

from .ending import ENDING
from .errors import Cancelled
from .words.visible import visible

T = TypeVar("T")


class Feedback(Protocol):
    """What long work reports to; QgsProcessingFeedback fits as it is."""

    def setProgress(self, percent: float) -> None:
        """Report overall progress, 0 to 100."""

    def setProgressText(self, text: str) -> None:
        """Name the stage that begins now."""

    def isCanceled(self) -> bool:
        """Return whether the user wants to stop."""


class Silent:
    """Feedback that shows nothing and never cancels."""

    def setProgress(self, percent: float) -> None:
        """Ignore progress."""

    def setProgressText(self, text: str) -> None:
        """Ignore the stage."""

    def isCanceled(self) -> bool:
        """Return False."""
        return False


SILENT = Silent()


def check(feedback: Feedback) -> None:
    """Raise ``Cancelled`` when the user asked to stop."""
    if feedback.isCanceled():
        raise Cancelled.of("stopped")


class Part:
    """One slice of the overall progress, itself a ``Feedback`` of 0 to 100."""

    def __init__(self, parent: Feedback, start: float, stop: float):
        self._parent, self._start, self._stop = parent, start, stop

    def setProgress(self, percent: float) -> None:
        """Report progress within this slice, 0 to 100."""
        share = min(max(percent, 0.0), 100.0) / 100.0
        self._parent.setProgress(self._start + share * (self._stop - self._start))

    def setProgressText(self, text: str) -> None:
        """Pass the stage on."""
        self._parent.setProgressText(text)

    def isCanceled(self) -> bool:
        """Return whether the user wants to stop."""
        return self._parent.isCanceled()


class Steps:
    """Split one feedback into named stages of given weight.

    Args:
        feedback: where overall progress goes.
        weights: relative durations, one per stage, in order.
    """

    def __init__(self, feedback: Feedback, weights: Sequence[float]):
        total = float(sum(weights))
        edges = [0.0]
        for weight in weights:
            edges.append(edges[-1] + 100.0 * weight / total)
        self._feedback, self._edges, self._next = feedback, edges, 0

    def next(self, text: str) -> Part:
        """Begin the next stage, named ``text``; raises ``Cancelled``."""
        check(self._feedback)
        start, stop = self._edges[self._next], self._edges[self._next + 1]
        self._next += 1
        self._feedback.setProgress(start)
        self._feedback.setProgressText(text)
        return Part(self._feedback, start, stop)


def track(items: Sequence[T], feedback: Feedback) -> Iterator[T]:
    """Yield ``items``, reporting progress and raising ``Cancelled`` in between."""
    for done, item in enumerate(items):
        check(feedback)
        feedback.setProgress(100.0 * done / len(items))
        yield item
    feedback.setProgress(100.0)


def parted(items: Sequence[T], feedback: Feedback) -> Iterator[tuple[T, Part]]:
    """Yield each item with its own equal part of the progress; raises ``Cancelled``."""
    for done, item in enumerate(items):
        check(feedback)
        share = 100.0 / len(items)
        yield item, Part(feedback, share * done, share * (done + 1))


class LineFeedback:
    """Plain lines on standard error; Ctrl-C and its like cancel at the next check.

    Args:
        quiet: print nothing, only listen for the signals.
        seconds: least time between two progress lines.
    """

    def __init__(self, quiet: bool = False, seconds: float = 5.0):
        self._quiet, self._seconds = quiet, seconds
        self._stop = threading.Event()
        self._text, self._said = "", 0.0

    def listen(self) -> None:
        """Turn the signals of ``ENDING`` into a cancel (main thread only)."""
        for number in ENDING:
            signal.signal(number, lambda *_: self._stop.set())

    def setProgress(self, percent: float) -> None:
        """Print a line when the last one is old enough."""
        now = time.monotonic()
        if not self._quiet and self._text and now - self._said >= self._seconds:
            self._said = now
            self._print(f"{visible(self._text)}: {percent:.0f} %")

    def setProgressText(self, text: str) -> None:
        """Print the name of the stage."""
        self._text, self._said = text, time.monotonic()
        if not self._quiet:
            self._print(visible(text))

    def _print(self, line: str) -> None:
        try:
            sys.stderr.write(line + "\n")
        except BrokenPipeError:
            raise
        except OSError:
            # Work of hours does not end because its log has no room.
            self._quiet = True

    def isCanceled(self) -> bool:
        """Return whether a signal came in."""
        return self._stop.is_set()
