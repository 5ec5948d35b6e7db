"""MSCA, multi-scale channel attention: which channels both sensors share.

The paper leaves its width, kernels and reduction open: here C' is a setting, kernels of
1, 3 and 5 cells are summed, and the bottleneck is a sixteenth. What the kernels see is
only asked for its mean, so they look at maps of a quarter of the size.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..network.layers import ConvNorm, masked_mean

#: Cells that are looked at as one, kernels in these, and the attention's bottleneck.
POOL = 4
KERNELS = (1, 3, 5)
REDUCTION = 16


class ChannelAttention(nn.Module):
    """Projects both maps, weighs their channels together, and fuses them.

    Args:
        c_in: channels of either map.
        width: C', channels that either is projected to.
    """

    def __init__(self, c_in: int, width: int):
        super().__init__()
        both, narrow = 2 * width, max(2 * width // REDUCTION, 4)
        self.project_sar = ConvNorm(c_in, width, 1, relu=False)
        self.project_optical = ConvNorm(c_in, width, 1, relu=False)
        self.project_optical.load_state_dict(self.project_sar.state_dict())
        self.scales = nn.ModuleList(ConvNorm(both, both, k) for k in KERNELS)
        self.squeeze = nn.Linear(both, narrow)
        self.excite = nn.Linear(narrow, both)
        self.fuse = ConvNorm(both, width, 3)

    def forward(
        self, sar: Tensor, optical: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Weigh and fuse.

        Args:
            sar: (B, c_in, h, w), laid on the optical grid.
            optical: (B, c_in, h, w).
            mask: (B, 1, h, w), where both are valid.

        Returns:
            (B, C', h, w) reweighted map of either, and the fused one.
        """
        sar, optical = self.project_sar(sar), self.project_optical(optical)
        both = F.avg_pool2d(torch.cat([sar, optical], dim=1) * mask, POOL)
        there = F.avg_pool2d(mask, POOL)
        seen = sum(scale(both) for scale in self.scales)
        mean = masked_mean(seen, there)[:, :, 0, 0]
        weight = torch.sigmoid(self.excite(F.relu(self.squeeze(mean))))
        sar_weight, optical_weight = weight[:, :, None, None].chunk(2, dim=1)
        sar, optical = sar * sar_weight, optical * optical_weight
        return sar, optical, self.fuse(torch.cat([sar, optical], dim=1))
