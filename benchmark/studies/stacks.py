"""Do the dates of a stack agree better when they are adjusted together?

    python -m soma.benchmark.studies.stacks --dates 20 --size 384 --seeds 3

Simulated stacks with exact truth (``core/simulate/stack.py``): one landscape, and of
each date its own speckle, wrong georeference, and what weather changes. For some dates
a mask hides nearly all of the optical image, as clouds do: alone they are refused. All
are registered by ``soma archive run``, once plainly and once with ``--consistent``.

*Spread* is the RMS of what errors differ by from their mean over the dates, *common*
that of the mean: what leans, and is the same at all dates. Over a lattice of the ground
that all dates show, in pixels of 10 m. *Within* is the share of adjusted dates whose
RMS error is below the expected error that is told of them.

Answer: the table that it prints.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from pathlib import Path

import numpy as np
import rasterio

from ...core.simulate.stack import Dates, read_truths, simulate_stack
from ...core.transform.transform_reader import read
from ..stages.command import run_command
from ..stages.tables import CLI, markdown_table, run_measured

#: Dates of 20 that are hidden, one alone and two beside each other.
HIDDEN = (4, 11, 12)
#: Share of the side of the optical image that such dates see.
SEEN_SHARE = 0.08
#: Nodes a side of the lattice, and the share of the side that is left out as border.
NODES, BORDER = 9, 0.1


def write_plan(folder: Path, sars: list[str], hidden: tuple[int, ...]) -> Path:
    """Write the table of a stack's pairs; hidden dates have a mask."""
    optical = folder / "optical.tif"
    mask = folder / "clouds.tif"
    with rasterio.open(optical) as source:
        profile = {**source.profile, "count": 1, "photometric": "MINISBLACK"}
        side = int(source.width * SEEN_SHARE)
    clouds = np.ones((1, profile["height"], profile["width"]), np.uint8)
    clouds[:, :side, :side] = 0
    with rasterio.open(mask, "w", **profile) as target:
        target.write(clouds)
    plan = folder / "plan.csv"
    with open(plan, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "sar", "optical", "optical_mask"))
        for i, sar in enumerate(sars):
            cell = str(mask) if i in hidden else ""
            writer.writerow((Path(sar).stem, sar, optical, cell))
    return plan


def errors_px(folder: Path, out: Path, size: int) -> dict[str, np.ndarray]:
    """Return (nodes, 2) errors of each date that has a transform, by its name."""
    steps = np.linspace(BORDER, 1 - BORDER, NODES) * size
    ground = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    errors = {}
    for name, truth in read_truths(folder).items():
        path = out / Path(name).stem / "transform.json"
        if path.exists():
            found = read(path)
            there = found.source_to_target(found.mov_grid, found.ref_grid)
            errors[Path(name).stem] = there(truth.ref_to_mov(ground)) - ground
    return errors


def spread_and_common_px(errors: list[np.ndarray]) -> tuple[float, float]:
    """Return the RMS of errors about their mean over dates, and that of the mean."""
    stacked = np.stack(errors)
    mean = stacked.mean(axis=0)
    spread, common = ((e**2).sum(axis=-1).mean() for e in (stacked - mean, mean))
    return float(np.sqrt(spread)), float(np.sqrt(common))


def stack_rows(seed: int, args: argparse.Namespace) -> list[list[str]]:
    """Return the rows of one stack, plain and consistent."""
    hidden = HIDDEN if args.dates > max(HIDDEN) + 1 else ()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        dates = Dates(args.dates, warp_px=args.warp)
        sars = simulate_stack(folder, dates, size=args.size, seed=seed)
        plan = write_plan(folder, sars, hidden)
        errors, taken = {}, {}
        for way in ((), ("--consistent",)):
            out = folder / f"out{len(way)}"
            words = ("archive", "run", str(plan), "--out", str(out), *way)
            quick = ("--model", "gradient", "--threads", "1", "--quiet")
            done = run_measured([*CLI, *words, *quick, "--only", "transform"])
            if done.returncode:
                raise SystemExit(done.stderr)
            errors[way], taken[way] = errors_px(folder, out, args.size), done
        records = {
            name: json.loads((folder / "out1" / name / "pair.json").read_text())
            for name in errors[("--consistent",)]
        }
    both = sorted(set(errors[()]) & set(errors[("--consistent",)]))
    rows, alone = [], 0.0
    for way, title in (((), "alone"), (("--consistent",), "together")):
        found = errors[way]
        spread, common = spread_and_common_px([found[name] for name in both])
        alone = alone or spread
        extra = [found[name] for name in found if name not in both]
        mean = np.mean([found[name] for name in both], axis=0)
        off = [float(np.sqrt(((e - mean) ** 2).sum(-1).mean())) for e in extra]
        within = "" if not way else within_told(found, records)
        rows.append(
            [
                *(f"{seed}", title, f"{len(found)} of {args.dates}"),
                *(f"{spread:.3f}", f"{spread / alone:.2f}", f"{common:.2f}"),
                ", ".join(f"{value:.2f}" for value in off),
                within,
                f"{taken[way].cpu_seconds / args.dates:.2f}",
            ]
        )
    return rows


def within_told(errors: dict[str, np.ndarray], records: dict[str, dict]) -> str:
    """Return how many dates err by less than is told of them."""
    good = sum(
        float(np.sqrt((error**2).sum(-1).mean()))
        <= records[name]["quality"]["expected_error_px"]
        for name, error in errors.items()
    )
    return f"{good} of {len(errors)}"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dates", type=int, default=20)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--warp", type=float, default=0.0, help="common to all, px")
    args = parser.parse_args()
    rows = [row for seed in range(args.seeds) for row in stack_rows(seed, args)]
    titles = ("seed", "dates", "registered", "spread, px", "ratio", "common, px")
    titles += ("hidden dates, px from the others", "within", "CPU s a date")
    print(markdown_table(titles, rows))
    return 0


if __name__ == "__main__":
    run_command(main)
