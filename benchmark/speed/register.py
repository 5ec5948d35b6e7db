"""Time and peak memory of the registration of whole scenes, with all outputs.

    python -m soma.benchmark.speed.register --model gradient auto soma

Every job runs in processes of its own on two cores; times are the best of some, and
beside them is what was told before the run. For one pair see ``network``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from ...core import api
from ...core.base.errors import BadInput
from ...core.base.job import Job
from ...core.pipeline.preflight import plan
from ..data.sets import DATA
from ..stages.tables import CLI, Measured, markdown_table, run_measured

CORES = 2

#: Goals of the scene of 4096 x 3072 px by model: seconds and MiB.
MOSAIC_GOALS = {"gradient": (12.0, 1024), "auto": (15.0, 1024), "soma": (40.0, 1024)}

HEADER = ("job", "s", "goal s", "told s", "CPU s", "MiB", "goal MiB")


def scene_row(scene: str, model: str, repeats: int) -> list[str]:
    """Register a scene with all outputs by the command line; keep the best run."""
    sar, optical = (DATA / "scenes" / f"{scene}_{part}.tif" for part in ("sar", "opt"))
    runs = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            options = ["--out", str(out), "--model", model, "--threads", str(CORES)]
            runs.append(
                run_measured(
                    [*CLI, "register", str(sar), str(optical), *options, "--json"]
                )
            )
            if runs[-1].returncode:
                raise BadInput(
                    f"{scene} was not registered (exit {runs[-1].returncode}): "
                    f"{runs[-1].stderr.strip()[-300:]}"
                )
            files = sorted(p.name for p in out.iterdir())
            sys.stderr.write(f"{scene}: {', '.join(files)}\n")
    best = min(runs, key=lambda run: run.seconds)
    goals = MOSAIC_GOALS if "mosaic" in scene else {}
    seconds, memory = goals.get(model, (None, None))
    name = f"{model}, {scene} with all outputs"
    job = Job(str(sar), str(optical), model=model)
    told_s = plan(job, api.chosen_model(job))["seconds"]
    return _cells(name, best, seconds, told_s, memory)


def _cells(
    name: str,
    cost: Measured,
    goal_s: float | None,
    told_s: float,
    goal_mib: float | None,
) -> list[str]:
    return [
        name,
        f"{cost.seconds:.2f}",
        "" if goal_s is None else f"{goal_s:g}",
        f"{told_s:.2f}",
        f"{cost.cpu_seconds:.2f}",
        f"{cost.peak_mib:.0f}",
        "" if goal_mib is None else f"{goal_mib:g}",
    ]


def main() -> int:
    """Print the table; 0 when all jobs ran."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", nargs="+", default=["gradient"])
    parser.add_argument("--scene", nargs="*", default=["losangeles_mosaic"])
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    try:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
        rows = [
            scene_row(scene, model, args.repeats)
            for scene in args.scene
            for model in args.model
        ]
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    print(markdown_table(HEADER, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
