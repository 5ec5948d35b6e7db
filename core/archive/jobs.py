"""Jobs of a queue that hold the workers of a run: those that ended asked for anew."""

from __future__ import annotations

import asyncio
import getpass
import os
import re
import subprocess  # nosec B404 - asks the queue, whose programs have no other way
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..base.errors import BadInput
from ..base.feedback import Feedback
from ..base.words.message import Message

#: Seconds between two questions to a queue, which has others to serve.
_ASK_EVERY_S = 30.0
#: Longest wait for its answer, and for it to take the jobs of a run.
_ANSWER_S, _SUBMIT_S = 30.0, 600.0
#: Seconds between two looks whether all jobs are submitted.
_LOOK_EVERY_S = 0.1
#: Seconds for which a queue may refuse jobs while nobody works: it may be at rest.
_REFUSED_S = 1800.0
#: Least number of jobs in a row that may end before a worker of theirs came: one may
#: have met a broken machine.
_LEAST_TRIES = 3
#: How queues are asked for a user's jobs that wait or run; each answers with lines
#: that begin with a job's number.
_LISTS = {
    "slurm": ("squeue", "-h", "-o", "%A", "-u", "{user}"),
    "pbs": ("qstat", "-u", "{user}"),
    "sge": ("qstat", "-u", "{user}"),
    "lsf": ("bjobs", "-u", "{user}"),
    "htcondor": ("condor_q", "-af", "ClusterId"),
}
#: How LSF says, as a failure, that there are none.
_NONE_THERE = "No unfinished job found"
#: Most letters of a job's log that are repeated.
_MOST_SAID = 200


async def submitted(cluster: Any) -> None:
    """Wait until all jobs are with their queue; raises why one was not taken."""
    while set(cluster.worker_spec) - set(cluster.workers):
        await asyncio.sleep(_LOOK_EVERY_S)
    for job in list(cluster.workers.values()):
        # Dask keeps why it failed for its log: one that was not taken is tried again.
        await job


def why_of(error: Exception) -> str:
    """Return why a job was not taken, of a command that failed what it said."""
    return " ".join(str(error).rpartition("stderr:")[2].split())


class Jobs:
    """Jobs of a queue, of which the queue itself says which are still there.

    A queue ends each job after its time, and with it workers that a run still needs;
    others end before their worker came. Dask asks for neither anew. Clusters of other
    kinds see to that themselves.

    Args:
        cluster: what ``start`` returned.
        name: a key of ``CLUSTERS``.
    """

    def __init__(self, cluster: Any, name: str):
        self._cluster, self._name = cluster, name
        self._came: set[str] = set()
        self._lost, self._next = 0, 0.0
        self._refused_since: float | None = None
        self._wanted = len(getattr(cluster, "worker_spec", ()))

    def renew(self, feedback: Feedback) -> None:
        """Ask anew for jobs that ended, or that the queue did not take.

        Raises ``BadInput`` when job after job ends before its worker came, or the queue
        takes none for long, and nobody works.
        """
        if self._name not in _LISTS:
            return
        there = self._with_workers()
        if there - self._came:
            self._lost = 0
        self._came |= there
        now = time.monotonic()
        if there >= set(self._cluster.worker_spec) or now < self._next:
            return
        self._next = now + _ASK_EVERY_S
        self._replace(self._ended(there), feedback)
        try:
            self._submit()
            self._refused_since = None
        except (OSError, RuntimeError, ValueError) as error:
            why = why_of(error)
            self._refused_since = self._refused_since or now
            if not there and now - self._refused_since > _REFUSED_S:
                raise BadInput.of(
                    "cluster_not_started", name=self._name, why=why
                ) from None
            feedback.setProgressText(str(Message("jobs_refused", {"why": why})))

    def _with_workers(self) -> set[str]:
        """Return the names of jobs that have workers now."""
        workers = self._cluster.scheduler_info["workers"].values()
        # Workers of one job have its name and a number, or its name alone.
        names = {str(about["name"]) for about in workers}
        names |= {name.rpartition("-")[0] for name in names}
        return names & set(self._cluster.worker_spec)

    def _ended(self, there: set[str]) -> dict[str, tuple[str, str]]:
        """Return the jobs that are no longer in the queue: number and folder of logs.

        Args:
            there: names of those that have workers, which are there in any case.
        """
        jobs = dict(self._cluster.workers)
        taken = {name: str(job.job_id) for name, job in jobs.items() if job.job_id}
        # HTCondor's numbers are 12.0.
        numbers = {name: number.partition(".")[0] for name, number in taken.items()}
        listed = _listed(self._name)
        known = {numbers[name] for name in there if name in numbers}
        if listed is None or (known and not known & listed):
            # It did not answer, or in a way that is not understood.
            return {}
        return {
            name: (number, jobs[name].log_directory or os.curdir)
            for name, number in numbers.items()
            if name in self._cluster.worker_spec
            and name not in there
            and number not in listed
        }

    def _replace(self, ended: dict[str, tuple[str, str]], feedback: Feedback) -> None:
        """Ask for as many jobs as ended, fewer where none brings a worker."""
        if not ended:
            return
        specs = self._cluster.worker_spec
        barren = [about for name, about in ended.items() if name not in self._came]
        self._lost += len(barren)
        job, why = "", ""
        for job, logs in barren:
            why = str(_last_words(job, logs))
            feedback.setProgressText(str(Message("job_lost", {"job": job, "why": why})))
        none_helps = self._lost >= max(_LEAST_TRIES, self._wanted)
        more = len(ended) - (len(barren) if none_helps else 0)
        # Before the others go: Dask gives free names away again.
        self._cluster.scale(jobs=len(specs) + more)
        for name in ended:
            specs.pop(name, None)
        if not specs:
            raise BadInput.of("jobs_lost", count=self._lost, job=job, why=why)

    def _submit(self) -> None:
        """Have Dask submit what is not; raises why a job was not taken."""
        cluster = self._cluster
        cluster.scale(jobs=len(cluster.worker_spec))
        cluster.sync(submitted, cluster, callback_timeout=_SUBMIT_S)


def _listed(name: str) -> set[str] | None:
    """Return the numbers of the user's jobs in a queue, None where it does not say."""
    about: dict[str, Any] = {"capture_output": True, "text": True, "errors": "replace"}
    try:
        words = [word.format(user=getpass.getuser()) for word in _LISTS[name]]
        done = subprocess.run(  # nosec B603 - words of this file, and no shell
            words, timeout=_ANSWER_S, check=False, **about
        )
    except (KeyError, OSError, subprocess.TimeoutExpired):
        # Within some containers a user has no name.
        return None
    if done.returncode and _NONE_THERE not in done.stderr:
        return None
    return set(re.findall(r"^\s*(\d+)", done.stdout, re.MULTILINE))


def _last_words(number: str, folder: str) -> str | Message:
    """Return the last line of a job's log, that of its errors before others."""
    pattern = re.compile(rf"(?<!\d){number}(?!\d)")
    with suppress(OSError):
        logs = [path for path in Path(folder).iterdir() if pattern.search(path.name)]
        for path in sorted(logs, key=lambda path: not path.suffix.startswith(".e")):
            lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
            said = [line.strip() for line in lines if line.strip()]
            if said:
                return said[-1][-_MOST_SAID:]
    return Message("job_silent", {"folder": os.path.abspath(folder)})
