"""All that RESULTS.md, the README and the model card show, by one command.

    python -m soma.benchmark.stages.publish --method soma --overwrite

Makes the predictions of the named rows that are missing, with the same pairs for every
row of a table, scores them, draws the worst pairs, and writes tables, plots and the
page that sets all models beside each other. After new weights only the row ``soma`` has
to be made, and only it needs ``--overwrite``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Iterator, Sequence

from ...core.base.errors import BadInput
from ..data.sets import DEVELOPMENT
from . import comparison, gallery, network_cards, readme_table, report, score, store
from .command import run_command
from .run import predict_apart
from .store import Run

#: Set and protocol of each table, to the number of pairs, 0 for all.
TABLES: dict[tuple[str, str], int] = {
    ("delhi", "near"): 0,
    ("delhi", "soma"): 0,
    ("delhi", "wide"): 0,
    ("delhi", "near256"): 0,
    ("delhi", "click128"): 0,
    ("delhi", "flow"): 0,
    ("delhi", "osrnet"): 0,
    ("sen12", "near256"): 0,
    ("sen12", "click128"): 48,
    ("sen12", "osrnet"): 48,
    ("ombria2021", "near256"): 0,
    ("ombria2021", "click128"): 48,
    ("ombria2021", "osrnet"): 48,
    ("simulated", "near"): 0,
    ("simulated", "soma"): 0,
    ("simulated", "wide"): 0,
    ("simulated", "near256"): 48,
    ("simulated", "click128"): 96,
    ("simulated", "flow"): 0,
    ("simulated", "osrnet"): 48,
    ("full-speckle", "click128"): 96,
    ("full-speckle", "flow"): 0,
    ("los-angeles", "click128"): 96,
    ("los-angeles", "flow"): 0,
    ("metre", "metre"): 0,
}

ROWS = (
    *("identity", "sift", "arosics", "mutual-information", "phase"),
    *("gradient", "auto", "soma"),
)

#: Rows of the sets to develop on, besides networks: what there is to improve, and from
#: where.
DEVELOPED_ROWS = ("identity", "gradient", "auto", "soma")

#: Networks to compare with; of controls they have the unrelated pairs.
NETWORKS = ("lightglue", "superglue", "loftr", "osrnet")

#: Rows and tables that controls are made for; other rows refuse nothing.
CONTROLLED = ("gradient", "auto", "soma")
CONTROLS: dict[tuple[str, str], tuple[store.Control, ...]] = {
    ("delhi", "near256"): ("blank", "swapped", "parity"),
    ("sen12", "near256"): ("blank", "swapped", "parity"),
    ("ombria2021", "near256"): ("blank", "swapped", "parity"),
}

#: Rows whose worst pairs are shown.
PICTURES = (
    ("delhi", "click128", "soma"),
    ("sen12", "near256", "soma"),
    ("sen12", "near256", "gradient"),
    ("simulated", "click128", "soma"),
    ("simulated", "click128", "gradient"),
    ("simulated", "flow", "soma"),
)
#: Pairs in a picture.
WORST = 4


def runs(methods: Sequence[str]) -> Iterator[Run]:
    """Yield every run of some rows: tables, then controls."""
    for (set_name, protocol), limit in TABLES.items():
        developed = set_name in DEVELOPMENT
        for method in methods:
            if developed and method not in (*DEVELOPED_ROWS, *NETWORKS):
                continue
            yield Run(set_name, protocol, method, "none", limit)
    for place, controls in CONTROLS.items():
        for control in controls:
            for method in methods:
                swapped = method in NETWORKS and control == "swapped"
                if method in CONTROLLED or swapped:
                    yield Run(*place, method, control, TABLES[place])


def pictures(methods: Sequence[str]) -> list[Run]:
    """Return the runs of some rows whose worst pairs are shown."""
    found = [(s, p, m) for s, p, m in PICTURES if m in methods]
    return [Run(*item, "none", TABLES[item[:2]]) for item in found]


def publish(methods: Sequence[str], out: Path, folder: Path, overwrite: bool) -> None:
    """Make what is missing of some rows and write everything; raises SomaError."""
    for run in runs(methods):
        if predict_apart(run, out, overwrite):
            raise BadInput(f"{run.folder(out)} could not be made, see above.")
    score.score_all(out)
    for run in pictures(methods):
        print(gallery.draw(run, out, folder / "pictures", WORST))
    print(report.write(report.read(out), folder))
    print(comparison.write(folder))
    cards = network_cards.write(folder / "results.csv")
    for path in (*readme_table.write(out), *cards):
        print(path)


def main() -> int:
    """Make and write everything that is shown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = (*ROWS, *NETWORKS)
    parser.add_argument("--method", nargs="+", default=list(names), choices=names)
    parser.add_argument("--out", type=Path, default=store.PREDICTIONS)
    parser.add_argument("--to", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--overwrite", action="store_true")
    args = parser.parse_args()
    publish(args.method, args.out, args.to, args.overwrite)
    return 0


if __name__ == "__main__":
    run_command(main)
