"""Turn a checkpoint on frozen encoders into fp16 safetensors and a model card.

    python -m soma.training.frozen_export runs/lightglue/last.pt

Confidence is calibrated on pairs of places that training never saw. A network that
pairs such places no better than it did untrained is not exported.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..models.keypoints.load import ENCODERS, encoder_of
from ..models.keypoints.matcher import PairMatcher
from ..models.keypoints.weights import write
from ..models.weights import FOLDER, find, load_network
from .augment import Ranges
from .calibration import Observed, calibrated, observe
from .checkpoint import load
from .data import Mix, PairSampler
from .export import UNRELATED as UNRELATED_SHARE
from .frozen_train import lesson_of, new_network
from .keypoint_samples import HELD_SHARE
from .options import export_parser
from .pairs import Pair, load_pack, split_by_place

CARD = """# {name}

{title},
{parameters:.2f} M parameters, {size:.1f} MB in fp16, on the frozen encoders of
{encoders}, which has to be there.

- {places};
  pairs are made exact by windows of the finest features; rotation and scale beyond 8
  degrees and 10 % are taken off by the hypotheses of the gradient matcher; whether the
  placement stands out is asked as for soma
- Trained on: {train} pairs of {sources}; {steps} steps of batch {batch};
  code version {version}
- Data: {credits}; no image is part of the weights or of this repository
- Recipe: `training/configs/{name}.toml`, `training/LOG.md`
- When to use it: to compare with `soma` and `gradient`; `auto` does not take it. When
  not: {when_not}; without a look at the report

Crops of held-out places ({held} of {side} px), before training and after:

{progress}

Confidence of matches: share within 3 px, calibrated on one half of {pairs} crops of
{side} px of held-out places, {unrelated:.0%} of them unrelated, checked on the other:

{matches}
"""
#: What a card says of the places that a network pairs, and when not to use it.
KEYPOINTS = (
    "Keypoints: corners of oriented gradients, one per cell of 16 px; descriptors: "
    "features\n  of 5 x 5 places around them",
    "on images with few corners, such as open country under speckle, where windows see"
    "\n  more than keypoints",
)
CELLS = (
    "Places: every cell of 8 px, described by 5 x 5 cells around it; linear self- and\n"
    "  cross-attention, dual softmax, mutually nearest cells, then 5 x 5 places at 1/2",
    "where time counts: it looks at every place",
)
TITLES = {
    "lightglue": (
        "LightGlue (Lindenberger et al. 2023; blocks of kornia, Apache-2.0)",
        *KEYPOINTS,
    ),
    "superglue": ("SuperGlue (Sarlin et al. 2020; written from the paper)", *KEYPOINTS),
    "loftr": ("LoFTR (Sun et al. 2021; blocks of kornia, Apache-2.0)", *CELLS),
}


def train_and_held(data: Path) -> tuple[list[Pair], PairSampler]:
    """Return the pairs of a pack to train on, and crops of places held out."""
    train, held = split_by_place(load_pack(data), HELD_SHARE)
    ranges = Ranges(rotation_deg=4, scale=1.03, shift_share=0.1, zoom=(0.8, 1.2))
    return train, PairSampler(held, ranges, Mix(0, UNRELATED_SHARE, 0.05), 11)


def export(checkpoint: Path, out: Path, data: Path, pairs: int) -> Path:
    """Write weights and card; returns the weights file."""
    state = load(checkpoint, torch.device("cpu"))
    config, name = state["config"], state["config"]["model"]
    net = new_network(name)
    net.load_state_dict(state["ema"])
    lesson, folder = lesson_of(name), Path(config["data"])
    untrained = new_network(name, torch.from_numpy(np.load(folder / "axes.npy")))
    encoders = find(ENCODERS)
    train, sampler = train_and_held(data)

    def seen(network: torch.nn.Module, indices: range) -> Observed:
        soma, pairing = load_network(encoders)[0], lesson.pairing(network)
        return observe(PairMatcher(name, soma, pairing, "cpu"), sampler, indices)

    found = calibrated(name, seen, lambda: untrained, lambda: net, pairs)
    out.parent.mkdir(parents=True, exist_ok=True)
    write(out, state["ema"], found.record(name, state, encoder_of(encoders)))
    title, places, when_not = TITLES[name]
    card = CARD.format(
        name=name,
        title=title,
        places=places,
        when_not=when_not,
        encoders=ENCODERS,
        train=config["batch"] * len(lesson.read(folder / "train")),
        **found.words(net, out, state, train),
    )
    out.with_suffix(".md").write_text(card, encoding="utf-8")
    return out


def main() -> None:
    """Export from the command line."""
    options = export_parser(__doc__).parse_args()
    torch.set_num_threads(1)
    state = load(options.checkpoint, torch.device("cpu"))
    out = options.out or FOLDER / f"{state['config']['model']}.safetensors"
    path = export(options.checkpoint, out, options.data, options.pairs)
    print(f"{path}, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
