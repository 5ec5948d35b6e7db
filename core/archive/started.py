"""Clusters of Dask that a run starts: on this machine, in a job queue or elsewhere."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Iterator

from ..base.errors import BadInput
from .jobs import submitted, why_of
from .table import required_module

#: Seconds without a scheduler, or without any worker, after which the run ends.
_PATIENCE_S = 120.0
#: Libraries that would take a core for each of their threads in every worker.
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: Of Dask's workers. Without its threshold for memory that is given back: with it
#: every large array is taken from the system anew, which costs half the time again.
#: Nobody looks at the profiles that it takes a hundred times a second, nor at its
#: figures of the system; with them and its ticks, client and two idle workers take 9 %
#: of a core, without them 3 %. A worker that
#: ended begins anew in some seconds, on busy cores in more than the 15 s after which
#: Dask gives it up for good: with each crash the run would have one worker less.
_SETTINGS = {
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "1s",
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


@contextmanager
def started(workers: Workers) -> Iterator[Any]:
    """Yield a cluster of Dask that ends with the block; see ``start``."""
    cluster = start(workers)
    try:
        yield cluster
    finally:
        _close(cluster)


def start(workers: Workers) -> Any:
    """Return a cluster of Dask.

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
                cluster.sync(submitted, cluster)
        except Exception:
            with suppress(Exception):
                _close(cluster)
            raise
    except Exception as error:
        # Their packages would close those once more at the end, with a traceback.
        getattr(kind, "_instances", set()).clear()
        name, why = workers.cluster, why_of(error)
        raise BadInput.of("cluster_not_started", name=name, why=why) from error
    return cluster


def _close(cluster: Any) -> None:
    try:
        cluster.close()
    except AssertionError:
        # Dask does not expect to close jobs that were never taken; at the end of the
        # program it would do so once more.
        type(cluster)._instances.clear()


def _options(workers: Workers) -> dict[str, Any]:
    """Return what goes before Dask's configuration."""
    if workers.cluster == "kubernetes":
        return {"quiet": True}
    if workers.memory == "auto" or CLUSTERS[workers.cluster][0] != _QUEUES:
        return {}
    return {"cores": workers.threads or 1, "processes": 1, "memory": workers.memory}
