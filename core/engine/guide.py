"""What control points say about other places: how far they may be trusted there."""

from __future__ import annotations

import numpy as np

from ..base.types import Matches
from ..transform.fitters import LINEAR

#: Points are on one line when they spread across it less than this share of along it.
_LINE_SHARE = 0.05
#: Points closer together than this, in pixels, tell of a shift and no more.
_LEAST_SPREAD_PX = 24.0


def guide(used: Matches) -> np.ndarray:
    """Return the (3, 3) linear transform that predicts other places best.

    An error of a pixel in points close together, or on one line, would be many
    pixels elsewhere, so they give a shift or a similarity.

    Args:
        used: the points that count, working pixels.
    """
    if not len(used):
        return np.eye(3)
    kind = "affine"
    if len(used) == 1 or _spread(used.ref_xy)[0] < _LEAST_SPREAD_PX:
        kind = "shift"
    elif on_a_line(used):
        kind = "similarity"
    return LINEAR[kind](used.mov_xy, used.ref_xy, weights(used)).matrix


def on_a_line(used: Matches) -> bool:
    """Return whether points leave open what happens beside a line."""
    for xy in (used.mov_xy, used.ref_xy):
        along, across = _spread(xy)
        if across <= _LINE_SHARE * along:
            return True
    return False


def weights(used: Matches) -> np.ndarray:
    """Return (n,) float64 weights of points in a fit."""
    return np.clip(used.confidence.astype(np.float64), 0.05, 1.0)


def _spread(xy: np.ndarray) -> tuple[float, float]:
    """Return the root mean square distance from the mean along and across."""
    centred = xy - xy.mean(axis=0)
    across, along = np.linalg.eigvalsh(centred.T @ centred / len(xy))
    return float(np.sqrt(max(along, 0.0))), float(np.sqrt(max(across, 0.0)))
