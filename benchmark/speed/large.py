"""How time, memory and true error grow with the size of a simulated pair.

    python -m soma.benchmark.speed.large --side 4096 16384 --model gradient

The pairs hold the same kind of ground and deformation at every size, and their truth is
known; see ``benchmark/data/large.py``. Each job is one process on two cores, which
matches and writes the transform alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from ...core import api
from ...core.base.errors import BadInput
from ...core.base.job import Job
from ...core.estimation.figures import rmse_px
from ...core.simulate import Truth
from ...core.transform import transform_reader
from ..data.large import write_large
from ..stages.command import run_command
from ..stages.tables import markdown_table, run_measured

CORES = 2
#: What the true error may be, px, and how the time of matching may grow.
GOAL_PX, GOAL_GROWTH = 0.5, 3.0
#: Places per axis at which the error is measured.
PLACES = 64
HEADER = ("job", "s", "CPU s", "MiB", "tiles", "answer", "at m", "px of 10 m", "stated")


def run_job(folder: Path, model: str, effort: str) -> dict[str, Any]:
    """Register a folder's pair; return the answer and its true error."""
    sar, optical = (str(folder / f"{name}.tif") for name in ("sar", "optical"))
    out = folder / "out"
    job = Job(sar, optical, out=str(out), model=model, effort=effort, threads=CORES)
    result = api.register(job, only=("transform",))
    found: dict[str, Any] = {
        "answer": result.transform or result.code,
        "tiles": sum(result.tiles_by_model.values()),
    }
    if result.status == "ok":
        truth = Truth.from_json((folder / "truth.json").read_text(encoding="utf-8"))
        registration = transform_reader.read(out / "transform.json")
        lines = (np.arange(PLACES) + 0.5) / PLACES * truth.mov.width
        at = np.stack(np.meshgrid(lines, lines), axis=-1).reshape(-1, 2)
        there = registration.source_to_target(truth.mov, truth.ref)(at)
        error = np.linalg.norm(there - truth.mov_to_ref(at), axis=1)
        quality = result.quality
        found |= {
            "true_px": rmse_px(error),
            "gsd_m": quality["gsd_m"],
            "stated_px": quality["expected_error_m"] / truth.ref.gsd,
        }
    return found


def measured(folder: Path, side: int, model: str, effort: str) -> list[str]:
    """Return the row of one job."""
    command = [sys.executable, "-m", __spec__.name, "--run", str(folder)]
    cost = run_measured([*command, "--model", model, "--effort", effort])
    name = f"{side} px, {model}, {effort}"
    if cost.returncode:
        raise BadInput(f"{name} did not run: {cost.stderr.strip()[-300:]}")
    found = json.loads(cost.stdout.splitlines()[-1])
    figures = [
        f"{found[key]:.2f}" if key in found else ""
        for key in ("gsd_m", "true_px", "stated_px")
    ]
    costs = [f"{v:.0f}" for v in (cost.seconds, cost.cpu_seconds, cost.peak_mib)]
    return [name, *costs, str(found["tiles"]), found["answer"], *figures]


def main() -> int:
    """Print the table; 0 when all jobs ran."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", nargs="+", type=int, default=[4096, 16384])
    parser.add_argument("--model", default="gradient")
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run is not None:
        print(json.dumps(run_job(args.run, args.model, args.effort)))
        return 0
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    rows = []
    for side in args.side:
        with tempfile.TemporaryDirectory() as scratch:
            # The peak of a command counts that of the process that it is from.
            process = get_context("spawn").Process(
                target=write_large, args=(Path(scratch), side)
            )
            process.start()
            process.join()
            if process.exitcode:
                raise BadInput(f"images of {side} px were not written")
            rows.append(measured(Path(scratch), side, args.model, args.effort))
        sys.stderr.write(" | ".join(rows[-1]) + "\n")
    print(markdown_table(HEADER, rows))
    print(f"\nGoals: {GOAL_PX:g} px, {GOAL_GROWTH:g} times the processor time.")
    return 0


if __name__ == "__main__":
    run_command(main)
