"""Weighted least-squares fits of every kind of transform."""

from __future__ import annotations

import numpy as np

from ..base.grid import apply_affine
from .basis import plate_kernel, terms
from .domain import support_of
from .kinds import Affine2D, Polynomial, ThinPlate


def fit_shift(
    src: np.ndarray, dst: np.ndarray, weights: np.ndarray | None = None
) -> Affine2D:
    """Fit a translation to (n, 2) points, n >= 1."""
    matrix = np.eye(3)
    matrix[:2, 2] = _mean(dst - src, weights)
    return Affine2D(matrix, "shift")


def fit_similarity(
    src: np.ndarray, dst: np.ndarray, weights: np.ndarray | None = None
) -> Affine2D:
    """Fit shift, rotation and scale, no reflection, to (n, 2) points, n >= 2."""
    mean_src = _mean(src, weights)
    mean_dst = _mean(dst, weights)
    w = np.ones(len(src)) if weights is None else weights
    u = (src - mean_src) @ (1, 1j)
    v = (dst - mean_dst) @ (1, 1j)
    spread = float(np.sum(w * np.abs(u) ** 2))
    # Coincident points carry no rotation or scale: keep the identity.
    factor = np.sum(w * v * u.conj()) / spread if spread > 1e-12 else 1.0 + 0.0j
    matrix = np.eye(3)
    matrix[:2, :2] = [[factor.real, -factor.imag], [factor.imag, factor.real]]
    matrix[:2, 2] = mean_dst - matrix[:2, :2] @ mean_src
    return Affine2D(matrix, "similarity")


def fit_affine(
    src: np.ndarray, dst: np.ndarray, weights: np.ndarray | None = None
) -> Affine2D:
    """Fit an affine to (n, 2) points, n >= 3.

    Points on one line give the similarity instead, which they do define.
    """
    mean_src = _mean(src, weights)
    mean_dst = _mean(dst, weights)
    u, v = src - mean_src, dst - mean_dst
    wu = u if weights is None else u * weights[:, None]
    a, b, d = (u[:, 0] @ wu[:, 0]), (u[:, 0] @ wu[:, 1]), (u[:, 1] @ wu[:, 1])
    determinant = a * d - b * b
    if determinant <= 1e-9 * (a + d) ** 2:
        return Affine2D(fit_similarity(src, dst, weights).matrix, "affine")
    moment = v.T @ wu
    matrix = np.eye(3)
    matrix[:2, :2] = moment @ np.array([[d, -b], [-b, a]]) / determinant
    matrix[:2, 2] = mean_dst - matrix[:2, :2] @ mean_src
    return Affine2D(matrix, "affine")


def fit_polynomial(
    src: np.ndarray,
    dst: np.ndarray,
    order: int,
    weights: np.ndarray | None = None,
) -> Polynomial:
    """Fit a polynomial of order 2 or 3 to (n, 2) points, n >= 6 or 10."""
    base = fit_affine(src, dst, weights).matrix
    centre, scale = _frame(src)
    root = np.ones(len(src)) if weights is None else np.sqrt(weights)
    design = terms((src - centre) / scale, order) * root[:, None]
    left = dst - apply_affine(base, src)
    found = np.linalg.lstsq(design, left * root[:, None], rcond=1e-10)[0]
    fitted = terms((src - centre) / scale, order) @ found
    return Polynomial(base, order, centre, scale, found, support_of(src, fitted))


def fit_thin_plate(
    src: np.ndarray,
    dst: np.ndarray,
    smoothing: float,
    weights: np.ndarray | None = None,
) -> ThinPlate:
    """Fit a smoothing thin-plate spline to (n, 2) distinct points, n >= 4.

    Takes O(n^3) time and 3 n^2 values: thin to some hundred points first.

    Args:
        src: (n, 2) float64 pixels.
        dst: (n, 2) float64 pixels.
        smoothing: weight of the bending energy, 0 to interpolate; lengths are
            measured in the points' root mean square distance from the mean.
        weights: (n,) float64 above 0, mean 1.
    """
    base = fit_affine(src, dst, weights).matrix
    centre, scale = _frame(src)
    nodes = (src - centre) / scale
    count = len(src)
    loose = np.ones(count) if weights is None else 1.0 / np.maximum(weights, 1e-3)
    trend = terms(nodes, 1)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = plate_kernel(nodes, nodes)
    system[np.arange(count), np.arange(count)] = smoothing * loose
    system[:count, count:] = trend
    system[count:, :count] = trend.T
    right = np.zeros((count + 3, 2))
    right[:count] = dst - apply_affine(base, src)
    found = np.linalg.solve(system, right)
    fitted = right[:count] - smoothing * loose[:, None] * found[:count]
    support = support_of(src, fitted)
    return ThinPlate(base, src, found[:count], found[count:], centre, scale, support)


def thin(xy: np.ndarray, score: np.ndarray, most: int) -> np.ndarray:
    """Return indices of at most ``most`` well-spread points, the best per cell.

    Args:
        xy: (n, 2) float64.
        score: (n,), higher is kept first.
        most: bound of the number of points, at least 1.
    """
    if len(xy) <= most:
        return np.arange(len(xy))
    low, span = xy.min(axis=0), np.maximum(np.ptp(xy, axis=0), 1e-6)
    side = float(np.sqrt(span.prod() / most)) or float(span.max() / most)
    order = np.argsort(-score, kind="stable")
    while True:
        cell = np.floor((xy[order] - low) / side).astype(np.int64)
        key = cell[:, 0] * (1 << 31) + cell[:, 1]
        kept = order[np.unique(key, return_index=True)[1]]
        if len(kept) <= most:
            return np.sort(kept)
        side *= 1.1


def _mean(xy: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    return xy.mean(axis=0) if weights is None else weights @ xy / weights.sum()


def _frame(xy: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the mean of (n, 2) points and their RMS distance from it."""
    centre = xy.mean(axis=0)
    scale = float(np.sqrt(np.mean(np.sum((xy - centre) ** 2, axis=1))))
    return centre, max(scale, 1e-6)
