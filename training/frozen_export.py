"""Turn a checkpoint on frozen encoders into fp16 safetensors and a model card.

    python -m soma.training.frozen_export runs/lightglue/last.pt

Confidence is calibrated on pairs of places that training never saw. A network that
pairs such places no better than it did untrained is not exported.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from ..core.base.errors import BadInput
from ..core.base.types import Matches, Search, TilePair
from ..core.matching.gradient.confidence import fit_logistic
from ..core.matching.structure import is_flat
from ..models.keypoints.load import ENCODERS, encoder_of
from ..models.keypoints.matcher import PairMatcher
from ..models.keypoints.weights import Record, write
from ..models.weights import FOLDER, find, load_network
from .augment import Ranges
from .checkpoint import load
from .data import UNRELATED, Mix, PairSampler, tile_pair
from .export import CALIBRATION_PX, credits, reliability
from .export import UNRELATED as UNRELATED_SHARE
from .frozen_train import lesson_of, new_network
from .keypoint_samples import HELD_SHARE
from .pairs import load_pack, split_by_place

#: What a figure is called on the card.
COLUMNS = {
    "placed_3px": "placements within 3 px",
    "placed_1px": "placements within 1 px",
    "median_px": "median error of placements, px",
    "right_per_pair": "matches within 3 px, per pair",
    "precision": "share of matches within 3 px, before any is left out",
}

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


@dataclass(frozen=True)
class Observed:
    """What a matcher said of held-out pairs beside the truth.

    Args:
        features: (n, 7) of single matches; see ``features_of``.
        right: (n,) bool, whether a match was within 3 px.
        error_px: (m,) RMS error of the placements of related pairs at their corners.
    """

    features: np.ndarray
    right: np.ndarray
    error_px: np.ndarray

    def figures(self) -> dict[str, float]:
        """Return shares of placements and numbers of matches that are right."""
        return {
            "placed_3px": float((self.error_px < 3).mean()),
            "placed_1px": float((self.error_px < 1).mean()),
            "median_px": float(np.median(self.error_px)),
            "right_per_pair": float(self.right.sum() / len(self.error_px)),
            "precision": float(self.right.mean()),
        }


#: What the pairs of the calibration are searched for.
SEARCH = Search(0.12 * CALIBRATION_PX, 4.0, 1.04)


class Examiner(Protocol):
    """A matcher that shows what its answers are made of."""

    def examine(
        self, pair: TilePair, search: Search
    ) -> tuple[Matches, np.ndarray, float, np.ndarray]:
        """Return matches, their placement, how it stands out, and their features."""


def observe(
    matcher: Examiner,
    sampler: PairSampler,
    indices: range,
    search: Search = SEARCH,
) -> Observed:
    """Match pairs of a sampler, in order."""
    side, rows, right, errors = CALIBRATION_PX, [], [], []
    corners = np.array([[0, side, 0, side], [0, 0, side, side], [1, 1, 1, 1]])
    for index in indices:
        batch = sampler.batch(index, 1, side)
        pair, related = tile_pair(batch), int(batch.kind[0]) != UNRELATED
        if is_flat(pair):
            continue
        found, matrix, _, features = matcher.examine(pair, search)
        column, row = np.floor(found.mov_xy).astype(int).clip(0, side - 1).T
        place = batch.flow[0].numpy()[:, row, column].T
        # The flow is that of pixel centres.
        place = place + found.mov_xy - np.floor(found.mov_xy) - 0.5
        rows.append(features)
        right.append(related & (np.linalg.norm(place - found.ref_xy, axis=1) < 3))
        if related:
            off = (matrix[:2] - batch.motion[0].numpy()) @ corners
            none = not len(found)
            errors.append(np.inf if none else np.sqrt((off**2).sum(axis=0).mean()))
    return Observed(np.concatenate(rows), np.concatenate(right), np.array(errors))


def require_gain(before: dict[str, float], after: dict[str, float], name: str) -> None:
    """Raise BadInput where training made a network no better than it began."""
    more = after["right_per_pair"] > before["right_per_pair"]
    if not (more and after["placed_3px"] >= before["placed_3px"]):
        raise BadInput(
            f"{name} is no better than it was untrained: of held-out pairs "
            f"{after['placed_3px']:.2f} are within 3 px with "
            f"{after['right_per_pair']:.1f} right matches each, and were "
            f"{before['placed_3px']:.2f} with {before['right_per_pair']:.1f}."
        )


def export(checkpoint: Path, out: Path, data: Path, pairs: int) -> Path:
    """Write weights and card; returns the weights file."""
    state = load(checkpoint, torch.device("cpu"))
    config, name = state["config"], state["config"]["model"]
    net = new_network(name)
    net.load_state_dict(state["ema"])
    lesson, folder = lesson_of(name), Path(config["data"])
    untrained = new_network(name, torch.from_numpy(np.load(folder / "axes.npy")))
    encoders = find(ENCODERS)
    train, held = split_by_place(load_pack(data), HELD_SHARE)
    ranges = Ranges(rotation_deg=4, scale=1.03, shift_share=0.1, zoom=(0.8, 1.2))
    sampler = PairSampler(held, ranges, Mix(0, UNRELATED_SHARE, 0.05), 11)

    def seen(network: torch.nn.Module, indices: range) -> Observed:
        soma, pairing = load_network(encoders)[0], lesson.pairing(network)
        return observe(PairMatcher(name, soma, pairing, "cpu"), sampler, indices)

    before = seen(untrained, range(pairs)).figures()
    fitted = seen(net, range(pairs))
    require_gain(before, fitted.figures(), name)
    other = seen(net, range(pairs, 2 * pairs))
    confidence = fit_logistic(fitted.features, fitted.right)
    record = Record(
        name,
        state["architecture"],
        encoder_of(encoders),
        tuple(confidence.tolist()),
        config,
        state["version"],
        {"untrained": before, "trained": fitted.figures()},
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write(out, state["ema"], record)
    title, places, when_not = TITLES[name]
    card = CARD.format(
        name=name,
        title=title,
        places=places,
        when_not=when_not,
        parameters=sum(p.numel() for p in net.parameters()) / 1e6,
        size=out.stat().st_size / 1e6,
        encoders=ENCODERS,
        train=config["batch"] * len(lesson.read(folder / "train")),
        sources=", ".join(sorted({pair.source for pair in train})),
        steps=state["step"],
        batch=config["batch"],
        version=state["version"],
        credits=credits(sorted({pair.source for pair in train})),
        progress=progress_table(before, fitted.figures()),
        held=pairs,
        pairs=2 * pairs,
        side=CALIBRATION_PX,
        unrelated=UNRELATED_SHARE,
        matches=reliability(other.features, other.right, confidence),
    )
    out.with_suffix(".md").write_text(card, encoding="utf-8")
    return out


def progress_table(first: dict[str, Any], last: dict[str, Any]) -> str:
    """Return figures before and after training in Markdown."""
    rows = ["| | untrained | trained |", "|---|---|---|"]
    for key, words in COLUMNS.items():
        rows.append(f"| {words} | {first[key]:.2f} | {last[key]:.2f} |")
    return "\n".join(rows)


def main() -> None:
    """Export from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument(
        "--out", type=Path, help="weights file, the model's own if none"
    )
    parser.add_argument("--data", type=Path, default=Path("runs/pack"))
    parser.add_argument("--pairs", type=int, default=120, help="crops to calibrate on")
    options = parser.parse_args()
    torch.set_num_threads(1)
    state = load(options.checkpoint, torch.device("cpu"))
    out = options.out or FOLDER / f"{state['config']['model']}.safetensors"
    path = export(options.checkpoint, out, options.data, options.pairs)
    print(f"{path}, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
