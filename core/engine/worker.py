"""The engine as a process: JSON lines in on standard input, out on standard output.

A request is ``{"id": N, "call": NAME, ...arguments}``; see ``CALLS``. Answers
carry the request's id: ``{"id", "event": "progress", "percent", "text"}`` any
number of times, then one ``{"id", "event": "result", "value"}`` or ``{"id",
"event": "error", "type", "code", "message", "said"}``, where ``said`` is the message as
code and values. ``{"call": "cancel", "id": N}`` stops request N, at once where it
still waits for others, and has no answer of its own. Requests are worked on in order;
models stay loaded between them. Front ends ask before a file is replaced, so that
``overwrite`` is true here unless a request says otherwise. While there is work,
``{"event": "alive"}`` comes every ``ALIVE_EVERY_S``, so that silence means that
something hangs. End of input cancels what runs and ends the process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, Any, Callable

from ..base import threads  # noqa: F401 - must precede numpy, which the rest imports

# isort: split
from .. import api
from ..base.about import VERSION
from ..base.ending import ENDING
from ..base.errors import (
    BadInput,
    Cancelled,
    Refused,
    SomaError,
    error_dict,
    is_out_of_memory,
)
from ..base.feedback import Feedback
from ..base.files import check_ending
from ..base.job import Job
from .desk import Desk, LineWriter, RequestFeedback
from .many import register_many
from .request import Request, check_kinds, parsed
from .requests import CLICK_CALLS

#: Time between two signs of life while there is work, in seconds.
ALIVE_EVERY_S = 2.0
#: After the end of input, cancelled work may take this long, in seconds.
END_GRACE_S = 5.0
#: How the process ends when nobody reads its answers, as a shell tells of pipes.
READER_GONE = 141


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
    points, overwrite = values.get("points", ""), values.get("overwrite", True)
    check_ending(points, [".gpkg"])
    if out:
        api.check_match_outputs([Path(out)], [job.mov, job.ref], False, overwrite)
    found = api.match(job, feedback)
    if out:
        api.write_match(found, Path(out), overwrite=overwrite)
    if points:
        api.write_match_points(found, Path(points))
    return found.report


def _plan(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    return api.plan(_job(values), values.get("model", "gradient"), feedback)


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
        values.get("overwrite", True),
    )


def _fits(values: dict[str, Any], feedback: Feedback) -> list[dict[str, Any]]:
    return api.fits(values["transform"], values["rasters"], feedback)


def _compare(values: dict[str, Any], feedback: Feedback) -> str:
    mode, cell = values.get("mode", "checkerboard"), values.get("cell", 64)
    overwrite = values.get("overwrite", True)
    api.compare(
        values["a"], values["b"], values["out"], mode, cell, feedback, overwrite
    )
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
    "register_many": register_many,
    **CLICK_CALLS,
}


def answer(values: Request, writer: LineWriter, stop: threading.Event) -> None:
    """Work on one request and send its result or error; raises nothing."""
    request = values["id"]
    try:
        if values["call"] not in CALLS:
            raise BadInput.of("unknown_call", call=values["call"], version=VERSION)
        check_kinds(values)
        feedback = RequestFeedback(writer, request, stop)
        value = CALLS[values["call"]](values, feedback)
        writer.send(request, "result", value=value)
    except SomaError as error:
        code = error.code if isinstance(error, Refused) else ""
        kind = type(error).__name__
        said = {
            "type": kind,
            "code": code,
            "message": str(error),
            "said": error_dict(error),
        }
        writer.send(request, "error", **said)
    except Exception as error:  # noqa: BLE001 - the outer edge of the process
        traceback.print_exc()
        found = SomaError.of("unexpected", error=type(error).__name__, why=error)
        if is_out_of_memory(error):
            found = BadInput.of("out_of_memory")
        said = {
            "type": "Unexpected",
            "message": str(found),
            "said": error_dict(found),
        }
        writer.send(request, "error", code="", **said)


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
    try:
        for line in lines:
            _take(line, desk, writer)
    except Ended:
        pass
    desk.close()
    ended.set()
    worker.join(END_GRACE_S)


class Ended(Exception):
    """A signal asks the process to end as its input would."""


def _end(*_: Any) -> None:
    raise Ended


def _take(line: str, desk: Desk, writer: LineWriter) -> None:
    values = parsed(line)
    if values is None:
        writer.send(-1, "error", type="BadInput", code="", message="Not a request.")
    elif values["call"] != "cancel":
        desk.put(values)
    else:
        stopped = Cancelled.of("stopped")
        said = {"message": str(stopped), "said": error_dict(stopped)}
        for _ in range(desk.cancel(values["id"])):
            writer.send(values["id"], "error", type="Cancelled", code="", **said)


def _signs_of_life(writer: LineWriter, desk: Desk, ended: threading.Event) -> None:
    while not ended.wait(ALIVE_EVERY_S):
        if desk.is_busy:
            writer.send(-1, "alive")
        if writer.reader_gone.is_set():
            desk.close()
            ended.wait(END_GRACE_S)
            # The main thread waits for input that nobody wants answered.
            os._exit(READER_GONE)


def main() -> int:
    """Run the process; anything libraries print goes to standard error."""
    private = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    for number in ENDING:
        signal.signal(number, _end)
    lines = open(0, encoding="utf-8", errors="replace", closefd=False)
    serve(lines, LineWriter(private))
    return 0


if __name__ == "__main__":
    sys.exit(main())
