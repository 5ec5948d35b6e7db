"""How many true pairs does refusing unrelated ones cost?

    python -m soma.benchmark.studies.refusal --method gradient

100 true pairs and 100 that show different places: windows of four sets under
`near256`, 25 each. A true pair counts as solved when the matcher's own alignment,
before any judgement, is off by less than 3 px; the share of these that is accepted is
the price of the refusals. Where an accepted answer is further off than that, mutual
information says whether answer or truth fits the images better.

Answer: the table that it prints; it ends with 1 when an unrelated pair is accepted.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import numpy as np

from ..data.protocols import Case
from ..methods.estimate import Estimate
from ..stages import store
from ..stages.command import run_command
from ..stages.run import predict, spoilt_cases
from ..stages.score import score_pair
from ..stages.store import Run
from ..stages.tables import markdown_table
from .mutual_information import information

SETS = ("delhi", "sen12", "ombria2021", "train:volkov_LA_refined")
PER_SET = 25
SOLVED_PX = 3.0
#: Nats by which the same information may differ.
ROUNDING = 1e-9

HEADER = (
    "set,true pairs,solved,solved and accepted,accepted,accepted but > 3 px off,"
    "these fit better than the truth,swapped pairs,swapped and refused"
).split(",")


@dataclass(frozen=True)
class Counts:
    """Numbers of pairs of one set; see ``HEADER``."""

    true: int
    solved: int
    solved_accepted: int
    accepted: int
    wrong: int
    fitter: int
    swapped: int
    refused: int

    def __add__(self, other: Counts) -> Counts:
        values = zip(self.__dict__.values(), other.__dict__.values(), strict=True)
        return Counts(*(a + b for a, b in values))

    def cells(self, name: str) -> list[str]:
        """Return one row of the table."""
        return [name, *(str(value) for value in self.__dict__.values())]


def count(set_name: str, method: str, out: Path, overwrite: bool) -> Counts:
    """Make what predictions are missing and count; raises SomaError."""
    true = Run(set_name, "near256", method, "none", PER_SET)
    swapped = Run(set_name, "near256", method, "swapped", PER_SET)
    for run in (true, swapped):
        predict(run, out, overwrite)
    *errors, fitter = np.array(list(_judged(true, out))).T
    solved, accepted = (error < SOLVED_PX for error in errors)
    answered = np.isfinite(errors[1])
    wrong = answered & ~accepted
    statuses = [estimate.status for _, estimate, _ in _predictions(swapped, out)]
    return Counts(
        true=len(fitter),
        solved=int(solved.sum()),
        solved_accepted=int((solved & answered).sum()),
        accepted=int(answered.sum()),
        wrong=int(wrong.sum()),
        fitter=int((wrong & fitter.astype(bool)).sum()),
        swapped=len(statuses),
        refused=statuses.count("refused"),
    )


def _judged(run: Run, out: Path) -> Iterator[tuple[float, float, bool]]:
    """Yield errors of the unjudged and the accepted alignment, and if that fits better.

    Better than the truth, by mutual information; False where nothing was accepted.
    """
    for case, estimate, record in _predictions(run, out):
        unjudged = estimate.figures.get("unjudged_mov_to_ref")
        before = estimate if unjudged is None else Estimate(np.array(unjudged))
        errors = [score_pair(case, e, record).error_px for e in (before, estimate)]
        yield *errors, _fits_better(case, estimate.mov_to_ref)


def _fits_better(case: Case, answer: np.ndarray | None) -> bool:
    if answer is None:
        return False
    found, truth = information(case.ref, case.mov, (answer, case.mov_to_ref))
    return found > truth + ROUNDING


def _predictions(run: Run, out: Path) -> Iterator[tuple]:
    folder = run.folder(out)
    for case in spoilt_cases(run):
        yield case, *store.read(folder, case.name)


def main() -> int:
    """Print the table; 0 when no swapped pair was accepted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", default="gradient")
    parser.add_argument("--out", type=Path, default=store.PREDICTIONS / ".refusal")
    parser.add_argument("--overwrite", action="store_true")
    args = parser.parse_args()
    total, rows = Counts(*[0] * 8), []
    for name in SETS:
        counts = count(name, args.method, args.out, args.overwrite)
        rows.append(counts.cells(name))
        total += counts
    print(markdown_table(HEADER, [*rows, total.cells("all")]))
    return int(total.refused < total.swapped)


if __name__ == "__main__":
    run_command(main)
