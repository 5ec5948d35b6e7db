"""Which control point the others contradict."""

from __future__ import annotations

import numpy as np

from ..estimation.robust_fit import find_consensus, polish
from ..transform.fitters import LEAST, LINEAR
from .control_set import Controls

#: A point that is off by less than this, in pixels, is as exact as clicks are.
_LEAST_PX = 2.0
#: Nor is one that lies within so many scatters: of 20 points one lies beyond three in
#: every fifth set, beyond four in every 150th.
_SIGMAS = 4.0
#: Rounds of ``find_consensus``: most points are right.
_ROUNDS = 2


def odd_point(controls: Controls, kind: str) -> tuple[int, float] | None:
    """Return the index of the point that spoils the fit, and how far it is off.

    That furthest from the consensus of the others, judged as the matches of whole
    images are; None where no point stands out, or where there are too few to tell.

    Args:
        controls: the points.
        kind: of the transform; for those that bend, the affine is asked.
    """
    kind = kind if kind in LINEAR else "affine"
    used = controls.active
    if len(used) < LEAST[kind] + 2:
        return None
    start = find_consensus(used, kind, np.random.default_rng(0), most_rounds=_ROUNDS)
    _, noise = polish(used, start, kind)
    odd = int(np.argmax(noise.residual_px))
    off = float(noise.residual_px[odd])
    if noise.inlier[odd] or off < max(_LEAST_PX, _SIGMAS * noise.sigma_px):
        return None
    return int(np.flatnonzero(controls.enabled)[odd]), off
