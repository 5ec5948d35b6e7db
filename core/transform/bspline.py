"""A smooth displacement field on a lattice of cubic B-splines (Rueckert 1999)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Sequence

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.ndimage import map_coordinates, spline_filter
from scipy.sparse import csr_matrix

from ..base.grid import apply_affine
from .domain import Support, support_of


@dataclass(frozen=True, eq=False)
class FlowField:
    """An affine plus a displacement lattice that fades out beyond its support.

    Args:
        base: (3, 3) float64 affine to which the field falls back.
        origin: (x, y) in pixels of lattice node (0, 0).
        spacing_px: distance between nodes.
        coefficients: (rows, columns, 2) float32, cubic B-spline coefficients of
            the displacement (x, y) in pixels.
        support: where the displacement is known; it keeps two nodes of
            distance from the border of the lattice.
    """

    base: np.ndarray
    origin: tuple[float, float]
    spacing_px: float
    coefficients: np.ndarray
    support: Support
    kind: ClassVar[str] = "flow"

    def deformation(self, xy: np.ndarray) -> np.ndarray:
        """Return the displacement beyond ``base``, (n, 2) to (n, 2) pixels."""
        node = ((xy - self.origin) / self.spacing_px).T[::-1]
        parts = [
            map_coordinates(
                self.coefficients[..., axis],
                node,
                output=np.float64,
                order=3,
                mode="nearest",
                prefilter=False,
            )
            for axis in (0, 1)
        ]
        return np.stack(parts, axis=1)

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) float64 pixels."""
        xy = np.asarray(xy, np.float64)
        return apply_affine(self.base, xy) + self.support.apply(self.deformation, xy)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary; the lattice as base64 of float32."""
        lattice = np.ascontiguousarray(self.coefficients, "<f4")
        return {
            "kind": self.kind,
            "base": self.base.tolist(),
            "origin": list(self.origin),
            "spacing_px": self.spacing_px,
            "shape": list(lattice.shape),
            "coefficients_f4_base64": base64.b64encode(lattice.tobytes()).decode(),
            "support": self.support.to_dict(),
        }

    @staticmethod
    def from_dict(values: dict[str, Any]) -> FlowField:
        """Rebuild from ``to_dict``; raises KeyError, TypeError or ValueError."""
        raw = base64.b64decode(values["coefficients_f4_base64"], validate=True)
        lattice = np.frombuffer(raw, "<f4").reshape(values["shape"])
        if lattice.ndim != 3 or lattice.shape[2] != 2:
            raise ValueError(f"a lattice is (rows, columns, 2), got {lattice.shape}")
        x, y = values["origin"]
        return FlowField(
            np.asarray(values["base"], np.float64).reshape(3, 3),
            (float(x), float(y)),
            float(values["spacing_px"]),
            lattice.astype(np.float32),
            Support.from_dict(values["support"]),
        )


def flow_from_lattice(
    base: np.ndarray,
    origin: tuple[float, float],
    spacing_px: float,
    displacement: np.ndarray,
) -> FlowField:
    """Return the field that passes through a lattice of displacements.

    Args:
        base: (3, 3) float64 affine.
        origin: (x, y) in pixels of lattice node (0, 0).
        spacing_px: distance between nodes.
        displacement: (rows, columns, 2) pixels beyond ``base``, all finite, at
            least 2 by 2 nodes.
    """
    # Two more nodes on every side keep the splines' ends away from the support.
    wide = np.pad(displacement, ((2, 2), (2, 2), (0, 0)), mode="edge")
    coefficients = np.stack(
        [spline_filter(wide[..., axis], order=3, mode="nearest") for axis in (0, 1)],
        axis=-1,
    )
    rows, columns = displacement.shape[:2]
    span = spacing_px * np.array([columns - 1, rows - 1], np.float64)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * span + origin
    largest = np.abs(displacement).reshape(-1, 2).max(axis=0, keepdims=True)
    return FlowField(
        np.asarray(base, np.float64),
        (origin[0] - 2 * spacing_px, origin[1] - 2 * spacing_px),
        float(spacing_px),
        coefficients.astype(np.float32),
        support_of(corners, np.repeat(largest, 4, axis=0)),
    )


def fit_flows(
    src: np.ndarray,
    dst: np.ndarray,
    base: np.ndarray,
    weights: np.ndarray,
    strengths: Sequence[float],
    most_nodes: int = 22,
) -> list[FlowField]:
    """Fit B-spline fields to scattered points, smoothed by their bending energy.

    The lattice has up to ``most_nodes`` nodes along the longer side (so that
    the dense normal equations stay below 4 MB), fewer where matches are rare.

    Args:
        src: (n, 2) float64 pixels.
        dst: (n, 2) float64 pixels.
        base: (3, 3) float64 affine, the fields are fitted to what it leaves.
        weights: (n,) float64, not negative.
        strengths: weights of the bending energy, above 0; 1 is about as strong
            as one match per node. There is a field for each.
        most_nodes: bound of the lattice.
    """
    low = src.min(axis=0)
    span = np.maximum(np.ptp(src, axis=0), 1.0)
    steps = min(float(most_nodes - 5), max(3.0, float(np.sqrt(len(src)))))
    spacing = float(span.max() / steps)
    columns, rows = (np.ceil(span / spacing).astype(int) + 5).tolist()
    origin = low - 2.0 * spacing
    design = _design((src - origin) / spacing, rows, columns)
    left = dst - apply_affine(base, src)
    # Relative to the mean weight, so that a strength has one meaning.
    weights = weights / max(float(weights.mean()), 1e-12)
    weighted = design.multiply(weights[:, None]).tocsr()
    normal = (weighted.T @ design).toarray()
    normal[np.diag_indices_from(normal)] += 1e-9
    right = weighted.T @ left
    bending = _bending(rows, columns)
    x, y = origin.tolist()
    fields = []
    for strength in strengths:
        factor = cho_factor(normal + strength * bending, overwrite_a=True)
        solved = cho_solve(factor, right)
        lattice = solved.reshape(rows, columns, 2).astype(np.float32)
        support = support_of(src, solved)
        fields.append(FlowField(base, (x, y), spacing, lattice, support))
    return fields


def _design(node: np.ndarray, rows: int, columns: int) -> csr_matrix:
    """Return the sparse (n, rows * columns) matrix from coefficients to values."""
    first_x, weights_x = spline_weights(node[:, 0])
    first_y, weights_y = spline_weights(node[:, 1])
    four = np.arange(4)
    column = first_x[:, None] + four
    row = first_y[:, None] + four
    index = (row[:, :, None] * columns + column[:, None, :]).reshape(len(node), 16)
    values = (weights_y[:, :, None] * weights_x[:, None, :]).reshape(len(node), 16)
    starts = np.arange(0, 16 * len(node) + 1, 16)
    shape = (len(node), rows * columns)
    return csr_matrix((values.ravel(), index.ravel(), starts), shape=shape)


@lru_cache(maxsize=4)
def _bending(rows: int, columns: int) -> np.ndarray:
    """Return the (rows * columns) square matrix of the lattice's bending energy."""

    def second(count: int) -> np.ndarray:
        d = np.diff(np.eye(count), 2, axis=0)
        return d.T @ d

    def first(count: int) -> np.ndarray:
        d = np.diff(np.eye(count), 1, axis=0)
        return d.T @ d

    return (
        np.kron(np.eye(rows), second(columns))
        + np.kron(second(rows), np.eye(columns))
        + 2.0 * np.kron(first(rows), first(columns))
    )


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
