"""SuperGlue (Sarlin, DeTone, Malisiewicz and Rabinovich, CVPR 2020), from the paper.

Numbers of sections and equations are the paper's. Descriptors come from the frozen
encoders of SOMA. What every layer adds begins at zero and the keypoint encoder too, so
that the untrained network transports descriptors to their likes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..keypoints.types import Keypoints, reduced

#: Softmax temperature of unit descriptors before training, inverse.
SHARPNESS = 18.0
#: Score of the dustbin before training, in products of unit descriptors.
DUSTBIN = 0.45
#: Score of what the search does not allow.
NEVER = -1e4


@dataclass(frozen=True)
class SuperGlueConfig:
    """Architecture; saved with the weights.

    Args:
        words: length of a full descriptor.
        width: channels of the network.
        layers: pairs of self- and cross-attention.
        heads: of each attention.
        rounds: of the Sinkhorn algorithm.
    """

    words: int = 800
    width: int = 96
    layers: int = 3
    heads: int = 4
    rounds: int = 20

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return asdict(self)


class KeypointEncoder(nn.Module):
    """Position and strength of a keypoint, embedded beside its descriptor (eq. 2)."""

    def __init__(self, width: int):
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(3, 32), nn.LayerNorm(32), nn.ReLU(),
            nn.Linear(32, 64), nn.LayerNorm(64), nn.ReLU(),
            nn.Linear(64, width),
        )  # fmt: skip
        nn.init.zeros_(self.mlp[-1].weight)
        nn.init.zeros_(self.mlp[-1].bias)

    def forward(self, side: Keypoints) -> Tensor:
        """Return (B, N, width)."""
        strength = side.strength.clamp_min(0).log1p()[..., None]
        return self.mlp(torch.cat([side.unit(), strength], dim=2))


class Propagation(nn.Module):
    """One layer of message passing along self or cross edges (eq. 3 to 6)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.merge = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(2 * width, 2 * width),
            nn.LayerNorm(2 * width),
            nn.ReLU(),
            nn.Linear(2 * width, width),
        )
        nn.init.zeros_(self.mlp[-1].weight)
        nn.init.zeros_(self.mlp[-1].bias)

    def forward(self, x: Tensor, source: Tensor, there: Tensor) -> Tensor:
        """Return what is added to (B, N, width) ``x`` from (B, S, width) ``source``.

        ``there`` (B, S) bool tells which of the source are keypoints.
        """
        parts = self.query(x), self.key(source), self.value(source)
        q, k, v = (t.unflatten(2, (self.heads, -1)).transpose(1, 2) for t in parts)
        mask = there[:, None, None, :]
        message = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        message = message.nan_to_num().transpose(1, 2).flatten(2)
        return self.mlp(torch.cat([x, self.merge(message)], dim=2))


class SuperGlue(nn.Module):
    """Keypoints of two images in, log assignments out.

    Attributes:
        basis: (words, width) what reduces descriptors; principal axes of those of
            training places, no weights.
    """

    def __init__(self, config: SuperGlueConfig):
        super().__init__()
        self.config = config
        width = config.width
        self.register_buffer("basis", torch.eye(config.words, width))
        self.encode = KeypointEncoder(width)
        self.own = nn.ModuleList(
            Propagation(width, config.heads) for _ in range(config.layers)
        )
        self.cross = nn.ModuleList(
            Propagation(width, config.heads) for _ in range(config.layers)
        )
        self.project = nn.Linear(width, width)
        nn.init.eye_(self.project.weight)
        nn.init.zeros_(self.project.bias)
        with torch.no_grad():
            self.project.weight.mul_((SHARPNESS / width) ** 0.5)
        self.dustbin = nn.Parameter(torch.tensor(DUSTBIN * SHARPNESS))

    @torch.no_grad()
    def begin_at(self, axes: Tensor) -> None:
        """Reduce descriptors by (words, width or more) principal axes."""
        self.basis.copy_(axes[:, : self.config.width])

    def forward(self, mov: Keypoints, ref: Keypoints, near: Tensor) -> list[Tensor]:
        """Return the log assignment (B, M + 1, N + 1); see ``KeypointNetwork``."""
        x0, x1 = (
            reduced(side.words, self.basis) + self.encode(side) for side in (mov, ref)
        )
        for own, cross in zip(self.own, self.cross, strict=True):
            x0, x1 = x0 + own(x0, x0, mov.there), x1 + own(x1, x1, ref.there)
            x0, x1 = x0 + cross(x0, x1, ref.there), x1 + cross(x1, x0, mov.there)
        # Scores of pairs (eq. 7, 8), with a dustbin on either side (eq. 9).
        scores = torch.einsum("bmd,bnd->bmn", self.project(x0), self.project(x1))
        scores = scores.masked_fill(~near, NEVER)
        scores = nn.functional.pad(scores, (0, 1, 0, 1))
        bins = ~nn.functional.pad(torch.ones_like(near), (0, 1, 0, 1))
        scores = torch.where(bins, self.dustbin, scores)
        return [transport(scores, mov.there, ref.there, self.config.rounds)]


def transport(scores: Tensor, mov: Tensor, ref: Tensor, rounds: int) -> Tensor:
    """Solve for the assignment by the Sinkhorn algorithm in logarithms (eq. 10).

    Args:
        scores: (B, M + 1, N + 1) with dustbins.
        mov: (B, M) bool, which keypoints there are; absent ones have no mass.
        ref: (B, N) bool.
        rounds: of the algorithm.

    Returns:
        (B, M + 1, N + 1) logarithms; each row but the last sums to 1 over columns.
    """
    count0, count1 = (side.sum(dim=1, keepdim=True).float() for side in (mov, ref))
    mass0 = torch.cat(
        [torch.where(mov, 0.0, NEVER), count1.clamp_min(1e-6).log()], dim=1
    )
    mass1 = torch.cat(
        [torch.where(ref, 0.0, NEVER), count0.clamp_min(1e-6).log()], dim=1
    )
    u, v = torch.zeros_like(mass0), torch.zeros_like(mass1)
    for _ in range(rounds):
        u = mass0 - torch.logsumexp(scores + v[:, None], dim=2)
        v = mass1 - torch.logsumexp(scores + u[:, :, None], dim=1)
    return scores + u[:, :, None] + v[:, None]


def build(**sizes: int) -> SuperGlue:
    """Return the network of an architecture."""
    return SuperGlue(SuperGlueConfig(**sizes))
