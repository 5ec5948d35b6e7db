"""Encoders of SOMA: one per modality, gradient-enhanced at strides 2, 4 and 8.

The paper's ResNet-50 and frozen DINOv2 (together over 400 M parameters) are
replaced by a few residual blocks and a top-down path, because the network has
to run on a laptop's CPU. The top-down path gives the fine levels, which alone
see little more than speckle, the context of the coarse ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .fge import FGE, RatioOfAverages
from .geometry import resize, shrink_mask
from .ground_head import GroundHead
from .hand_made import GradientPrior
from .layers import ConvNorm, ResBlock

STRIDES = (2, 4, 8, 16)


@dataclass(frozen=True)
class Features:
    """Descriptors of one batch of images, finest first.

    Args:
        levels: (B, C_s, H/s, W/s) for s in ``STRIDES``.
        masks: (B, 1, H/s, W/s), 1 where valid.
        ground: (B, 1, H/2, W/2) logits of bare ground, or None; see ``ground``.
        hints: (B, C, H/2, W/2) what those were read from, or None.
    """

    levels: tuple[Tensor, ...]
    masks: tuple[Tensor, ...]
    ground: Tensor | None = None
    hints: Tensor | None = None

    def take(self, index: slice | Tensor) -> Features:
        """Select images of the batch."""
        return Features(
            tuple(level[index] for level in self.levels),
            tuple(mask[index] for mask in self.masks),
            None if self.ground is None else self.ground[index],
            None if self.hints is None else self.hints[index],
        )


class Encoder(nn.Module):
    """Feature pyramid of one modality.

    Args:
        widths: channels at strides 2, 4, 8, 16.
        descriptors: learned channels of the descriptors at strides 2, 4, 8.
        blocks: residual blocks at strides 2, 4, 8, after the reduction; one more
            follows where the top-down path arrives at stride 2, since the finest
            descriptors decide how exact a match can be.
        bank: channels that enter the gradient filters at strides 2, 4, 8.
        ratio: add ratio-of-averages edges at stride 2 (SAR).
        ground: channels of the head that tells bare ground, 0 for none.
    """

    def __init__(
        self,
        widths: tuple[int, ...],
        descriptors: tuple[int, ...],
        blocks: tuple[int, ...],
        bank: tuple[int, ...],
        ratio: bool,
        ground: int = 0,
    ):
        super().__init__()
        self.ratio = RatioOfAverages() if ratio else None
        self.mix = ConvNorm(8, widths[0], 1, relu=False) if ratio else None
        self.stem = ConvNorm(1, widths[0], 7, 2)
        reduce, enhance = [nn.Identity()], []
        for level in range(3):
            width = widths[level]
            if level:
                reduce.append(ResBlock(widths[level - 1], width, 2))
            rest = [ResBlock(width, width) for _ in range(blocks[level])]
            reduce[level] = nn.Sequential(reduce[level], *rest)
            enhance.append(FGE(width, bank[level]))
        self.reduce, self.enhance = nn.ModuleList(reduce), nn.ModuleList(enhance)
        self.down = nn.ModuleList(
            ConvNorm(widths[level + 1], widths[level], 1, relu=False)
            for level in range(3)
        )
        self.join = nn.ModuleList(
            ConvNorm(widths[level], widths[level], 3) for level in range(3)
        )
        self.finish = ResBlock(widths[0], widths[0], dilation=2)
        self.describe = nn.ModuleList(
            nn.Conv2d(widths[level], descriptors[level], 1) for level in range(3)
        )
        self.ground = GroundHead(widths[0], widths[1], ground) if ground else None
        self.prior = GradientPrior()
        self.prior_gain = nn.Parameter(torch.ones(len(STRIDES)))

    def forward(
        self, image: Tensor, standard: Tensor, valid: Tensor, coarse: nn.Module
    ) -> Features:
        """Describe images.

        Args:
            image: (B, 1, H, W) in 0..1, H and W multiples of 16; 0 if invalid.
            standard: the same, with zero mean and unit deviation over valid
                pixels, 0 where invalid.
            valid: (B, 1, H, W), 1 or 0.
            coarse: the stride-16 block, shared by both modalities.

        Returns:
            Descriptors at strides 2, 4, 8, 16, and what the head for the ground says.
        """
        masks = tuple(shrink_mask(valid, stride) for stride in STRIDES)
        x = self.stem(standard)
        if self.ratio is not None:
            x = x + self.mix(self.ratio(image))
        bottom_up = []
        for level in range(3):
            x = self.enhance[level](self.reduce[level](x), masks[level])
            bottom_up.append(x)
        x = coarse(x) * masks[3]
        levels = [x]
        for level in (2, 1, 0):
            here, above = bottom_up[level], x
            x = resize(self.down[level](x), *here.shape[-2:])
            x = self.join[level](here + x)
            if level == 0:
                x = self.finish(x)
            levels.append(self.describe[level](x) * masks[level])
        told = () if self.ground is None else self.ground(x, above)
        levels.reverse()
        hand_made = self.prior(image, valid, masks)
        levels = [
            torch.cat([gain * gradient, learned], dim=1)
            for gain, gradient, learned in zip(
                self.prior_gain, hand_made, levels, strict=True
            )
        ]
        return Features(tuple(levels), masks, *told)


def standardise(image: Tensor, valid: Tensor) -> Tensor:
    """Give each image zero mean and unit deviation over its valid pixels."""
    image, valid = image.float(), valid.float()
    count = valid.sum(dim=(2, 3), keepdim=True).clamp_min(1.0)
    centred = (image - (image * valid).sum(dim=(2, 3), keepdim=True) / count) * valid
    variance = (centred**2).sum(dim=(2, 3), keepdim=True) / count
    return centred * torch.rsqrt(variance + 1e-4)
