"""Stage three of the benchmark: tables and plots from the scores.

    python -m soma.benchmark.stages.report --to benchmark

writes RESULTS.md, results.csv and one plot per set and protocol. Rows of results.csv
whose predictions are not here stay as they are, with the hashes of the code and of the
weights that made them; plots need the predictions of all their rows.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Sequence

import numpy as np

from ..data.sets import DEVELOPMENT
from ..methods.registry import METHODS
from ..methods.variants import ABLATIONS
from . import store
from .gallery import CREDIT, picture_name
from .score import Score
from .store import Run
from .summary import AUC_PX, CMR_PX, Row, order, read_rows

HEADER = (
    ["row", "pairs"]
    + [f"CMR@{t}" for t in CMR_PX]
    + ["95 % of CMR@1"]
    + [f"AUC@{t}" for t in AUC_PX]
    + ["median px", "refused", "wrong", "s/pair", "CPU s", "MiB"]
)

NOTES = """\
CMR@T is the share of pairs whose error is below T px: the root mean square over all
pixels of the moving window against the exact truth (`click128`: the error at the
centre; `flow`: of the dense field, or of the affine of rows without one). AUC@T is the
area under the recall curve of the mean corner error up to T px. A refused pair counts
as infinitely wrong in all of these; `refused` and `wrong` (answered, but off by more
than 5 px) are shares of pairs. `s/pair` is the median wall time of a pair, `CPU s` its
median processor time: other work ran on the machine, so compare the latter. `MiB` is
the peak of the process. Rows in brackets are controls: `blank` has no optical content
and must fall to the identity row or be refused, `swapped` shows another place and must
be refused, `parity` resamples the optical image as well and must change nothing.
"""

DEVELOPMENT_NOTE = """\
A set to develop on, which shows what is left to do and tests nothing:
{scenes}.
"""

PICTURE_NOTES = """\
From left to right: optical window, SAR window, SAR among cells of the optical image as
the truth places it, and as the row does; refused pairs first.
"""

Group = list[tuple[Row, list[Score]]]


def table(rows: Sequence[Row]) -> str:
    """Return a Markdown table of the rows of one set and protocol."""
    lines = [HEADER, ["---"] + ["---:"] * (len(HEADER) - 1)]
    lines += [_cells(row) for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(row: Row) -> list[str]:
    low, high = row.cmr1_ci
    return (
        [row.label, str(row.n)]
        + [f"{value:.2f}" for value in row.cmr.values()]
        + [f"{low:.2f} to {high:.2f}"]
        + [f"{value:.2f}" for value in row.auc.values()]
        + [_pixels(row.median_px), f"{row.refused:.2f}", f"{row.wrong:.2f}"]
        + [f"{row.seconds:.3f}", f"{row.cpu_seconds:.3f}", f"{row.peak_mib:.0f}"]
    )


def _pixels(value: float) -> str:
    if not np.isfinite(value):
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def markdown(groups: Sequence[Group], pictures: Path | None = None) -> str:
    """Return the whole report; ``pictures`` is a folder of what ``gallery`` drew."""
    parts = ["# Benchmark results", NOTES]
    for group in groups:
        rows = [row for row, _ in group]
        run = rows[0].run
        extra = f" (draws {run.seed})" if run.seed else ""
        parts.append(f"## {run.set_name}, `{run.protocol}`{extra}")
        if run.set_name in DEVELOPMENT:
            scenes = DEVELOPMENT[run.set_name]
            parts.append(DEVELOPMENT_NOTE.format(scenes=scenes).strip())
        parts.append(table(rows))
        parts.append(commands(rows))
    runs = [row.run for group in groups for row, _ in group]
    links = worst_pairs(runs, pictures) if pictures else ""
    parts += ["## Worst pairs", PICTURE_NOTES, links] if links else []
    return "\n\n".join(parts) + "\n"


def worst_pairs(runs: Sequence[Run], pictures: Path) -> str:
    """Return links to the pictures of failures that are there, and their commands."""
    lines = []
    for run in runs:
        name = picture_name(run)
        if run.control == "none" and not run.seed and (pictures / name).exists():
            call = f"python -m soma.benchmark.stages.gallery --set {run.set_name}"
            call += f" --protocol {run.protocol} --method {run.method}"
            call += f" --limit {run.limit}" if run.limit else ""
            link = f"[{run.method}, {run.set_name}, `{run.protocol}`]"
            link += f"({pictures.name}/{name})"
            lines.append(f"![The worst pairs of {run.method}]({pictures.name}/{name})")
            lines.append(f"{link}: `{call} --to benchmark/{pictures.name}`")
    return "\n\n".join([CREDIT, *lines] if lines else [])


def commands(rows: Sequence[Row]) -> str:
    """Return what makes the predictions of a table, one line per kind of row."""
    kinds: dict[tuple[str, int], list[str]] = {}
    for row in rows:
        kinds.setdefault((row.run.control, row.run.limit), []).append(row.run.method)
    run = rows[0].run
    lines = []
    for (control, limit), names in kinds.items():
        text = f"python -m soma.benchmark.stages.run --set {run.set_name}"
        text += f" --protocol {run.protocol} --method {' '.join(names)}"
        text += f" --control {control}" if control != "none" else ""
        text += f" --limit {limit}" if limit else ""
        lines.append(text + (f" --seed {run.seed}" if run.seed else ""))
    return "```\n" + "\n".join(lines) + "\n```"


def write_csv(groups: Sequence[Group], path: Path) -> None:
    """Write all rows of all tables as one CSV file."""
    rows = [row.to_dict() for group in groups for row, _ in group]
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def plot(group: Group, path: Path) -> None:
    """Draw the share of pairs with an error below a threshold, 0.1 to 50 px."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    thresholds = np.geomspace(0.1, 50, 300)
    figure, axes = pyplot.subplots(figsize=(7.5, 4), layout="constrained")
    for row, scores in group:
        errors = np.sort([score.error_px for score in scores])
        share = np.searchsorted(errors, thresholds) / len(errors)
        style = "-" if row.run.control == "none" else ":"
        axes.plot(thresholds, share, style, label=row.label, linewidth=1.8)
    axes.set_xscale("log")
    axes.set_xticks([0.1, 0.3, 1, 3, 10, 30], ["0.1", "0.3", "1", "3", "10", "30"])
    axes.set(xlim=(0.1, 50), ylim=(-0.02, 1.02))
    axes.set(xlabel="error (px)", ylabel="share of pairs below")
    run = group[0][0].run
    axes.set_title(f"{run.set_name}, {run.protocol} ({len(group[0][1])} pairs)")
    axes.grid(alpha=0.3)
    # Beside the axes: within them it hides the best curves.
    figure.legend(loc="outside right center", fontsize="small")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def write(found: Sequence[tuple[Row, list[Score]]], folder: Path) -> Path:
    """Write RESULTS.md, results.csv and the plots; return the first."""
    found = with_stored(found, folder / "results.csv")
    groups = [
        list(items)
        for _, items in groupby(
            found,
            lambda item: (item[0].run.set_name, item[0].run.seed, item[0].run.protocol),
        )
    ]
    (folder / "plots").mkdir(parents=True, exist_ok=True)
    path = folder / "RESULTS.md"
    path.write_text(markdown(groups, folder / "pictures"))
    write_csv(groups, folder / "results.csv")
    for group in groups:
        if not all(scores for _, scores in group):
            continue
        run = group[0][0].run
        name = f"{run.set_name.replace(':', '-')}_{run.protocol}.png"
        plot(group, folder / "plots" / name)
    return path


def stored(path: Path) -> list[Row]:
    """Return the rows of a ``results.csv``, none where there is no such file."""
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        return [Row.from_dict(cells) for cells in csv.DictReader(stream)]


def with_stored(
    found: Sequence[tuple[Row, list[Score]]], path: Path
) -> list[tuple[Row, list[Score]]]:
    """Return rows and those of ``results.csv`` without predictions, without scores.

    Rows of methods that are no more are left out.
    """
    there = {replace(row.run, limit=0) for row, _ in found}
    kept = [
        (row, [])
        for row in stored(path)
        if replace(row.run, limit=0) not in there and row.run.method in METHODS
    ]
    return sorted([*found, *kept], key=lambda item: order(item[0].run))


def read(root: Path) -> list[tuple[Row, list[Score]]]:
    """Return the scored rows of the tables; ablations have a report of their own."""
    return [item for item in read_rows(root) if item[0].run.method not in ABLATIONS]


def main() -> int:
    """Write the report; 2 when there are no scores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=store.PREDICTIONS)
    parser.add_argument("--to", type=Path, default=store.PREDICTIONS / "report")
    parser.add_argument("--set", nargs="+", dest="sets", help="only these sets")
    args = parser.parse_args()
    found = [
        item
        for item in read(args.out)
        if not args.sets or item[0].run.set_name in args.sets
    ]
    if not found:
        sys.stderr.write(
            f"{args.out} has no scores: run soma.benchmark.stages.score first.\n"
        )
        return 2
    print(write(found, args.to))
    return 0


if __name__ == "__main__":
    sys.exit(main())
