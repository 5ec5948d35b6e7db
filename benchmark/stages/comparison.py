"""One page that sets all models beside each other, and says which to take where.

    python -m soma.benchmark.stages.comparison

Written from ``results.csv``: a table of every set and protocol with the model that a
user should take there, and one plot of accuracy over time.
"""

from __future__ import annotations

import argparse
import functools
import math
from pathlib import Path
from typing import Sequence

from ..data.sets import DEVELOPMENT
from ..methods.registry import OURS
from . import readme_table, report
from .command import run_command
from .summary import Row
from .tables import markdown_table

FOLDER = Path(__file__).parents[1]
#: All models; ``auto``, which chooses between two of them, is none.
NAMES = tuple(name for name in OURS if name != "auto")
#: A model that solves as many pairs as the best but for this share is as good, and one
#: with more wrong answers than this is not taken.
AS_GOOD, MOST_WRONG = 0.02, 0.025
#: Shapes of the plot's marks, one for each protocol.
SHAPES = "os^vDPX*"

PAGE = """\
# All models beside each other

Written by `{command}` from `results.csv`; the whole
tables are in [RESULTS.md](RESULTS.md), those of sets to develop on there alone. Each
cell: share of pairs solved, processor time per pair. A pair is solved when its error is
below the px of its set, that is
{limits}; a refused one is not.

`take` is the quickest model that solves as many pairs as the best but for {as_good:.1%}
and answers no more than {most_wrong:.1%} wrongly, off by more than 5 px. Rows of fewer
pairs, in brackets, are samples spread evenly over the set and have no say there. `auto`
looks with `gradient` first and asks `soma` where that is unsure: its column shows what
that comes to.

{table}

Which to take:

{advice}

![Share solved over processor time, all models on all sets](plots/comparison.png)
"""


def limit_px(set_name: str) -> int:
    """Return the error in px below which a pair of a set is solved."""
    return next(line[3] for line in readme_table.LINES if line[0] == set_name)


def solved(row: Row) -> float:
    """Return the share of pairs that a row solves."""
    return row.cmr[f"cmr@{limit_px(row.run.set_name)}px"]


def shown(rows: Sequence[Row]) -> dict[tuple[str, str], dict[str, Row]]:
    """Return the models' rows by set and protocol, then by name.

    Neither controls nor sets to develop on are among them.
    """
    places: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        run = row.run
        if run.control != "none" or run.seed or run.method not in (*NAMES, "auto"):
            continue
        if run.set_name in DEVELOPMENT:
            continue
        places.setdefault((run.set_name, run.protocol), {})[run.method] = row
    return places


def choice(rows: dict[str, Row]) -> str:
    """Return the model to take on one set under one protocol, "" where none is safe."""
    most = max(row.n for row in rows.values())
    whole = {
        name: row
        for name, row in rows.items()
        if name != "auto" and row.n == most and row.wrong <= MOST_WRONG
    }
    if not whole:
        return ""
    best = max(solved(row) for row in whole.values())
    good = [name for name, row in whole.items() if solved(row) >= best - AS_GOOD]
    return min(good, key=lambda name: whole[name].cpu_seconds)


def table(places: dict[tuple[str, str], dict[str, Row]]) -> str:
    """Return every model's share and time, and the one to take."""
    names = _present(places)
    header = ["set", "protocol", "pairs", *(f"`{name}`" for name in names), "take"]
    lines = []
    for (set_name, protocol), rows in places.items():
        most = max(row.n for row in rows.values())
        taken = choice(rows)
        cells = [set_name, f"`{protocol}`", str(most)]
        cells += [_cell(rows.get(name), most) for name in names]
        lines.append([*cells, f"`{taken}`" if taken else "none"])
    return markdown_table(header, lines)


def _present(places: dict[tuple[str, str], dict[str, Row]]) -> list[str]:
    names = (*NAMES, "auto")
    return [name for name in names if any(name in rows for rows in places.values())]


def _cell(row: Row | None, most: int) -> str:
    if row is None:
        return "-"
    few = f" ({row.n})" if row.n < most else ""
    return f"{solved(row):.2f}, {row.cpu_seconds:.2f} s{few}"


def advice(places: dict[tuple[str, str], dict[str, Row]]) -> str:
    """Return one line per set: what to take there, and under which protocols."""
    lines = []
    for set_name in dict.fromkeys(place[0] for place in places):
        taken: dict[str, list[str]] = {}
        for (name, protocol), rows in places.items():
            if name == set_name:
                taken.setdefault(choice(rows), []).append(f"`{protocol}`")
        parts = [
            f"`{name}` for {', '.join(where)}"
            if name
            else f"none for {', '.join(where)}"
            for name, where in taken.items()
        ]
        lines.append(f"- {set_name}: {'; '.join(parts)}")
    return "\n".join(lines)


def plot(places: dict[tuple[str, str], dict[str, Row]], path: Path) -> None:
    """Draw the share solved over time.

    A panel for each set, a colour for each model, a shape for each protocol.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    sets = list(dict.fromkeys(place[0] for place in places))
    columns = math.ceil(len(sets) / 2)
    figure, grid = pyplot.subplots(
        2, columns, figsize=(4.6 * columns, 6.4), layout="constrained", squeeze=False,
        sharex=True, sharey=True,
    )  # fmt: skip
    names = _present(places)
    shapes = dict(
        zip(dict.fromkeys(place[1] for place in places), SHAPES, strict=False)
    )
    for axes, set_name in zip(grid.flat, sets, strict=False):
        for (place, protocol), rows in places.items():
            for number, name in enumerate(names):
                if place != set_name or name not in rows:
                    continue
                point = rows[name].cpu_seconds, solved(rows[name])
                look = {"marker": shapes[protocol], "color": f"C{number}"}
                axes.plot(*point, alpha=0.75, **look)
        axes.set(xscale="log", title=f"{set_name}, below {limit_px(set_name)} px")
        axes.set(xlabel="processor time per pair (s)", ylim=(-0.02, 1.04))
        axes.grid(alpha=0.3)
    for axes in grid[:, 0]:
        axes.set_ylabel("share of pairs solved")
    for axes in grid.flat[len(sets) :]:
        axes.set_visible(False)
    line = functools.partial(matplotlib.lines.Line2D, [], [], ls="")
    marks = [line(color=f"C{number}", marker="o") for number in range(len(names))]
    marks += [line(color="0.4", marker=shape) for shape in shapes.values()]
    figure.legend(
        marks, [*names, *shapes], loc="outside lower center", ncols=len(names)
    )
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def write(folder: Path) -> Path:
    """Write the page and its plot from ``results.csv`` there; return the page."""
    places = shown(report.stored(folder / "results.csv"))
    limits = dict.fromkeys(place[0] for place in places)
    text = PAGE.format(
        command="python -m soma.benchmark.stages.comparison",
        limits=", ".join(f"{limit_px(name)} px on {name}" for name in limits),
        as_good=AS_GOOD,
        most_wrong=MOST_WRONG,
        table=table(places),
        advice=advice(places),
    )
    (folder / "plots").mkdir(exist_ok=True)
    plot(places, folder / "plots" / "comparison.png")
    path = folder / "COMPARISON.md"
    path.write_text(text, encoding="utf-8")
    return path


def main() -> int:
    """Write the page from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=FOLDER)
    print(write(parser.parse_args().to))
    return 0


if __name__ == "__main__":
    run_command(main)
