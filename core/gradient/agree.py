"""Find the motion that many correlation surfaces agree on.

The sum over blocks of the surface at the block's predicted shift is climbed by
alternating two steps: every block moves to its best shift near the prediction
(a quadratic penalty holds it there), then the model is fitted to the blocks. The
penalty tightens from round to round, so a fixed point is a maximum of the sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .correlate import quadratic_peak


@dataclass(frozen=True)
class Agreement:
    """A motion and how well the surfaces support it.

    Args:
        matrix: (3, 3) float64, block centre to its place in the reference.
        shift: (n, 2) float64, best shift of each block near the motion.
        score: mean over blocks of the surface on the motion.
    """

    matrix: np.ndarray
    shift: np.ndarray
    score: float


def agree_affine(
    scores: np.ndarray,
    centres: np.ndarray,
    weights: np.ndarray,
    rounds: tuple[float, ...],
    degrees: int = 6,
) -> Agreement:
    """Fit an affine (6), similarity (4) or shift (2) to surfaces.

    Args:
        scores: (n, k, k) float32, in units of the noise's standard deviation.
        centres: (n, 2) float64 xy of the blocks.
        weights: (n,) float, 0 leaves a block out.
        rounds: half-widths of the penalty in px, from wide to tight.
        degrees: free parameters.
    """
    k = scores.shape[-1]
    total = np.tensordot(weights, scores, axes=1)
    row, col = np.divmod(int(total.argmax()), k)
    matrix = np.eye(3)
    matrix[:2, 2] = np.array([col, row]) - k // 2
    shift = np.repeat(matrix[None, :2, 2], len(scores), axis=0)
    for width in rounds:
        predicted = centres @ (matrix[:2, :2] - np.eye(2)).T + matrix[:2, 2]
        shift = near_peaks(scores, predicted, width)
        matrix = fit_matrix(centres, centres + shift, weights, degrees)
    predicted = centres @ (matrix[:2, :2] - np.eye(2)).T + matrix[:2, 2]
    value = sample_surfaces(scores, predicted)
    return Agreement(matrix, shift, float(np.average(value, weights=weights)))


def near_peaks(scores: np.ndarray, predicted: np.ndarray, width: float) -> np.ndarray:
    """Return (n, 2) xy of the maximum of ``scores`` less its penalty."""
    k = scores.shape[-1]
    t = np.arange(k, dtype=np.float32) - k // 2
    px, py = predicted.astype(np.float32).T
    penalty_x = (t[None] - px[:, None]) ** 2 / (2 * width * width)
    penalty_y = (t[None] - py[:, None]) ** 2 / (2 * width * width)
    held = scores - penalty_x[:, None, :] - penalty_y[:, :, None]
    best = held.reshape(len(held), -1).argmax(axis=1)
    row, col = np.divmod(best, k)
    row, col = np.clip(row, 1, k - 2), np.clip(col, 1, k - 2)
    offset, _, _ = quadratic_peak(held, row, col)
    return np.stack([col, row], axis=1) - k // 2 + offset


def fit_matrix(
    source: np.ndarray, target: np.ndarray, weights: np.ndarray, degrees: int
) -> np.ndarray:
    """Return the weighted least-squares (3, 3) motion of ``degrees`` parameters."""
    weights = weights / max(float(weights.sum()), 1e-12)
    middle, aim = weights @ source, weights @ target
    s, t = source - middle, target - aim
    linear = np.eye(2)
    if degrees == 6:
        moment = s.T @ (weights[:, None] * s)
        ridge = 1e-9 * np.trace(moment) * np.eye(2) + 1e-12 * np.eye(2)
        cross = s.T @ (weights[:, None] * t)
        linear = np.linalg.solve(moment + ridge, cross).T
    elif degrees == 4:
        norm = max(float(weights @ (s**2).sum(axis=1)), 1e-12)
        along = float(weights @ (s * t).sum(axis=1)) / norm
        across = float(weights @ (s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0])) / norm
        linear = np.array([[along, -across], [across, along]])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = aim - linear @ middle
    return matrix


def sample_surfaces(scores: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return (n,) bilinear samples of surfaces (n, k, k) at (n, 2) xy shifts."""
    k = scores.shape[-1]
    xy = np.clip(shift + k // 2, 0, k - 1 - 1e-6)
    col, row = np.floor(xy).astype(int).T
    fx, fy = (xy - np.floor(xy)).T
    n = np.arange(len(scores))
    top = scores[n, row, col] * (1 - fx) + scores[n, row, col + 1] * fx
    low = scores[n, row + 1, col] * (1 - fx) + scores[n, row + 1, col + 1] * fx
    return top * (1 - fy) + low * fy
