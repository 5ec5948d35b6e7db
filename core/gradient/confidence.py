"""How likely a match is within 3 px of the truth, from the shape of its peak."""

from __future__ import annotations

import numpy as np

from .peaks import Peaks

#: Unrelated tiles never stand out by more.
_CERTAIN_GAP = 3.0
#: Logistic coefficients beside the features of ``peak_features``, the constant
#: last: fitted by ``benchmark/calibrate_gradient.py --limit 70`` on 630 pairs of
#: the training sets (OMBRIA, OMBRIA across dates, Los Angeles) and as many of
#: unrelated images, 127 000 matches.
COEFFICIENTS = np.array([0.309, 0.892, -1.443, -0.599, 2.212, 1.31, -7.286])


def peak_features(peaks: Peaks, noise: float, gap: float) -> np.ndarray:
    """Return (n, 6) features of matches.

    Args:
        peaks: of the surfaces.
        noise: standard deviation of the surfaces.
        gap: by how many standard deviations the whole tile's placement stands out.
    """
    count = len(peaks.score)
    return np.stack(
        [
            peaks.score / noise,
            (peaks.score - peaks.second) / noise,
            np.sqrt(peaks.curvature / noise),
            np.minimum(peaks.back_px, 4.0),
            np.full(count, np.log1p(max(gap, 0.0))),
            np.full(count, min(max(gap, 0.0), _CERTAIN_GAP)),
        ],
        axis=1,
    )


def probability(
    features: np.ndarray, coefficients: np.ndarray = COEFFICIENTS
) -> np.ndarray:
    """Return (n,) float32 probabilities of (n, 6) features."""
    logit = features @ coefficients[:-1] + coefficients[-1]
    return (1.0 / (1.0 + np.exp(-logit))).astype(np.float32)
