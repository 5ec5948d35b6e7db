"""From points to an affine: the same robust estimator for every peer."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from .registry import Estimate

#: One robust estimator for all methods that give points.
RANSAC = {
    "method": cv2.RANSAC,
    "ransacReprojThreshold": 3.0,
    "maxIters": 5000,
    "confidence": 0.9999,
}


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
