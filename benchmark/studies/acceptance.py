"""Are unrelated pairs refused, and true ones not?

    python -m soma.benchmark.studies.acceptance --pool held --method gradient --seeds 4

Pairs of ``benchmark/data/unrelated.py``, drawn from stored seeds, through the product
with its own ranges. An unrelated pair counts when an answer is given; a true pair of a
pool counts where the matcher's own placement is right, and is missed when no answer is
given. With ``--pool tuning`` the places are those that thresholds were set on.

Answer: in the README, below its table; 1 is returned when unrelated pairs are accepted.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from typing import Iterator, get_args

import numpy as np

from ..data import unrelated
from ..methods import registry
from ..methods.estimate import Estimate
from ..stages.command import run_command
from ..stages.score import errors_px
from ..stages.tables import markdown_table

#: Answers and placements nearer than this (RMS) are right.
RIGHT_PX = 3.0
HEADER = ("search", "size px", "unrelated", "accepted", "placed right", "refused")


@dataclass
class Counts:
    """What became of the pairs of one size and search."""

    numbers: Counter = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)

    def cells(self) -> list[str]:
        """Return the numbers of one row."""
        n = self.numbers
        missed = n["missed"] / n["right"] if n["right"] else float("nan")
        return [
            str(n["unrelated"]),
            str(n["accepted"]),
            str(n["right"]),
            f"{n['missed']} ({missed:.1%})" if n["right"] else "",
        ]


def count(counts: Counts, pair: unrelated.Pair, kind: str, found: Estimate) -> None:
    """Add one pair to the counts of its size and search."""
    answered = found.status != "refused"
    error = placed = float("inf")
    if pair.case is not None:
        error = errors_px(pair.case, found)[0]
        own = found.figures.get("unjudged_mov_to_ref")
        if own is not None:
            placed = errors_px(pair.case, Estimate(np.array(own)))[0]
    if kind == unrelated.TRUE:
        right = placed < RIGHT_PX
        counts.numbers.update(right=int(right), missed=int(right and not answered))
        return
    wrong = answered and not error < RIGHT_PX
    counts.numbers.update(unrelated=1, accepted=int(wrong))
    if wrong:
        counts.names.append(pair.name)


def arguments(question: str, pool: str, first: int) -> argparse.Namespace:
    """Return the method and the pairs that a command asks for."""
    parser = argparse.ArgumentParser(description=question)
    parser.add_argument("--pool", default=pool, choices=("tuning", "held"))
    parser.add_argument("--method", default="gradient")
    parser.add_argument("--seeds", type=int, default=4, help="pairs per kind")
    parser.add_argument("--first", type=int, default=first, help="first seed")
    parser.add_argument("--size", type=int, nargs="+", default=unrelated.SIZES_PX)
    searches = get_args(unrelated.SearchName)
    parser.add_argument("--search", nargs="+", default=searches, choices=searches)
    kinds = (*unrelated.UNRELATED, *unrelated.COVERED, unrelated.TRUE)
    parser.add_argument("--kind", nargs="+", default=kinds, choices=kinds)
    return parser.parse_args()


def pairs(
    args: argparse.Namespace, search: unrelated.SearchName, size: int
) -> Iterator[tuple[str, unrelated.Pair]]:
    """Yield the kind and the pair of all that ``arguments`` asks for."""
    for kind in args.kind:
        # True pairs are rarer than the many kinds of unrelated ones.
        times = args.seeds * (10 if kind == unrelated.TRUE else 1)
        for seed in range(args.first, args.first + times):
            pair = unrelated.draw(args.pool, kind, size, search, seed)
            if pair is not None:
                yield kind, pair


def main() -> int:
    """Print the table and every accepted pair; 0 when there is none."""
    args = arguments(__doc__.splitlines()[0], "held", 5000)
    method = registry.load(args.method)
    rows, names = [], []
    for search, size in product(args.search, args.size):
        counts = Counts()
        for kind, pair in pairs(args, search, size):
            found = method(pair.ref, pair.mov, pair.search, False)
            count(counts, pair, kind, found)
        rows.append([search, str(size), *counts.cells()])
        names += counts.names
        sys.stderr.write(" ".join(rows[-1]) + "\n")
    print(markdown_table(HEADER, rows))
    print("\n".join(names))
    return int(bool(names))


if __name__ == "__main__":
    run_command(main)
