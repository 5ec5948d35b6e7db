"""Transforms between pixel frames: callable, frozen, JSON both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from ..base.errors import BadInput
from ..base.grid import apply_affine
from .basis import plate_kernel, terms
from .bspline import FlowField
from .domain import Support

#: Kernel values held at once while a thin plate is evaluated (8 MB).
_KERNEL_VALUES = 1 << 20
#: The numeric inverse stops when no point moves by more than this.
_INVERSE_PX = 1e-4
_INVERSE_ROUNDS = 60


class Transform(Protocol):
    """Maps points of one pixel frame to another."""

    @property
    def kind(self) -> str:
        """Name of the kind of transform."""

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) float64 pixels."""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""


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
        if not np.isfinite(m).all() or abs(np.linalg.det(m[:2, :2])) < 1e-12:
            raise ValueError("the matrix is singular or not finite")
        return Affine2D(m, str(values["kind"]))


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


@dataclass(frozen=True, eq=False)
class ThinPlate:
    """An affine plus a thin-plate spline that fades out beyond its support.

    Evaluation takes O(n m) time and at most 24 MB.

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


Bent = Polynomial | ThinPlate | FlowField


@dataclass(frozen=True, eq=False)
class Inverse:
    """The numeric inverse of a transform that does not fold.

    Args:
        forward: the transform to invert.
    """

    forward: Bent

    @property
    def kind(self) -> str:
        """Return the kind of the forward transform."""
        return self.forward.kind

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) float64 pixels back, to within 1e-3 pixels.

        Steps with the inverse of the affine part: they contract because the
        deformation's slope is bounded (see ``slope``).
        """
        back = np.linalg.inv(self.forward.base)
        goal = np.asarray(xy, np.float64)
        found = apply_affine(back, goal)
        active = np.arange(len(goal))
        for _ in range(_INVERSE_ROUNDS):
            step = (goal[active] - self.forward(found[active])) @ back[:2, :2].T
            found[active] += step
            active = active[np.abs(step).max(axis=1) > _INVERSE_PX]
            if not active.size:
                break
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {"kind": "inverse", "forward": self.forward.to_dict()}

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Inverse:
        """Rebuild from ``to_dict``; raises KeyError, TypeError or ValueError."""
        forward = from_dict(values["forward"])
        if isinstance(forward, (Affine2D, Inverse)):
            raise ValueError("an inverse needs a polynomial, tps or flow")
        return Inverse(forward)  # type: ignore[arg-type]


_KINDS: dict[str, Any] = {
    "shift": Affine2D,
    "similarity": Affine2D,
    "affine": Affine2D,
    "poly2": Polynomial,
    "poly3": Polynomial,
    "tps": ThinPlate,
    "flow": FlowField,
    "inverse": Inverse,
}


def from_dict(values: dict[str, Any]) -> Transform:
    """Rebuild any transform from its ``to_dict``; raises BadInput when malformed."""
    try:
        return _KINDS[values["kind"]].from_dict(values)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadInput.of("transform_malformed", why=error) from error


def invert(transform: Transform) -> Transform:
    """Return the inverse: exact for affines, numeric (1e-3 px) for the others."""
    if isinstance(transform, Affine2D):
        return Affine2D(np.linalg.inv(transform.matrix), transform.kind)
    if isinstance(transform, Inverse):
        return transform.forward
    return Inverse(transform)  # type: ignore[arg-type]


def slope(transform: Bent, extent: tuple[float, float], nodes: int = 33) -> float:
    """Return the largest slope of the deformation relative to the affine part.

    Below 1 the transform does not fold and its numeric inverse converges.

    Args:
        transform: a polynomial, tps or flow.
        extent: (width, height) of the frame, pixels.
        nodes: the slope is taken between this many nodes along each side.
    """
    x, y = (np.linspace(0.0, side, nodes) for side in extent)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    bent = transform(grid.reshape(-1, 2))
    back = np.linalg.inv(transform.base)
    local = (apply_affine(back, bent) - grid.reshape(-1, 2)).reshape(grid.shape)
    dx = np.linalg.norm(np.diff(local, axis=1), axis=-1) / (x[1] - x[0])
    dy = np.linalg.norm(np.diff(local, axis=0), axis=-1) / (y[1] - y[0])
    return float(np.hypot(dx.max(), dy.max()))
