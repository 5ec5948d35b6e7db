"""Training pairs as LoFTR sees them, made once: the encoders they come from rest.

    python -m soma.training.loftr_samples runs/loftr-pairs --data runs/pack

Sample ``i`` is that of ``PairSampler`` with the same number, so that a stopped run goes
on where it was. The axes that tokens begin at are those of the first samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.base.errors import BadInput
from ..models import weights
from ..models.loftr.dense import Dense, dense_of
from ..models.loftr.network import PLACES, anchors
from ..models.network.geometry import sample
from ..models.network.soma import Soma
from .data import Mix, PairSampler
from .keypoint_samples import principal_axes, sampler_of
from .objective import describe, prepare, truth_for
from .options import make_samples, samples_parser

#: Unrelated pairs teach a dual softmax nothing; whether a placement stands out is asked
#: of other evidence.
MIX = Mix(0.0, 0.0)
#: Sides of the crops in turn, px, and pairs in a file.
CROPS, PER_FILE = (192, 160, 192, 256), 8
#: Pairs and axes that are read and kept for tokens to begin at.
FOR_AXES, AXES = 64, 128


@dataclass(frozen=True)
class Encoded:
    """A batch of pairs and where their cells lie.

    Args:
        mov: of the moving images.
        ref: of the references.
        place: (B, L, 2) px where the moving cells' anchors lie in the reference.
        known: (B, L) bool, whether both images show that place.
    """

    mov: Dense
    ref: Dense
    place: Tensor
    known: Tensor


@torch.inference_mode()
def encoded(net: Soma, sampler: PairSampler, first: int, count: int) -> Encoded:
    """Return samples ``first`` to ``first + count``."""
    size = CROPS[(first // count) % len(CROPS)]
    generator = torch.Generator().manual_seed(first)
    batch = prepare(sampler.batch(first, count, size), torch.device("cpu"), generator)
    truth = truth_for(batch)
    sides = [dense_of(features, net.planes) for features in describe(net, batch)]
    at = anchors(*sides[0].cells).T[None, :, None].expand(count, -1, -1, -1)
    place = sample(truth.flow, at)[0][:, :, 0].transpose(1, 2)
    known = sample(truth.valid, at)[0][:, 0, 0] > 0.99
    return Encoded(sides[0], sides[1], place, known)


def window_axes(sides: Sequence[Dense], width: int) -> Tensor:
    """Return the principal axes of the windows that tokens are made of."""
    windows = [
        F.unfold(side.coarse, PLACES, padding=PLACES // 2).transpose(1, 2)
        for side in sides
    ]
    return principal_axes(
        [w / (w.norm(dim=2, keepdim=True) + 1e-6) for w in windows], width
    )


def write(folder: Path, data: Path, count: int, held: bool) -> None:
    """Make samples until there are ``count``, a file of ``PER_FILE`` at a time."""
    net, _ = weights.load_network(weights.find("soma-medium"))
    sampler = sampler_of(data, held, MIX)
    folder.mkdir(parents=True, exist_ok=True)
    axes = folder.parent / "axes.npy"
    if not axes.exists():
        firsts = range(0, FOR_AXES, PER_FILE)
        parts = [encoded(net, sampler, k, PER_FILE) for k in firsts]
        sides = [side for part in parts for side in (part.mov, part.ref)]
        np.save(axes, window_axes(sides, AXES).numpy())
    for first in range(0, count, PER_FILE):
        path = folder / f"{first:06d}.npz"
        if path.exists():
            continue
        made = encoded(net, sampler, first, PER_FILE)
        arrays = {"place": made.place.numpy(), "known": made.known.numpy()}
        for name, side in (("mov", made.mov), ("ref", made.ref)):
            arrays[f"{name}/coarse"] = side.coarse.half().numpy()
            arrays[f"{name}/fine"] = side.fine.half().numpy()
            arrays[f"{name}/seen"] = side.seen.numpy()
        draft = path.with_suffix(".tmp.npz")
        np.savez(draft, **arrays)
        draft.replace(path)


class Folder(Sequence[Encoded]):
    """The batches of a folder, each read when it is asked for; raises BadInput."""

    def __init__(self, folder: Path):
        self._files = sorted(folder.glob("[0-9]*[0-9].npz"))
        if not self._files:
            raise BadInput(
                f"{folder} holds no samples; run training.loftr_samples first."
            )

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> Encoded:  # type: ignore[override]
        with np.load(self._files[index], allow_pickle=False) as file:
            known = {key: torch.from_numpy(file[key]) for key in file.files}
        sides = [
            Dense(
                known[f"{side}/coarse"].float(),
                known[f"{side}/fine"].float(),
                known[f"{side}/seen"],
            )
            for side in ("mov", "ref")
        ]
        return Encoded(sides[0], sides[1], known["place"], known["known"])


def main() -> None:
    """Make samples from the command line."""
    options = samples_parser(__doc__, held=64).parse_args()
    torch.set_num_threads(1)

    def make(folder: Path, count: int, held: bool) -> None:
        write(folder, options.data, count, held)

    make_samples(make, options.out, options.count, options.held)


if __name__ == "__main__":
    main()
