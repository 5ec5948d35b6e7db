"""How much of every error on a scene is the scene's own misalignment?

    python -m soma.benchmark.studies.common_offset

A scene whose two images are a fraction of a pixel apart puts the same offset into the
error of every window, whichever way the window was turned. Here each window's error is
measured again after the mean offset of all other accepted windows of the scene was
taken off it. Only for sets of one scene; reads predictions that were made before.

Answer: about half of the error on ``delhi``; see the end of ``training/LOG.md``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...core.base.errors import BadInput
from ...core.base.grid import apply_affine
from ..data.protocols import Case
from ..data.sets import sources
from ..stages import store
from ..stages.command import run_command
from ..stages.run import spoilt_cases
from ..stages.tables import markdown_table

HEADER = (
    "set and protocol,row,pairs,offset x px,offset y px,scatter x px,scatter y px,"
    "median px,median px without the offset"
).split(",")
PROTOCOLS = ("near", "soma", "wide", "near256", "click128")
#: Sides of the lattice on which a window's error is read.
LATTICE = 9


@dataclass(frozen=True)
class Offsets:
    """Errors of the accepted windows of one row.

    Args:
        total: number of windows, refused ones included.
        errors: (n, k, 2) float64 px, found less true place in the reference, whose
            axes are the scene's, at the k places that the protocol looks at.
    """

    total: int
    errors: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """(n, 2) px, the mean offset of every window."""
        return self.errors.mean(axis=1)

    def median_px(self, without: bool) -> float:
        """Return the median RMSE, with or ``without`` the others' mean offset."""
        errors = self.errors
        if without:
            means = self.means
            others = (means.sum(axis=0) - means) / (len(means) - 1)
            errors = errors - others[:, None]
        rmse = np.sqrt((errors**2).sum(axis=2).mean(axis=1))
        lost = np.full(self.total - len(rmse), np.inf)
        return float(np.median(np.concatenate([rmse, lost])))


def measure(run: store.Run, root: Path) -> Offsets:
    """Read the predictions of a run; raises BadInput where it has none to use."""
    if len(sources(run.set_name)) != 1:
        raise BadInput(f"{run.set_name} is of several scenes, which share no offset.")
    folder = run.folder(root)
    total, errors = 0, []
    for case in spoilt_cases(store.read_run(folder)):
        found = store.read(folder, case.name)
        if found is None:
            raise BadInput(
                f"{folder} lacks {case.name}: run soma.benchmark.stages.run first."
            )
        total += 1
        if found[0].mov_to_ref is not None:
            places = _places(case)
            placed = apply_affine(found[0].mov_to_ref, places)
            errors.append(placed - case.truth(places))
    if len(errors) < 2:
        raise BadInput(f"{folder} has no two accepted pairs.")
    return Offsets(total, np.stack(errors))


def _places(case: Case) -> np.ndarray:
    """Return the (k, 2) places in the moving window that the protocol looks at."""
    height, width = case.mov.shape
    if case.evaluate == "centre":
        return np.array([[width / 2, height / 2]])
    axes = [np.linspace(0.5, side - 0.5, LATTICE) for side in (width, height)]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)


def row(run: store.Run, root: Path) -> list[str]:
    """Return the cells of one run."""
    found = measure(run, root)
    figures = *found.means.mean(axis=0), *found.means.std(axis=0)
    medians = found.median_px(False), found.median_px(True)
    return [
        f"{run.set_name} {run.protocol}",
        run.method,
        str(found.total),
        *(f"{value:.2f}" for value in (*figures, *medians)),
    ]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", default="delhi", dest="set_name")
    parser.add_argument("--protocol", nargs="+", default=PROTOCOLS)
    parser.add_argument("--method", nargs="+", default=["gradient", "soma"])
    parser.add_argument("--out", type=Path, default=store.PREDICTIONS)
    args = parser.parse_args()
    rows = []
    for protocol in args.protocol:
        for method in args.method:
            rows.append(row(store.Run(args.set_name, protocol, method), args.out))
    print(markdown_table(HEADER, rows))
    return 0


if __name__ == "__main__":
    run_command(main)
