"""Co-registered pairs, as ``training.pack`` packed them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import cv2
import numpy as np

from ..core.base.errors import BadInput

#: Source of the simulator's pairs, whose alignment is exact.
SIMULATOR = "simulated"


@dataclass(frozen=True)
class Pair:
    """Two co-registered images.

    Args:
        sar: (H, W) uint8, log intensity.
        optical: (H, W) or (H, W, 3) uint8.
        offset: SAR (x, y) lies at optical (x + dx, y + dy), px.
        place: what must not be split between training and development.
        source: name of the collection.
        sar_ground: (H, W) uint8, the share of bare ground in the echo, 255 for all of
            it; None where that is not known.
        optical_ground: (H, W) uint8, 255 where bare ground lies in the sun and 0
            elsewhere; None where that is not known.
    """

    sar: np.ndarray
    optical: np.ndarray
    offset: tuple[float, float]
    place: str
    source: str
    sar_ground: np.ndarray | None = None
    optical_ground: np.ndarray | None = None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height, px."""
        return self.sar.shape[1], self.sar.shape[0]


def load_pack(folder: Path) -> list[Pair]:
    """Read the files that ``training.pack`` wrote; raises BadInput."""
    files = sorted(Path(folder).glob("*.npz"))
    if not files:
        raise BadInput(f"{folder} holds no packed pairs; run training.pack first.")
    pairs = []
    for path in files:
        with np.load(path, allow_pickle=False) as shard:
            bounds, bytes_ = shard["bounds"], shard["bytes"]
            images = [
                cv2.imdecode(bytes_[a:b], cv2.IMREAD_UNCHANGED) if b > a else None
                for a, b in itertools.pairwise(bounds)
            ]
            rows = zip(shard["offset"], shard["place"], shard["source"], strict=True)
            # Packs of an earlier version know nothing of the ground.
            each = len(images) // max(len(shard["place"]), 1)
            if each not in (2, 4):
                raise BadInput(
                    f"{path} is from a version that knew the ground of both images as "
                    "one; pack it again."
                )
            for index, (offset, place, source) in enumerate(rows):
                sar, optical, *ground = images[each * index : each * (index + 1)]
                pairs.append(
                    Pair(
                        sar,
                        optical,
                        (float(offset[0]), float(offset[1])),
                        str(place),
                        str(source),
                        *ground,
                    )
                )
    return pairs


def split_by_place(
    pairs: Sequence[Pair], share: float, seed: int = 0
) -> tuple[list[Pair], list[Pair]]:
    """Split into training and development pairs so that no place is in both."""
    places = sorted({pair.place for pair in pairs})
    order = np.random.default_rng(seed).permutation(len(places))
    held = {places[i] for i in order[: round(share * len(places))]}
    train = [pair for pair in pairs if pair.place not in held]
    return train, [pair for pair in pairs if pair.place in held]
