"""The kinds of transform by name: what each needs and how it is fitted."""

from __future__ import annotations

from typing import Callable, Sequence

import numpy as np

from .bspline import fit_flows
from .kinds import Transform
from .linear import Affine2D, fit_affine, fit_shift, fit_similarity
from .polynomial import fit_polynomial
from .thin_plate import fit_thin_plate, thin

#: (src, dst, weights) to a transform; (n, 2), (n, 2), (n,) float64.
Fitter = Callable[[np.ndarray, np.ndarray, np.ndarray], Transform]

#: Matches that define each kind of transform, and that it takes to choose it.
LEAST = {
    "shift": 1,
    "similarity": 2,
    "affine": 3,
    "poly2": 6,
    "poly3": 10,
    "tps": 6,
    "flow": 12,
}
#: Strengths of smoothing tried for the two local kinds, weak to strong.
SMOOTHING = {"tps": (0.3, 3.0, 30.0), "flow": (0.3, 3.0, 30.0)}
#: Control points of a thin plate, and of those fitted only to be compared.
CENTRES, TRIAL_CENTRES = 400, 200
LINEAR: dict[str, Callable[..., Affine2D]] = {
    "shift": fit_shift,
    "similarity": fit_similarity,
    "affine": fit_affine,
}
#: Free parameters of each kind of transform.
PARAMETERS = {"shift": 2, "similarity": 4, "affine": 6, "poly2": 12, "poly3": 20}


def fitter_of(kind: str, smoothing: float = 0.0, centres: int = CENTRES) -> Fitter:
    """Return the weighted least-squares fit of a kind of transform."""
    each = fitters_of(kind, (smoothing,), centres)
    return lambda src, dst, w: each(src, dst, w)[0]


def fitters_of(
    kind: str, strengths: Sequence[float], centres: int = CENTRES
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], Sequence[Transform]]:
    """Return the fit of a kind by several strengths of smoothing, one result each.

    What does not depend on the strength is computed once.
    """
    if kind in LINEAR:
        return lambda src, dst, w: [LINEAR[kind](src, dst, w) for _ in strengths]
    if kind in ("poly2", "poly3"):
        order = int(kind[-1])
        return lambda src, dst, w: [
            fit_polynomial(src, dst, order, w) for _ in strengths
        ]
    if kind == "flow":
        return lambda src, dst, w: fit_flows(
            src, dst, fit_affine(src, dst, w).matrix, w, strengths
        )

    def plates(src: np.ndarray, dst: np.ndarray, w: np.ndarray) -> list[Transform]:
        kept = thin(src, w, centres)
        weights = w[kept] / max(float(w[kept].mean()), 1e-9)
        return [
            fit_thin_plate(src[kept], dst[kept], smoothing, weights)
            for smoothing in strengths
        ]

    return plates
