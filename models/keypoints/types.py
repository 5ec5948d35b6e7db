"""Keypoints as networks see them, and what a network says of two sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ..network.encoder import Features

#: What positions are given in. The papers take half an image's side; our tiles are of
#: any size, and one scale of the ground is one scale for the network.
UNIT_PX = 128.0


@dataclass(frozen=True)
class Keypoints:
    """Keypoints of a batch of images, padded to one number.

    Args:
        xy: (B, N, 2) float32 px.
        words: (B, N, D) float32 descriptors of unit length.
        strength: (B, N) float32 relative to what is usual in the image.
        there: (B, N) bool, whether there is a keypoint at all.
        size: (B, 2) float32 px, width and height of the image.
    """

    xy: Tensor
    words: Tensor
    strength: Tensor
    there: Tensor
    size: Tensor

    def take(self, index: int) -> Keypoints:
        """Return one image of the batch."""
        one = slice(index, index + 1)
        parts = self.xy, self.words, self.strength, self.there, self.size
        return Keypoints(*(part[one] for part in parts))

    def unit(self) -> Tensor:
        """Return (B, N, 2) positions about the middle, in units of ``UNIT_PX``."""
        unit = (self.xy - 0.5 * self.size[:, None]) / UNIT_PX
        return torch.where(self.there[..., None], unit, torch.zeros_like(unit))


def reduced(words: Tensor, basis: Tensor) -> Tensor:
    """Return descriptors (B, N, width) whose entries are about 1.

    Args:
        words: (B, N, D) of unit length, or (B, N, width) that were reduced before.
        basis: (D, width) principal axes.
    """
    width = basis.shape[1]
    if words.shape[-1] != width:
        words = words @ basis
        words = words / (words.norm(dim=2, keepdim=True) + 1e-6)
    return words * width**0.5


class Pairing(Protocol):
    """A module that pairs places of two images, whatever it takes for a place."""

    def pairs(
        self,
        sides: tuple[Features, Features],
        planes: int,
        sizes: Tensor,
        reach_px: float,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return pairs: (n, 2) px of the moving image and of the reference, (n,) score.

        Scores are logarithms of a probability.

        Args:
            sides: features of one moving image and one reference.
            planes: number of hand-made channels, first in the features.
            sizes: (2, 1, 2) px, width and height of both without padding.
            reach_px: how far a place may be from its counterpart.
        """


class KeypointNetwork(Protocol):
    """What the networks on keypoints have in common."""

    def __call__(self, mov: Keypoints, ref: Keypoints, near: Tensor) -> list[Tensor]:
        """Return log assignments (B, M + 1, N + 1), best last; see ``assigned``.

        Args:
            mov: of the moving images.
            ref: of the references.
            near: (B, M, N) bool, pairs that the search allows.
        """


def within_reach(mov: Keypoints, ref: Keypoints, reach_px: float) -> Tensor:
    """Return (B, M, N) bool, which keypoints may be one place."""
    both = mov.there[:, :, None] & ref.there[:, None, :]
    return both & (torch.cdist(mov.xy, ref.xy) <= reach_px)


def assigned(scores: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the mutual best pairs of one log assignment (M + 1, N + 1).

    The last row and column are for what has no counterpart.

    Returns:
        (n,) index of the moving keypoint, (n,) of the reference's, (n,) log score.
    """
    inner = scores[:-1, :-1]
    if not inner.numel():
        none = torch.zeros(0, dtype=torch.long, device=scores.device)
        return none, none, scores.new_zeros(0)
    best, there = inner.max(dim=1)
    back = inner.argmax(dim=0)
    here = torch.arange(len(inner), device=scores.device)
    good = back[there] == here
    return here[good], there[good], best[good]
