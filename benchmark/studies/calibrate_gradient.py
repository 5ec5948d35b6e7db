"""How likely is a match of the ``gradient`` matcher right?

    python -m soma.benchmark.studies.calibrate_gradient [--limit N]

Every training pair is matched once with its partner and once with that of another
pair, whose matches all count as false, and a logistic fit weighs the features.

Answer: ``COEFFICIENTS`` in ``core/matching/gradient/confidence.py``; how well they hold
on other places, ``reliability`` tells.
"""

from __future__ import annotations

import argparse
from typing import Iterator

import numpy as np

from ...core.base.types import TilePair
from ...core.matching.gradient.confidence import fit_logistic, with_clearness
from ...core.matching.gradient.distinctness import clearness
from ...core.matching.gradient.matcher import GradientMatcher
from ..data.protocols import Case, cases
from ..data.tiles import as_tile

#: Sets and protocols that stand for what the matcher meets; "delhi" and all of
#: ``val`` stay out.
SOURCES = ("train:ombria", "train:ombria_cross", "train:volkov_LA_refined")
PROTOCOLS = ("near256", "osrnet", "click128")
TRUE_PX = 3.0


def samples(source: str, protocol: str, limit: int) -> Iterator[tuple]:
    """Yield (features (n, f), true (n,) bool, clearness, related) per pair."""
    matcher = GradientMatcher(threads=2)
    found = list(cases(source, protocol, limit, seed=1))
    for index, case in enumerate(found):
        other = found[(index + len(found) // 2) % len(found)]
        for mov in (case, other):
            pair = TilePair(as_tile(case.ref, "optical"), as_tile(mov.mov, "sar"))
            seen = matcher.examine(pair, case.search)
            if seen is None:
                continue
            related, clear = mov is case, clearness(pair, seen)
            yield (
                with_clearness(seen.features, clear),
                related & _true(case, seen.mov_xy, seen.ref_xy),
                clear,
                related,
            )


def _true(case: Case, mov_xy: np.ndarray, ref_xy: np.ndarray) -> np.ndarray:
    return np.linalg.norm(case.truth(mov_xy) - ref_xy, axis=1) < TRUE_PX


def main() -> None:
    """Print coefficients, a reliability table and how far pairs stand out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=60, help="pairs per set")
    limit = parser.parse_args().limit
    rows = [row for s in SOURCES for p in PROTOCOLS for row in samples(s, p, limit)]
    features = np.concatenate([row[0] for row in rows])
    true = np.concatenate([row[1] for row in rows])
    beta = fit_logistic(features, true)
    print("coefficients:", np.array2string(beta, precision=3, separator=", "))
    p = 1.0 / (1.0 + np.exp(-features @ beta[:-1] - beta[-1]))
    print("| said | found | matches |\n|---|---|---|")
    for low in np.arange(0, 1, 0.1):
        inside = (p >= low) & (p < low + 0.1)
        if inside.any():
            said, found = p[inside].mean(), true[inside].mean()
            print(f"| {said:.2f} | {found:.2f} | {inside.sum()} |")
    for related in (True, False):
        clear = [row[2] for row in rows if row[3] is related]
        levels = np.percentile(clear, [1, 5, 10, 50, 90, 95, 99, 100])
        print(f"clearness, related={related}, n={len(clear)}:", levels.round(2))


if __name__ == "__main__":
    main()
