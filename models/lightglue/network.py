"""LightGlue (Lindenberger, Sarlin and Pollefeys, ICCV 2023), of kornia's blocks.

Section numbers are the paper's. Descriptors come from the frozen encoders of SOMA and
are reduced to the network's width. It starts as a matcher by descriptors alone: what
each layer adds begins at zero, and the first assignment is the dual softmax of the
descriptors' products.

Depth and width adapt (3.3): a classifier after each layer says which keypoints have the
match by now that the last layer would give them. Where nearly all have, the layers end;
those that have none to expect are left out of the layers to come. The classifiers learn
in a second stage, when all else rests; before it they are sure of nothing.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Iterator

import torch
from kornia.feature.lightglue import (
    LearnableFourierPositionalEncoding,
    MatchAssignment,
    TokenConfidence,
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
#: The paper's: share of all keypoints that are sure of their match where the layers
#: end, and matchability up to which one that is sure is left out.
ENOUGH, UNMATCHABLE = 0.95, 0.01


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


@dataclass(frozen=True)
class _Seen:
    """Keypoints of one image that the layers look at.

    Args:
        x: (1, n, width) what is known of them.
        place: (2, 1, 1, n, width / heads) their encoded positions.
        index: (n,) which of the image's they are.
    """

    x: Tensor
    place: Tensor
    index: Tensor

    def take(self, keep: Tensor) -> _Seen:
        """Return those of a mask (n,)."""
        return _Seen(self.x[:, keep], self.place[..., keep, :], self.index[keep])


class LightGlue(nn.Module):
    """Keypoints of two images in, log assignments out.

    Attributes:
        basis: (words, width) what reduces descriptors; principal axes of those of
            training places, no weights.
        adaptive: whether depth and width adapt, but in training.
    """

    adaptive = True

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
        self.confidence = nn.ModuleList(
            TokenConfidence(width) for _ in range(config.layers - 1)
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
        for head in self.confidence:
            nn.init.zeros_(head.token[0].weight)
            nn.init.zeros_(head.token[0].bias)

    @torch.no_grad()
    def begin_at(self, axes: Tensor) -> None:
        """Reduce descriptors by (words, width or more) principal axes."""
        self.basis.copy_(axes[:, : self.config.width])

    def forward(self, mov: Keypoints, ref: Keypoints, near: Tensor) -> list[Tensor]:
        """Return log assignments (B, M + 1, N + 1); see ``KeypointNetwork``.

        In training those of all layers, for each is supervised (3.4); else that of the
        layer at which they end. Pairs run one by one with the keypoints that are there:
        a softmax over none has no gradient, and each pair ends where it may.
        """
        pairs = [
            self._one(mov.take(k), ref.take(k), near[k : k + 1])
            for k in range(len(near))
        ]
        return [torch.cat(layer) for layer in zip(*pairs, strict=True)]

    def _one(self, mov: Keypoints, ref: Keypoints, near: Tensor) -> list[Tensor]:
        size = 1, near.shape[1] + 1, near.shape[2] + 1
        whole = mov.words.new_full(size, NEVER)
        seen = self._looked_at(mov), self._looked_at(ref)
        if not all(len(side.index) for side in seen):
            return [whole] * len(self.layers if self.training else self.layers[:1])
        if self.training:
            return [
                self._assigned(depth, *sides, near, whole)
                for depth, sides in enumerate(self._states(*seen))
            ]
        return [self._adapted(*seen, near, whole)]

    def _looked_at(self, side: Keypoints) -> _Seen:
        """Return the keypoints of an image that are there, as the layers take them."""
        index = torch.nonzero(side.there[0])[:, 0]
        place = self.position(side.unit()[:, index])
        return _Seen(reduced(side.words[:, index], self.basis), place, index)

    def _states(self, mov: _Seen, ref: _Seen) -> Iterator[tuple[_Seen, _Seen]]:
        """Yield the keypoints after each layer."""
        for layer in self.layers:
            mov, ref = _through(layer, mov, ref)
            yield mov, ref

    def _adapted(self, mov: _Seen, ref: _Seen, near: Tensor, whole: Tensor) -> Tensor:
        """Return the assignment of the layer at which the layers may end (3.3)."""
        last = len(self.layers) - 1
        for depth, layer in enumerate(self.layers):
            mov, ref = _through(layer, mov, ref)
            if depth == last or not self.adaptive:
                continue
            least, told = _least(depth, last + 1), self.confidence[depth](mov.x, ref.x)
            sure = [confidence[0] > least for confidence in told]
            if float(torch.cat(sure).float().mean()) > ENOUGH:
                return self._assigned(depth, mov, ref, near, whole)
            gone = [
                certain & (self.assign[depth].get_matchability(side.x)[0] < UNMATCHABLE)
                for certain, side in zip(sure, (mov, ref), strict=True)
            ]
            # They have no counterpart, and are said to have none.
            whole[0, mov.index[gone[0]], -1] = 0.0
            whole[0, -1, ref.index[gone[1]]] = 0.0
            mov, ref = mov.take(~gone[0]), ref.take(~gone[1])
            if not len(mov.index) or not len(ref.index):
                return whole
        return self._assigned(last, mov, ref, near, whole)

    def sureness(
        self, mov: Keypoints, ref: Keypoints, near: Tensor
    ) -> list[tuple[Tensor, Tensor]]:
        """Return what teaches each classifier, of one pair; see ``forward``.

        Returns:
            For every layer but the last (n,) log odds that a keypoint is sure, and (n,)
            whether its match, or that it has none, is what the last layer says.
        """
        seen = self._looked_at(mov), self._looked_at(ref)
        if not all(len(side.index) for side in seen):
            return []
        with torch.no_grad():
            states = list(self._states(*seen))
            allowed = near[:, seen[0].index][:, :, seen[1].index]
            chosen = [
                _chosen(self._assignment(depth, m.x, r.x, allowed)[0])
                for depth, (m, r) in enumerate(states)
            ]
        return [
            (
                torch.cat([head.token[0](side.x)[0, :, 0] for side in sides]),
                now == chosen[-1],
            )
            for head, sides, now in zip(self.confidence, states, chosen, strict=False)
        ]

    def _assigned(
        self, depth: int, mov: _Seen, ref: _Seen, near: Tensor, whole: Tensor
    ) -> Tensor:
        """Return (1, M + 1, N + 1), the assignment of a layer at its keypoints."""
        rows = torch.cat([mov.index, mov.index.new_tensor([near.shape[1]])])
        columns = torch.cat([ref.index, ref.index.new_tensor([near.shape[2]])])
        allowed = near[:, mov.index][:, :, ref.index]
        scores = self._assignment(depth, mov.x, ref.x, allowed)
        return whole[0].index_put((rows[:, None], columns), scores[0])[None]

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


def _through(layer: nn.Module, mov: _Seen, ref: _Seen) -> tuple[_Seen, _Seen]:
    """Return the keypoints after a layer of self- and cross-attention."""
    x0, x1 = layer(mov.x, ref.x, mov.place, ref.place)
    return replace(mov, x=x0), replace(ref, x=x1)


def _least(depth: int, layers: int) -> float:
    """Return how sure a keypoint is at least after a layer (3.3)."""
    return 0.8 + 0.1 * math.exp(-4 * depth / layers)


def _chosen(scores: Tensor) -> Tensor:
    """Return (M + N,) with what the keypoints of an assignment are paired.

    That is the index of the counterpart, or of the last row or column for none.
    """
    return torch.cat([scores[:-1].argmax(dim=1), scores[:, :-1].argmax(dim=0)])


def build(**sizes: int) -> LightGlue:
    """Return the network of an architecture."""
    return LightGlue(LightGlueConfig(**sizes))
