"""The network's own place for a tile, against the one that gradients found.

Of 144 pairs of further draws of the benchmark it moved one, which gradients had left in
doubt; so it is only asked where what was found hardly stands out.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..network.encoder import Features
from ..network.soma import Soma, unmoved

#: Local stages that lead from the network's own first guess.
APPROACH = (0, 1)
#: How much better its own guess has to agree than that of the gradients.
CLEARLY = 1.2


def better_place(
    net: Soma,
    features: list[Features],
    found: Tensor,
    prior: Tensor,
    reach: tuple[Tensor, Tensor],
) -> Tensor:
    """Return what the features agree with better: ``found`` or their own place.

    Args:
        net: the network.
        features: of the moving and the reference images.
        found: (B, 2, 3) placements.
        prior: (B, 2, 3) around which the network looks.
        reach: (B,) px each; see ``Soma.place``.
    """
    own = net.place(*features, prior, *reach).theta
    *first, last = APPROACH
    near = net.refine(*features, own, tuple(first))[-1].motion
    mine, theirs = (
        net.score(*features, motion, last)
        for motion in (near, unmoved(found, features[0]))
    )
    better = mine > CLEARLY * theirs
    if not better.any():
        return found
    own = net.refine_further(*features, near, (last,))[-1].motion.theta
    return torch.where(better[:, None, None], own, found)
