"""Clusters of Dask that a run starts: on this machine, in a job queue or elsewhere."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..base.errors import BadInput
from .table import required_module

#: Seconds without a scheduler, or without any worker, after which the run ends.
_PATIENCE_S = 120.0
#: Seconds between two looks whether all jobs are submitted.
_LOOK_EVERY_S = 0.1
#: Seconds after which a job whose workers are gone has ended: a worker that was killed
#: begins anew within its job in some seconds, on busy cores in half a minute.
_ENDED_S = 90.0
#: Libraries that would take a core for each of their threads in every worker.
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: Of Dask's workers. Without its threshold for memory that is given back: with it
#: every large array is taken from the system anew, which costs half the time again.
#: Nobody looks at the profiles that it takes a hundred times a second. A worker that
#: ended begins anew in some seconds, on busy cores in more than the 15 s after which
#: Dask gives it up for good: with each crash the run would have one worker less.
_SETTINGS = {
    "distributed.deploy.lost-worker-timeout": "10 minutes",
    "distributed.nanny.pre-spawn-environ": dict.fromkeys(_ONE_THREAD, "1"),
    "distributed.worker.profile.enabled": False,
}
#: The package that knows job queues.
_QUEUES = "dask_jobqueue"
#: Clusters by name: the package that knows them, and its class.
CLUSTERS = {
    "slurm": (_QUEUES, "SLURMCluster"),
    "pbs": (_QUEUES, "PBSCluster"),
    "lsf": (_QUEUES, "LSFCluster"),
    "sge": (_QUEUES, "SGECluster"),
    "htcondor": (_QUEUES, "HTCondorCluster"),
    "kubernetes": ("dask_kubernetes.operator", "KubeCluster"),
    "gateway": ("dask_gateway", "GatewayCluster"),
}


@dataclass(frozen=True)
class Workers:
    """Which workers do the work.

    Args:
        count: of workers to start; those of a scheduler are counted there.
        memory: of each that is started, as "4GB"; "auto" for its share of this machine,
            or what Dask's configuration says.
        scheduler: address of one that runs already, "" for none.
        cluster: a key of ``CLUSTERS``, "" for this machine.
        resource: what a worker must have for a pair, as "GPU"; "" for nothing.
        threads: of each pair, 0 for any.
        patience_s: seconds without scheduler or workers after which the run ends.
    """

    count: int = 0
    memory: str = "auto"
    scheduler: str = ""
    cluster: str = ""
    resource: str = ""
    threads: int = 0
    patience_s: float = _PATIENCE_S


def start(workers: Workers) -> Any:
    """Return a cluster of Dask, which ends with ``close``.

    Raises ``BadInput`` where its package is missing or it cannot be started.
    """
    required_module("dask").config.set(_SETTINGS)
    distributed = required_module("distributed")
    if not workers.cluster:
        return distributed.LocalCluster(
            n_workers=workers.count,
            threads_per_worker=1,
            processes=True,
            memory_limit=workers.memory,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    module, name = CLUSTERS[workers.cluster]
    kind = getattr(required_module(module), name)
    try:
        cluster = kind(**_options(workers))
        try:
            cluster.scale(workers.count)
            if isinstance(cluster, distributed.SpecCluster):
                cluster.sync(_submitted, cluster)
        except Exception:
            # Dask does not expect to close jobs that were never taken.
            with suppress(Exception):
                cluster.close()
            raise
    except Exception as error:
        # Their packages would close those once more at the end, with a traceback.
        getattr(kind, "_instances", set()).clear()
        why = " ".join(str(error).split())
        name = workers.cluster
        raise BadInput.of("cluster_not_started", name=name, why=why) from error
    return cluster


def _options(workers: Workers) -> dict[str, Any]:
    """Return what goes before Dask's configuration."""
    if workers.cluster == "kubernetes":
        return {"quiet": True}
    if workers.memory == "auto" or CLUSTERS[workers.cluster][0] != _QUEUES:
        return {}
    return {"cores": workers.threads or 1, "processes": 1, "memory": workers.memory}


async def _submitted(cluster: Any) -> None:
    """Wait until all jobs are with their queue; raises why one was not taken."""
    while set(cluster.worker_spec) - set(cluster.workers):
        await asyncio.sleep(_LOOK_EVERY_S)
    for job in cluster.workers.values():
        # Dask keeps why it failed for its log: one that was not taken is tried again.
        await job


class Jobs:
    """Jobs of a queue that hold workers, those that end asked for anew.

    A queue ends each job after its time, and with it workers that a run still needs.
    Clusters of other kinds see to that themselves.

    Args:
        cluster: what ``start`` returned.
        count: workers that are wanted.
    """

    def __init__(self, cluster: Any, count: int):
        self._cluster, self._count = cluster, count
        self._seen: dict[str, float] = {}
        self._too_few = False
        self._jobs = getattr(cluster, "worker_spec", {})

    def renew(self) -> None:
        """Ask anew for those that ended, or that the queue did not take."""
        if not hasattr(self._cluster, "worker_spec"):
            return
        now = time.monotonic()
        workers = self._cluster.scheduler_info["workers"].values()
        there = set()
        for about in workers:
            # Workers of one job have its name and a number, or its name alone.
            name = str(about["name"])
            there |= {name, name.rpartition("-")[0]}
        ended = []
        for job in self._jobs:
            if getattr(self._cluster.workers.get(job), "job_id", "") is None:
                self._seen.setdefault(job, now)
            if job in there:
                self._seen[job] = now
            elif job in self._seen and now - self._seen[job] > _ENDED_S:
                ended.append(job)
        for job in ended:
            del self._jobs[job], self._seen[job]
        # A queue that does not answer now may do so at the next look.
        with suppress(Exception):
            if ended:
                # Dask gives new jobs the names of those that it has closed by then.
                self._cluster.scale(jobs=len(self._jobs))
                self._too_few = True
            elif self._too_few and set(self._cluster.workers) <= set(self._jobs):
                self._cluster.scale(self._count)
                self._too_few = False
