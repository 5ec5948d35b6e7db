"""Figures of merit for transforms and matches; failures count as infinite."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.types import Matches, finite
from .estimate import Fit
from .evidence import Evidence


def rmse_px(error_px: np.ndarray) -> float:
    """Return the root mean square of (n,) distances, infinite for none."""
    if not error_px.size:
        return float("inf")
    return float(np.sqrt(np.mean(np.square(error_px, dtype=np.float64))))


def ce90_px(error_px: np.ndarray) -> float:
    """Return the radius that holds 90 % of (n,) distances, infinite for none."""
    return float(np.percentile(error_px, 90)) if error_px.size else float("inf")


def displacement_stats(displacement_px: np.ndarray, gsd_m: float) -> dict[str, Any]:
    """Return statistics of local displacements, JSON-ready.

    Args:
        displacement_px: (n, 2) reference minus moving position, pixels.
        gsd_m: pixel size in metres, NaN where unknown.
    """
    length = np.linalg.norm(displacement_px, axis=1)
    count = len(length)
    if not count:
        return {"n": 0}
    mean = displacement_px.mean(axis=0)
    values = {
        "n": count,
        "mean_x_px": mean[0],
        "mean_y_px": mean[1],
        "std_px": np.sqrt(np.mean(np.sum((displacement_px - mean) ** 2, axis=1))),
        "median_px": np.median(length),
        "rmse_px": rmse_px(length),
        "ce90_px": ce90_px(length),
        "max_px": length.max(),
        "rmse_m": rmse_px(length) * gsd_m,
    }
    return finite(values)


def quality(
    matches: Matches, fit: Fit, evidence: Evidence, gsd_m: float
) -> dict[str, Any]:
    """Return the figures of a registration, JSON-ready, units in the keys.

    ``rmse_px``, ``median_px`` and ``ce90_px`` are errors at held-out matches.

    Args:
        matches: all candidates, working pixels.
        fit: of these matches.
        evidence: for the fit.
        gsd_m: size of a working pixel in metres, NaN where unknown.
    """
    inlier = fit.inlier
    before = (matches.ref_xy - matches.mov_xy)[inlier]
    after = (matches.ref_xy - fit.mov_to_ref(matches.mov_xy))[inlier]
    held = fit.held_px[inlier]
    # A local kind passes through its own points; only new ground tells its error.
    residual = np.where(np.isfinite(held), held, fit.residual_px[inlier])
    values = {
        "n_matches": len(matches),
        "n_inliers": int(inlier.sum()),
        "inlier_share": float(inlier.mean()) if len(inlier) else 0.0,
        "rmse_px": rmse_px(residual),
        "median_px": float(np.median(residual)) if residual.size else np.nan,
        "ce90_px": ce90_px(residual),
        "rmse_m": rmse_px(residual) * gsd_m,
        "sigma_px": fit.sigma_px,
        "holdout_px": fit.holdout_px,
        "compared": fit.choice.to_list(),
        "gsd_m": gsd_m,
        "expected_error_px": evidence.expected_error_px,
        "expected_error_m": evidence.expected_error_px * gsd_m,
        "spread_px": evidence.spread_px,
        "corner_error_px": evidence.corner_error_px,
        "coverage_share": evidence.coverage,
        "bare_share": evidence.bare,
        "n_places": evidence.places,
        "n_places_agreeing": evidence.agreeing,
        "log10_chance": evidence.log10_chance,
        "before": displacement_stats(before, gsd_m),
        "after": displacement_stats(after, gsd_m),
    }
    return finite(values)
