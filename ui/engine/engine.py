"""Calls to the worker process: start, ask, follow, cancel, and one clear message."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from typing import Any, Callable

from ...core.base.about import VERSION
from ...core.base.errors import (
    BadInput,
    Cancelled,
    ModelUnavailable,
    Refused,
    SomaError,
)
from ...core.base.feedback import SILENT, Feedback, check
from ..qt.i18n import tr
from ..words.sentences import said
from . import environment
from .pump import Request, WorkerThread

#: After a cancel the worker may take this long to clean up before it is killed.
CANCEL_GRACE_S = 1.0
#: Longest silence while there is work, and until the first answer, in seconds.
SILENCE_S, START_S = 30.0, 120.0
#: Calls that write nothing: who cancels one need not wait until the worker knows.
_READING = frozenset(
    (
        "click",
        "fit_points",
        "info",
        "models",
        "plan",
        "prepare_pair",
        "preview_points",
        "release_pairs",
    )
)
#: Errors of the worker that are told apart here.
_KINDS = {
    "BadInput": BadInput,
    "Cancelled": Cancelled,
    "ModelUnavailable": ModelUnavailable,
}
#: A busy worker may take this long to end when the plugin is unloaded.
END_MS = 4000


class EngineFailed(SomaError):
    """The worker process broke down; QGIS goes on, the next call starts another."""


class EngineMissing(EngineFailed):
    """No Python for the engine was set up yet."""


class Engine:
    """One worker process, started when first needed; safe to use from any thread.

    Args:
        command: returns program and arguments, [] when there is no engine.
        silence_s: longest silence while there is work.
        start_s: longest time until the first answer.
    """

    def __init__(
        self,
        command: Callable[[], list[str]] | None = None,
        silence_s: float = SILENCE_S,
        start_s: float = START_S,
    ):
        self._command = command or _default_command
        self._silence_s, self._start_s = silence_s, start_s
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._worker: WorkerThread | None = None
        self._old: list[WorkerThread] = []
        self._closed = False
        self.hello: dict[str, Any] = {}

    @property
    def is_set_up(self) -> bool:
        """Return whether there is an engine to start."""
        return bool(self._command())

    @property
    def pid(self) -> int:
        """Return the worker's process id, 0 when none runs."""
        worker = self._worker
        return worker.pid if worker and not worker.failure else 0

    @property
    def log(self) -> list[str]:
        """Return the last lines of the worker's standard error."""
        return list(self._worker.log) if self._worker else []

    def call(self, name: str, feedback: Feedback = SILENT, **values: Any) -> Any:
        """Ask and wait for the answer; not for QGIS's main thread with a window.

        Raises the error classes of ``core.base.errors`` that the worker raised,
        ``Cancelled``, ``EngineMissing`` and ``EngineFailed``.
        """
        worker = self._started(feedback)
        return self._ask(worker, name, values, feedback)

    def stop(self) -> None:
        """End the worker and wait for it: an instant when idle, else some seconds."""
        with self._lock:
            ending = [*self._old, *([self._worker] if self._worker else [])]
            self._worker, self._old, self.hello = None, [], {}
        for worker in ending:
            worker.stop()
        for worker in ending:
            worker.wait(END_MS)

    def close(self) -> None:
        """End the worker for good; later calls count as cancelled."""
        self._closed = True
        self.stop()

    def _started(self, feedback: Feedback) -> WorkerThread:
        worker = self._current()
        if not worker.ready.is_set():
            feedback.setProgressText("Starting the engine")
        while not worker.ready.wait(0.05):
            check(feedback)
        if worker.problem is not None:
            raise worker.problem
        return worker

    def _current(self) -> WorkerThread:
        """Return the worker, which may be about to start."""
        with self._lock:
            if self._closed:
                raise Cancelled(tr("Stopped; no output was written."))
            worker = self._worker
            if worker is not None and not worker.failure and not worker.problem:
                return worker
            command = self._command()
            if not command:
                raise EngineMissing(
                    tr("The engine is not set up yet; choose Set up engine.")
                )
            # A thread must not be forgotten before it has ended.
            self._old = [w for w in [*self._old, worker] if w and w.isRunning()]
            clean = environment.scrubbed_environment()
            worker = WorkerThread(command, clean, self._silence_s, self._start_s)
            worker.start()
            self._worker = worker
            # In a thread of its own: whoever came first may be cancelled, and others
            # wait as well.
            greet = threading.Thread(target=self._greet, args=(worker,), daemon=True)
            greet.start()
            return worker

    def _greet(self, worker: WorkerThread) -> None:
        """Hear what the worker is, and let those who wait for it go on."""
        try:
            hello = self._greeted(worker)
            worker.own_pid = int(hello.get("pid", 0))
            if worker is self._worker:
                self.hello = hello
        except SomaError as error:
            worker.problem = error
            worker.kill()
        finally:
            worker.ready.set()

    def _greeted(self, worker: WorkerThread) -> dict[str, Any]:
        hello = self._ask(worker, "hello", {}, SILENT)
        if not isinstance(hello, dict) or hello.get("version") != VERSION:
            found = hello.get("version") if isinstance(hello, dict) else hello
            raise EngineFailed(
                tr(
                    "The engine is of version {found}, the plugin of version {own}; "
                    "restart QGIS, and set the engine up again if this comes back."
                ).format(found=found, own=VERSION)
            )
        return hello

    def _ask(
        self,
        worker: WorkerThread,
        name: str,
        values: dict[str, Any],
        feedback: Feedback,
    ) -> Any:
        writes = name not in _READING
        request = Request(next(self._numbers), name, values, writes)
        worker.send(request)
        cancelled_s = 0.0
        while True:
            try:
                event = request.events.get(timeout=0.05)
            except queue.Empty:
                event = {"event": ""}
            if event["event"] == "result":
                return event["value"]
            if event["event"] in ("error", "failed"):
                raise _error(event, worker, bool(cancelled_s))
            _tell(event, feedback)
            if not cancelled_s and feedback.isCanceled():
                cancelled_s = time.monotonic()
                worker.cancel(request.number)
                if not writes:
                    raise Cancelled(tr("Stopped; no output was written."))
            if cancelled_s and time.monotonic() - cancelled_s > CANCEL_GRACE_S:
                worker.kill()
                # It must write nothing more once this is told.
                worker.wait(END_MS)
                raise Cancelled(tr("Stopped; no output was written."))


def _default_command() -> list[str]:
    python = environment.find_python()
    return environment.worker_command(python) if python else []


def _tell(event: dict[str, Any], feedback: Feedback) -> None:
    if event["event"] != "progress":
        return
    if event.get("percent") is None:
        feedback.setProgressText(event.get("text", ""))
    else:
        feedback.setProgress(event["percent"])


def _error(event: dict[str, Any], worker: WorkerThread, cancelled: bool) -> SomaError:
    if event["event"] == "failed":
        if cancelled or event["message"] == "stopped":
            return Cancelled(tr("Stopped; no output was written."))
        return EngineFailed(_breakdown(event["message"], worker))
    kind, message = event["type"], event["message"]
    if kind == "Unexpected" and _is_memory(message):
        return EngineFailed(_no_memory())
    if kind == "Refused":
        return Refused(event["code"], said(event.get("said"), message))
    return _KINDS.get(kind, SomaError)(said(event.get("said"), message))


def _breakdown(message: str, worker: WorkerThread) -> str:
    if message == "silent":
        return tr(
            "The engine gave no sign of life and was ended; try again, and look into "
            "Diagnostics if this comes back."
        )
    if message == "garbage":
        return tr(
            "The engine answered with something that is no answer and was ended; look "
            "into Diagnostics, and set the engine up again."
        )
    reason = tr("it crashed") if message == "crashed" else message
    last = next((line for line in reversed(worker.log) if line[:1] != " "), "")
    text = tr("The engine ended unexpectedly ({reason}).").format(reason=reason)
    if _is_memory(last):
        return _no_memory()
    missing = "ModuleNotFoundError" in last
    advice = tr("Set the engine up again.") if missing else tr("Look into Diagnostics.")
    return " ".join(part for part in (text, last, advice) if part)


def _is_memory(text: str) -> bool:
    """Return whether a message of a library means too little memory."""
    signs = (
        "memoryerror",
        "out of memory",
        "insufficient memory",
        "cannot allocate memory",
        # What is said where not even a thread can be started.
        "resource temporarily unavailable",
    )
    return any(sign in text.lower() for sign in signs)


def _no_memory() -> str:
    return tr(
        "The engine ran out of memory; close other programs, or choose a smaller area."
    )
