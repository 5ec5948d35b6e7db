"""Whether the parts of a tile speak for its placement, each by itself.

A search finds where unrelated images agree by chance, in a few strong edges for
example; related images agree everywhere. So the tile is cut into parts, each is
compared with its own rivals near by, in units of their deviation, and all count the
same (Stouffer et al., The American Soldier, 1949). A score of the whole tile is in
units of what the strongest edges do elsewhere.
"""

from __future__ import annotations

import numpy as np

from .channels import Channels
from .correlate import BlockCorrelator

#: Parts along the longer side at most, and how long a part is at least, pixels of the
#: channels.
_PER_SIDE, _LEAST_SIDE_PX = 4, 32
#: Where the peak of a part may be, pixels of the tile, as its placement was refined.
_AT_PLACE_PX = 1.5
#: How far rivals are looked for: pixels of the tile, and at least beyond the nearest,
#: pixels of the channels.
_RADIUS_PX, _BEYOND_PX = 16.0, 6.0
#: Parts with less energy than this share of the mean are empty.
_LEAST_ENERGY = 0.05
#: What a part's rivals spread at least, as a share of the largest: less is rounding.
_LEAST_SPREAD = 1e-2


def agreement_of_parts(
    mov: Channels, ref: Channels, apart_px: float, factor: int, workers: int
) -> float:
    """Return by how many deviations all parts together speak for a placement.

    0 where nothing has structure; 4 with a deviation of 1 at any place of
    unrelated images, and more at the one that a search chose.

    Args:
        mov: the moving tile, resampled to where it was placed.
        ref: the reference, of the same shape.
        apart_px: beyond this is another placement, pixels of the channels.
        factor: by which the channels are coarser than the tiles.
        workers: threads of the transforms.
    """
    side = max(ref.weight.shape)
    radius = int(min(max(_RADIUS_PX / factor, apart_px + _BEYOND_PX), side / 4))
    per_side = min(max(side // _LEAST_SIDE_PX, 1), _PER_SIDE)
    blocks = BlockCorrelator(ref, -(-side // per_side), max(radius, 1), workers)
    surfaces = blocks.surfaces(mov)
    energy = surfaces.mov_energy
    product = surfaces.product[energy > _LEAST_ENERGY * energy.mean()]
    step = np.arange(product.shape[-1]) - product.shape[-1] // 2
    distance = np.hypot(step[:, None], step[None])
    others = product[:, distance > apart_px]
    if not others.size:
        return 0.0
    here = product[:, distance <= max(_AT_PLACE_PX / factor, 1.0)].max(axis=1)
    spread = others.std(axis=1)
    deviations = here / (spread + _LEAST_SPREAD * spread.max() + 1e-12)
    return float(deviations.sum() / np.sqrt(len(deviations)))
