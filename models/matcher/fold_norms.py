"""Batch norms taken into the convolutions before them, for a network that only runs.

In inference a batch norm is a constant affine per channel, as is a convolution's own
scale and bias: one of the two is enough.
"""

from __future__ import annotations

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..network.layers import ConvNorm


def fold(net: nn.Module) -> None:
    """Fold the norms of every ``ConvNorm`` in place; ``net`` is in inference mode.

    The weights no longer fit a weights file, and training on would be wrong.
    """
    for module in net.modules():
        if isinstance(module, ConvNorm):
            module.conv = fuse_conv_bn_eval(module.conv, module.norm)
            module.norm = nn.Identity()
