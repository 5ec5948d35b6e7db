"""Attention between the coarse tokens of two images; only for a GPU's architectures."""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
