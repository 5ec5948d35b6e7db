"""OSR-Net (Remote Sensing 2026, 18(2), 333), from the paper, with its gaps filled.

MFE describes both images (``mfe``). At each of three resolutions, the coarsest first,
ISTN lays the SAR image's maps on the optical grid as the resolutions before say
(``istn``), MSCA weighs and fuses the channels of both (``msca``), and MATP predicts
what is left of the motion (``matp``). What is ours: the correlation in MATP, and
oriented gradients beside the learned maps in it; an untrained network already places
images by these, and training has to do better.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..network.geometry import identity
from .istn import moved
from .matp import POOL, AffinePrediction, Stage
from .mfe import LEVELS, Branch, Pyramid
from .msca import ChannelAttention

#: Of each resolution, the coarsest first: largest shift in cells, and side of the
#: windows of blocks that are correlated together.
RADII, SIDES = (3, 3, 4), (7, 5, 7)


@dataclass(frozen=True)
class OsrConfig:
    """Architecture; saved with the weights.

    Args:
        width: channels of the first layer of either branch, 64 in the paper.
        stem_stride: px per cell of that layer, 4 in the paper; see ``mfe``.
        projected: C', channels that the maps are projected to.
    """

    width: int = 16
    stem_stride: int = 2
    projected: int = 16

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return asdict(self)


#: The paper's size, with a C' that it does not give.
FULL = OsrConfig(width=64, stem_stride=4, projected=256)


class OsrNet(nn.Module):
    """The network; tensors in, tensors out. ``matcher`` speaks numpy."""

    def __init__(self, config: OsrConfig):
        super().__init__()
        self.config = config
        self.branches = nn.ModuleDict(
            {
                kind: Branch(config.width, config.stem_stride)
                for kind in ("sar", "optical")
            }
        )
        self.branches["optical"].load_state_dict(self.branches["sar"].state_dict())
        channels = [config.width * 2**k for k in reversed(range(LEVELS))]
        self.attention = nn.ModuleList(
            ChannelAttention(count, config.projected) for count in channels
        )
        self.predict = nn.ModuleList(
            AffinePrediction(config.projected, radius, side)
            for radius, side in zip(RADII, SIDES, strict=True)
        )

    @property
    def multiple(self) -> int:
        """Px that both sides of an image have to be a multiple of."""
        return POOL * self.branches["sar"].strides[0]

    def describe(self, image: Tensor, valid: Tensor, kind: str) -> Pyramid:
        """Return the maps of images; ``kind`` is "sar" or "optical"; see ``mfe``."""
        return self.branches[kind](image, valid)

    def forward(
        self, sar: Pyramid, optical: Pyramid, start: Tensor | None = None
    ) -> list[Stage]:
        """Find the affines, SAR to optical, at three resolutions.

        Args:
            sar: maps of the SAR images.
            optical: of the optical images, of the same size.
            start: (B, 2, 3) px, where the SAR images are thought to lie.

        Returns:
            One stage per resolution; the last one's ``theta`` is the answer. Each takes
            that of the one before as a fact, so that none learns to help another.
        """
        count, device = len(sar.masks[0]), sar.masks[0].device
        theta = identity(count, device) if start is None else start
        stages = []
        for level in range(LEVELS):
            stages.append(self.stage(level, sar, optical, theta.detach()))
            theta = stages[-1].theta
        return stages

    def stage(
        self, level: int, sar: Pyramid, optical: Pyramid, before: Tensor
    ) -> Stage:
        """Return what one resolution finds, beginning from ``before`` (B, 2, 3) px."""
        stride = optical.strides[level]
        planes = sar.planes[level].shape[1]
        both = torch.cat([sar.planes[level], sar.learned[level]], dim=1)
        laid, share = moved(both, sar.masks[level], before, stride)
        seen = (share > 0.5).to(laid)
        masks = seen, optical.masks[level]
        own, other, fused = self.attention[level](
            laid[:, planes:] * seen, optical.learned[level], masks[0] * masks[1]
        )
        sides = (laid[:, :planes] * seen, own), (optical.planes[level], other)
        return self.predict[level](*sides, fused, masks, before, stride)


def build(**sizes: int) -> OsrNet:
    """Return the network of an architecture."""
    return OsrNet(OsrConfig(**sizes))
