"""What is learned evidence worth beside the gradients', apart from the labels?

    python -m soma.benchmark.studies.learned_weight --data runs/pack --weigh 0 1 2 3 10

Labels of training pairs are measured by the gradient matcher and cannot judge it. Two
windows of one pair share its label's error: what they find apart from each other,
divided by the root of two, is the error of one.

Answer: twice as much, ``WEIGHT`` in ``models/matcher/learned_evidence.py``; the figures
are in ``training/LOG.md``, "What learned evidence is worth".
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from ...core.base.grid import apply_affine
from ...core.base.types import Search, TilePair
from ...models.matcher import learned_evidence
from ...models.matcher.predictor import SomaMatcher
from ...models.registry import MODELS
from ...models.weights import find, load_network
from ...training.pairs import Pair, load_pack
from ..data.tiles import as_tile
from ..stages.command import run_command
from ..stages.tables import markdown_table

SIDE_PX = 120
SEARCH = Search(10.0, 2.5, 1.02)
HEADER = ("pairs of", "weight", "pairs", "median px", "upper quartile px")
#: What stands for a window that was not placed.
LOST_PX = 99.0


def windows(pair: Pair, rng: np.random.Generator) -> list[tuple[TilePair, np.ndarray]]:
    """Return two windows of a pair, apart, with the (2, 3) motion of each."""
    height, width = pair.sar.shape
    top, left = (int(rng.integers(side - 2 * SIDE_PX + 1)) for side in (height, width))
    columns = (left, left + SIDE_PX)
    if rng.random() < 0.5:
        columns = columns[::-1]
    found = []
    for y, x in zip((top, top + SIDE_PX), columns, strict=True):
        half = SIDE_PX / 2
        turn, scale = rng.uniform(-2, 2), np.exp(rng.uniform(-0.01, 0.01))
        motion = cv2.getRotationMatrix2D((half, half), float(turn), float(scale))
        motion[:, 2] += rng.uniform(-6, 6, 2)
        axis = np.arange(SIDE_PX) + 0.5
        grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        where = (grid @ motion[:, :2].T + motion[:, 2] + [x - 0.5, y - 0.5]).reshape(
            SIDE_PX, SIDE_PX, 2
        )
        edge = cv2.BORDER_REFLECT_101
        sar = cv2.remap(
            pair.sar, where.astype(np.float32), None, cv2.INTER_CUBIC, borderMode=edge
        )
        optical = pair.optical[y : y + SIDE_PX, x : x + SIDE_PX]
        tiles = as_tile(optical, "optical"), as_tile(sar, "sar")
        found.append((TilePair(*tiles), motion))
    return found


def main() -> None:
    """Print one row per source and weight."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="packed pairs")
    parser.add_argument("--weights", default="", help="weights file; '' for the own")
    parser.add_argument("--weigh", nargs="+", type=float, default=[0, 1, 2, 3, 10])
    parser.add_argument("--limit", type=int, default=70, help="pairs per source")
    parser.add_argument(
        "--no-ground", action="store_true", help="without the heads for bare ground"
    )
    options = parser.parse_args()
    net, _ = load_network(find(MODELS["soma"].file, options.weights))
    if options.no_ground:
        net.forget_ground()
    matcher = SomaMatcher(net, "cpu")
    rng, sources, rows = np.random.default_rng(5), {}, []
    for pair in load_pack(options.data):
        if min(pair.sar.shape) >= 2 * SIDE_PX:
            sources.setdefault(pair.source, []).append(pair)
    centre = np.full((1, 2), SIDE_PX / 2)
    for source, pairs in sorted(sources.items()):
        chosen = rng.permutation(len(pairs))[: options.limit]
        drawn = [windows(pairs[index], rng) for index in chosen]
        for weight in options.weigh:
            learned_evidence.WEIGHT = weight
            apart = []
            for two in drawn:
                errors = np.full((2, 2), LOST_PX) * [[1], [-1]]
                for k, (tiles, motion) in enumerate(two):
                    placed = matcher.match([tiles], SEARCH)[0].mov_to_ref
                    if placed is not None:
                        truth = centre @ motion[:, :2].T + motion[:, 2]
                        errors[k] = (apply_affine(placed, centre) - truth)[0]
                apart.append(np.linalg.norm(errors[0] - errors[1]) / np.sqrt(2))
            quartiles = (f"{np.quantile(apart, q):.2f}" for q in (0.5, 0.75))
            rows.append((source, f"{weight:g}", str(len(apart)), *quartiles))
    print(markdown_table(HEADER, rows))


if __name__ == "__main__":
    run_command(main)
