"""When may the gradients' answer stand, and when is the network to be asked?

    python -m soma.benchmark.studies.cascade simulated/near/16 sen12/near256/24

Gradients, the network, and a cascade that asks it about every pair answer further draws
(``--seed``) of tables of the benchmark, given as set/protocol/pairs; every rule, a
least distinctness and a least share of matches that agree within so many px, is then
applied to what was found. Prints for each table and rule how many pairs lie below 1 and
2 px, how many are refused and what a pair costs, beside both models by themselves.
``--pairs`` tells of every pair what they answered and how sure the gradients were.

Answer: with ``SURE`` of ``core.pipeline.cascade`` both together have at least as many
pairs below 2 px as the better of the two and as few refusals; stricter rules gain
nothing and cost more, laxer ones lose pairs of small windows.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Sequence

import numpy as np

from ...core.base.job import Job
from ...core.base.types import TileMatch
from ...core.matching.gradient import GradientMatcher
from ...core.matching.protocol import Matcher
from ...core.pipeline.cascade import SURE, Cascade, SureParams, agreeing, is_sure
from ...models.registry import load_matcher
from ..data.protocols import Case, cases
from ..methods.product import Product
from ..stages.command import run_command
from ..stages.score import errors_px
from ..stages.tables import markdown_table

#: What is compared.
RULES = tuple(
    replace(SURE, distinctness=distinctness, agreeing=share, agree_px=agree_px)
    for distinctness, share, agree_px in (
        (0.65, 0.95, 1.0),
        (0.72, 0.9, 1.0),
        (SURE.distinctness, SURE.agreeing, SURE.agree_px),
        (0.77, 0.95, 1.0),
        (0.72, 0.98, 1.0),
        (0.72, 0.9, 0.75),
        (0.72, 0.8, 0.5),
    )
)
#: No pair stands out so far.
NEVER = replace(SURE, distinctness=np.inf)
NETWORK = "soma"
HEADER = ("table", "rule", "< 1 px", "< 2 px", "refused", "sure", "CPU s")
OF_PAIRS = (
    "pair",
    "gradient px",
    "soma px",
    "asked px",
    "distinct",
    "agreeing",
    "sure",
)


@dataclass(frozen=True)
class Answer:
    """What one model made of one pair: error in px, inf if refused, and its cost."""

    error_px: float
    tile: TileMatch | None
    cpu_s: float


@dataclass(frozen=True)
class Answers:
    """Those about one pair: each model's, and that of a cascade that always asks."""

    name: str
    gradient: Answer
    network: Answer
    asked: Answer

    def under(self, rule: SureParams) -> Answer:
        """Return what the cascade answers under a rule."""
        return self.gradient if self.sure(rule) else self.asked

    def sure(self, rule: SureParams) -> bool:
        """Return whether the gradients' answer stands under a rule."""
        tile = self.gradient.tile
        return tile is not None and is_sure(tile, params=rule)


def always_asking(job: Job) -> Matcher:
    """Return the cascade of ``auto`` with gradients that are sure of nothing."""
    load = partial(load_matcher, NETWORK, job.device, "", job.threads)
    return Cascade(GradientMatcher(job.threads), load, NETWORK, NEVER)


def answer(method: Product, case: Case) -> Answer:
    """Return what a model answers."""
    begin = time.process_time()
    dense = case.truth_flow is not None
    found = method(case.ref, case.mov, case.search, dense)
    cpu_s = time.process_time() - begin
    return Answer(errors_px(case, found)[0], method.first_tile(), cpu_s)


def row(table: str, rule: str, answers: Sequence[Answer], sure: int) -> list[str]:
    """Return the cells of one rule."""
    errors = np.array([one.error_px for one in answers])
    cpu_s = np.mean([one.cpu_s for one in answers])
    counts = [(errors < 1).sum(), (errors < 2).sum(), np.isinf(errors).sum(), sure]
    return [table, rule, *map(str, counts), f"{cpu_s:.2f}"]


def rows_of(table: str, found: Sequence[Answers]) -> list[list[str]]:
    """Return all rows of one table."""
    rows = [
        row(table, "gradient", [one.gradient for one in found], 0),
        row(table, NETWORK, [one.network for one in found], 0),
    ]
    for rule in RULES:
        name = f"{rule.distinctness:g} {rule.agreeing:g} {rule.agree_px:g} px"
        sure = sum(one.sure(rule) for one in found)
        rows.append(row(table, name, [one.under(rule) for one in found], sure))
    return rows


def row_of_pair(one: Answers) -> list[str]:
    """Return the cells of one pair."""
    tile = one.gradient.tile
    told = ["", ""]
    if tile is not None and len(tile.matches) and tile.mov_to_ref is not None:
        share = agreeing(tile, SURE.agree_px)
        told = [f"{tile.distinctness:.2f}", f"{share:.2f}"]
    errors = (a.error_px for a in (one.gradient, one.network, one.asked))
    sure = "yes" if one.sure(SURE) else "no"
    return [one.name, *(f"{error:.2f}" for error in errors), *told, sure]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", nargs="+", help="set/protocol/pairs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", action="store_true", help="tell of every pair")
    args = parser.parse_args()
    methods = Product("gradient"), Product(NETWORK), Product("auto", "", always_asking)
    rows, pairs = [], []
    for table in args.table:
        set_name, protocol, count = table.split("/")
        found = [
            Answers(case.name, *(answer(method, case) for method in methods))
            for case in cases(set_name, protocol, int(count), args.seed)
        ]
        rows += rows_of(table, found)
        pairs += [row_of_pair(one) for one in found]
        sys.stderr.write(f"{table}\n")
    print(markdown_table(HEADER, rows))
    if args.pairs:
        print(markdown_table(OF_PAIRS, pairs))
    return 0


if __name__ == "__main__":
    run_command(main)
