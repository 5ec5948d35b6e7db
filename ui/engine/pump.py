"""The thread that owns the worker process and moves lines in and out."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QProcess, QProcessEnvironment, QThread

from ...core.base.scratch import remove_left

#: How long a read may wait while there is work, in milliseconds.
POLL_MS = 20
#: Lines of the worker's standard error that are kept for diagnostics.
LOG_LINES = 200
#: What an answer has to have.
_NEEDED = {"result": ("value",), "error": ("type", "code", "message")}
#: A longer line is no answer.
MAX_LINE = 64 << 20


class Request:
    """One question to the worker; its answers arrive in ``events``.

    Args:
        number: tells it from others.
        call: what is asked for.
        values: its arguments.
        writes: whether files may be under way, which want to be cleaned up.
    """

    def __init__(self, number: int, call: str, values: dict[str, Any], writes: bool):
        self.number, self.writes = number, writes
        self.line = json.dumps({"id": number, "call": call, **values})
        self.outputs = _outputs(values) if writes else []
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()


def _outputs(values: dict[str, Any]) -> list[Path]:
    """Return where a request writes: a file or folder, or beside its rasters."""
    named = values.get("out") or (values.get("job") or {}).get("out")
    return [Path(name) for name in ([named] if named else values.get("rasters", ()))]


class WorkerThread(QThread):
    """Runs one worker process until it is told to stop or the process ends.

    All methods may be called from any thread. The process lives in this thread
    alone, so that QGIS's event loop is neither needed nor disturbed.

    Args:
        command: program and arguments.
        environment: of the process.
        silence_s: longest time without a line while there is work.
        start_s: longest time until the first line.

    Attributes:
        ready: set when whoever started it has heard its greeting, or given up.
        problem: why it was given up.
        failure: why it ended, "" while it runs.
        log: last lines of its standard error.
        own_pid: process id as the worker knows it, which a launcher may differ from.
    """

    def __init__(
        self,
        command: list[str],
        environment: QProcessEnvironment,
        silence_s: float,
        start_s: float,
    ):
        super().__init__()
        self._command, self._environment = command, environment
        self._silence_s, self._start_s = silence_s, start_s
        self._outbox: queue.Queue[str] = queue.Queue()
        self._open: dict[int, Request] = {}
        self._lock = threading.Lock()
        self._wake, self._stop = threading.Event(), threading.Event()
        self._kill = threading.Event()
        self._heard, self._greeted = 0.0, False
        self._buffer = b""
        self.ready = threading.Event()
        self.problem: Exception | None = None
        self._outputs: set[Path] = set()
        self.pid, self.own_pid = 0, 0
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.failure = ""

    def send(self, request: Request) -> None:
        """Ask; answers and failures arrive in the request's queue."""
        with self._lock:
            if not self.failure:
                if not self._open:
                    self._heard = time.monotonic()
                self._open[request.number] = request
                self._outputs.update(request.outputs)
                self._outbox.put(request.line)
            else:
                request.events.put({"event": "failed", "message": self.failure})
        self._wake.set()

    def cancel(self, number: int) -> None:
        """Ask the worker to stop working on a request."""
        self._outbox.put(json.dumps({"id": number, "call": "cancel"}))
        self._wake.set()

    def kill(self) -> None:
        """End the process at once."""
        self._kill.set()
        self._wake.set()

    def stop(self) -> None:
        """End the process: at once, or after a moment to clean up what it writes."""
        self._stop.set()
        self._wake.set()

    def run(self) -> None:
        """Own the process; called by ``start``."""
        process = QProcess()
        try:
            self._run(process)
        except Exception as error:  # noqa: BLE001 - leaving run() takes QGIS down
            self._fail(f"{type(error).__name__}: {error}")
        finally:
            if process.state() != QProcess.ProcessState.NotRunning:
                process.kill()
                process.waitForFinished(2000)
            # It could not do so itself.
            for path in self._outputs:
                with suppress(OSError):
                    remove_left(path, self.own_pid or self.pid)

    def _run(self, process: QProcess) -> None:
        process.setProcessEnvironment(self._environment)
        process.start(self._command[0], self._command[1:])
        if not process.waitForStarted(10_000):
            self._fail(f"{self._command[0]}: {process.errorString()}")
            return
        self.pid = int(process.processId())
        self._heard = time.monotonic()
        while not self._stop.is_set() and not self.failure:
            self._step(process)
        if self._stop.is_set():
            self._end(process)

    def _step(self, process: QProcess) -> None:
        while not self._outbox.empty():
            process.write(self._outbox.get().encode() + b"\n")
        if self._open:
            process.waitForReadyRead(POLL_MS)
        else:
            process.waitForReadyRead(1)
            self._wake.wait(0.2)
        self._wake.clear()
        self._keep_log(process)
        self._take_lines(process)
        if self._kill.is_set():
            self._fail("stopped")
        elif process.state() == QProcess.ProcessState.NotRunning:
            self._fail(self._last_words(process))
        elif self._open and time.monotonic() - self._heard > self._patience():
            self._fail("silent")

    def _patience(self) -> float:
        return self._silence_s if self._greeted else self._start_s

    def _end(self, process: QProcess) -> None:
        process.closeWriteChannel()
        if any(request.writes for request in self._open.values()):
            process.waitForFinished(1500)
        self._fail("stopped")

    def _keep_log(self, process: QProcess) -> None:
        text = bytes(process.readAllStandardError()).decode("utf-8", "replace")
        self.log.extend(line for line in text.splitlines() if line.strip())

    def _take_lines(self, process: QProcess) -> None:
        self._buffer += bytes(process.readAllStandardOutput())
        *lines, self._buffer = self._buffer.split(b"\n")
        if len(self._buffer) > MAX_LINE:
            self._fail("garbage")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            event = json.loads(line)
            number, kind = event["id"], event["event"]
            for name in _NEEDED.get(kind, ()):
                event[name]
        except (ValueError, TypeError, KeyError):
            self.log.append(line[:200].decode("utf-8", "replace"))
            self._fail("garbage")
            return
        self._heard, self._greeted = time.monotonic(), True
        with self._lock:
            request = self._open.get(number)
            if request and kind in ("result", "error"):
                del self._open[number]
        if request:
            request.events.put(event)

    def _last_words(self, process: QProcess) -> str:
        self._keep_log(process)
        if process.exitStatus() == QProcess.ExitStatus.CrashExit:
            return "crashed"
        return f"exit code {process.exitCode()}"

    def _fail(self, message: str) -> None:
        with self._lock:
            self.failure = self.failure or message
            waiting, self._open = list(self._open.values()), {}
        for request in waiting:
            request.events.put({"event": "failed", "message": self.failure})
