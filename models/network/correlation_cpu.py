"""The local correlation on a CPU: products of narrow strips instead of shifted copies.

A block's products over ``block`` columns and all channels are one inner product of
values that lie side by side in memory. For every horizontal shift, the rows of a
strip times the rows around it are one product of small matrices, of which a band
along the diagonal holds the vertical shifts.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

#: Rows of a strip: more waste what lies beside the band, fewer are too small to be
#: multiplied fast.
STRIP = 16


def forward(f0: Tensor, f1: Tensor, radius: int, block: int) -> Tensor:
    """Return what ``layers.local_correlation`` says."""
    batch, channels, height, width = f0.shape
    side, columns, row = 2 * radius + 1, width // block, (width + 2 * radius) * channels
    # The wider copy's rows hold the margins too; both have the channels innermost.
    a = f0.permute(0, 2, 3, 1).contiguous()
    b = F.pad(f1.permute(0, 2, 3, 1), (0, 0, *(radius,) * 4)).contiguous()
    out = f0.new_empty(batch, side, side, height // block, columns)
    length, strip = block * channels, block * max(STRIP // block, 1)
    for index in range(batch):
        for top in range(0, height, strip):
            rows = min(strip, height - top)
            around = rows + 2 * radius
            own = a[index, top].as_strided(
                (columns, rows, length), (length, width * channels, 1)
            )
            products = f0.new_empty(side, columns, rows, around)
            for dx in range(side):
                other = b[index, top, dx].as_strided(
                    (columns, length, around), (length, 1, row)
                )
                torch.bmm(own, other, out=products[dx])
            band = products.as_strided(
                (side, columns, rows // block, block, side),
                (*products.stride()[:2], block * (around + 1), around + 1, 1),
            )
            part = slice(top // block, (top + rows) // block)
            out[index, :, :, part] = band.sum(dim=3).permute(3, 0, 2, 1)
    return out.view(batch, side * side, height // block, columns) / block**2
