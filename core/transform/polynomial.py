"""Polynomials of second and third degree, and their fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.grid import apply_affine
from .domain import Support, support_of
from .linear import fit_affine


@dataclass(frozen=True, eq=False)
class Polynomial:
    """An affine plus a polynomial of order 2 or 3 that fades out beyond its support.

    Args:
        base: (3, 3) float64 affine.
        order: 2 or 3.
        centre: (2,) float64 pixels; the polynomial is one of
            ``(xy - centre) / scale_px``.
        scale_px: unit of the polynomial.
        coefficients: (6 or 10, 2) float64 in the order of ``terms``, pixels
            beyond ``base``.
        support: where the polynomial is known.
    """

    base: np.ndarray
    order: int
    centre: np.ndarray
    scale_px: float
    coefficients: np.ndarray
    support: Support

    @property
    def kind(self) -> str:
        """Return "poly2" or "poly3"."""
        return f"poly{self.order}"

    def deformation(self, xy: np.ndarray) -> np.ndarray:
        """Return the displacement beyond ``base``, (n, 2) to (n, 2) pixels."""
        return terms((xy - self.centre) / self.scale_px, self.order) @ self.coefficients

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) float64 pixels."""
        xy = np.asarray(xy, np.float64)
        return apply_affine(self.base, xy) + self.support.apply(self.deformation, xy)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "kind": self.kind,
            "base": self.base.tolist(),
            "order": self.order,
            "centre": self.centre.tolist(),
            "scale_px": self.scale_px,
            "coefficients": self.coefficients.tolist(),
            "support": self.support.to_dict(),
        }

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Polynomial:
        """Rebuild from ``to_dict``; raises KeyError, TypeError or ValueError."""
        order = int(values["order"])
        count = {2: 6, 3: 10}[order]
        return Polynomial(
            np.asarray(values["base"], np.float64).reshape(3, 3),
            order,
            np.asarray(values["centre"], np.float64).reshape(2),
            float(values["scale_px"]),
            np.asarray(values["coefficients"], np.float64).reshape(count, 2),
            Support.from_dict(values["support"]),
        )


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


def _frame(xy: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the mean of (n, 2) points and their RMS distance from it."""
    centre = xy.mean(axis=0)
    scale = float(np.sqrt(np.mean(np.sum((xy - centre) ** 2, axis=1))))
    return centre, max(scale, 1e-6)


def terms(uv: np.ndarray, order: int) -> np.ndarray:
    """Return the monomials of (n, 2) points: 1, u, v, uu, uv, vv, uuu, ..."""
    u, v = uv[:, 0], uv[:, 1]
    columns = [
        u ** (total - k) * v**k for total in range(order + 1) for k in range(total + 1)
    ]
    return np.stack(columns, axis=1)
