"""Which share of the keypoints of one sensor is found again in the other?

    python -m soma.benchmark.studies.repeatability

Keypoints of the moving window are put where the truth puts them in the reference; one
is found again where a keypoint of the reference lies near. As many places strewn at
random, in the same cells, say what chance would do: that is the row to beat.

Answer: within 3 px 1.6 times as many as by chance, one in eight, so that a network has
to find the pairs that are there among many that are not; see ``training/LOG.md``.
"""

from __future__ import annotations

import argparse
import sys
from typing import Callable

import numpy as np
import torch
from torch import Tensor

from ...core.base.types import Tile
from ...models.keypoints.detector import CELL_PX, detect
from ...models.matcher.batches import stack_tiles
from ...models.network.encoder import Features
from ...models.weights import find, load_network
from ...training.augment import stretch
from ..data.protocols import Case, cases
from ..stages.command import run_command
from ..stages.tables import markdown_table

WITHIN_PX = (1.0, 3.0, 5.0)
HEADER = ["set and protocol", "places", "pairs", "per window"]
HEADER += [f"within {px:g} px" for px in WITHIN_PX]
#: What draws the places of a window: features and a number in, (n, 2) px out.
Draw = Callable[[Features, int], Tensor]


def corners(features: Features, seed: int) -> Tensor:
    """Return the keypoints of a window, (n, 2) px."""
    xy, strength = detect(features)
    return xy[0][strength[0].isfinite()]


def strewn(features: Features, seed: int) -> Tensor:
    """Return as many places as there are keypoints, anywhere in their cells."""
    xy = corners(features, seed)
    generator = torch.Generator().manual_seed(seed)
    inside = torch.rand(xy.shape, generator=generator) * CELL_PX
    return (xy / CELL_PX).floor() * CELL_PX + inside


DRAWS: dict[str, Draw] = {"keypoints": corners, "at random": strewn}


def distances(net: torch.nn.Module, case: Case, draw: Draw) -> tuple[np.ndarray, int]:
    """Return how far from a place of the reference each moving one lies, px."""
    places = []
    for number, (pixels, kind) in enumerate(((case.mov, "sar"), (case.ref, "optical"))):
        grey = pixels if pixels.ndim == 2 else pixels.mean(axis=2)
        seen = stretch(grey.astype(np.float32)).astype(np.float32)
        tile = Tile(seen, np.ones(seen.shape, bool), np.eye(3), kind)
        stack = stack_tiles([tile], torch.device("cpu"))
        with torch.inference_mode():
            features = net.encode(stack.image, stack.valid, stack.modality)
            places.append(draw(features, number).double().numpy())
    there = case.truth(places[0])
    height, width = case.ref.shape[:2]
    inside = ((there >= 0) & (there < (width, height))).all(axis=1)
    apart = np.linalg.norm(there[inside, None] - places[1][None], axis=2)
    return apart.min(axis=1), len(places[0])


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", nargs="+", default=["delhi", "sen12"], dest="sets")
    parser.add_argument("--protocol", default="near256")
    parser.add_argument("--limit", type=int, default=12, help="pairs of each set")
    options = parser.parse_args()
    torch.set_num_threads(1)
    net, _ = load_network(find("soma-medium"))
    rows = []
    for name in options.sets:
        pairs = list(cases(name, options.protocol, options.limit, 0))
        for title, draw in DRAWS.items():
            found = [distances(net, case, draw) for case in pairs]
            apart = np.concatenate([off for off, _ in found])
            shares = [f"{float((apart <= px).mean()):.3f}" for px in WITHIN_PX]
            count = np.mean([n for _, n in found])
            row = [f"{name} {options.protocol}", title, str(len(pairs))]
            rows.append([*row, f"{count:.0f}", *shares])
    sys.stdout.write(markdown_table(HEADER, rows) + "\n")
    return 0


if __name__ == "__main__":
    run_command(main)
