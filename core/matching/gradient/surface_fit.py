"""Find the motion that many correlation surfaces agree on.

The sum over blocks of the surface at the block's predicted shift is climbed by
alternating two steps: every block moves to its best shift near the prediction
(a quadratic penalty holds it there), then the model is fitted to the blocks. The
penalty tightens from round to round, so a fixed point is a maximum of the sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...base.grid import translation
from .peaks import quadratic_peak

#: An affine that leaves less of an area comes of too few windows, and is none.
_LEAST_AREA = 0.05

#: Half-widths of the penalty from round to round.
_WIDTHS_PX = np.array([6.0, 5.0, 4.0, 3.0, 2.0, 1.5, 1.5, 1.5, 1.5])
#: Shear and unequal scales that images of one ground usually have.
_SHEAR = 0.002
_LEAST_SCATTER_PX = 0.1


@dataclass(frozen=True)
class Agreement:
    """A motion and how well the surfaces support it.

    Args:
        matrix: (3, 3) float64, block centre to its place in the reference.
        score: mean over blocks of the surface on the motion.
    """

    matrix: np.ndarray
    score: float


def agree(
    scores: np.ndarray,
    centres: np.ndarray,
    weights: np.ndarray,
    independent: float,
) -> Agreement:
    """Fit an affine to surfaces, as free from a similarity as they can tell.

    Args:
        scores: (n, k, k) float32, in units of the noise's standard deviation.
        centres: (n, 2) float64 xy of the windows.
        weights: (n,) float64, 0 leaves a window out.
        independent: how many windows do not overlap; it limits what the scatter
            of the windows averages out to.
    """
    if not weights.any():
        return Agreement(np.eye(3), 0.0)
    k = scores.shape[-1]
    total = np.einsum("n,nhw->hw", weights, scores)
    row, col = np.divmod(int(total.argmax()), k)
    matrix = np.eye(3)
    matrix[:2, 2] = np.array([col, row]) - k // 2
    widths = _WIDTHS_PX[_WIDTHS_PX <= max(k // 2, _WIDTHS_PX[-1])]
    for width in widths:
        shift = near_peaks(scores, _shifts(matrix, centres), width)
        looseness = np.linalg.norm(shift - _shifts(matrix, centres), axis=1)
        scatter = max(_median(looseness, weights), _LEAST_SCATTER_PX)
        stiffness = (scatter / _SHEAR) ** 2 / max(independent, 1.0)
        # Where nothing speaks for the prediction, a window has no say.
        trust = weights * np.maximum(sample_surfaces(scores, shift), 1e-3)
        matrix = fit_matrix(centres, centres + shift, trust, stiffness)
    value = sample_surfaces(scores, _shifts(matrix, centres))
    # Where all is masked no window has a say.
    return Agreement(matrix, float(weights @ value / max(weights.sum(), 1e-12)))


def _shifts(matrix: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return centres @ (matrix[:2, :2] - np.eye(2)).T + matrix[:2, 2]


def _median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(share, 0.5 * share[-1])]])


def near_peaks(scores: np.ndarray, predicted: np.ndarray, width: float) -> np.ndarray:
    """Return (n, 2) xy of the maximum of ``scores`` less its penalty."""
    k = scores.shape[-1]
    t = np.arange(k, dtype=np.float32) - k // 2
    at = np.stack([np.tile(t, k), np.repeat(t, k)])
    # The penalty's square without its share that is the same all over a surface.
    held = predicted.astype(np.float32) @ (at / np.float32(width * width))
    held -= (at * at).sum(axis=0) / np.float32(2 * width * width)
    held += scores.reshape(len(scores), -1)
    row, col = np.divmod(held.argmax(axis=1), k)
    row, col = np.clip(row, 1, k - 2), np.clip(col, 1, k - 2)
    offset, _, _ = quadratic_peak(held.reshape(scores.shape), row, col)
    return np.stack([col, row], axis=1) - k // 2 + offset


def fit_matrix(
    source: np.ndarray, target: np.ndarray, weights: np.ndarray, stiffness: float
) -> np.ndarray:
    """Return the (3, 3) least-squares affine, drawn towards the best similarity.

    Args:
        source, target: (n, 2) float64 xy.
        weights: (n,) float64.
        stiffness: px^2 of leverage at which both count the same.
    """
    weights = weights / max(float(weights.sum()), 1e-12)
    middle, aim = weights @ source, weights @ target
    s, t = source - middle, target - aim
    moment, cross = s.T @ (weights[:, None] * s), s.T @ (weights[:, None] * t)
    norm = float(np.trace(moment))
    if norm < 1e-9:  # a single window tells a shift, and nothing else
        return translation(*(aim - middle))
    along, across = np.trace(cross) / norm, (cross[0, 1] - cross[1, 0]) / norm
    similar = np.array([[along, -across], [across, along]])
    ridge = (stiffness + 1e-9 * norm) * np.eye(2)
    matrix = np.eye(3)
    matrix[:2, :2] = np.linalg.solve(moment + ridge, cross + ridge @ similar.T).T
    if np.linalg.det(matrix[:2, :2]) < _LEAST_AREA:
        return translation(*(aim - middle))
    matrix[:2, 2] = aim - matrix[:2, :2] @ middle
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
