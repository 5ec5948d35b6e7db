"""Samples for training from co-registered pairs, each drawn from its number alone.

Sample ``i`` of seed ``s`` is a function of (s, i) alone: resuming after a kill
needs only the number of samples seen so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np
import torch
from torch import Tensor

from ..core.base.errors import BadInput
from ..core.base.types import Tile, TilePair
from .augment import (
    Geometry,
    Ranges,
    affine_grid,
    draw_geometry,
    grey_weights,
    read_crop,
    stretch,
    vary_optical,
    vary_sar,
    wedge,
)
from .pairs import SIMULATOR, Pair

#: How a sample came about.
REAL, SYNTHETIC, UNRELATED, SIMULATED = 0, 1, 2, 3


@dataclass(frozen=True)
class Sample:
    """One training example; also, with a leading dimension, a batch.

    Args:
        sar: (1, S, S) float32 in 0..1.
        optical: (1, S, S) float32 in 0..1.
        sar_valid: (1, S, S) float32, 1 or 0.
        optical_valid: the same.
        flow: (2, S, S) float32, reference xy of every moving pixel.
        motion: (2, 3) float32, the affine part of ``flow``.
        kind: REAL, SYNTHETIC (the SAR crop is still optical), UNRELATED or SIMULATED.
        sar_moves: whether SAR is the moving image.
        sar_ground: (1, S, S) float32, the share of bare ground in the echo, -1 where
            that is not known.
        optical_ground: (1, S, S) float32, 1 where bare ground lies in the sun, 0
            elsewhere, -1 where that is not known.
    """

    sar: Tensor
    optical: Tensor
    sar_valid: Tensor
    optical_valid: Tensor
    flow: Tensor
    motion: Tensor
    kind: Tensor
    sar_moves: bool
    sar_ground: Tensor
    optical_ground: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """Return all that is a tensor, by name."""
        return {k: v for k, v in self.__dict__.items() if isinstance(v, Tensor)}


@dataclass(frozen=True)
class Mix:
    """What a batch is made of.

    Args:
        synthetic: share of pairs made from one optical image.
        unrelated: share of pairs that show different places.
        wedge: share of images with a nodata edge.
        synthetic_until: sample number after which there are only real pairs.
        simulated: share of pairs drawn from the simulator's scenes, 0 to draw them
            like those of any source.
    """

    synthetic: float = 0.2
    unrelated: float = 0.08
    wedge: float = 0.06
    synthetic_until: int = 10**12
    simulated: float = 0.0


class PairSampler:
    """Draws samples from pairs, each source equally often."""

    def __init__(self, pairs: Sequence[Pair], ranges: Ranges, mix: Mix, seed: int):
        if not pairs:
            raise BadInput("There are no training pairs.")
        self.pairs, self.ranges, self.mix, self.seed = pairs, ranges, mix, seed
        groups: dict[str, list[int]] = {}
        for index, pair in enumerate(pairs):
            groups.setdefault(pair.source, []).append(index)
        if mix.simulated and SIMULATOR not in groups:
            raise BadInput("There are no simulated scenes; add them to the pack.")
        self.made = groups.pop(SIMULATOR) if mix.simulated else []
        self.groups = [groups[name] for name in sorted(groups)]

    def _pick(self, rng: np.random.Generator) -> Pair:
        if self.made and (not self.groups or rng.random() < self.mix.simulated):
            return self.pairs[self.made[rng.integers(len(self.made))]]
        group = self.groups[rng.integers(len(self.groups))]
        return self.pairs[group[rng.integers(len(group))]]

    def sample(self, index: int, size: int, sar_moves: bool) -> Sample:
        """Return sample number ``index`` with crops of ``size`` px."""
        rng = np.random.default_rng([self.seed, index])
        pair = self._pick(rng)
        draw = rng.random()
        kind = known = SIMULATED if pair.source == SIMULATOR else REAL
        if draw < self.mix.synthetic:
            kind = SYNTHETIC if index < self.mix.synthetic_until else known
        elif draw < self.mix.synthetic + self.mix.unrelated:
            kind = UNRELATED
        geometry = draw_geometry(rng, size, pair.size_wh, self.ranges)
        optical = pair.optical
        sar = optical if kind == SYNTHETIC else pair.sar
        offset = (0.0, 0.0) if kind == SYNTHETIC else pair.offset
        if kind == UNRELATED:
            # The same place, read elsewhere: turned by a half and mirrored.
            sar = np.ascontiguousarray(sar[::-1] if rng.random() < 0.5 else sar.T)
            if sar.shape != optical.shape[:2]:
                sar = np.ascontiguousarray(pair.sar[:, ::-1])
        places = _places(geometry, offset, sar_moves)
        sar_crop, optical_crop = _read_both(rng, sar, optical, places)
        labels = pair.sar_ground, pair.optical_ground
        ground = [
            _ground(label if kind == SIMULATED else None, xy)
            for label, xy in zip(labels, places, strict=True)
        ]
        if kind != SYNTHETIC:
            sar_crop = vary_sar(rng, stretch(sar_crop))
        else:
            sar_crop = stretch(sar_crop)
        optical_crop = vary_optical(rng, stretch(optical_crop))
        masks = [
            wedge(rng, size) if rng.random() < self.mix.wedge else None
            for _ in range(2)
        ]
        valid = [
            np.ones((size, size), bool) if mask is None else mask for mask in masks
        ]
        return Sample(
            _plane(sar_crop * valid[0]),
            _plane(optical_crop * valid[1]),
            _plane(valid[0]),
            _plane(valid[1]),
            torch.from_numpy(geometry.flow().transpose(2, 0, 1).copy()),
            torch.from_numpy(geometry.motion.astype(np.float32)),
            torch.tensor(kind),
            sar_moves,
            *map(_plane, ground),
        )

    def batch(self, first: int, count: int, size: int) -> Sample:
        """Return samples ``first`` to ``first + count`` stacked; one direction."""
        sar_moves = (first // count) % 2 == 0
        return collate([self.sample(first + k, size, sar_moves) for k in range(count)])


def collate(samples: Sequence[Sample]) -> Sample:
    """Stack samples of one size and direction into a batch."""
    rows = [sample.tensors() for sample in samples]
    stacked = {name: torch.stack([row[name] for row in rows]) for name in rows[0]}
    return Sample(**stacked, sar_moves=samples[0].sar_moves)


def tile_pair(sample: Sample) -> TilePair:
    """Return a batch of one as a matcher gets it."""
    sar, optical = (
        Tile(pixels[0, 0].numpy(), valid[0, 0].numpy() > 0, np.eye(3), kind)
        for pixels, valid, kind in (
            (sample.sar, sample.sar_valid, "sar"),
            (sample.optical, sample.optical_valid, "optical"),
        )
    )
    return TilePair(optical, sar) if sample.sar_moves else TilePair(sar, optical)


def _places(
    geometry: Geometry, offset: tuple[float, float], sar_moves: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return where SAR and optical crops read their images, (S, S, 2) px each."""
    size = len(geometry.warp)
    to_source = geometry.to_source
    fixed = affine_grid(to_source, size)
    moved = geometry.flow() @ to_source[:, :2].T + to_source[:, 2]
    sar_xy, optical_xy = (moved, fixed) if sar_moves else (fixed, moved)
    return sar_xy - offset, optical_xy


def _read_both(
    rng: np.random.Generator,
    sar: np.ndarray,
    optical: np.ndarray,
    places: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Resample both crops."""
    cubic = rng.random(2) < 0.5
    weights = grey_weights(rng)
    return (
        read_crop(sar, places[0], bool(cubic[0]), weights),
        read_crop(optical, places[1], bool(cubic[1]), weights),
    )


def _ground(label: np.ndarray | None, places: np.ndarray) -> np.ndarray:
    """Return the bare ground that a crop shows, -1 where it is not known."""
    if label is None:
        return np.full(places.shape[:2], -1.0)
    return read_crop(label, places, False, np.zeros(3, np.float32)) / 255


def _plane(image: np.ndarray) -> Tensor:
    return torch.from_numpy(image.astype(np.float32))[None]
