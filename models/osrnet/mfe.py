"""MFE, multi-modal feature extraction: two ResNet-18 branches, the paper's first part.

Radar and light do not look alike, so the branches share no weights. As the paper's
ResNet-18, a branch is a 7 x 7 convolution and four layers of two residual blocks,
y = F(x, {W}) + x, each with twice the channels and half the size of the one before.
What the fourth sees of the surroundings is handed down to the three before it, whose
maps a motion is read from: the paper leaves open which, and a cell of the fourth is too
coarse to tell a pixel. Here a branch sees one grey band; the paper's optical one sees
three, and both of its start from weights of ImageNet. In their place the product's
oriented gradients enter beside the grey values, and both branches begin alike: what
they see is related before anything is learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from ..network.encoder import standardise
from ..network.geometry import resize, shrink_mask
from ..network.hand_made import PLANES, GradientPrior
from ..network.layers import ConvNorm, ResBlock

#: What grey values count before training beside oriented gradients, which both sensors
#: see alike.
GREY_SHARE = 0.25
#: Layers of the branch whose maps are asked for a motion, the coarsest first.
LEVELS = 3


@dataclass(frozen=True)
class Pyramid:
    """Feature maps of a batch of images of one sensor, the coarsest first.

    Args:
        strides: px per cell of each.
        learned: (B, C, H/s, W/s) of the branch's layers 3, 2 and 1.
        planes: (B, 5, H/s, W/s) oriented gradients at the same strides; see
            ``network.hand_made``.
        masks: (B, 1, H/s, W/s), 1 where all pixels of a cell are valid.
    """

    strides: tuple[int, ...]
    learned: tuple[Tensor, ...]
    planes: tuple[Tensor, ...]
    masks: tuple[Tensor, ...]


class Branch(nn.Module):
    """ResNet-18 without its classifier, for one sensor.

    Args:
        width: channels of the first layer; 64 is the paper's.
        stem_stride: px per cell of the first layer: 4 is the paper's (a max-pool after
            the 7 x 7 convolution), 2 leaves the max-pool out, so that an image of 256
            px has as many cells as one of 512 px has in the paper.
    """

    def __init__(self, width: int, stem_stride: int):
        super().__init__()
        if stem_stride not in (2, 4):
            raise ValueError(f"stem_stride is 2 or 4, got {stem_stride}")
        self.stem = ConvNorm(1, width, 7, 2, relu=False)
        self.bridge = ConvNorm(PLANES, width, 3, relu=False)
        nn.init.constant_(self.stem.norm.weight, GREY_SHARE)
        self.pool = stem_stride == 4
        first = nn.Sequential(ResBlock(width, width), ResBlock(width, width))
        layers = [first]
        for level in range(LEVELS):
            c_in = width * 2**level
            layers.append(
                nn.Sequential(ResBlock(c_in, 2 * c_in, 2), ResBlock(2 * c_in, 2 * c_in))
            )
        self.layers = nn.ModuleList(layers)
        self.hand_down = nn.ModuleList(
            ConvNorm(width * 2 ** (k + 1), width * 2**k, 1, relu=False)
            for k in range(LEVELS)
        )
        self.strides = tuple(stem_stride * 2**k for k in (2, 1, 0))
        self.prior = GradientPrior()

    def forward(self, image: Tensor, valid: Tensor) -> Pyramid:
        """Describe images.

        Args:
            image: (B, 1, H, W) in 0..1, H and W multiples of eight finest cells.
            valid: (B, 1, H, W), 1 or 0.
        """
        # The gradients' pyramid begins at stride 2 and halves; some of it is too fine.
        halvings = [2**k for k in range(1, self.strides[0].bit_length())]
        masks = tuple(shrink_mask(valid, stride) for stride in halvings)
        planes = self.prior(image, valid, masks)
        x = F.relu(self.stem(standardise(image, valid)) + self.bridge(planes[0]))
        if self.pool:
            x = F.max_pool2d(x, 3, 2, 1)
        maps = []
        for layer in self.layers:
            x = layer(x)
            maps.append(x)
        for level in reversed(range(LEVELS)):
            above = self.hand_down[level](maps[level + 1])
            maps[level] = maps[level] + resize(above, *maps[level].shape[-2:])
        return Pyramid(
            self.strides,
            tuple(reversed(maps[:LEVELS])),
            tuple(reversed(planes[-LEVELS:])),
            tuple(reversed(masks[-LEVELS:])),
        )
