"""How well related images are told from unrelated ones, on places not trained on.

    python -m soma.benchmark.related --data runs/pack --weigh 1,0.3,0 1,0.5,0.75

Crops of held-out training places, each with its partner and with another place's, as
the network's matcher sees them: by how many deviations the best placement is ahead
among gradients and among learned descriptors, and what grey values say. For each
weighing of gap, grey values and learned gap the table shows the sum over unrelated
crops, and which share of the crops that were placed right stays below what unrelated
ones can be expected to reach. Below it stand the weighings on the scale of the
product: unrelated crops have the mean that they have without learned descriptors,
and the limit lies as many deviations above it as is asked for. The chosen one goes
into ``core/gradient/standing.py``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Sequence

import numpy as np
import torch

from ..core.evidence import LEAST_DISTINCTNESS
from ..core.geo import apply_affine
from ..core.gradient.standing import HALF_GAP, WITNESS_WEIGHT, second_opinion
from ..core.types import TilePair
from ..models.predictor import SomaMatcher
from ..models.registry import load_matcher
from ..models.stacks import flat
from ..training.augment import Ranges
from ..training.data import Mix, Pair, PairSampler, load_pack, split_by_place, tile_pair
from .measured import markdown_table
from .protocols import PROTOCOLS, Protocol

#: The protocols whose windows fit into training images, and their sides in px.
SIZES = (("click128", 128), ("near256", 192))
#: Placements nearer than this are right.
RIGHT_PX = 3.0
#: Deviations above the mean of unrelated crops that the product asks for.
ASKED = 3.25
HEADER = (
    "weighing", "side px", "unrelated", "mean", "deviation",
    "largest, in deviations", "placed right", "missed",
)  # fmt: skip


def measure(
    matcher: SomaMatcher, pairs: Sequence[Pair], protocol: Protocol, size: int, n: int
) -> np.ndarray:
    """Return (m, 5): gap, grey values, learned gap, whether unrelated, and error."""
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
            if flat(pair):
                continue
            with torch.inference_mode():
                known = matcher.examine([pair], protocol.search)[0]
            placed = known.seen.mov_to_ref
            off = apply_affine(placed, corners) - truth
            second = second_opinion(pair, placed)
            rmse = float(np.sqrt((off**2).sum(axis=1).mean()))
            rows.append(
                (known.seen.gap, second, known.learned_gap, float(unrelated), rmse)
            )
    return np.array(rows)


def row(name: str, side: int, found: np.ndarray, weights: Sequence[float]) -> list[str]:
    """Return the cells of one weighing."""
    total = found[:, :3] @ np.asarray(weights)
    unrelated = found[:, 3] > 0
    right = ~unrelated & (found[:, 4] < RIGHT_PX)
    mean, deviation = total[unrelated].mean(), total[unrelated].std()
    highest = (total[unrelated].max() - mean) / deviation
    missed = (total[right] < mean + ASKED * deviation).mean()
    counts = str(int(unrelated.sum())), str(int(right.sum()))
    figures = f"{mean:.2f}", f"{deviation:.2f}", f"{highest:.2f}"
    return [name, str(side), counts[0], *figures, counts[1], f"{missed:.3f}"]


def coefficients(found: np.ndarray, weights: Sequence[float]) -> np.ndarray:
    """Return (4,) weights and a constant on the scale of the product."""
    unrelated = found[found[:, 3] > 0, :3]
    before = (unrelated @ (1.0, WITNESS_WEIGHT, 0.0)).mean()
    total = unrelated @ np.asarray(weights)
    limit = HALF_GAP * LEAST_DISTINCTNESS / (1 - LEAST_DISTINCTNESS)
    scale = (limit - before) / (ASKED * total.std())
    return np.append(scale * np.asarray(weights), before - scale * total.mean())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("runs/pack"))
    parser.add_argument("--dev-share", type=float, default=0.06, help="as in training")
    parser.add_argument("--crops", type=int, default=110, help="per source and size")
    parser.add_argument("--weigh", nargs="+", default=["1,0.3,0", "1,0.5,0.75"])
    parser.add_argument("--weights", default="", help="weights file; '' for the own")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--save", type=Path, help="file for the measurements, .npz")
    options = parser.parse_args()
    held = split_by_place(load_pack(options.data), options.dev_share)[1]
    matcher = load_matcher("soma", "cpu", options.weights, options.threads)
    found = {}
    for name, size in SIZES:
        parts = []
        for source in sorted({pair.source for pair in held}):
            own = [pair for pair in held if pair.source == source]
            parts.append(measure(matcher, own, PROTOCOLS[name], size, options.crops))
        found[str(size)] = np.concatenate(parts)
    if options.save:
        np.savez(options.save, **found)
    weighings = {
        text: [float(part) for part in text.split(",")] for text in options.weigh
    }
    rows = [
        row(text, int(size), values, weights)
        for text, weights in weighings.items()
        for size, values in found.items()
    ]
    print(markdown_table(HEADER, rows))
    both = np.concatenate(list(found.values()))
    for text, weights in weighings.items():
        print(f"{text}: {coefficients(both, weights).round(3).tolist()}")


if __name__ == "__main__":
    main()
