"""Transforms between pixel frames: callable, frozen, JSON both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..base.errors import BadInput
from ..base.grid import apply_affine
from .bspline import FlowField
from .linear import Affine2D, check_affine
from .polynomial import Polynomial
from .thin_plate import ThinPlate

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
        found = _KINDS[values["kind"]].from_dict(values)
        bent = found.forward if isinstance(found, Inverse) else found
        if not isinstance(bent, Affine2D):
            check_affine(bent.base)
        return found
    except (KeyError, TypeError, ValueError, IndexError, ArithmeticError) as error:
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
