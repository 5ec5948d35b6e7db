"""Is a match's confidence the share of matches that are right?

    python -m soma.benchmark.studies.reliability --method gradient soma

All tie points that a matcher gives for validation pairs, accepted or refused, sorted
into ten bins by the confidence that the product states: the share of each bin within
3 px of the truth beside its mean confidence. With ``--control swapped`` the images
show different places and nothing is right.

Answer: within a tenth for ``soma`` where it says 0.7 or more; the calibration itself is
checked on the model card.
"""

from __future__ import annotations

import argparse
import sys
from typing import Sequence, get_args

import cv2
import numpy as np

from ...core.base import threads  # noqa: F401 - read by torch when it loads
from ...core.base.errors import BadInput
from ..data.protocols import PROTOCOLS
from ..data.sets import VALIDATION
from ..methods import registry
from ..stages import store
from ..stages.command import run_command
from ..stages.run import THREADS, spoilt_cases
from ..stages.store import Run
from ..stages.tables import markdown_table

#: Errors below this are right: what the confidence promises.
RIGHT_PX = 3.0
#: Bins with fewer matches say too little to be judged.
LEAST_MATCHES = 100
#: Largest gap that the product allows itself.
GOAL = 0.1

HEADER = ("confidence", "matches", "mean confidence", "share within 3 px", "gap")


def measure(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Return confidence, (n,), and whether it was right, (n,) bool, of all matches.

    Raises SomaError where the method gives no matches or cannot run.
    """
    method = registry.load(run.method)
    if not hasattr(method, "matches"):
        raise BadInput(f"{run.method} states no confidence; choose gradient or soma.")
    confidence, right = [np.zeros(0)], [np.zeros(0, bool)]
    for case in spoilt_cases(run):
        method(case.ref, case.mov, case.search, case.truth_flow is not None)
        found = method.matches()
        off = found.ref_xy - case.truth(found.mov_xy)
        confidence.append(found.confidence)
        # A reference of another place has no right match, however near it lies.
        related = run.control in ("none", "parity")
        right.append((np.linalg.norm(off, axis=1) < RIGHT_PX) & related)
    return np.concatenate(confidence), np.concatenate(right)


def bins(confidence: np.ndarray, right: np.ndarray) -> list[list[str]]:
    """Return the rows of the table, empty bins left out."""
    rows = []
    for low, inside in _binned(confidence):
        said, share = confidence[inside].mean(), right[inside].mean()
        cells = [f"{low:.1f} to {low + 0.1:.1f}", str(int(inside.sum()))]
        rows.append([*cells, f"{said:.2f}", f"{share:.2f}", f"{share - said:+.2f}"])
    return rows


def largest_gap(confidence: np.ndarray, right: np.ndarray) -> float:
    """Return the largest gap between confidence and share; NaN without full bins."""
    gaps = [
        abs(float(right[inside].mean() - confidence[inside].mean()))
        for _, inside in _binned(confidence)
        if inside.sum() >= LEAST_MATCHES
    ]
    return max(gaps, default=float("nan"))


def _binned(confidence: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """Return the lower bound and the members of each bin that has any."""
    number = np.minimum((confidence * 10).astype(int), 9)
    members = [(k / 10, number == k) for k in range(10)]
    return [(low, inside) for low, inside in members if inside.any()]


def report(name: str, confidence: np.ndarray, right: np.ndarray) -> str:
    """Return the table of a matcher and the sentence below it."""
    gap = largest_gap(confidence, right)
    text = "no bin has that many"
    if np.isfinite(gap):
        text = f"{gap:.3f} (goal: {GOAL:g})"
    foot = f"Largest gap of bins with at least {LEAST_MATCHES} matches: {text}."
    return f"{name}\n\n{markdown_table(HEADER, bins(confidence, right))}\n\n{foot}\n"


def tables(
    method: str, sets: Sequence[str], protocol: str, control: str, limit: int
) -> list[str]:
    """Return the table of every set and, of several, of all; raises SomaError."""
    found = []
    for name in sets:
        found.append(measure(Run(name, protocol, method, control, limit)))
        sys.stderr.write(f"{method}, {name}: {len(found[-1][0])} matches\n")
    title = f"{method}, {protocol}" + (f" ({control})" if control != "none" else "")
    parts = zip(sets, found, strict=True)
    texts = [report(f"{title}, {name}", *values) for name, values in parts]
    if len(found) > 1:
        together = (np.concatenate(values) for values in zip(*found, strict=True))
        texts.append(report(f"{title}, all", *together))
    return texts


def main() -> int:
    """Print the tables of every method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", nargs="+", default=["gradient", "soma"])
    parser.add_argument("--set", nargs="+", default=list(VALIDATION), dest="sets")
    parser.add_argument("--protocol", default="near256", choices=list(PROTOCOLS))
    parser.add_argument("--control", default="none", choices=get_args(store.Control))
    parser.add_argument("--limit", type=int, default=0, help="pairs per set")
    args = parser.parse_args()
    cv2.setNumThreads(THREADS)
    for method in args.method:
        found = tables(method, args.sets, args.protocol, args.control, args.limit)
        print("\n".join(found), flush=True)
    return 0


if __name__ == "__main__":
    run_command(main)
