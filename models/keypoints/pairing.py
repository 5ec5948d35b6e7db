"""Places as keypoints: detected and described, then paired by a network."""

from __future__ import annotations

from torch import Tensor, nn

from ..network.encoder import Features
from .describe import keypoints_of
from .types import assigned, within_reach


class OnKeypoints(nn.Module):
    """A network on keypoints as ``Pairing``.

    Args:
        net: ``KeypointNetwork``.
    """

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def pairs(
        self,
        sides: tuple[Features, Features],
        planes: int,
        sizes: Tensor,
        reach_px: float,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the pairs of the network; see ``Pairing``."""
        mov, ref = (
            keypoints_of(features, planes, size)
            for features, size in zip(sides, sizes, strict=True)
        )
        near = within_reach(mov, ref, reach_px)
        if not near.any():
            none = mov.xy.new_zeros((0, 2))
            return none, none, mov.xy.new_zeros(0)
        i, j, score = assigned(self.net(mov, ref, near)[-1][0])
        keep = near[0, i, j]
        return mov.xy[0, i[keep]], ref.xy[0, j[keep]], score[keep]
