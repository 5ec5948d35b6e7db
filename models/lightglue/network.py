"""LightGlue (Lindenberger, Sarlin and Pollefeys, ICCV 2023), of kornia's blocks.

Section numbers are the paper's. Descriptors come from the frozen encoders of SOMA and
are reduced to the network's width. It starts as a matcher by descriptors alone: what
each layer adds begins at zero, and the first assignment is the dual softmax of the
descriptors' products.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from kornia.feature.lightglue import (
    LearnableFourierPositionalEncoding,
    MatchAssignment,
    TransformerLayer,
    sigmoid_log_double_softmax,
)
from torch import Tensor, nn

from ..keypoints.types import Keypoints, reduced

#: Softmax temperature of unit descriptors before training, inverse.
SHARPNESS = 18.0
#: Logit of every keypoint having a counterpart, before training.
MATCHABLE = 2.0
#: Score of what the search does not allow.
NEVER = -1e4


@dataclass(frozen=True)
class LightGlueConfig:
    """Architecture; saved with the weights.

    Args:
        words: length of a full descriptor.
        width: channels of the network, a multiple of 2 heads.
        layers: of self- and cross-attention.
        heads: of each attention.
    """

    words: int = 800
    width: int = 96
    layers: int = 4
    heads: int = 4

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return asdict(self)


class LightGlue(nn.Module):
    """Keypoints of two images in, log assignments out.

    Attributes:
        basis: (words, width) what reduces descriptors; principal axes of those of
            training places, no weights.
    """

    def __init__(self, config: LightGlueConfig):
        super().__init__()
        self.config = config
        width = config.width
        self.register_buffer("basis", torch.eye(config.words, width))
        head = width // config.heads
        self.position = LearnableFourierPositionalEncoding(2, head, head)
        self.layers = nn.ModuleList(
            TransformerLayer(width, config.heads, True) for _ in range(config.layers)
        )
        self.assign = nn.ModuleList(
            MatchAssignment(width) for _ in range(config.layers)
        )
        self._begin_as_nearest_descriptor()

    @torch.no_grad()
    def _begin_as_nearest_descriptor(self) -> None:
        for layer in self.layers:
            for block in (layer.self_attn, layer.cross_attn):
                nn.init.zeros_(block.ffn[-1].weight)
                nn.init.zeros_(block.ffn[-1].bias)
        width = self.config.width
        for assign in self.assign:
            # The products of the projections are divided by the root of the width.
            gain = (SHARPNESS / width**0.5) ** 0.5
            nn.init.eye_(assign.final_proj.weight).mul_(gain)
            nn.init.zeros_(assign.final_proj.bias)
            nn.init.zeros_(assign.matchability.weight)
            nn.init.constant_(assign.matchability.bias, MATCHABLE)

    @torch.no_grad()
    def begin_at(self, axes: Tensor) -> None:
        """Reduce descriptors by (words, width or more) principal axes."""
        self.basis.copy_(axes[:, : self.config.width])

    def forward(self, mov: Keypoints, ref: Keypoints, near: Tensor) -> list[Tensor]:
        """Return log assignments (B, M + 1, N + 1); see ``KeypointNetwork``.

        In training those of all layers, for each is supervised (3.4); else the last
        one's. Pairs run one by one with the keypoints that are there: a softmax over
        none has no gradient. Depth and width do not adapt (3.3): on one core the
        700 keypoints of two tiles of 512 px are paired in 0.13 s and described in 1.0.
        """
        pairs = [
            self._one(mov.take(k), ref.take(k), near[k : k + 1])
            for k in range(len(near))
        ]
        return [torch.cat(layer) for layer in zip(*pairs, strict=True)]

    def _one(self, mov: Keypoints, ref: Keypoints, near: Tensor) -> list[Tensor]:
        i, j = (torch.nonzero(side.there[0])[:, 0] for side in (mov, ref))
        size = 1, near.shape[1] + 1, near.shape[2] + 1
        empty = mov.words.new_full(size, NEVER)
        if not len(i) or not len(j):
            return [empty] * len(self.layers if self.training else self.layers[:1])
        x0, x1 = (
            reduced(mov.words[:, i], self.basis),
            reduced(ref.words[:, j], self.basis),
        )
        e0, e1 = self.position(mov.unit()[:, i]), self.position(ref.unit()[:, j])
        allowed = near[:, i][:, :, j]
        rows = torch.cat([i, i.new_tensor([near.shape[1]])])
        columns = torch.cat([j, j.new_tensor([near.shape[2]])])
        places = rows[:, None], columns
        found: list[Tensor] = []
        for depth, layer in enumerate(self.layers):
            x0, x1 = layer(x0, x1, e0, e1)
            if self.training or depth == len(self.layers) - 1:
                scores = self._assignment(depth, x0, x1, allowed)
                found.append(empty[0].index_put(places, scores[0])[None])
        return found

    def _assignment(self, depth: int, x0: Tensor, x1: Tensor, near: Tensor) -> Tensor:
        """Dual softmax and matchability (3.2) over what the search allows."""
        assign, width = self.assign[depth], self.config.width
        p0, p1 = (assign.final_proj(x) / width**0.25 for x in (x0, x1))
        products = torch.einsum("bmd,bnd->bmn", p0, p1)
        products = products.masked_fill(~near, NEVER)
        z0, z1 = assign.matchability(x0), assign.matchability(x1)
        scores = sigmoid_log_double_softmax(products, z0, z1)
        # Where nothing is allowed the softmax would share itself out evenly.
        refused = nn.functional.pad(~near, (0, 1, 0, 1))
        return scores.masked_fill(refused, NEVER)


def build(**sizes: int) -> LightGlue:
    """Return the network of an architecture."""
    return LightGlue(LightGlueConfig(**sizes))
