"""Which weights are better on places and scenes that training never saw?

    python -m soma.benchmark.studies.heldout --data runs/pack \\
        runs/a/last.pt runs/b/last.pt

Crops of the development places, each matched as the product does it; the affine
before the robust fit and the judgement is compared with the labels. Those of real
pairs are measured by the gradient matcher, which they flatter; those of simulated
scenes are exact. A row ``gradient`` stands beside the weights, and for simulated scenes
one whose windows are told exactly where each image shows bare ground.

Answer: run by run in ``training/LOG.md``, from h2 on.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Callable, Sequence

import numpy as np
import torch

from ...core.base.grid import apply_affine
from ...core.base.types import Search, TilePair
from ...core.matching.gradient import GradientMatcher
from ...core.matching.protocol import Matcher
from ...models.matcher.predictor import SomaMatcher
from ...training.augment import Ranges
from ...training.checkpoint import averaged, load
from ...training.data import Mix, PairSampler, Sample, tile_pair
from ...training.ground import clear_of
from ...training.pairs import Pair, load_pack, split_by_place
from ..stages.command import run_command
from ..stages.tables import markdown_table

#: What a georeferenced image typically needs.
RANGES = Ranges(
    rotation_deg=3, scale=1.02, shift_share=0.08, aniso=1.0, shear_deg=0.5,
    warp_chance=0, zoom=(0.9, 1.1),
)  # fmt: skip
CMR_PX = (0.5, 1, 2, 3)
HEADER = ("source", "matcher", "crops", *(f"CMR@{t}" for t in CMR_PX), "median px")


def told(sample: Sample) -> TilePair:
    """Return a batch of one as a matcher gets it, with what is known of the ground."""
    sides = {"sar": sample.sar_ground, "optical": sample.optical_ground}
    pair = tile_pair(sample)
    return TilePair(
        *(
            replace(tile, ground=clear_of(sides[tile.modality])[0, 0].numpy())
            for tile in (pair.ref, pair.mov)
        )
    )


def errors_px(
    matcher: Matcher,
    pairs: Sequence[Pair],
    count: int,
    size: int,
    as_pair: Callable[[Sample], TilePair] = tile_pair,
) -> np.ndarray:
    """Return (count,) RMSE of the affine over crops; inf where there is none."""
    sampler = PairSampler(pairs, RANGES, Mix(0, 0, 0), 77)
    search = Search(0.12 * size, 4.0, 1.04)
    axis = np.arange(4, size, 8) + 0.5
    places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    errors = np.full(count, np.inf)
    for index in range(count):
        sample = sampler.batch(index, 1, size)
        found = matcher.match([as_pair(sample)], search)[0].mov_to_ref
        if found is not None:
            off = apply_affine(found, places)
            off -= apply_affine(sample.motion[0].double().numpy(), places)
            errors[index] = np.sqrt((off**2).sum(axis=1).mean())
    return errors


def rows(
    name: str,
    matcher: Matcher,
    held: Sequence[Pair],
    count: int,
    size: int,
    as_pair: Callable[[Sample], TilePair] = tile_pair,
) -> list[list[str]]:
    """Return the cells of one matcher, a row for every source."""
    found = []
    for source in sorted({pair.source for pair in held}):
        own = [pair for pair in held if pair.source == source]
        errors = errors_px(matcher, own, count, size, as_pair)
        shares = [f"{(errors < t).mean():.2f}" for t in CMR_PX]
        median = f"{np.median(errors):.2f}"
        found.append([source, name, str(count), *shares, median])
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, default=Path("runs/pack"))
    parser.add_argument("--dev-share", type=float, default=0.06, help="as in training")
    parser.add_argument("--crops", type=int, default=60, help="per source")
    parser.add_argument("--size", type=int, default=128, help="of the crops, px")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    held = split_by_place(load_pack(options.data), options.dev_share)[1]
    crops = options.crops, options.size
    gradient = GradientMatcher(options.threads)
    found = rows("gradient", gradient, held, *crops)
    made = [pair for pair in held if pair.sar_ground is not None]
    found += rows("gradient, ground known", gradient, made, *crops, told)
    for path in options.checkpoint:
        net = averaged(load(path, torch.device("cpu")))
        matcher = SomaMatcher(net, "cpu", threads=options.threads)
        found += rows(str(path), matcher, held, *crops)
        if net.config.ground:
            net.forget_ground()
            found += rows(f"{path}, ground not asked", matcher, held, *crops)
    print(markdown_table(HEADER, sorted(found)))


if __name__ == "__main__":
    run_command(main)
