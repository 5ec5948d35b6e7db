"""Workers of a Dask cluster: one of this machine, or one that is there already."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, Iterator, Sequence

from ..base.errors import BadInput, Cancelled
from ..base.feedback import Feedback, check
from .pair_task import Task
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
#: Seconds without a scheduler, or without any worker, after which the run ends.
_PATIENCE_S = 120.0
#: Libraries that would take a core for each of their threads in every worker.
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: Of Dask's workers here. Without its threshold for memory that is given back: with it
#: every large array is taken from the system anew, which costs half the time again.
#: Nobody looks at the profiles that it takes a hundred times a second. A worker that
#: ended begins anew in some seconds, on busy cores in more than the 15 s after which
#: Dask gives it up for good: with each crash the run would have one worker less.
_SETTINGS = {
    "distributed.deploy.lost-worker-timeout": "10 minutes",
    "distributed.nanny.pre-spawn-environ": dict.fromkeys(_ONE_THREAD, "1"),
    "distributed.worker.profile.enabled": False,
}
#: Clusters by name: the package that knows them, and its class.
CLUSTERS = {
    "slurm": ("dask_jobqueue", "SLURMCluster"),
    "pbs": ("dask_jobqueue", "PBSCluster"),
    "lsf": ("dask_jobqueue", "LSFCluster"),
    "sge": ("dask_jobqueue", "SGECluster"),
    "htcondor": ("dask_jobqueue", "HTCondorCluster"),
    "kubernetes": ("dask_kubernetes.operator", "KubeCluster"),
    "gateway": ("dask_gateway", "GatewayCluster"),
}


@dataclass(frozen=True)
class Workers:
    """Which workers do the work.

    Args:
        count: of workers to start; those of a scheduler are counted there.
        memory: of each on this machine, as "4GB"; "auto" for its share.
        scheduler: address of one that runs already, "" for none.
        cluster: a key of ``CLUSTERS``, "" for this machine.
        resource: what a worker must have for a pair, as "GPU"; "" for nothing.
        patience_s: seconds without scheduler or workers after which the run ends.
    """

    count: int = 0
    memory: str = "auto"
    scheduler: str = ""
    cluster: str = ""
    resource: str = ""
    patience_s: float = _PATIENCE_S


class DaskCrew:
    """Workers as a run sees them; see ``process.OneProcess``."""

    def __init__(self, workers: Workers):
        self._workers, self._stack = workers, ExitStack()
        self._client: Any = None
        self._counted, self._count = 0.0, 0
        self._idle_since: float | None = None

    def __enter__(self) -> DaskCrew:
        distributed = required_module("distributed")
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        with ExitStack() as stack:
            try:
                place = self._workers.scheduler or stack.enter_context(self._cluster())
                client = distributed.Client(place, timeout=self._workers.patience_s)
                self._client = stack.enter_context(client)
            except (OSError, ValueError, TimeoutError) as error:
                raise BadInput.of("cluster_refused", why=error) from error
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _cluster(self) -> Any:
        workers = self._workers
        if not workers.cluster:
            required_module("dask").config.set(_SETTINGS)
            return required_module("distributed").LocalCluster(
                n_workers=workers.count,
                threads_per_worker=1,
                processes=True,
                memory_limit=workers.memory,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
        module, name = CLUSTERS[workers.cluster]
        cluster = getattr(required_module(module), name)()
        cluster.scale(workers.count)
        return cluster

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
                self._count = len(self._client.nthreads())
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
            self._check_alive()
            with suppress(TimeoutError, distributed.CancelledError):
                distributed.wait(
                    list(flying), timeout=_LOOK_EVERY_S, return_when="FIRST_COMPLETED"
                )

    def _check_alive(self) -> None:
        """Raise ``BadInput`` when there was nobody to work for too long."""
        if self._client.status == "running" and self._crew_size() and self._count:
            self._idle_since = None
            return
        now = time.monotonic()
        self._idle_since = self._idle_since or now
        waited = now - self._idle_since
        if self._client.status == "closed" or waited > self._workers.patience_s:
            raise BadInput.of("cluster_gone", seconds=self._workers.patience_s)

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
