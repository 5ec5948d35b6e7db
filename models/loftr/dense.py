"""What LoFTR sees of an image: features of the frozen encoders at 1/8 and at 1/2.

The paper's two images share one backbone; radar and light do not look alike, and each
has the encoder of its modality.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from ..keypoints.exact import finest
from ..network.encoder import STRIDES, Features

#: Px of a coarse cell and of a fine one, as in the paper (3.1).
COARSE_PX, FINE_PX = 8, STRIDES[0]
#: Level that the coarse cells are read from: nearest descriptors are found again most
#: often at 1/4, and a window of them is what tells places apart; see ``keypoints``.
_LEVEL = 1
#: Column and row, in px from a coarse cell's corner, of the centre of the fine cell
#: that stands for it: the first one past its middle.
ANCHOR_PX = 5.0


@dataclass(frozen=True)
class Dense:
    """Features of a batch of images.

    Args:
        coarse: (B, C, H / 8, W / 8) of unit length before they were averaged.
        fine: (B, C', H / 2, W / 2) hand-made and learned, each of unit length.
        seen: (B, 1, H / 8, W / 8) bool, whether all of a cell is valid.
    """

    coarse: Tensor
    fine: Tensor
    seen: Tensor

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of coarse cells."""
        return self.coarse.shape[2], self.coarse.shape[3]

    def take(self, index: slice) -> Dense:
        """Return some images of the batch."""
        return Dense(self.coarse[index], self.fine[index], self.seen[index])


def dense_of(features: Features, planes: int) -> Dense:
    """Return what LoFTR sees of described images.

    Args:
        features: of a batch of images.
        planes: number of hand-made channels, first in the features.
    """
    level = features.levels[_LEVEL].float()[:, planes:]
    level = level / (level.norm(dim=1, keepdim=True) + 1e-6)
    step = COARSE_PX // STRIDES[_LEVEL]
    seen = features.masks[STRIDES.index(COARSE_PX)] > 0
    return Dense(F.avg_pool2d(level, step), finest(features, planes), seen)
