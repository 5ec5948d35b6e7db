"""Where a radar image shows bare ground, with a photograph of the place in sight.

Speckle hides from a radar image what a photograph shows at a glance. As soon as it is
known to a few pixels where both lie, the radar image is asked once more for its ground.
The other way round nothing was gained: photographs say better by themselves.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from .encoder import Features
from .geometry import apply_affine, centres, invert
from .ground_head import STRIDE
from .layers import ConvNorm, ResBlock
from .template_matching import overlay


class JointHead(nn.Module):
    """Logits of bare ground in a radar image with a photograph beside it.

    Args:
        width: channels of the hints and of the head.
    """

    def __init__(self, width: int):
        super().__init__()
        self.first = ConvNorm(2 * width + 3, width)
        self.near = ResBlock(width, width, dilation=2)
        self.far = ResBlock(width, width, dilation=4)
        self.out = nn.Conv2d(width, 1, 1)
        # Until it has learned better, nothing is added to what the image says itself.
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(
        self, mov: Features, ref: Features, theta: Tensor, kinds: tuple[str, str]
    ) -> tuple[Features, Features]:
        """Return the features, those of the radar image with its ground told anew.

        Args:
            mov: features of the moving images.
            ref: features of the reference images.
            theta: (B, 2, 3) where the moving images lie, right to a few pixels.
            kinds: modalities of both; two of one kind are left as they are.
        """
        if kinds == ("sar", "optical"):
            return self._with_hints(mov, ref, theta), ref
        if kinds == ("optical", "sar"):
            return mov, self._with_hints(ref, mov, invert(theta))
        return mov, ref

    def _with_hints(
        self, radar: Features, photo: Features, to_photo: Tensor
    ) -> Features:
        own, other = (torch.cat([f.ground, f.hints], 1).float() for f in (radar, photo))
        here = centres(*own.shape[-2:], STRIDE, own.device)
        where = apply_affine(to_photo, here)
        there, photo_valid = overlay(other, photo.masks[0].float(), where, STRIDE)
        x = self.first(torch.cat([own, there, photo_valid.to(own)], dim=1))
        return replace(radar, ground=own[:, :1] + self.out(self.far(self.near(x))))
