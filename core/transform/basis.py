"""Basis functions of the transforms that bend."""

from __future__ import annotations

import numpy as np


def terms(uv: np.ndarray, order: int) -> np.ndarray:
    """Return the monomials of (n, 2) points: 1, u, v, uu, uv, vv, uuu, ..."""
    u, v = uv[:, 0], uv[:, 1]
    columns = [
        u ** (total - k) * v**k for total in range(order + 1) for k in range(total + 1)
    ]
    return np.stack(columns, axis=1)


def plate_kernel(points: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return r^2 log r between (n, 2) points and (m, 2) nodes, (n, m)."""
    squared = -2.0 * (points @ nodes.T)
    squared += np.einsum("ij,ij->i", points, points)[:, None]
    squared += np.einsum("ij,ij->i", nodes, nodes)
    np.maximum(squared, 1e-300, out=squared)
    return 0.5 * squared * np.log(squared)


def spline_weights(node: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first of four nodes and the four cubic weights of positions."""
    first = np.floor(node).astype(int)
    t = node - first
    weights = np.stack(
        [
            (1 - t) ** 3,
            3 * t**3 - 6 * t**2 + 4,
            -3 * t**3 + 3 * t**2 + 3 * t + 1,
            t**3,
        ],
        axis=1,
    )
    return first - 1, weights / 6.0
