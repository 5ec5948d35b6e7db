"""Thin plates (Bookstein 1989), and their fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..base.grid import apply_affine
from .domain import Support, support_of
from .linear import fit_affine
from .polynomial import _frame, terms

#: Kernel values held at once while a thin plate is evaluated (0.5 MB): what fits a
#: core's cache takes a quarter of the time of what does not.
_KERNEL_VALUES = 1 << 16


@dataclass(frozen=True, eq=False)
class ThinPlate:
    """An affine plus a thin-plate spline that fades out beyond its support.

    Evaluation takes O(n m) time and at most 2 MB.

    Args:
        base: (3, 3) float64 affine.
        centres: (m, 2) float64 pixels.
        weights: (m, 2) float64, of the kernel r^2 log r with r in ``scale_px``.
        trend: (3, 2) float64, of 1, x, y with ``(xy - centre) / scale_px``.
        centre: (2,) float64 pixels.
        scale_px: unit of length inside the spline.
        support: where the spline is known.
    """

    base: np.ndarray
    centres: np.ndarray
    weights: np.ndarray
    trend: np.ndarray
    centre: np.ndarray
    scale_px: float
    support: Support
    kind: ClassVar[str] = "tps"

    def deformation(self, xy: np.ndarray) -> np.ndarray:
        """Return the displacement beyond ``base``, (n, 2) to (n, 2) pixels."""
        points = (xy - self.centre) / self.scale_px
        nodes = (self.centres - self.centre) / self.scale_px
        out = terms(points, 1) @ self.trend
        step = max(1, _KERNEL_VALUES // max(1, len(nodes)))
        for first in range(0, len(points), step):
            part = slice(first, first + step)
            out[part] += plate_kernel(points[part], nodes) @ self.weights
        return out

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) float64 pixels."""
        xy = np.asarray(xy, np.float64)
        return apply_affine(self.base, xy) + self.support.apply(self.deformation, xy)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "kind": self.kind,
            "base": self.base.tolist(),
            "centres": self.centres.tolist(),
            "weights": self.weights.tolist(),
            "trend": self.trend.tolist(),
            "centre": self.centre.tolist(),
            "scale_px": self.scale_px,
            "support": self.support.to_dict(),
        }

    @staticmethod
    def from_dict(values: dict[str, Any]) -> ThinPlate:
        """Rebuild from ``to_dict``; raises KeyError, TypeError or ValueError."""
        centres = np.asarray(values["centres"], np.float64).reshape(-1, 2)
        return ThinPlate(
            np.asarray(values["base"], np.float64).reshape(3, 3),
            centres,
            np.asarray(values["weights"], np.float64).reshape(centres.shape),
            np.asarray(values["trend"], np.float64).reshape(3, 2),
            np.asarray(values["centre"], np.float64).reshape(2),
            float(values["scale_px"]),
            Support.from_dict(values["support"]),
        )


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


def plate_kernel(points: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return r^2 log r between (n, 2) points and (m, 2) nodes, (n, m)."""
    squared = -2.0 * (points @ nodes.T)
    squared += np.einsum("ij,ij->i", points, points)[:, None]
    squared += np.einsum("ij,ij->i", nodes, nodes)
    np.maximum(squared, 1e-300, out=squared)
    return 0.5 * squared * np.log(squared)
