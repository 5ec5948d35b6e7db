"""What a match of a network is worth: the features of its confidence."""

from __future__ import annotations

import numpy as np

from ...core.base.grid import apply_affine
from ...core.base.types import TilePair
from ...core.matching.gradient.confidence import (
    CERTAIN_JOINT,
    COEFFICIENTS,
    with_clearness,
)
from ...core.matching.gradient.distinctness import clearness
from ...core.matching.gradient.inspection import Inspection, Standing

#: Matches nearer than this to the tile's affine agree with it.
AGREE_PX = 2.0
#: Coefficients before calibration: those of ``gradient``, and none of agreement.
UNCALIBRATED = tuple(np.insert(COEFFICIENTS, -1, 0.0).tolist())


def match_features(
    pair: TilePair, own: Inspection, learned: Standing
) -> tuple[np.ndarray, float]:
    """Return features of matches, and by how much their placement stands out.

    Args:
        pair: tiles.
        own: matches and affine of the gradient matcher with all evidence.
        learned: how the placement stands among learned descriptors.

    Returns:
        (n, 7) float64: those of ``core.matching.gradient.confidence``, with all
        opinions on the placement, and the share of all matches that agree with the
        affine, for what is hard in one place of a tile is hard in others too; and
        the deviations of ``clearness``.
    """
    clear = clearness(pair, own, learned)
    off = apply_affine(own.mov_to_ref, own.mov_xy) - own.ref_xy
    agree = np.linalg.norm(off, axis=1) < AGREE_PX
    share = np.full((len(agree), 1), agree.mean() if len(agree) else 0.0)
    known = with_clearness(own.features, clear, CERTAIN_JOINT)
    return np.hstack([known, share]), clear
