"""The engine as a process: JSON lines in on standard input, out on standard output.

A request is ``{"id": N, "call": NAME, ...arguments}``; see ``CALLS``. Answers
carry the request's id: ``{"id", "event": "progress", "percent", "text"}`` any
number of times, then one ``{"id", "event": "result", "value"}`` or ``{"id",
"event": "error", "type", "code", "message", "said"}``, where ``said`` is the message as
code and values. ``{"call": "cancel", "id": N}`` stops request N, at once where it
still waits for others, and has no answer of its own. Requests are worked on in order;
models stay loaded between them. While there is work, ``{"event": "alive"}`` comes every
``ALIVE_EVERY_S``, so that silence means that something hangs. End of
input cancels what runs and ends the process.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO, Any, Callable

from ..base import threads  # noqa: F401 - must precede numpy, which the rest imports

# isort: split
from .. import api
from ..base.about import VERSION
from ..base.errors import BadInput, Cancelled, Refused, SomaError, told
from ..base.feedback import Feedback
from ..base.job import Job
from ..pipeline.preflight import plan
from .requests import CLICK_CALLS

#: Time between two signs of life while there is work, in seconds.
ALIVE_EVERY_S = 2.0
#: After the end of input, cancelled work may take this long, in seconds.
END_GRACE_S = 5.0
#: Least time between two progress lines of one request, in seconds.
PROGRESS_EVERY_S = 0.1


class LineWriter:
    """Writes one JSON object per line; safe to use from several threads."""

    def __init__(self, stream: IO[str]):
        self._stream, self._lock = stream, threading.Lock()

    def send(self, request: int, event: str, **values: Any) -> None:
        """Write one line at once."""
        line = json.dumps({"id": request, "event": event, **values})
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


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
        """Return whether a cancel request came in."""
        return self._stop.is_set()

    def _tell(self, percent: float | None) -> None:
        self._writer.send(self._request, "progress", percent=percent, text=self._text)


def _job(values: dict[str, Any]) -> Job:
    return Job.from_json(json.dumps(values["job"]))


def _hello(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    return {"version": VERSION, "pid": os.getpid(), **api.environment()}


def _register(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    return api.register(_job(values), feedback).to_dict()


def _assess(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    return api.assess(_job(values), feedback)


def _match(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    job, out = _job(values), values.get("out", "")
    points = values.get("points", "")
    if out:
        api.check_match_output(Path(out), [job.mov, job.ref], dense=False)
    found = api.match(job, feedback)
    if out:
        api.write_match(found, Path(out))
    if points:
        api.write_match_points(found, Path(points))
    return found.report


def _plan(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    return plan(_job(values), values.get("model", "gradient"), feedback)


def _info(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    return api.info(values["path"])


def _models(values: dict[str, Any], feedback: Feedback) -> list[dict[str, Any]]:
    return api.models()


def _apply(values: dict[str, Any], feedback: Feedback) -> list[str]:
    return api.apply(
        values["transform"],
        values["rasters"],
        values.get("out", ""),
        values.get("grid", "reference"),
        values.get("resampling", "cubic"),
        values.get("nodata"),
        values.get("threads", 0),
        feedback,
        values.get("other_pixels", False),
    )


def _fits(values: dict[str, Any], feedback: Feedback) -> list[dict[str, Any]]:
    return api.fits(values["transform"], values["rasters"], feedback)


def _compare(values: dict[str, Any], feedback: Feedback) -> str:
    mode, cell = values.get("mode", "checkerboard"), values.get("cell", 64)
    api.compare(values["a"], values["b"], values["out"], mode, cell, feedback)
    return str(values["out"])


#: What can be asked for; each takes the request and feedback, returns JSON.
CALLS: dict[str, Callable[[dict[str, Any], Feedback], Any]] = {
    "hello": _hello,
    "register": _register,
    "match": _match,
    "assess": _assess,
    "apply": _apply,
    "fits": _fits,
    "compare": _compare,
    "info": _info,
    "plan": _plan,
    "models": _models,
    **CLICK_CALLS,
}


def answer(values: dict[str, Any], writer: LineWriter, stop: threading.Event) -> None:
    """Work on one request and send its result or error; raises nothing."""
    request = values["id"]
    try:
        if values["call"] not in CALLS:
            raise BadInput.of("unknown_call", call=values["call"], version=VERSION)
        feedback = RequestFeedback(writer, request, stop)
        value = CALLS[values["call"]](values, feedback)
        writer.send(request, "result", value=value)
    except SomaError as error:
        code = error.code if isinstance(error, Refused) else ""
        kind = type(error).__name__
        said = {"type": kind, "code": code, "message": str(error), "said": told(error)}
        writer.send(request, "error", **said)
    except Exception as error:  # noqa: BLE001 - the outer edge of the process
        traceback.print_exc()
        found = SomaError.of("unexpected", error=type(error).__name__, why=error)
        said = {"type": "Unexpected", "message": str(found), "said": told(found)}
        writer.send(request, "error", code="", **said)


class Desk:
    """Requests that wait, and the one that is worked on; for several threads."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._waiting: dict[int, dict[str, Any]] = {}
        self._working, self._stop = -1, threading.Event()
        self._closed = False

    @property
    def is_busy(self) -> bool:
        """Return whether there is work."""
        return bool(self._waiting) or self._working >= 0

    def put(self, values: dict[str, Any]) -> None:
        """Let a request wait for its turn."""
        with self._change:
            self._waiting[values["id"]] = values
            self._change.notify()

    def next(self) -> tuple[dict[str, Any], threading.Event] | None:
        """Wait for a request; return it with what stops it, None at the end."""
        with self._change:
            self._working = -1
            self._change.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return None
            self._working = next(iter(self._waiting))
            self._stop = threading.Event()
            if self._closed:
                self._stop.set()
            return self._waiting.pop(self._working), self._stop

    def cancel(self, request: int) -> bool:
        """Stop a request; return whether it was still waiting and is gone now."""
        with self._change:
            if request == self._working:
                self._stop.set()
            return self._waiting.pop(request, None) is not None

    def close(self) -> None:
        """Stop what is worked on, and what waits once its turn comes.

        What cannot be stopped is answered: a request may end with its input.
        """
        with self._change:
            self._closed = True
            self._stop.set()
            self._change.notify()


def serve(lines: IO[str], writer: LineWriter) -> None:
    """Answer requests until ``lines`` ends; whatever still runs is cancelled."""
    desk = Desk()

    def work() -> None:
        while (taken := desk.next()) is not None:
            answer(taken[0], writer, taken[1])

    worker = threading.Thread(target=work, name="soma-work", daemon=True)
    worker.start()
    ended = threading.Event()
    threading.Thread(
        target=_signs_of_life, args=(writer, desk, ended), daemon=True
    ).start()
    for line in lines:
        values = _parsed(line)
        if values is None:
            writer.send(-1, "error", type="BadInput", code="", message="Not a request.")
        elif values["call"] != "cancel":
            desk.put(values)
        elif desk.cancel(values["id"]):
            stopped = Cancelled.of("stopped")
            said = {"message": str(stopped), "said": told(stopped)}
            writer.send(values["id"], "error", type="Cancelled", code="", **said)
    desk.close()
    ended.set()
    worker.join(END_GRACE_S)


def _signs_of_life(writer: LineWriter, desk: Desk, ended: threading.Event) -> None:
    while not ended.wait(ALIVE_EVERY_S):
        if desk.is_busy:
            writer.send(-1, "alive")


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        values = json.loads(line)
    except json.JSONDecodeError:
        return None
    if isinstance(values, dict) and isinstance(values.get("id"), int):
        return values if isinstance(values.get("call"), str) else None
    return None


def main() -> int:
    """Run the process; anything libraries print goes to standard error."""
    private = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    serve(sys.stdin, LineWriter(private))
    return 0


if __name__ == "__main__":
    sys.exit(main())
