"""Weighted least-squares fits of every kind of transform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.grid import apply_affine


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


def _mean(xy: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    return xy.mean(axis=0) if weights is None else weights @ xy / weights.sum()


@dataclass(frozen=True, eq=False)
class Affine2D:
    """A shift, similarity or affine.

    Args:
        matrix: (3, 3) float64, last row 0 0 1.
        kind: "shift", "similarity" or "affine"; says how it was fitted.
    """

    matrix: np.ndarray
    kind: str = "affine"

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) float64 pixels."""
        return apply_affine(self.matrix, np.asarray(xy, np.float64))

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {"kind": self.kind, "matrix": self.matrix.tolist()}

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Affine2D:
        """Rebuild from ``to_dict``; raises KeyError, TypeError or ValueError."""
        m = np.asarray(values["matrix"], np.float64).reshape(3, 3)
        check_affine(m)
        return Affine2D(m, str(values["kind"]))


def check_affine(m: np.ndarray) -> None:
    """Raise ``ValueError`` for a (3, 3) matrix that is no affine with an inverse."""
    if not np.isfinite(m).all() or abs(np.linalg.det(m[:2, :2])) < 1e-12:
        raise ValueError("the matrix is singular or not finite")
    if not np.array_equal(m[2], (0.0, 0.0, 1.0)):
        raise ValueError("the matrix is no affine: its last row is not 0, 0, 1")
