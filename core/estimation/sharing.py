"""Windows that share their pixels: how much a set of clicks really knows.

A click measures the mean displacement of a window. Two windows that overlap are
partly the same measurement, so their errors agree and speak for nothing.
"""

from __future__ import annotations

import numpy as np

from .cross_validation import Blocks

#: From this correlation on, one window says too much about the other to check it.
SHARED = 0.3


def correlations(boxes: np.ndarray) -> np.ndarray:
    """Return (n, n) float64, how far the errors of windows are the same, [0, 1].

    That of two averages of noise over the windows: what they have in common, over
    the geometric mean of their areas.

    Args:
        boxes: (n, 4) x0, y0, width, height; NaN for places that were set by hand,
            each of which is a measurement of its own.
    """
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    first = np.maximum(low[:, None], low[None])
    last = np.minimum(high[:, None], high[None])
    common = np.clip(last - first, 0.0, None).prod(axis=2)
    side = np.sqrt(boxes[:, 2:].prod(axis=1))
    out = np.nan_to_num(common / (side[:, None] * side[None]))
    np.fill_diagonal(out, 1.0)
    return out


def shares(shared: np.ndarray) -> np.ndarray:
    """Return (n,) float64, for how much of an independent place each point counts.

    Their sum is the number of independent places: 1 for any number of clicks in
    one window, n for n windows without common pixels.

    Args:
        shared: (n, n), as of ``correlations``.
    """
    return 1.0 / shared.sum(axis=1)


def apart(shared: np.ndarray) -> Blocks:
    """Return which points are left out together, and which can tell about them.

    Points join the first group whose first point shares its window. A group is
    predicted by points alone that share no window with any of it.

    Args:
        shared: (n, n), as of ``correlations``.
    """
    close = shared >= SHARED
    block = np.full(len(shared), -1)
    for point in range(len(shared)):
        if block[point] < 0:
            block[close[point] & (block < 0)] = point
    _, block = np.unique(block, return_inverse=True)
    block = block.ravel()
    test = block[None] == np.arange(block.max(initial=-1) + 1)[:, None]
    return Blocks(block, test, ~(test @ close))


def widening(shared: np.ndarray, block: np.ndarray) -> float:
    """Return by how much groups that share pixels understate their own spread.

    Leaving out one of g groups whose errors correlate by c tells (1 - c) / g of
    the variance of their mean, which is (1 + (g - 1) c) / g.

    Args:
        shared: (n, n), as of ``correlations``.
        block: (n,) int, group of each point.
    """
    groups = int(block.max(initial=0)) + 1
    if groups < 2:
        return 1.0
    member = (block[None] == np.arange(groups)[:, None]).astype(np.float64)
    member /= member.sum(axis=1, keepdims=True)
    between = member @ shared @ member.T
    common = (between.sum() - np.trace(between)) / (groups * (groups - 1))
    own = float(np.trace(between)) / groups
    return float(np.sqrt((own + (groups - 1) * common) / max(own - common, 0.05)))
