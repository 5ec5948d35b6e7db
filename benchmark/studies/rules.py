"""Which rules of refusal ever decide alone?

    python -m soma.benchmark.studies.rules --method gradient

Pairs of ``benchmark/data/unrelated.py``, drawn from stored seeds, run through the
method with no rule in force, and every rule of ``core/estimation/acceptance.py`` is
asked of what came out: of the placement of the whole (single windows have no more) and
of the fit to tiles. A transform that is further off than 3 px, and any of an unrelated
pair, is wrong and to be refused; a rule decides alone where no other one would refuse.
What ends without a transform (no matches, a fold) is counted apart. The product itself
seeks a placement at finer levels, and a simpler kind, after some of these refusals;
here it does not come to that.

The sums below the table name the rules without which as many wrong transforms are
refused, taken away one after the other, that which refuses least first; once more
without ``distinct``, which not every matcher tells.

Answer: ``distinct`` is the only rule that refuses a wrong transform alone. With one
seed of ``tuning`` each: ``gradient``, 444 single windows, 27 of 33 wrong, 11 alone;
109 tiled pairs of 768 and 1024 px, 10 of 10, 1 alone; ``soma``, 36 windows of 128 and
192 px of nine kinds, 10 of 11, 8 alone. A least number of places, one for each kind of
transform, refused 2 right ones alone and is gone; that chance would do as well, and a
rival, never decided alone and stay for matchers that tell no distinctness.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from typing import Callable, Iterator, Sequence
from unittest import mock

from ...core.base.errors import Refused
from ...core.estimation import acceptance
from ..data import unrelated
from ..methods.product import Product
from ..stages.command import run_command
from ..stages.score import errors_px
from ..stages.tables import markdown_table
from .acceptance import RIGHT_PX, arguments, pairs

#: The rule that is asked of a matcher rather than of a fit.
DISTINCT = "distinct"
RULES = (DISTINCT, *acceptance.RULES)
HEADER = (
    "rule", "refuses wrong ones", "of these alone", "refuses right ones",
    "of these alone",
)  # fmt: skip
#: What the rules refuse of some pairs: for each set of rules the number of pairs.
Tally = Counter[frozenset[str]]


@contextmanager
def no_rule(broken: set[str]) -> Iterator[None]:
    """Let no rule refuse, and note in ``broken`` those that would have."""

    def noting(name: str, rule: Callable) -> Callable:
        def note(claim: acceptance.Claim) -> None:
            try:
                rule(claim)
            except Refused:
                broken.add(name)

        return note

    rules = {name: noting(name, rule) for name, rule in acceptance.RULES.items()}
    any_placement = replace(acceptance.ACCEPTANCE, least_distinctness=-1.0)
    with (
        mock.patch.object(acceptance, "RULES", rules),
        mock.patch.object(acceptance, "ACCEPTANCE", any_placement),
    ):
        yield


def look(method: Product, pair: unrelated.Pair) -> tuple[frozenset[str], bool] | None:
    """Return the rules that refuse a pair and whether its transform is right.

    None where there is no transform to be judged.
    """
    broken: set[str] = set()
    with no_rule(broken):
        found = method(pair.ref, pair.mov, pair.search, False)
    if found.status == "refused":
        return None
    if method.distinctness < acceptance.ACCEPTANCE.least_distinctness:
        broken.add(DISTINCT)
    right = pair.case is not None and errors_px(pair.case, found)[0] < RIGHT_PX
    return frozenset(broken), right


def refused(tally: Tally, rules: Sequence[str]) -> int:
    """Return how many pairs some rules refuse together."""
    return sum(n for broken, n in tally.items() if broken & set(rules))


def rows(wrong: Tally, right: Tally) -> list[list[str]]:
    """Return what each rule refuses, and what it alone does."""
    return [
        [
            rule,
            *(
                str(number)
                for tally in (wrong, right)
                for number in (refused(tally, (rule,)), tally[frozenset({rule})])
            ),
        ]
        for rule in RULES
    ]


def idle(wrong: Tally, rules: Sequence[str] = RULES) -> list[str]:
    """Return those of some rules without which as many wrong pairs are refused."""
    kept, gone = list(rules), []
    for rule in sorted(rules, key=lambda rule: refused(wrong, (rule,))):
        rest = [other for other in kept if other != rule]
        if refused(wrong, rest) == refused(wrong, rules):
            kept, gone = rest, [*gone, rule]
    return gone


def sums(wrong: Tally, right: Tally, unfit: int) -> Iterator[str]:
    """Yield what all rules refuse, and which of them could go."""
    yield (
        f"{wrong.total()} wrong and {right.total()} right transforms,"
        f" {unfit} pairs without any."
    )
    for rules in (RULES, RULES[1:]):
        yield (
            f"{', '.join(rules)}: refuse {refused(wrong, rules)} wrong and"
            f" {refused(right, rules)} right ones; as many wrong ones without:"
            f" {', '.join(idle(wrong, rules)) or 'none'}."
        )


def main() -> int:
    """Print the table."""
    args = arguments(__doc__.splitlines()[0], "tuning", 9000)
    method = Product(args.method)
    wrong, right, unfit = Tally(), Tally(), 0
    for search, size in product(args.search, args.size):
        for _, pair in pairs(args, search, size):
            seen = look(method, pair)
            if seen is None:
                unfit += 1
            else:
                (right if seen[1] else wrong)[seen[0]] += 1
        totals = wrong.total(), right.total(), unfit
        sys.stderr.write(f"{search} {size}: {totals}\n")
    print(markdown_table(HEADER, rows(wrong, right)))
    print("\n".join(sums(wrong, right, unfit)))
    return 0


if __name__ == "__main__":
    run_command(main)
