"""From points to an affine: the same robust estimator for every peer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import cv2
import numpy as np

from ...core.base.types import Search

#: One robust estimator for all methods that give points.
RANSAC = {
    "method": cv2.RANSAC,
    "ransacReprojThreshold": 3.0,
    "maxIters": 5000,
    "confidence": 0.9999,
}

Status = Literal["ok", "refused"]


def grey(image: np.ndarray) -> np.ndarray:
    """Return an RGB or grey image as (h, w) uint8."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def fit_affine(
    mov_xy: np.ndarray, ref_xy: np.ndarray, figures: dict[str, Any] | None = None
) -> Estimate:
    """Fit an affine to (n, 2) points by RANSAC with a fixed seed."""
    figures = {**(figures or {}), "matches": len(mov_xy), "inliers": 0}
    if len(mov_xy) < 4:
        return Estimate(reason=f"{len(mov_xy)} matches", figures=figures)
    cv2.setRNGSeed(0)
    matrix, inlier = cv2.estimateAffine2D(mov_xy, ref_xy, **RANSAC)
    figures["inliers"] = count = 0 if inlier is None else int(inlier.sum())
    if matrix is None or count < 4:
        return Estimate(reason=f"{count} inliers", figures=figures)
    return Estimate(np.vstack([matrix, [0, 0, 1]]), figures=figures)


@dataclass(frozen=True)
class Estimate:
    """What a method says about one pair.

    Args:
        mov_to_ref: (3, 3) float64 in pixels, corner origin, or None.
        flow: (h, w, 2) float32, the reference's (x, y) of every moving pixel's
            centre, or None; used in place of the matrix where given.
        reason: why there is neither; "" otherwise.
        figures: further values worth keeping, JSON-ready.
    """

    mov_to_ref: np.ndarray | None = None
    flow: np.ndarray | None = None
    reason: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """Return "ok" when there is an alignment."""
        return "refused" if self.mov_to_ref is None and self.flow is None else "ok"


class Method(Protocol):
    """One way to align a pair."""

    def __call__(
        self, ref: np.ndarray, mov: np.ndarray, search: Search, dense: bool
    ) -> Estimate:
        """Align ``mov`` ((h, w) uint8 SAR) to ``ref`` ((h, w[, 3]) uint8 optical).

        ``dense`` asks for a flow from methods that have one.
        """
