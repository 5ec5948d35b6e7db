"""Described keypoints of training pairs, made once: the encoders they come from rest.

    python -m soma.training.keypoint_samples runs/keypoints --data runs/pack

Sample ``i`` is that of ``PairSampler`` with the same number, so that a stopped run goes
on where it was. Descriptors are reduced to the principal axes of those of the first, or
to those of weights that are to go on learning (``--like``).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from ..core.base.errors import BadInput
from ..models import weights
from ..models.keypoints.describe import keypoints_of
from ..models.keypoints.types import Keypoints
from ..models.keypoints.weights import FORMAT
from ..models.network.geometry import sample
from ..models.network.soma import Soma
from .augment import Ranges
from .data import Mix, PairSampler
from .objective import describe, prepare, truth_for
from .options import make_samples, samples_parser
from .pairs import load_pack, split_by_place

#: What the encoders cover by themselves, and the pipeline leaves to a matcher.
RANGES = Ranges(
    rotation_deg=6, scale=1.06, shift_share=0.14, warp_px=1.2, zoom=(0.6, 1.5)
)
#: Shares of pairs of different places and of simulated scenes, where there are any.
MIX = Mix(0.0, 0.08)
#: Sides of the crops in turn, px; pairs in a file; pairs the axes are read from.
CROPS, PER_FILE, FOR_AXES = (192, 192, 192, 256), 64, 256
#: Share of places that training never sees; that of ``TrainConfig``.
HELD_SHARE = 0.06
SEED = 0


@dataclass(frozen=True)
class Described:
    """Keypoints of a batch of pairs and what is known of them.

    Args:
        mov: keypoints of the moving images.
        ref: of the references.
        place: (B, M, 2) px where the moving keypoints lie in the reference.
        known: (B, M) bool, whether both images show that place.
        related: (B,) bool, whether the images show the same ground.
    """

    mov: Keypoints
    ref: Keypoints
    place: Tensor
    known: Tensor
    related: Tensor


def sampler_of(data: Path, held: bool, mix: Mix | None = None) -> PairSampler:
    """Return the sampler of training places, or of those held out; ``MIX`` of them."""
    parts = split_by_place(load_pack(data), HELD_SHARE)
    return PairSampler(parts[held], RANGES, mix or MIX, SEED + held)


@torch.inference_mode()
def described(net: Soma, sampler: PairSampler, first: int, count: int) -> Described:
    """Return samples ``first`` to ``first + count`` with full descriptors."""
    size = CROPS[(first // count) % len(CROPS)]
    generator = torch.Generator().manual_seed(first)
    batch = prepare(sampler.batch(first, count, size), torch.device("cpu"), generator)
    truth, sides = truth_for(batch), []
    for features in describe(net, batch):
        wh = torch.full((count, 2), float(size))
        sides.append(keypoints_of(features, net.planes, wh))
    at = sides[0].xy.permute(0, 2, 1)[:, :, None]
    place = sample(truth.flow, at)[0][:, :, 0].permute(0, 2, 1)
    known = sample(truth.valid, at)[0][:, 0, 0] > 0.99
    related = truth.related > 0
    known = known & related[:, None] & sides[0].there
    return Described(*sides, place, known, related)


def principal_axes(words: Sequence[Tensor], width: int) -> Tensor:
    """Return (D, width) axes that keep most of the descriptors' products."""
    rows = torch.cat([w.flatten(0, 1) for w in words])
    rows = rows[rows.norm(dim=1) > 0.5]
    _, axes = torch.linalg.eigh(rows.T @ rows)
    return axes[:, -width:].flip(1).contiguous()


def write(folder: Path, data: Path, count: int, width: int, held: bool) -> None:
    """Make samples until there are ``count``, a file of ``PER_FILE`` at a time."""
    net, _ = weights.load_network(weights.find("soma-medium"))
    sampler = sampler_of(data, held)
    folder.mkdir(parents=True, exist_ok=True)
    axes = folder.parent / "axes.npy"
    if not axes.exists():
        parts = [described(net, sampler, k, 8) for k in range(0, FOR_AXES, 8)]
        sides = itertools.chain.from_iterable((p.mov.words, p.ref.words) for p in parts)
        np.save(axes, principal_axes(list(sides), width).numpy())
    basis = torch.from_numpy(np.load(axes))
    for first in range(0, count, PER_FILE):
        path = folder / f"{first:06d}.npz"
        if path.exists():
            continue
        arrays: dict[str, np.ndarray] = {}
        for part, start in enumerate(range(first, first + PER_FILE, 8)):
            for name, value in _arrays(described(net, sampler, start, 8), basis):
                arrays[f"{part}/{name}"] = value
        draft = path.with_suffix(".tmp.npz")
        np.savez(draft, **arrays)
        draft.replace(path)


def _arrays(found: Described, basis: Tensor) -> Iterator[tuple[str, np.ndarray]]:
    for name in ("mov", "ref"):
        side: Keypoints = getattr(found, name)
        yield f"{name}/words", (side.words @ basis).half().numpy()
        for field in ("xy", "strength", "there", "size"):
            yield f"{name}/{field}", getattr(side, field).numpy()
    for name in ("place", "known", "related"):
        yield name, getattr(found, name).numpy()


def read(folder: Path) -> list[Described]:
    """Return all batches of a folder, eight pairs each; raises BadInput."""
    files = sorted(folder.glob("[0-9]*[0-9].npz"))
    if not files:
        raise BadInput(
            f"{folder} holds no samples; run training.keypoint_samples first."
        )
    found = []
    for path in files:
        with np.load(path, allow_pickle=False) as file:
            known = {key: torch.from_numpy(file[key]) for key in file.files}
        for part in range(PER_FILE // 8):
            sides = [
                Keypoints(
                    known[f"{part}/{side}/xy"],
                    _unit(known[f"{part}/{side}/words"].float()),
                    *(
                        known[f"{part}/{side}/{f}"]
                        for f in ("strength", "there", "size")
                    ),
                )
                for side in ("mov", "ref")
            ]
            rest = (known[f"{part}/{name}"] for name in ("place", "known", "related"))
            found.append(Described(*sides, *rest))
    return found


def _unit(words: Tensor) -> Tensor:
    return words / (words.norm(dim=2, keepdim=True) + 1e-6)


def main() -> None:
    """Make samples from the command line."""
    parser = samples_parser(__doc__, held=256)
    parser.add_argument("--width", type=int, default=96, help="of reduced descriptors")
    parser.add_argument("--like", type=Path, help="weights whose axes are taken")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.like is not None:
        basis = weights.opened(options.like, FORMAT)[0]["basis"]
        options.out.mkdir(parents=True, exist_ok=True)
        np.save(options.out / "axes.npy", basis.float().numpy())

    def make(folder: Path, count: int, held: bool) -> None:
        write(folder, options.data, count, options.width, held)

    make_samples(make, options.out, options.count, options.held)


if __name__ == "__main__":
    main()
