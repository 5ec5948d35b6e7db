"""Clusters that a run starts: a job queue played by two scripts, and stand-ins."""

import json
import sys
import threading
import time
import types

import pytest
from archive_world import (
    ENVIRONMENT,
    QUICK,
    at_pair,
    make_pairs,
    record,
    rows_of,
    soma,
    write_plan,
)
from soma.core.archive import started, worker
from soma.core.archive.started import Jobs, Workers, start
from soma.core.base.errors import BadInput

#: Slurm's commands: a job is a process group on this machine; all are written down.
SBATCH = """#!/bin/bash
cp "${{@: -1}}" {folder}/job.$$
setsid bash {folder}/job.$$ > {folder}/log.$$ 2>&1 < /dev/null &
echo "sbatch $!" >> {folder}/calls
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/bash
echo "scancel $1" >> {folder}/calls
kill -TERM -- -$1
"""
#: The first job that comes to a pair ends there, as jobs do after their time: not
#: before somebody saw that it had come, which takes half a second.
ENDS_ONCE = """
import time
from pathlib import Path
from soma.core.archive import started
started._ENDED_S = 2.0
def end_once(flag=Path({flag!r})):
    if not flag.exists():
        flag.touch()
        time.sleep(2.0)
        os.killpg(0, signal.SIGKILL)
"""


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Yield the folder of a queue whose commands are on the path."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (folder / name).write_text(text.format(folder=folder))
        (folder / name).chmod(0o755)
    monkeypatch.setitem(ENVIRONMENT, "PATH", f"{folder}:{ENVIRONMENT['PATH']}")
    monkeypatch.setenv("PATH", ENVIRONMENT["PATH"])
    return folder


def test_jobs_of_a_queue_do_the_work_and_are_asked_for_anew(slurm, tmp_path):
    plan = write_plan(tmp_path / "plan.csv", rows_of(make_pairs(tmp_path / "pairs")))
    out = tmp_path / "archive"
    words = ("--cluster", "slurm", "--workers", "1", "--memory", "2GB", "--json")
    patch = ENDS_ONCE.format(flag=str(tmp_path / "ended"))
    patch += at_pair("pair1", "end_once()")
    done = soma(*("archive", "run", plan, "--out", out, *QUICK, *words), patch=patch)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] == 2
    assert record(out, "pair1")["attempts"] == 2
    calls = [line.split() for line in (slurm / "calls").read_text().splitlines()]
    numbers = [number for call, number in calls if call == "sbatch"]
    assert len(numbers) == 2
    assert numbers == [number for call, number in calls if call == "scancel"]
    script = next(slurm.glob("job.*")).read_text()
    for asked in ("--cpus-per-task=1", "--mem=2G", "--nthreads 1", "1.86GiB"):
        assert asked in script, script


def test_a_queue_that_takes_no_jobs_says_why(slurm):
    (slurm / "sbatch").write_text("#!/bin/bash\necho no such partition >&2; exit 1")
    with pytest.raises(BadInput, match=r"--cluster slurm .*no such partition"):
        start(Workers(2, memory="1GB", cluster="slurm"))
    with pytest.raises(BadInput, match="how much cores and memory"):
        start(Workers(2, cluster="slurm"))


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
    Jobs(cluster, 3).renew()


def test_a_cluster_without_its_package_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask_gateway", None)
    with pytest.raises(BadInput, match="dask-gateway"):
        start(Workers(1, cluster="gateway"))


class Queue:
    """Stands for a cluster of jobs: which there are, and which workers."""

    def __init__(self, *names):
        job = types.SimpleNamespace(job_id="7")
        self.worker_spec = dict.fromkeys(names, None)
        self.workers = dict.fromkeys(names, job)
        self.asked = []

    @property
    def scheduler_info(self):
        return {"workers": {name: {"name": name} for name in self.there}}

    def scale(self, n=None, jobs=0):
        self.workers = {job: self.workers[job] for job in self.worker_spec}
        self.asked.append((n, jobs))


def test_jobs_that_wait_are_left_and_those_that_ended_are_not(monkeypatch):
    monkeypatch.setattr(started, "_ENDED_S", -1.0)
    queue = Queue("Q-1", "Q-2", "Q-10")
    jobs = Jobs(queue, 3)
    queue.there = ["Q-1-0", "Q-1-1", "Q-2"]
    jobs.renew()
    queue.there = ["Q-1-1"]
    for _ in range(3):
        jobs.renew()
    assert (list(queue.worker_spec), queue.asked) == (
        ["Q-1", "Q-10"],
        [(None, 2), (3, 0)],
    )
    queue.workers["Q-10"] = types.SimpleNamespace(job_id=None)
    jobs.renew()
    assert list(queue.worker_spec) == ["Q-1"]


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
