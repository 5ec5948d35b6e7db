"""Which control point the others contradict."""

from __future__ import annotations

import numpy as np

from ..transform.fitters import LEAST, LINEAR
from .control_set import Controls

#: Without it the others have to agree this many times better.
_TIMES = 3.0
#: Less than this, in pixels, is how exact clicks are.
_LEAST_PX = 2.0


def odd_point(controls: Controls, kind: str) -> tuple[int, float] | None:
    """Return the index of the point that spoils the fit, and how far it is off.

    The one without which the others agree best, if they then agree much better; None
    where no point stands out, or where there are too few to tell.

    Args:
        controls: the points.
        kind: of the transform; for those that bend, the affine is asked.
    """
    kind = kind if kind in LINEAR else "affine"
    used, fitter = controls.used, LINEAR[kind]
    if len(used) < LEAST[kind] + 2:
        return None

    def left(keep: np.ndarray) -> np.ndarray:
        mov, ref = used.mov_xy, used.ref_xy
        off = fitter(mov[keep], ref[keep], controls.weights[keep])(mov) - ref
        return np.hypot(off[:, 0], off[:, 1])

    every = np.ones(len(used), bool)
    without = [left(every & (np.arange(len(used)) != i)) for i in range(len(used))]
    rest = [float(_rms(np.delete(px, i))) for i, px in enumerate(without)]
    odd = int(np.argmin(rest))
    off = float(without[odd][odd])
    if off < _LEAST_PX or _TIMES * rest[odd] > _rms(left(every)):
        return None
    return int(np.flatnonzero(controls.enabled)[odd]), off


def _rms(px: np.ndarray) -> float:
    return float(np.sqrt(np.mean(px**2)))
