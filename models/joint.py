"""Where two images of one place show bare ground, each with the other in sight.

Speckle hides from a radar image what a photograph shows at a glance, and a photograph
does not say to which side a house leans in the radar image. As soon as it is known to
a few pixels where both lie, each is asked once more for its ground.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from .encoder import Features
from .ground import STRIDE
from .layers import ConvNorm, ResBlock
from .warping import apply_affine, centres, invert, sample


class JointHead(nn.Module):
    """Logits of bare ground in one image with the other one beside it.

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

    def forward(self, own: Tensor, other: Tensor, to_other: Tensor) -> Tensor:
        """Return logits, (B, 1, h, w), of the image whose hints are ``own``.

        Args:
            own: (B, 1 + width, h, w) logits and hints.
            other: (B, 1 + width, h', w') those of the other image.
            to_other: (B, 2, 3) from own to other pixels, right to a few.
        """
        here = centres(*own.shape[-2:], STRIDE, own.device)
        there, inside = sample(other, apply_affine(to_other, here), STRIDE)
        x = self.first(torch.cat([own, there * inside, inside], dim=1))
        return own[:, :1] + self.out(self.far(self.near(x)))


class JointGround(nn.Module):
    """Both heads, of a radar image beside a photograph and the other way round.

    Args:
        width: channels of the hints and of the heads.
    """

    def __init__(self, width: int):
        super().__init__()
        kinds = "sar", "optical"
        self.heads = nn.ModuleDict({kind: JointHead(width) for kind in kinds})

    def forward(
        self, mov: Features, ref: Features, theta: Tensor, kinds: tuple[str, str]
    ) -> tuple[Features, Features]:
        """Return the features with their ground told anew.

        Args:
            mov: features of the moving images.
            ref: features of the reference images.
            theta: (B, 2, 3) where the moving images lie, right to a few pixels.
            kinds: modalities of both; two of one kind are left as they are.
        """
        if kinds[0] == kinds[1]:
            return mov, ref
        own, other = (torch.cat([f.ground, f.hints], dim=1).float() for f in (mov, ref))
        return (
            replace(mov, ground=self.heads[kinds[0]](own, other, theta)),
            replace(ref, ground=self.heads[kinds[1]](other, own, invert(theta))),
        )
