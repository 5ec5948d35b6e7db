"""Workers of a Dask cluster: one of this machine, or one that is there already."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack, suppress
from typing import Any, Iterator, Sequence

from ..base.errors import BadInput, Cancelled
from ..base.feedback import Feedback, check
from ..base.words.message import Message
from .jobs import Jobs
from .pair_task import Task
from .started import Workers, started
from .table import required_module
from .worker import Answer, answer, stop_file

#: Pairs that are with each worker at a time: one in work and one that waits there.
_EACH = 2
#: Seconds between two looks whether the user wants to stop.
_LOOK_EVERY_S = 0.5
#: Seconds between two counts of the workers, which may come and go.
_COUNT_EVERY_S = 10.0
#: Seconds that workers have to leave their pairs when the run is stopped.
_GRACE_S = 30.0
#: Longest wait for the answer of a pair that has ended, which is a few kilobytes.
_TELL_S = 20.0
#: Seconds between two notes that nobody has begun to work.
_TELL_EVERY_S = 60.0


class DaskCrew:
    """Workers as a run sees them; see ``process.OneProcess``."""

    def __init__(self, workers: Workers):
        self._workers, self._stack = workers, ExitStack()
        self._client: Any = None
        self._jobs: Jobs | None = None
        self._counted, self._count, self._unfit = 0.0, 0, 0
        self._idle_since: float | None = None
        self._told = 0.0

    def __enter__(self) -> DaskCrew:
        distributed = required_module("distributed")
        for name in ("distributed", "tornado.application", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        workers = self._workers
        with ExitStack() as stack:
            try:
                place = workers.scheduler or stack.enter_context(started(workers))
                if workers.cluster:
                    self._jobs = Jobs(place, workers.cluster)
                client = distributed.Client(place, timeout=workers.patience_s)
                self._client = stack.enter_context(client)
            except (OSError, ValueError, TimeoutError, RuntimeError) as error:
                elsewhere = workers.scheduler or workers.cluster
                code = "cluster_refused" if elsewhere else "workers_not_started"
                raise BadInput.of(code, why=error) from error
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def answers(
        self, tasks: Sequence[Task], feedback: Feedback
    ) -> Iterator[tuple[Task, Answer]]:
        """Yield what becomes of pairs as it becomes known.

        No more pairs are with the scheduler than its workers need, so that memory does
        not grow with their number.
        """
        flying: dict[Any, Task] = {}
        left = iter(tasks)
        try:
            while True:
                for task in left:
                    flying[self._submit(task)] = task
                    if len(flying) >= _EACH * self._crew_size():
                        break
                if not flying:
                    return
                for future in self._finished(flying, feedback):
                    task = flying.pop(future)
                    yield task, answer_of(future)
        except Cancelled:
            self._stop(tasks[0], flying)
            raise
        finally:
            with suppress(OSError, TimeoutError):
                self._client.cancel(list(flying))

    def _submit(self, task: Task) -> Any:
        resources = {self._workers.resource: 1} if self._workers.resource else None
        return self._client.submit(answer, task, pure=False, resources=resources)

    def _crew_size(self) -> int:
        now = time.monotonic()
        if now - self._counted > _COUNT_EVERY_S or not self._count:
            with suppress(OSError, TimeoutError):
                about = self._client.scheduler_info()["workers"].values()
                wanted = self._workers.resource
                fit = [not wanted or wanted in one["resources"] for one in about]
                self._count, self._unfit = sum(fit), len(fit) - sum(fit)
            self._counted = now
        return max(self._count, 1)

    def _finished(self, flying: dict[Any, Task], feedback: Feedback) -> list[Any]:
        """Return futures that are at their end, waiting for the first of them."""
        distributed = required_module("distributed")
        while True:
            check(feedback)
            ended = [future for future in flying if future.status != "pending"]
            if ended:
                self._idle_since = None
                return ended
            self._check_alive(feedback)
            with suppress(TimeoutError, distributed.CancelledError):
                distributed.wait(
                    list(flying), timeout=_LOOK_EVERY_S, return_when="FIRST_COMPLETED"
                )

    def _check_alive(self, feedback: Feedback) -> None:
        """Raise ``BadInput`` when there was nobody to work for too long.

        Workers of a cluster that was asked for may wait for days in a queue.
        """
        now = time.monotonic()
        if self._jobs is not None:
            self._jobs.renew(feedback)
        if self._client.status == "running" and self._crew_size() and self._count:
            self._idle_since, self._told = None, 0.0
            return
        self._idle_since = self._idle_since or now
        waited, patience = now - self._idle_since, self._workers.patience_s
        running = self._client.status == "running"
        if running and self._unfit and waited > patience:
            name = self._workers.resource
            raise BadInput.of("no_resource", name=name, seconds=patience)
        queued = self._jobs is not None and running
        if self._client.status == "closed" or (waited > patience and not queued):
            own = running and not self._workers.scheduler
            code = "workers_gone" if own else "cluster_gone"
            raise BadInput.of(code, seconds=patience)
        if queued and waited > self._told + _TELL_EVERY_S:
            self._told = waited
            said = Message("workers_awaited", {"seconds": waited})
            feedback.setProgressText(str(said))

    def _stop(self, task: Task, flying: dict[Any, Task]) -> None:
        """Let workers leave their pairs, which are then as if never begun."""
        stop = stop_file(task.folder, task.run)
        with suppress(OSError):
            stop.touch()
        end = time.monotonic() + _GRACE_S
        while time.monotonic() < end:
            if all(future.status != "pending" for future in flying):
                break
            time.sleep(_LOOK_EVERY_S)
        with suppress(OSError):
            stop.unlink()


def answer_of(future: Any) -> Answer:
    """Return what a worker said, or what is known when it could not say it.

    What a worker said ends with it where nobody has fetched it yet: its pair is begun
    again, and found done.

    Args:
        future: of ``distributed``, which was at its end when it was looked at.
    """
    distributed = required_module("distributed")
    try:
        if future.status == "finished":
            found: Answer = future.result(timeout=_TELL_S)
            return found
        if future.status in ("lost", "cancelled"):
            return Answer("again")
        error = future.exception(timeout=_TELL_S)
    except (TimeoutError, distributed.CancelledError):
        return Answer("again")
    if isinstance(error, distributed.KilledWorker):
        # Which of a worker's pairs ended it is told by their attempts.
        return Answer("again")
    raise BadInput.of("worker_fails", error=type(error).__name__, why=error)
