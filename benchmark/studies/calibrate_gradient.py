"""What do a placement and a match of the ``gradient`` matcher have to show?

    python -m soma.benchmark.studies.calibrate_gradient [--limit N]

Pairs of the training places and of simulated scenes, with their partners and with
others: windows under the benchmark's protocols, and those of
``benchmark/data/unrelated.py``. A logistic fit weighs the opinions on a placement,
another the features of a match; what repeats itself is left to the lead. The tables
show how each source of pairs fares under fits to the others: what is accepted of
unrelated pairs and missed of those that were placed right, and which share of matches
is right that are said to be.

Answer: ``ALONE`` in ``core/matching/gradient/distinctness.py``, ``COEFFICIENTS`` in
``core/matching/gradient/confidence.py``; how well they hold on other places,
``acceptance`` and ``reliability`` tell.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import product
from typing import Iterator, Sequence

import numpy as np

from ...core.base.grid import apply_affine
from ...core.base.types import Search, TilePair
from ...core.estimation.acceptance import ACCEPTANCE
from ...core.matching.gradient.confidence import (
    fit_logistic,
    probability,
    with_clearness,
)
from ...core.matching.gradient.distinctness import (
    HALF_CLEAR,
    LEADS_ALONE,
    STRONG_ALONE,
    combined_clearness,
    opinions,
)
from ...core.matching.gradient.matcher import GradientMatcher
from ..data import pools, unrelated
from ..data.protocols import Case, cases
from ..data.tiles import as_tile
from ..stages.command import run_command
from ..stages.tables import markdown_table

#: Sets and protocols that stand for what the matcher meets; all of ``val`` stays out.
PROTOCOLS = ("near256", "click128")
#: Sizes and seeds of the pairs of ``unrelated.draw``: true ones, of other places, and
#: of any other kind, out of 70 under a protocol.
SIZES_PX, FIRST_SEED = (96, 128, 192, 256), 20_000
SHARES = {unrelated.TRUE: 20 / 70, "other place": 14 / 70, "": 2 / 70}
#: Sizes and kinds of pairs of simulated scenes alone, as many as under a protocol.
MADE_PX, MADE_KINDS = (128, 256), (unrelated.TRUE, "other place")
#: Kinds that agree everywhere, and are told by their rivals alone.
REPEATING = ("fields", "grid", "tiles", "graticule")
#: Matches and placements nearer than this to the truth are right, px.
TRUE_PX = 3.0
#: Logit of being related that the product asks for: 3 of 1000 unrelated pairs have it,
#: and these have 1.5 and more.
ASKED = 0.2
#: The clearness at which the product begins to believe.
LIMIT = HALF_CLEAR * ACCEPTANCE.least_distinctness / (1 - ACCEPTANCE.least_distinctness)


@dataclass(frozen=True)
class Sample:
    """What one pair gave.

    Args:
        source: where the images come from; fits to others judge it.
        opinions: on the placement.
        features: (n, 4) of its matches, shapes of peaks.
        true: (n,) bool, which of them are right.
        right: whether the placement is.
        unrelated: whether the pair shows different places.
        repeats: whether it is of a kind that repeats itself.
    """

    source: str
    opinions: tuple[float, ...]
    features: np.ndarray
    true: np.ndarray
    right: bool
    unrelated: bool
    repeats: bool = False


def sample(
    matcher: GradientMatcher, pair: unrelated.Pair, source: str, kind: str
) -> Sample | None:
    """Return what a pair gives, None where it has no structure."""
    tiles = TilePair(as_tile(pair.ref, "optical"), as_tile(pair.mov, "sar"))
    tiles, seen = matcher.examine_ground(tiles, pair.search)
    if seen is None:
        return None
    true, right = np.zeros(len(seen.mov_xy), bool), False
    if kind == unrelated.TRUE and pair.case is not None:
        off = pair.case.truth(seen.mov_xy) - seen.ref_xy
        true = np.hypot(*off.T) < TRUE_PX
        height, width = tiles.mov.pixels.shape
        corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], float)
        off = apply_affine(seen.mov_to_ref, corners) - pair.case.truth(corners)
        right = bool(np.sqrt((off**2).sum(axis=1).mean()) < TRUE_PX)
    known = opinions(tiles, seen)
    other = kind != unrelated.TRUE
    return Sample(source, known, seen.features, true, right, other, kind in REPEATING)


def pairs(limit: int) -> Iterator[tuple[unrelated.Pair, str, str]]:
    """Yield pairs with their source and kind."""
    for name in pools.SMALL["tuning"]:
        place = name.split(":")[1].split("_")[0]  # dates of one place are one source
        for protocol in PROTOCOLS:
            found = list(cases(name, protocol, limit, seed=1))
            for case, other in zip(found, _of_other_places(found), strict=True):
                yield _paired(case, case, case.search), place, unrelated.TRUE
                yield _paired(case, other, case.search), place, "other place"
    made = range(FIRST_SEED - limit, FIRST_SEED)
    for size in MADE_PX:
        for kind, seed in product(MADE_KINDS, made):
            pair = unrelated.draw("tuning", kind, size, "near", seed, "own")
            if pair is not None:
                yield pair, "simulated", kind
    kinds = (unrelated.TRUE, *unrelated.UNRELATED)
    for index, (search, size, kind) in enumerate(
        product(("near", "any"), SIZES_PX, kinds)
    ):
        count = max(round(SHARES.get(kind, SHARES[""]) * limit), 1)
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            pair = unrelated.draw("tuning", kind, size, search, seed)
            if pair is not None:
                yield pair, f"drawn {(index + seed) % 3}", kind


def _paired(case: Case, other: Case, search: Search) -> unrelated.Pair:
    truth = case if other is case else None
    return unrelated.Pair(case.name, other.ref, case.mov, search, truth)


def _of_other_places(found: Sequence[Case]) -> list[Case]:
    """Return for every case one half the list further that shows another place."""
    half = len(found) // 2
    out = []
    for index, case in enumerate(found):
        order = [*found[index + half :], *found[: index + half]]
        out.append(next(other for other in order if not case.overlaps(other)))
    return out


def weights_of(samples: Sequence[Sample]) -> np.ndarray:
    """Return weights of opinions and a constant, on the scale of the product.

    Unrelated pairs deviate by 1, and its limit lies where it is asked for.
    """
    used = [s for s in samples if (s.right or s.unrelated) and not s.repeats]
    found = np.array([s.opinions for s in used])
    beta = fit_logistic(found, np.array([s.right for s in used], float))
    other = np.array([s.unrelated for s in used])
    scale = 1.0 / float((found[other] @ beta[:-1]).std())
    return np.append(scale * beta[:-1], LIMIT + scale * (beta[-1] - ASKED))


def clear_of(samples: Sequence[Sample], weights: np.ndarray) -> np.ndarray:
    """Return (n,) by how many deviations the pairs' placements stand out."""
    found = np.array([s.opinions for s in samples])
    return combined_clearness(found, weights, LEADS_ALONE, STRONG_ALONE)


def features_of(samples: Sequence[Sample], clear: np.ndarray) -> np.ndarray:
    """Return (m, 6) features of all matches of some pairs."""
    each = zip(samples, clear, strict=True)
    return np.concatenate([with_clearness(s.features, float(c)) for s, c in each])


def judged(samples: Sequence[Sample]) -> tuple[np.ndarray, np.ndarray]:
    """Return clearness by pair and probability by match, under fits to the others."""
    clear = np.zeros(len(samples))
    chances: list[np.ndarray] = [np.zeros(0)] * len(samples)
    for source in sorted({s.source for s in samples}):
        others = [s for s in samples if s.source != source]
        weights = weights_of(others)
        features = features_of(others, clear_of(others, weights))
        beta = fit_logistic(features, np.concatenate([s.true for s in others]))
        for index, one in enumerate(samples):
            if one.source == source:
                clear[index] = clear_of([one], weights)[0]
                own = with_clearness(one.features, float(clear[index]))
                chances[index] = probability(own, beta)
    return clear, np.concatenate(chances)


def main() -> None:
    """Print weights and coefficients, and the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=70, help="pairs per set")
    limit = parser.parse_args().limit
    matcher = GradientMatcher(threads=2)
    known = (sample(matcher, *item) for item in pairs(limit))
    samples = [one for one in known if one is not None]
    weights = weights_of(samples)
    features = features_of(samples, clear_of(samples, weights))
    true = np.concatenate([s.true for s in samples])
    print("ALONE:", weights.round(3).tolist())
    print("COEFFICIENTS:", fit_logistic(features, true).round(3).tolist())
    clear, chance = judged(samples)
    above = clear >= LIMIT
    rows = []
    for source in sorted({s.source for s in samples}):
        here = np.array([s.source == source for s in samples])
        right, other = (
            here & np.array([getattr(s, name) for s in samples])
            for name in ("right", "unrelated")
        )
        counts = (other, other & above, right, right & ~above)
        rows.append([source, *(str(int(which.sum())) for which in counts)])
    header = ("source", "unrelated", "accepted", "placed right", "missed")
    print(markdown_table(header, rows))
    bins = []
    for low in np.arange(0, 1, 0.1):
        inside = (chance >= low) & (chance < low + 0.1)
        if inside.any():
            said, share = chance[inside].mean(), true[inside].mean()
            bins.append([f"{said:.2f}", f"{share:.2f}", str(inside.sum())])
    print(markdown_table(("said", "right", "matches"), bins))


if __name__ == "__main__":
    run_command(main)
