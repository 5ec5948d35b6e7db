"""Job queues: one played by three scripts, whose jobs end before their time."""

import json
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
from soma.core.archive import jobs
from soma.core.archive.jobs import Jobs
from soma.core.archive.started import Workers, start
from soma.core.base.errors import BadInput
from soma.core.base.feedback import SILENT

#: Slurm's commands: a job is a process group on this machine; all are written down.
#: A file that is named after an act lets the next one be refused, or its job die.
SBATCH = """#!/bin/bash
if [ -e {folder}/refuse ]; then
    rm -f {folder}/refuse.once && mv {folder}/refuse {folder}/refuse.once
    echo "sbatch" >> {folder}/refused
    [ -e {folder}/always ] && mv {folder}/refuse.once {folder}/refuse
    echo "sbatch: error: Job violates accounting policy" >&2; exit 1
fi
cp "${{@: -1}}" {folder}/job.$$
if [ -e {folder}/die ]; then
    rm {folder}/die
    echo "echo module: command not found >&2; exit 1" > {folder}/job.$$
fi
log='exec bash "$0" > {folder}/dask-worker-$$.out 2> {folder}/dask-worker-$$.err'
setsid bash -c "$log" {folder}/job.$$ < /dev/null > /dev/null 2>&1 &
echo "sbatch $!" >> {folder}/calls
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/bash
echo "scancel $1" >> {folder}/calls
kill -TERM -- -$1
"""
SQUEUE = """#!/bin/bash
sed -n "s/sbatch //p" {folder}/calls | while read job; do
    kill -0 -- -$job 2> /dev/null && echo $job
done
exit 0
"""
#: Looks at the queue come sooner.
SOON = """
from soma.core.archive import jobs
jobs._ASK_EVERY_S, jobs._REFUSED_S = 0.5, 3.0
"""
#: The first job that comes to a pair ends there, as jobs do after their time.
ENDS_ONCE = """
from pathlib import Path
def end_once(flag=Path({flag!r})):
    if not flag.exists():
        flag.touch()
        os.killpg(0, signal.SIGKILL)
"""
#: The first job ends a moment after its worker came.
ENDS_AT_ONCE = """
import asyncio, os, signal
from pathlib import Path
from distributed.worker import Worker
real = Worker._register_with_scheduler
async def register(self, flag=Path({flag!r})):
    await real(self)
    if not flag.exists():
        flag.touch()
        asyncio.get_running_loop().call_later(0.1, os.killpg, 0, signal.SIGKILL)
Worker._register_with_scheduler = register
"""


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Yield the folder of a queue whose commands are on the path."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL), ("squeue", SQUEUE)):
        (folder / name).write_text(text.format(folder=folder))
        (folder / name).chmod(0o755)
    monkeypatch.setitem(ENVIRONMENT, "PATH", f"{folder}:{ENVIRONMENT['PATH']}")
    monkeypatch.setitem(ENVIRONMENT, "DASK_JOBQUEUE__SLURM__LOG_DIRECTORY", str(folder))
    monkeypatch.setenv("PATH", ENVIRONMENT["PATH"])
    return folder


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return make_pairs(tmp_path_factory.mktemp("pairs"), size=160)


@pytest.fixture
def run(pairs, tmp_path):
    """Yield what runs two pairs on one worker of the queue."""
    plan = write_plan(tmp_path / "plan.csv", rows_of(pairs))
    words = ("--cluster", "slurm", "--workers", "1", "--memory", "2GB", "--json")

    def run(patch=""):
        out = tmp_path / "archive"
        command = ("archive", "run", plan, "--out", out, *QUICK[:-1], *words)
        return soma(*command, patch=SOON + patch, timeout=100)

    return run


def submitted(slurm):
    """Return the numbers of all jobs, and those that the queue was told to end."""
    calls = [line.split() for line in (slurm / "calls").read_text().splitlines()]
    by_call = {call: [n for c, n in calls if c == call] for call, _ in calls}
    return by_call["sbatch"], by_call["scancel"]


def test_jobs_of_a_queue_do_the_work_and_are_asked_for_anew(slurm, run, tmp_path):
    """The queue refuses the second job once."""
    refuse = f"Path({str(slurm / 'refuse')!r}).touch(); end_once()"
    patch = ENDS_ONCE.format(flag=str(tmp_path / "ended")) + at_pair("pair1", refuse)
    done = run(patch)
    assert done.returncode == 0, done.stderr
    assert (slurm / "refused").read_text() == "sbatch\n"
    assert json.loads(done.stdout)["ok"] == 2
    assert record(tmp_path / "archive", "pair1")["attempts"] == 2
    jobs, ended = submitted(slurm)
    assert len(jobs) == 2
    assert jobs == ended
    script = next(slurm.glob("job.*")).read_text()
    for asked in ("--cpus-per-task=1", "--mem=2G", "--nthreads 1", "1.86GiB"):
        assert asked in script, script


def test_a_job_that_ends_before_anybody_saw_its_worker_is_asked_for_anew(
    slurm, run, tmp_path
):
    done = run(ENDS_AT_ONCE.format(flag=str(tmp_path / "ended")))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] == 2
    assert (tmp_path / "ended").exists()
    assert len(submitted(slurm)[0]) == 2


def test_a_job_that_dies_at_once_is_asked_for_anew_and_told(slurm, run):
    (slurm / "die").touch()
    done = run()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] == 2
    first, _ = submitted(slurm)[0]
    assert f"job {first} " in done.stderr and "module: command not found" in done.stderr


def test_jobs_that_all_die_at_once_end_the_run_with_their_last_words(
    slurm, run, monkeypatch
):
    monkeypatch.setitem(ENVIRONMENT, "DASK_JOBQUEUE__SLURM__PYTHON", "/no/python")
    done = run()
    assert done.returncode == 2, done.stderr
    jobs, _ = submitted(slurm)
    assert len(jobs) == 3
    reason = json.loads(done.stdout)["reason"]
    assert reason.startswith("3 jobs in a row ended before their workers came")
    assert jobs[-1] in reason and "/no/python: No such file or directory" in reason
    assert "Traceback" not in done.stderr


def test_a_queue_that_takes_no_more_ends_the_run(slurm, run, tmp_path):
    (slurm / "always").touch()
    refuse = f"Path({str(slurm / 'refuse')!r}).touch(); end_once()"
    patch = ENDS_ONCE.format(flag=str(tmp_path / "ended")) + at_pair("pair1", refuse)
    done = run(patch)
    assert done.returncode == 2, done.stderr
    reason = json.loads(done.stdout)["reason"]
    assert "--cluster slurm (sbatch: error: Job violates accounting policy)" in reason
    assert "Traceback" not in done.stderr


def test_a_queue_that_takes_no_jobs_says_why(slurm):
    (slurm / "sbatch").write_text("#!/bin/bash\necho no such partition >&2; exit 1")
    with pytest.raises(BadInput, match=r"--cluster slurm .*no such partition"):
        start(Workers(2, memory="1GB", cluster="slurm"))
    with pytest.raises(BadInput, match="how much cores and memory"):
        start(Workers(2, cluster="slurm"))


class Queue:
    """Stands for a cluster of jobs: which there are, and which workers."""

    def __init__(self, **numbers):
        job = dict(log_directory="", status="running")
        self.workers = {
            name.replace("_", "-"): types.SimpleNamespace(job_id=number, **job)
            for name, number in numbers.items()
        }
        self.worker_spec = dict.fromkeys(self.workers)
        self.asked, self.there = [], []

    @property
    def scheduler_info(self):
        return {"workers": {name: {"name": name} for name in self.there}}

    def scale(self, jobs):
        self.asked.append(jobs)
        new = (f"Q-{100 + n}" for n in range(jobs))
        while len(self.worker_spec) < jobs:
            self.worker_spec[next(new)] = None

    def sync(self, *_, **__):
        pass


#: What queues say of the jobs 12 and 13, the second of which waits.
ANSWERS = {
    "slurm": "12\n13\n",
    "pbs": "\nhost1:\n                    Req'd  Req'd   Elap\n"
    "Job ID          Username Queue    Jobname    SessID NDS TSK Memory Time  S Time\n"
    "--------------- -------- -------- ---------- ------ --- --- ------ ----- - -----\n"
    "12.host1        me       workq    dask         --   1   1    --    --  R 00:00\n"
    "13.host1        me       workq    dask         --   1   1    --    --  Q   -- \n",
    "sge": "job-ID  prior   name       user   state submit/start at     queue slots\n"
    "-------------------------------------------------------------------------\n"
    "     12 0.55500 dask       me     r     12/01/2026 10:00:00 all.q@n1  1\n"
    "     13 0.00000 dask       me     qw    12/01/2026 10:00:00           1\n",
    "lsf": "JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME\n"
    "12      me      RUN   normal     login       n1          dask\n"
    "13      me      PEND  normal     login                   dask\n",
    "htcondor": "12\n13\n",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_queue_says_which_of_the_jobs_are_there(name, monkeypatch):
    said = types.SimpleNamespace(returncode=0, stdout=ANSWERS[name], stderr="")
    monkeypatch.setattr(jobs.subprocess, "run", lambda *_, **__: said)
    ids = {"Q_1": "12", "Q_2": "13", "Q_10": "112", "Q_4": None}
    if name == "htcondor":
        ids = {job: number and f"{number}.0" for job, number in ids.items()}
    queue = Queue(**ids)
    asked = Jobs(queue, name)
    queue.there = ["Q-1-0", "Q-1-1"]
    asked.renew(SILENT)
    assert list(queue.worker_spec) == ["Q-1", "Q-2", "Q-4", "Q-100"]
    assert queue.asked == [5, 4]


@pytest.mark.parametrize(
    ("code", "stdout", "stderr", "left"),
    [
        (1, "", "slurm_load_jobs error: Unable to contact controller", 2),
        (0, "jobs of me: no.12, no.13", "", 2),
        (255, "", "No unfinished job found", 0),
    ],
)
def test_a_queue_that_does_not_say_takes_no_job_away(
    code, stdout, stderr, left, monkeypatch
):
    said = types.SimpleNamespace(returncode=code, stdout=stdout, stderr=stderr)
    monkeypatch.setattr(jobs.subprocess, "run", lambda *_, **__: said)
    queue = Queue(Q_1="12", Q_2="13")
    asked = Jobs(queue, "lsf")
    # Of a job that is certainly there the answer says nothing: it is not understood.
    queue.there = ["Q-1"] if stdout else []
    asked.renew(SILENT)
    assert len({"Q-1", "Q-2"} & set(queue.worker_spec)) == left


def test_one_broken_machine_ends_no_run_of_others(monkeypatch):
    monkeypatch.setattr(jobs, "_ASK_EVERY_S", 0.0)
    said = types.SimpleNamespace(returncode=0, stdout="12\n", stderr="")
    monkeypatch.setattr(jobs.subprocess, "run", lambda *_, **__: said)
    queue = Queue(Q_1="12", Q_2="13")
    asked = Jobs(queue, "slurm")
    queue.there = ["Q-1"]
    for number in range(14, 24):
        asked.renew(SILENT)
        for name in set(queue.worker_spec) - set(queue.workers):
            job = types.SimpleNamespace(job_id=str(number), log_directory="")
            queue.workers[name] = job
    assert list(queue.worker_spec) == ["Q-1"]
    queue.there, said.stdout = [], ""
    asked.renew(SILENT)
    assert len(queue.worker_spec) == 1
