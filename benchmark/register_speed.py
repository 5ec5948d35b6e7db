"""Time and peak memory of the matcher on one pair and of a whole registration.

    python -m soma.benchmark.register_speed

Every job runs in processes of its own on two cores; times are the best of some.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import cv2

from ..core.errors import BadInput
from . import methods
from .measured import CLI, Measured, markdown_table, run_measured
from .protocols import cases
from .sets import DATA

CORES = 2

#: Goals of the tables: seconds and MiB.
GOALS = {"gradient": (0.6, None), "soma": (1.5, 1024), "mosaic": (60.0, 1024)}

HEADER = ("job", "s", "goal s", "CPU s", "MiB", "goal MiB")


def pair_row(method: str, repeats: int) -> list[str]:
    """Time a method on a 512 x 512 pair with 3 degrees and 30 px unknown."""
    command = [sys.executable, "-m", __spec__.name, "--pair", method]
    found = run_measured([*command, "--repeats", str(repeats)])
    if found.returncode:
        raise BadInput(f"{method} did not run: {found.stderr.strip()[-300:]}")
    best = json.loads(found.stdout)
    seconds, memory = GOALS.get(method, (None, None))
    return _cells(
        f"{method}, 512x512 pair", best["s"], seconds, best["cpu_s"], found, memory
    )


def time_pair(method: str, repeats: int) -> dict[str, float]:
    """Return the least wall and processor time of one pair in this process."""
    cv2.setNumThreads(CORES)
    align = methods.load(method)
    case = next(cases("delhi", "near", limit=1))
    wall, cpu = [], []
    for _ in range(repeats + 1):
        start = time.perf_counter(), time.process_time()
        align(case.ref, case.mov, case.search, False)
        wall.append(time.perf_counter() - start[0])
        cpu.append(time.process_time() - start[1])
    # The first one warms caches and plans of transforms.
    return {"s": min(wall[1:]), "cpu_s": min(cpu[1:])}


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
    seconds, memory = GOALS["mosaic"] if "mosaic" in scene else (None, None)
    name = f"{model}, {scene} with all outputs"
    return _cells(name, best.seconds, seconds, best.cpu_seconds, best, memory)


def _cells(
    name: str,
    seconds: float,
    goal_s: float | None,
    cpu_seconds: float,
    cost: Measured,
    goal_mib: float | None,
) -> list[str]:
    return [
        name,
        f"{seconds:.2f}",
        "" if goal_s is None else f"{goal_s:g}",
        f"{cpu_seconds:.2f}",
        f"{cost.peak_mib:.0f}",
        "" if goal_mib is None else f"{goal_mib:g}",
    ]


def main() -> int:
    """Print the table; 0 when all jobs ran."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", nargs="+", default=["gradient"])
    parser.add_argument("--scene", nargs="*", default=["losangeles_mosaic"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--pair", metavar="METHOD", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.pair:
        print(json.dumps(time_pair(args.pair, args.repeats)))
        return 0
    try:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
        rows = [pair_row(model, args.repeats) for model in args.model]
        for scene in args.scene:
            rows += [scene_row(scene, model, args.repeats) for model in args.model]
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    print(markdown_table(HEADER, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
