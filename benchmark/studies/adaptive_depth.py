"""How often do LightGlue's layers end early, and what does it save and cost?

    python -m soma.benchmark.studies.adaptive_depth delhi/near/16 sen12/near256/95

Every pair is matched twice by the committed weights, with all layers and keypoints and
with depth and width that adapt (3.3 of the paper), on one thread.

Answer: see ``training/LOG.md``, "When LightGlue's layers may end".
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field

import numpy as np
import torch

from ...core.base.types import TilePair
from ...models.keypoints import weights
from ...models.keypoints.load import ENCODERS
from ...models.keypoints.matcher import PairMatcher
from ...models.keypoints.pairing import OnKeypoints
from ...models.lightglue.network import LightGlue, build
from ...models.weights import find, load_network
from ..data.protocols import Case, cases
from ..data.tiles import as_tile
from ..stages.command import run_command
from ..stages.tables import markdown_table
from .own_answer import score

#: A placement of the whole tile that is nearer than this is right, px.
RIGHT_PX = 3.0
HEADER = [
    *("set and protocol", "depth and width", "pairs", "layers", "keypoints at the end"),
    *("network ms", "tile ms", "placed within 3 px", "median px"),
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


def committed() -> tuple[PairMatcher, LightGlue]:
    """Return the matcher of the committed weights, and its network."""
    net, record = weights.read(find("lightglue"), "lightglue", build)
    soma = load_network(find(ENCODERS))[0]
    pairing = OnKeypoints(net)
    return PairMatcher("lightglue", soma, pairing, "cpu", record.confidence, 1), net


def row(name: str, adaptive: bool, everything: list[Case]) -> list[str]:
    """Match all cases one way and return a line of the table."""
    matcher, net = committed()
    net.adaptive, watch = adaptive, Watch()
    watch.on(net)
    errors, tile_seconds = [], []
    for case in everything:
        pair = TilePair(as_tile(case.ref, "optical"), as_tile(case.mov, "sar"))
        begun = time.process_time()
        (found,) = matcher.match([pair], case.search)
        tile_seconds.append(time.process_time() - begun)
        errors.append(score(case, found, 0.0).affine_px)
    ran = [given for given in watch.given if given]
    left = [given[-1] / given[0] for given in ran]
    return [
        name,
        "adaptive" if adaptive else "whole",
        str(len(everything)),
        f"{np.mean([len(given) for given in ran]):.2f}",
        f"{np.mean(left):.2f}",
        f"{1e3 * np.median(watch.seconds):.0f}",
        f"{1e3 * np.median(tile_seconds):.0f}",
        f"{np.mean(np.array(errors) < RIGHT_PX):.2f}",
        f"{np.median(errors):.2f}",
    ]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("places", nargs="+", help="SET/PROTOCOL/PAIRS")
    torch.set_num_threads(1)
    lines = []
    for place in parser.parse_args().places:
        set_name, protocol, count = place.split("/")
        everything = list(cases(set_name, protocol, int(count)))
        name = f"{set_name} `{protocol}`"
        lines += [row(name, adaptive, everything) for adaptive in (False, True)]
    print(markdown_table(HEADER, lines))
    return 0


if __name__ == "__main__":
    run_command(main)
