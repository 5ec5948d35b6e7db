"""A second opinion on a placement: mutual information of the grey values.

Unrelated images can agree in their gradients by chance, and the search picks the
place where they do. What the grey values say there (Viola and Wells 1997) is
independent of that (the correlation over 450 unrelated pairs is 0.00), so the two
together tell related from unrelated images better than either alone.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...base.types import Tile, TilePair
from .pyramid import reduced, warped

#: Grey levels of the joint histogram, each as frequent as the others.
_LEVELS = 12
#: Both images are reduced until their long side is at most this, and smoothed.
_SIDE_PX, _SMOOTH_PX = 100, 0.75
#: Displacements to compare with, in reduced pixels; those nearer than ``_APART``
#: would still see the true placement.
_STEPS = range(-14, 15, 4)
_APART = 3.0
_LEAST_PIXELS = 400


def witness(pair: TilePair, mov_to_ref: np.ndarray) -> float:
    """Return how far mutual information stands out at a placement.

    Args:
        pair: the tiles.
        mov_to_ref: (3, 3) the placement, tile pixels.

    Returns:
        Standard deviations above the mean of displaced placements; 0 where too
        little of the tiles overlaps to tell.
    """
    factor = max(1, -(-max(pair.ref.pixels.shape) // _SIDE_PX))
    ref = reduced(pair.ref, factor)
    mov = reduced(warped(pair.mov, mov_to_ref, pair.ref.pixels.shape), factor)
    if min(int(ref.valid.sum()), int(mov.valid.sum())) < _LEAST_PIXELS:
        return 0.0
    levels = _ranked(ref), _ranked(mov)
    here = _information(levels, 0, 0)
    others = [
        _information(levels, dx, dy)
        for dy in _STEPS
        for dx in _STEPS
        if np.hypot(dx, dy) > _APART
    ]
    known = np.array([value for value in others if np.isfinite(value)])
    if not np.isfinite(here) or len(known) < len(others) // 2 or not known.std():
        return 0.0
    return float((here - known.mean()) / known.std())


def _ranked(tile: Tile) -> np.ndarray:
    """Return grey values as levels 0 to ``_LEVELS`` - 1 of equal frequency.

    What is invalid has a level of its own, the next one.
    """
    smooth = cv2.GaussianBlur(tile.pixels, (0, 0), _SMOOTH_PX)
    shares = np.linspace(0, 1, _LEVELS + 1)[1:-1]
    levels = np.searchsorted(np.quantile(smooth[tile.valid], shares), smooth)
    return np.where(tile.valid, levels, _LEVELS)


def _information(levels: tuple[np.ndarray, np.ndarray], dx: int, dy: int) -> float:
    """Return the mutual information in nats with the moving image displaced.

    NaN where too little of the two overlaps.
    """
    height, width = levels[0].shape
    if abs(dy) >= height or abs(dx) >= width:
        return float("nan")
    there = np.s_[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)]
    here = np.s_[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
    sides = (_LEVELS + 1,) * 2
    pairs = levels[0][there] * sides[1] + levels[1][here]
    joint = np.bincount(pairs.ravel(), minlength=sides[0] * sides[1])
    joint = joint.reshape(sides)[:_LEVELS, :_LEVELS]
    count = int(joint.sum())
    if count < _LEAST_PIXELS:
        return float("nan")
    share = joint / count
    alone = share.sum(axis=1, keepdims=True) * share.sum(axis=0, keepdims=True)
    seen = share > 0
    return float((share[seen] * np.log(share[seen] / alone[seen])).sum())
