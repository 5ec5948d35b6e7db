"""Attention between the coarse tokens of two images; only for a GPU's architectures."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable

import torch
from torch import Tensor, nn

from .encoder import Features


class CrossAttention(nn.Module):
    """Self- and cross-attention between the coarse tokens of two images.

    Pre-norm, shared by both images and both directions, so that swapping the
    images swaps the outputs. Optional: only configurations for a GPU use it.
    """

    def __init__(self, channels: int, heads: int = 4):
        super().__init__()
        self.self_norm, self.cross_norm = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.mlp_norm = nn.LayerNorm(channels)
        self.self_attention = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.cross_attention = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.mlp = nn.Sequential(
            nn.Linear(channels, 2 * channels),
            nn.GELU(),
            nn.Linear(2 * channels, channels),
        )

    def _own(self, x: Tensor) -> Tensor:
        y = self.self_norm(x)
        return x + self.self_attention(y, y, y, need_weights=False)[0]

    def _other(self, x: Tensor, other: Tensor) -> Tensor:
        y, z = self.cross_norm(x), self.cross_norm(other)
        x = x + self.cross_attention(y, z, z, need_weights=False)[0]
        return x + self.mlp(self.mlp_norm(x))

    def forward(self, x0: Tensor, x1: Tensor) -> tuple[Tensor, Tensor]:
        """Map tokens (B, N0, C) and (B, N1, C) to updated ones of the same shape."""
        x0, x1 = self._own(x0), self._own(x1)
        return self._other(x0, x1), self._other(x1, x0)


def sine_positions(height: int, width: int, channels: int) -> Tensor:
    """Return 2-D sine position codes, (height * width, channels)."""
    quarter = channels // 4
    rate = 1e4 ** (-torch.arange(quarter) / quarter)
    y = torch.arange(height)[:, None] * rate
    x = torch.arange(width)[:, None] * rate
    rows = torch.cat([y.sin(), y.cos()], dim=1)[:, None].expand(-1, width, -1)
    columns = torch.cat([x.sin(), x.cos()], dim=1)[None].expand(height, -1, -1)
    return torch.cat([rows, columns], dim=2).flatten(0, 1)


def attend(
    blocks: Iterable[nn.Module], mov: Features, ref: Features, planes: int
) -> tuple[Features, Features]:
    """Return features whose learned channels at 1/16 have seen both images.

    Args:
        blocks: rounds of ``CrossAttention``.
        mov: features of the moving images.
        ref: features of the reference images.
        planes: number of hand-made channels, which stay as they are.
    """
    tokens, sizes = [], []
    for features in (mov, ref):
        level = features.levels[3][:, planes:]
        size = level.shape[-2:]
        code = sine_positions(*size, level.shape[1]).to(level)
        tokens.append(level.flatten(2).transpose(1, 2) + code)
        sizes.append(size)
    for block in blocks:
        tokens = list(block(*tokens))
    changed = []
    for features, token, size in zip((mov, ref), tokens, sizes, strict=True):
        hand_made = features.levels[3][:, :planes]
        learned = token.transpose(1, 2).unflatten(2, size) * features.masks[3]
        level = torch.cat([hand_made, learned], dim=1)
        changed.append(replace(features, levels=(*features.levels[:3], level)))
    return changed[0], changed[1]
