"""Turn a checkpoint of OSR-Net into fp16 safetensors and a model card.

    python -m soma.training.osr_export runs/osrnet/best.pt

Confidence is calibrated on pairs of places that training never saw. A network that
places such pairs no better than it did untrained is not exported.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Sequence

import torch
from torch import Tensor

from ..core.base.types import Search
from ..models.keypoints.weights import write
from ..models.osrnet.matcher import OsrMatcher
from ..models.osrnet.network import OsrNet
from ..models.weights import FOLDER
from .calibration import Observed, calibrated, observe
from .checkpoint import load
from .config import TrainConfig
from .data import Mix, PairSampler
from .export import CALIBRATION_PX, UNRELATED
from .options import export_parser
from .osr_train import CPU, new_network, perturbations
from .pairs import load_pack, split_by_place

#: What the calibration's pairs are searched for: the perturbations, and a little more.
SEARCH = Search(0.08 * CALIBRATION_PX, 5.0, 1.05)

CARD = """# osrnet

OSR-Net (Remote Sensing 2026, 18(2), 333; written from the paper), {parameters:.2f} M
parameters, {size:.1f} MB in fp16.

- One affine per tile, found at three resolutions. Branches are ResNet-18 of {width}
  channels where the paper has 64, and start from nothing, not from ImageNet. What the
  paper has not, and what most of the exactness comes from: the six numbers are read off
  a correlation of both branches' maps, and oriented gradients stand beside the learned
  ones in it
- Matches are a lattice of 16 px laid by the affine, where both images show something,
  each at the place that its window shows after the warping; rotation beyond 6 degrees,
  scale beyond 6 % and shifts beyond a sixteenth of the tile are taken off by the
  hypotheses of the gradient matcher; whether the placement stands out is asked as for
  gradient
- Trained on: {sources};
  {steps} steps of batch {batch} at 128 px; code version {version}
- Data: {credits}; no image is part of the weights or of this repository
- Recipe: `training/configs/osrnet.toml`, `training/LOG.md`
- When to use it: to compare with `soma` and `gradient`; `auto` does not take it. When
  not: where the ground bends or both axes differ, for it knows one affine per tile;
  without a look at the report

Crops of held-out places ({held} of {side} px) under the paper's perturbations, before
training and after:

{progress}

Confidence of matches: share within 3 px, calibrated on one half of {pairs} crops of
{side} px of held-out places, {unrelated:.0%} of them unrelated, checked on the other:

{matches}
"""


def reweighed(weights: dict[str, Tensor], shares: Sequence[float]) -> dict[str, Tensor]:
    """Return weights whose learned channels count other than training found.

    Args:
        weights: state of a network.
        shares: of what they counted, for each resolution, the coarsest first.
    """
    weights = {name: value.clone() for name, value in weights.items()}
    for level, share in enumerate(shares):
        # Logarithms, in tens; the learned channels are the second.
        weights[f"predict.{level}.balance"][1] += math.log(share) / 10
    return weights


def export(
    checkpoint: Path,
    out: Path,
    data: Path,
    pairs: int,
    shares: Sequence[float] = (1.0, 1.0, 1.0),
) -> Path:
    """Write weights and card; returns the weights file.

    Args:
        checkpoint: of ``osr_train``.
        out: the weights file; the card lies beside it.
        data: folder of packed pairs.
        pairs: crops that confidence is calibrated on, and as many to check it.
        shares: see ``reweighed``.

    Raises BadInput where training has gained nothing.
    """
    state = load(checkpoint, CPU)
    state["ema"] = reweighed(state["ema"], shares)
    config = TrainConfig(**state["config"])
    torch.manual_seed(config.seed)
    untrained = new_network(config.model)
    train, held = split_by_place(load_pack(data), config.dev_share)
    mix = Mix(0, UNRELATED, 0.05)
    sampler = PairSampler(held, perturbations(config), mix, 11)

    def seen(network: OsrNet, indices: range) -> Observed:
        return observe(OsrMatcher(network, "cpu"), sampler, indices, SEARCH)

    def trained() -> OsrNet:
        net = new_network(config.model)
        net.load_state_dict(state["ema"])
        return net

    found = calibrated("osrnet", seen, lambda: untrained, trained, pairs)
    out.parent.mkdir(parents=True, exist_ok=True)
    record = found.record("osrnet", state, "", shares=list(shares))
    write(out, state["ema"], record)
    words = found.words(trained(), out, state, train)
    card = CARD.format(width=state["architecture"]["width"], **words)
    out.with_suffix(".md").write_text(card, encoding="utf-8")
    return out


def main() -> None:
    """Export from the command line."""
    parser = export_parser(__doc__)
    parser.add_argument(
        "--learned", type=float, nargs=3, default=(1.0, 1.0, 1.0),
        help="of what learned channels count, at each resolution, the coarsest first",
    )  # fmt: skip
    options = parser.parse_args()
    torch.set_num_threads(1)
    out = options.out or FOLDER / "osrnet.safetensors"
    where = options.checkpoint, out, options.data
    path = export(*where, options.pairs, options.learned)
    print(f"{path}, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
