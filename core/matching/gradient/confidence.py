"""How likely a match is within 3 px of the truth, from the shape of its peak."""

from __future__ import annotations

import numpy as np

from .peaks import Peaks

#: Unrelated tiles hardly ever stand out by more, without a network and with one.
CERTAIN_ALONE, CERTAIN_JOINT = 4.0, 3.0
#: Logistic coefficients of the features of ``with_clearness``, the constant last; from
#: the same pairs as the weights of ``distinctness``, 182 000 matches.
COEFFICIENTS = np.array([0.282, 1.531, -1.187, -0.653, 0.181, 2.926, -11.212])


def peak_features(peaks: Peaks, noise: float) -> np.ndarray:
    """Return (n, 4) features of matches, the shape of their peaks.

    Args:
        peaks: of the surfaces.
        noise: standard deviation of the surfaces.
    """
    return np.stack(
        [
            peaks.score / noise,
            (peaks.score - peaks.second) / noise,
            np.sqrt(peaks.curvature / noise),
            np.minimum(peaks.back_px, 4.0),
        ],
        axis=1,
    )


def with_clearness(
    features: np.ndarray, clear: float, certain: float = CERTAIN_ALONE
) -> np.ndarray:
    """Return (n, 6) features, with how far the whole tile's placement stands out.

    Args:
        features: (n, 4) of the peaks.
        clear: deviations of ``clearness``.
        certain: deviations from which on unrelated tiles are no matter any more.
    """
    clear = max(clear, 0.0)
    both = np.log1p(clear), min(clear, certain)
    return np.hstack([features, np.tile(both, (len(features), 1))])


def probability(
    features: np.ndarray, coefficients: np.ndarray = COEFFICIENTS
) -> np.ndarray:
    """Return (n,) float32 probabilities of (n, f) features; f + 1 coefficients."""
    logit = features @ coefficients[:-1] + coefficients[-1]
    return (1.0 / (1.0 + np.exp(-logit))).astype(np.float32)


def fit_logistic(features: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return (f + 1,) coefficients by Newton's method, the constant last."""
    x = np.column_stack([features, np.ones(len(features))])
    beta = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ beta, -30, 30)))
        slope = x.T @ (true - p) - 1e-3 * beta
        curve = (x * (p * (1 - p))[:, None]).T @ x + 1e-3 * np.eye(len(beta))
        step = np.linalg.solve(curve, slope)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return beta
