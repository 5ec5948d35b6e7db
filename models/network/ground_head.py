"""Where an image shows bare ground, and what stands on it.

Houses and trees lean toward the radar: their gradients lie, in the same direction over
a whole scene, and a placement that listens to them is off by one or two pixels of metre
resolution. Each encoder says of every place whether it shows ground; what is matched
then counts by what both images say; see ``joint`` for how a photograph helps a radar
image. The paper has nothing of the kind.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .geometry import resize
from .layers import ConvNorm, ResBlock

#: Pixels per cell of the head.
STRIDE = 2

#: What a place counts at least that shows no ground at all, in training.
LEAST = 0.05


def weight(logits: Tensor, least: float = LEAST) -> Tensor:
    """Return what places count for logits of bare ground, from ``least`` to 1."""
    return least + (1 - least) * torch.sigmoid(logits.float())


class GroundHead(nn.Module):
    """Logits of bare ground at 1/2 from the top-down path of an encoder.

    Args:
        fine: channels at 1/2.
        coarse: channels at 1/4.
        width: channels of the head.
    """

    def __init__(self, fine: int, coarse: int, width: int):
        super().__init__()
        self.context = ConvNorm(coarse, width)
        self.first = ConvNorm(fine + width, width)
        self.block = ResBlock(width, width, dilation=2)
        self.out = nn.Conv2d(width, 1, 1)
        # Until it has learned better, everything is ground.
        nn.init.zeros_(self.out.weight)
        nn.init.constant_(self.out.bias, 3.0)

    def forward(self, fine: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, fine, h, w) and (B, coarse, h / 2, w / 2) to logits and hints.

        Returns:
            (B, 1, h, w) logits and (B, width, h, w) what they were read from.
        """
        context = resize(self.context(coarse), *fine.shape[-2:])
        hints = self.block(self.first(torch.cat([fine, context], dim=1)))
        return self.out(hints), hints
