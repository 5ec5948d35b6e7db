"""When may the gradients' answer stand, and when is the network to be asked?

    python -m soma.benchmark.studies.cascade simulated/near/16 sen12/near256/24

Both models answer further draws (``--seed``) of tables of the benchmark, given as
set/protocol/pairs; every rule, a least distinctness and a least share of agreeing
matches, is then applied to what was found. Prints for each table and rule how many
pairs lie below 1 and 2 px, how many are refused and what a pair costs, beside both
models by themselves.

Answer: with ``SURE`` of ``core.pipeline.cascade`` both together have at least as many
pairs below 2 px as the better of the two and as few refusals; stricter rules gain
nothing and cost more, laxer ones lose pairs of small windows.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from typing import Sequence

import numpy as np

from ...core.base.types import TileMatch
from ...core.pipeline.cascade import SURE, better, is_sure
from ..data.protocols import Case, cases
from ..methods.product import Product
from ..stages.command import run_command
from ..stages.score import errors_px
from ..stages.tables import markdown_table

#: Least distinctness and least share of agreeing matches that are compared.
RULES = ((0.65, 0.95), (0.72, 0.9), (SURE.distinctness, SURE.agreeing), (0.77, 0.95))
HEADER = ("table", "rule", "< 1 px", "< 2 px", "refused", "sure", "CPU s")


@dataclass(frozen=True)
class Answer:
    """What one model made of one pair: error in px, inf if refused, and its cost."""

    error_px: float
    tile: TileMatch | None
    cpu_s: float


def answer(method: Product, case: Case) -> Answer:
    """Return what a model answers."""
    begin = time.process_time()
    dense = case.truth_flow is not None
    found = method(case.ref, case.mov, case.search, dense)
    cpu_s = time.process_time() - begin
    return Answer(errors_px(case, found)[0], method.first_tile(), cpu_s)


def under_rule(both: tuple[Answer, Answer], rule: tuple[float, float]) -> Answer:
    """Return what both models together answer under a rule."""
    first, second = both
    params = replace(SURE, distinctness=rule[0], agreeing=rule[1])
    if first.tile is not None and is_sure(first.tile, params=params):
        return first
    taken = second
    if first.tile is not None and second.tile is not None:
        taken = first if better(first.tile, second.tile) is first.tile else second
    return replace(taken, cpu_s=first.cpu_s + second.cpu_s)


def row(table: str, rule: str, answers: Sequence[Answer], sure: int) -> list[str]:
    """Return the cells of one rule."""
    errors = np.array([one.error_px for one in answers])
    cpu_s = np.mean([one.cpu_s for one in answers])
    counts = [(errors < 1).sum(), (errors < 2).sum(), np.isinf(errors).sum(), sure]
    return [table, rule, *map(str, counts), f"{cpu_s:.2f}"]


def rows_of(table: str, found: Sequence[tuple[Answer, Answer]]) -> list[list[str]]:
    """Return all rows of one table."""
    rows = [
        row(table, name, [both[index] for both in found], 0)
        for index, name in enumerate(("gradient", "soma"))
    ]
    for rule in RULES:
        taken = [under_rule(both, rule) for both in found]
        sure = sum(one is both[0] for one, both in zip(taken, found, strict=True))
        rows.append(row(table, "{:g} {:g}".format(*rule), taken, sure))
    return rows


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", nargs="+", help="set/protocol/pairs")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    methods = Product("gradient"), Product("soma")
    rows = []
    for table in args.table:
        set_name, protocol, count = table.split("/")
        found = [
            (answer(methods[0], case), answer(methods[1], case))
            for case in cases(set_name, protocol, int(count), args.seed)
        ]
        rows += rows_of(table, found)
        sys.stderr.write(f"{table}\n")
    print(markdown_table(HEADER, rows))
    return 0


if __name__ == "__main__":
    run_command(main)
