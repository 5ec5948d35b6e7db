"""How well are related images told from unrelated ones, on places not trained on?

    python -m soma.benchmark.studies.unrelated --data runs/pack

Crops of held-out training places, each with its partner and with another place's, as
both matchers see them: what each opinion on the best placement says, and whether it is
right. A logistic fit weighs the opinions; each source of images is judged by a fit to
the others. The tables show how far the highest of the unrelated crops lies above their
mean, in deviations, and which share of the crops that were placed right stays below the
limit, for the fit and for what is committed. Below them stand the fits to all sources,
on the scale of the product.

Answer: ``JOINT`` in ``core/matching/gradient/distinctness.py``; what it misses is in
``training/LOG.md``, "Strength as an opinion".
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from ...core.base.grid import apply_affine
from ...core.base.types import Search, TilePair
from ...core.matching.gradient.confidence import fit_logistic
from ...core.matching.gradient.distinctness import (
    ALONE,
    JOINT,
    LEADS_ALONE,
    LEADS_JOINT,
    STRONG_ALONE,
    combined_clearness,
    opinions,
)
from ...core.matching.gradient.inspection import Inspection, Standing
from ...core.matching.gradient.matcher import GradientMatcher
from ...core.matching.structure import is_flat
from ...models.matcher.predictor import SomaMatcher
from ...models.registry import load_matcher
from ...training.augment import Ranges
from ...training.data import Mix, PairSampler, tile_pair
from ...training.pairs import Pair, load_pack, split_by_place
from ..data.protocols import PROTOCOLS, Protocol
from ..stages.command import run_command
from ..stages.tables import markdown_table
from .calibrate_gradient import LIMIT

#: The protocols whose windows fit into training images, and their sides in px.
SIZES = (("click128", 128), ("near256", 192))
#: Placements nearer than this are right.
RIGHT_PX = 3.0
#: Deviations above the mean of unrelated crops that the product asks for, and the
#: mean: about by how much the best placement leads the next one among them.
ASKED, MEAN = 3.25, 0.3
HEADER = (
    "matcher", "weights", "side px", "unrelated", "highest, in deviations",
    "above the limit", "placed right", "missed",
)  # fmt: skip

#: What one matcher knows of a pair; nothing where it sees no structure.
Examine = Callable[[TilePair, Search], tuple[Inspection, Standing | None] | None]


def by_gradient(threads: int) -> Examine:
    """Return the view of ``gradient``."""
    matcher = GradientMatcher(threads)

    def examine(pair: TilePair, search: Search) -> tuple[Inspection, None] | None:
        seen = matcher.examine(pair, search)
        return None if seen is None else (seen, None)

    return examine


def by_network(matcher: SomaMatcher) -> Examine:
    """Return the view of a network."""

    def examine(pair: TilePair, search: Search) -> tuple[Inspection, Standing] | None:
        if is_flat(pair):
            return None
        with torch.inference_mode():
            evidence = matcher.examine([pair], search)[0]
        return None if evidence is None else (evidence.gradient, evidence.standing)

    return examine


def measure(
    examine: Examine, pairs: Sequence[Pair], protocol: Protocol, size: int, n: int
) -> np.ndarray:
    """Return (m, k + 2): k opinions, whether unrelated, and the error in px."""
    ranges = Ranges(
        rotation_deg=protocol.rotation_deg, scale=protocol.scale, aniso=1.0,
        shift_share=protocol.shift_px / size, shear_deg=0.0, warp_chance=0.0,
        zoom=(0.95, 1.05),
    )  # fmt: skip
    places = sorted({pair.place for pair in pairs})
    # The moving image of one half of the places, and the other half's references.
    here = set(places[::2])
    own_places, others = (
        PairSampler(
            [p for p in pairs if (p.place in here) == own], ranges, Mix(0, 0, 0), 31
        )
        for own in (True, False)
    )
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], float)
    rows = []
    for index in range(n):
        sample = own_places.batch(index, 1, size)
        truth = apply_affine(sample.motion[0].double().numpy(), corners)
        # The same number, so that the same modality moves.
        other, own = tile_pair(others.batch(index, 1, size)), tile_pair(sample)
        for unrelated, pair in enumerate((own, TilePair(other.ref, own.mov))):
            known = examine(pair, protocol.search)
            if known is None:
                continue
            off = apply_affine(known[0].mov_to_ref, corners) - truth
            rmse = float(np.sqrt((off**2).sum(axis=1).mean()))
            rows.append((*opinions(pair, *known), float(unrelated), rmse))
    return np.array(rows)


def is_right(found: np.ndarray) -> np.ndarray:
    """Return which rows are of related crops that were placed right."""
    return (found[:, -2] == 0) & (found[:, -1] < RIGHT_PX)


def fitted(found: np.ndarray) -> np.ndarray:
    """Return the weights of opinions and a constant, on the scale of the product."""
    right, unrelated = is_right(found), found[:, -2] > 0
    use = right | unrelated
    weights = fit_logistic(found[use, :-2], right[use].astype(float))[:-1]
    total = found[unrelated, :-2] @ weights
    scale = (LIMIT - MEAN) / (ASKED * total.std())
    return np.append(scale * weights, MEAN - scale * total.mean())


def cells(found: np.ndarray, clear: np.ndarray) -> list[str]:
    """Return what the rows of one side are judged to be."""
    unrelated, right = found[:, -2] > 0, is_right(found)
    off = clear[unrelated]
    highest = (off.max() - off.mean()) / off.std()
    above, missed = int((off > LIMIT).sum()), float((clear[right] < LIMIT).mean())
    return [
        str(len(off)), f"{highest:.2f}", str(above), str(int(right.sum())),
        f"{missed:.3f}",
    ]  # fmt: skip


def judged(
    name: str,
    found: dict[tuple[str, int], np.ndarray],
    committed: np.ndarray,
    leads: int = 1,
    strong: float = np.inf,
) -> list[list[str]]:
    """Return the rows of one matcher; ``found`` by source and side."""
    clear: dict[str, dict[tuple[str, int], np.ndarray]] = {
        "fitted": {},
        "committed": {},
    }
    for key, rows in found.items():
        others = [part for (source, _), part in found.items() if source != key[0]]
        weights = fitted(np.concatenate(others))
        for kind, used in (("fitted", weights), ("committed", committed)):
            clear[kind][key] = combined_clearness(rows[:, :-2], used, leads, strong)
    table = []
    for kind, values in clear.items():
        for _, side in SIZES:
            keys = [key for key in found if key[1] == side]
            parts = (np.concatenate([d[key] for key in keys]) for d in (found, values))
            table.append([name, kind, str(side), *cells(*parts)])
    return table


def main() -> None:
    """Print the tables and the fits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("runs/pack"))
    parser.add_argument("--dev-share", type=float, default=0.06, help="as in training")
    parser.add_argument("--crops", type=int, default=110, help="per source and size")
    parser.add_argument("--weights", default="", help="weights file; '' for the own")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    held = split_by_place(load_pack(options.data), options.dev_share)[1]
    matcher = load_matcher("soma", "cpu", options.weights, options.threads)
    views = (
        ("gradient", by_gradient(options.threads), ALONE, LEADS_ALONE, STRONG_ALONE),
        ("soma", by_network(matcher), JOINT, LEADS_JOINT, np.inf),
    )
    table, fits = [], []
    for name, examine, *committed in views:
        found = {}
        for source in sorted({pair.source for pair in held}):
            own = [pair for pair in held if pair.source == source]
            for protocol, side in SIZES:
                found[source, side] = measure(
                    examine, own, PROTOCOLS[protocol], side, options.crops
                )
        table += judged(name, found, *committed)
        weights = fitted(np.concatenate(list(found.values())))
        fits.append(f"{name}: {weights.round(3).tolist()}")
    print(markdown_table(HEADER, table))
    print("\n".join(fits))


if __name__ == "__main__":
    run_command(main)
