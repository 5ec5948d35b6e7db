"""Clusters that a run starts: stand-ins for those of packages, and threads."""

import sys
import threading
import time
import types

import distributed
import pytest
from soma.core.archive import worker
from soma.core.archive.cluster import DaskCrew
from soma.core.archive.jobs import Jobs
from soma.core.archive.started import Workers, start
from soma.core.base.errors import BadInput
from soma.core.base.feedback import SILENT


def test_workers_that_cannot_be_started_are_told(monkeypatch):
    with pytest.raises(BadInput, match=r"'plenty'.*--memory"):
        DaskCrew(Workers(1, memory="plenty")).__enter__()

    def fail(**_):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(distributed, "LocalCluster", fail)
    with pytest.raises(BadInput, match="Nanny failed to start"):
        DaskCrew(Workers(1)).__enter__()


class Elsewhere:
    """Stands for a cluster of a package that is configured elsewhere."""

    def __init__(self, **options):
        self.options, self.count = options, 0

    def scale(self, count):
        self.count = count


@pytest.mark.parametrize(
    ("name", "package", "kind", "options"),
    [
        ("gateway", "dask_gateway", "GatewayCluster", {}),
        ("kubernetes", "dask_kubernetes.operator", "KubeCluster", {"quiet": True}),
    ],
)
def test_clusters_elsewhere_are_what_their_configuration_says(
    name, package, kind, options, monkeypatch
):
    module = types.ModuleType(package)
    setattr(module, kind, Elsewhere)
    monkeypatch.setitem(sys.modules, package.partition(".")[0], module)
    monkeypatch.setitem(sys.modules, package, module)
    cluster = start(Workers(3, cluster=name))
    assert (cluster.options, cluster.count) == (options, 3)
    Jobs(cluster, name).renew(SILENT)


def test_a_cluster_without_its_package_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask_gateway", None)
    with pytest.raises(BadInput, match="dask-gateway"):
        start(Workers(1, cluster="gateway"))


def test_a_worker_of_several_threads_does_one_pair_at_a_time(monkeypatch):
    at_once, most = [], []

    def work(task, feedback):
        at_once.append(task)
        most.append(len(at_once))
        time.sleep(0.05)
        at_once.pop()
        return dict.fromkeys(("name", "status", "grade", "message"), "")

    monkeypatch.setattr(worker, "run_pair", work)
    task = worker.Task("archive", "pair", 1, "key", None)
    threads = [threading.Thread(target=worker.answer, args=(task,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]
