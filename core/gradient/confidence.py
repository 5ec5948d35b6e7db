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
    shape = np.stack(
        [
            peaks.score / noise,
            (peaks.score - peaks.second) / noise,
            np.sqrt(peaks.curvature / noise),
            np.minimum(peaks.back_px, 4.0),
        ],
        axis=1,
    )
    return with_clearness(np.pad(shape, ((0, 0), (0, 2))), gap)


def with_clearness(features: np.ndarray, clear: float) -> np.ndarray:
    """Return (n, 6) features that say how far the placement stands out."""
    clear = max(clear, 0.0)
    out = features.copy()
    out[:, 4:] = np.log1p(clear), min(clear, _CERTAIN_GAP)
    return out


def probability(
    features: np.ndarray, coefficients: np.ndarray = COEFFICIENTS
) -> np.ndarray:
    """Return (n,) float32 probabilities of (n, f) features; f + 1 coefficients."""
    logit = features @ coefficients[:-1] + coefficients[-1]
    return (1.0 / (1.0 + np.exp(-logit))).astype(np.float32)
