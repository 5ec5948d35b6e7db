"""Progress on a terminal: a bar with stage, share and time left."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import Iterator

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ..base.feedback import Feedback, LineFeedback
from ..base.words.visible import visible


def print_any_name() -> None:
    """Let both streams print every name, escaped where their encoding has no sign."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, "w"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


class BarFeedback(LineFeedback):
    """A progress bar; cancels like ``LineFeedback``."""

    def __init__(self, bar: Progress):
        super().__init__(quiet=True)
        self._bar = bar
        self._task = bar.add_task("Starting", total=100.0)

    def setProgress(self, percent: float) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=percent)

    def setProgressText(self, text: str) -> None:
        """Name the stage beside the bar."""
        self._bar.update(self._task, description=escape(visible(text)))


@contextmanager
def console_feedback(quiet: bool = False) -> Iterator[Feedback]:
    """Yield feedback fit for standard error: a bar on a terminal, else lines."""
    if quiet or not sys.stderr.isatty():
        lines = LineFeedback(quiet)
        lines.listen()
        yield lines
        return
    columns = (
        TextColumn("{task.description:<32}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        feedback = BarFeedback(bar)
        feedback.listen()
        yield feedback
