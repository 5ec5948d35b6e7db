"""How often do LightGlue's layers end early, and what does it save and cost?

    python -m soma.benchmark.studies.adaptive_depth held/192/96 delhi/near/16

Every pair is matched twice by the same weights, with all layers and keypoints and with
depth and width that adapt (3.3 of the paper), on one thread. ``held`` are crops of
training places that were held out, from ``--data``.

Answer: see ``training/LOG.md``, "When LightGlue's layers may end".
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

import numpy as np
import torch

from ...core.base.types import TilePair
from ...models.keypoints import weights
from ...models.keypoints.load import ENCODERS
from ...models.keypoints.matcher import PairMatcher
from ...models.keypoints.pairing import OnKeypoints
from ...models.lightglue.network import LightGlue, build
from ...models.weights import find, load_network
from ...training.calibration import observe
from ...training.frozen_export import train_and_held
from ..data.protocols import cases
from ..data.tiles import as_tile
from ..stages.command import run_command
from ..stages.tables import markdown_table
from .own_answer import score

#: Placements of whole tiles are counted below so many px.
RIGHT_PX = (1.0, 3.0)
HEADER = [
    *("pairs of", "depth and width", "pairs", "layers", "keypoints at the end"),
    *("network ms", "tile ms", *(f"within {px:g} px" for px in RIGHT_PX), "median px"),
]


@dataclass
class Watch:
    """What the layers of a network were given, and how long it took.

    Args:
        given: for each run of the network, the keypoints of each layer that ran.
        seconds: processor time of each run.
    """

    given: list[list[int]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def on(self, net: LightGlue) -> None:
        """Look at a network from now on."""
        net.register_forward_pre_hook(lambda *_: self._begin())
        net.register_forward_hook(lambda *_: self._end())
        for layer in net.layers:
            layer.register_forward_pre_hook(
                lambda _, x: self.given[-1].append(x[0].shape[1] + x[1].shape[1])
            )

    def _begin(self) -> None:
        self.given.append([])
        self.seconds.append(-time.process_time())

    def _end(self) -> None:
        self.seconds[-1] += time.process_time()


def loaded(path: Path) -> tuple[PairMatcher, LightGlue]:
    """Return the matcher of a weights file, and its network."""
    net, record = weights.read(path, "lightglue", build)
    soma = load_network(find(ENCODERS))[0]
    pairing = OnKeypoints(net)
    return PairMatcher("lightglue", soma, pairing, "cpu", record.confidence, 1), net


def row(name: str, adaptive: bool, path: Path, data: Path) -> list[str]:
    """Match all pairs of a place one way and return a line of the table."""
    matcher, net = loaded(path)
    net.adaptive, watch = adaptive, Watch()
    watch.on(net)
    begun = time.process_time()
    if name.startswith("held/"):
        count = int(name.split("/")[-1])
        errors = observe(matcher, train_and_held(data)[1], range(count)).error_px
    else:
        errors = np.array(list(_errors(matcher, name)))
    seconds = (time.process_time() - begun) / len(watch.seconds)
    ran = [given for given in watch.given if given]
    left = [given[-1] / given[0] for given in ran]
    return [
        name,
        "adaptive" if adaptive else "whole",
        str(len(errors)),
        f"{np.mean([len(given) for given in ran]):.2f}",
        f"{np.mean(left):.2f}",
        f"{1e3 * np.mean(watch.seconds):.0f}",
        f"{1e3 * seconds:.0f}",
        *(f"{np.mean(errors < px):.3f}" for px in RIGHT_PX),
        f"{np.median(errors):.2f}",
    ]


def _errors(matcher: PairMatcher, name: str) -> Iterator[float]:
    """Yield how far the placement of each case is off, px; see ``own_answer``."""
    set_name, protocol, count = name.split("/")
    for case in cases(set_name, protocol, int(count)):
        pair = TilePair(as_tile(case.ref, "optical"), as_tile(case.mov, "sar"))
        (found,) = matcher.match([pair], case.search)
        yield score(case, found, 0.0).affine_px


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "places", nargs="+", help="SET/PROTOCOL/PAIRS, or held/192/PAIRS"
    )
    parser.add_argument("--weights", type=Path, help="the committed ones if none")
    parser.add_argument("--data", type=Path, default=Path("runs/pack"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    path = options.weights or find("lightglue")
    lines = [
        row(name, adaptive, path, options.data)
        for name in options.places
        for adaptive in (False, True)
    ]
    print(markdown_table(HEADER, lines))
    return 0


if __name__ == "__main__":
    run_command(main)
