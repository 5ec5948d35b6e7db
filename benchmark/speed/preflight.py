"""How long registrations take beside what is told before them.

    python -m soma.benchmark.speed.preflight

Jobs of 224 to 4096 px a side, models and efforts, all outputs, each in a process of
its own on two cores; what is told is to be within 1.5 times of what it takes in nine of
ten.
Other work on the machine changes wall times: there compare processor times, of which
what is told is made.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace

from ...core import api
from ...core.base.errors import BadInput
from ...core.base.job import Job
from ...core.pipeline.coarse_to_fine import plan_search
from ...core.pipeline.duration import cost_of
from ...core.raster.pair import open_pair
from ..data.sets import DATA
from ..stages.command import run_command
from ..stages.tables import markdown_table, run_measured

CORES = 2
#: Scene, model and effort.
JOBS = (
    ("terramind_0", "gradient", "normal"),
    ("terramind_1", "auto", "normal"),
    ("sen12mscr_0", "soma", "normal"),
    ("sen12mscr_1", "auto", "normal"),
    ("france", "gradient", "normal"),
    ("france", "soma", "normal"),
    ("spain", "auto", "normal"),
    ("losangeles_046", "gradient", "normal"),
    ("losangeles_046", "soma", "quick"),
    ("losangeles_075", "auto", "normal"),
    ("losangeles_139", "gradient", "thorough"),
    ("losangeles_mosaic", "gradient", "quick"),
    ("losangeles_mosaic", "auto", "normal"),
)
#: What is told may be off by this factor, and how many of all jobs have to be within.
WITHIN, GOAL = 1.5, 0.9
HEADER = ("job", "told s", "s", "told CPU s", "CPU s", "times", "times, CPU")


def job_of(scene: str, model: str, effort: str) -> Job:
    """Return a job of the list."""
    sar, optical = (DATA / "scenes" / f"{scene}_{part}.tif" for part in ("sar", "opt"))
    if not sar.is_file():
        raise BadInput(f"{sar} is absent; see benchmark/README.md.")
    job = Job(str(sar), str(optical), model=model, threads=CORES)
    return replace(job, effort=effort)


def run_job(job: Job) -> dict[str, float]:
    """Register a pair in this process; return what was told and what it took."""
    with ExitStack() as stack:
        pair = stack.enter_context(open_pair(job))
        model = api.chosen_model(job)
        told = cost_of(job, pair, plan_search(job, pair), model)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter(), time.process_time()
        api.register(replace(job, out=os.path.join(folder, "out")))
        took = time.perf_counter() - start[0], time.process_time() - start[1]
    return {
        "told_s": told.seconds,
        "s": took[0],
        "told_cpu_s": told.cpu_seconds,
        "cpu_s": took[1],
    }


def off_by(told: float, took: float) -> float:
    """Return how many times too long or too short what was told is, at least 1."""
    return max(told / took, took / told)


def _row(number: int) -> tuple[list[str], float, float]:
    found = run_measured([sys.executable, "-m", __spec__.name, "--job", str(number)])
    name = ", ".join(JOBS[number])
    if found.returncode:
        raise BadInput(f"{name} did not run: {found.stderr.strip()[-300:]}")
    figures = json.loads(found.stdout.splitlines()[-1])
    wall = off_by(figures["told_s"], figures["s"])
    cpu = off_by(figures["told_cpu_s"], figures["cpu_s"])
    cells = [f"{figures[k]:.2f}" for k in ("told_s", "s", "told_cpu_s", "cpu_s")]
    return [name, *cells, f"{wall:.2f}", f"{cpu:.2f}"], wall, cpu


def main() -> int:
    """Print the table; 0 when all jobs ran."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--job", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job is not None:
        print(json.dumps(run_job(job_of(*JOBS[args.job]))))
        return 0
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    rows = [_row(number) for number in range(len(JOBS))]
    print(markdown_table(HEADER, [cells for cells, _, _ in rows]))
    for name, place in (("wall", 1), ("processor", 2)):
        share = sum(row[place] <= WITHIN for row in rows) / len(rows)
        print(
            f"\nWithin {WITHIN:g} times by {name} time: {share:.0%}, goal {GOAL:.0%}."
        )
    return 0


if __name__ == "__main__":
    run_command(main)
