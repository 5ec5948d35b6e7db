"""Figures of merit for transforms and matches; failures count as infinite."""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ..base.types import Matches, finite
from ..transform.kinds import Transform
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


def flow_rmse_px(
    found: np.ndarray, truth: np.ndarray, valid: np.ndarray | None = None
) -> float:
    """Return the full-image RMSE of a dense map.

    Args:
        found: (h, w, 2), reference position of every moving pixel.
        truth: (h, w, 2), the true positions.
        valid: (h, w) bool, pixels that count; all if None.

    Returns:
        Pixels; infinite when no pixel counts or a counted one is not finite.
    """
    squared = np.sum((found.astype(np.float64) - truth) ** 2, axis=-1)
    if valid is not None:
        squared = squared[valid]
    if not squared.size or not np.isfinite(squared).all():
        return float("inf")
    return float(np.sqrt(squared.mean()))


def corner_error_px(
    found: Transform | None, truth: Transform, extent: tuple[float, float]
) -> float:
    """Return the mean distance of the four mapped corners, infinite for None."""
    if found is None:
        return float("inf")
    width, height = extent
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    error = np.linalg.norm(found(corners) - truth(corners), axis=1)
    return float(error.mean()) if np.isfinite(error).all() else float("inf")


def cmr(
    rmse_per_pair_px: np.ndarray, thresholds_px: Sequence[float] = (1, 2, 3, 5)
) -> dict[str, float]:
    """Return the share of pairs below each threshold: the correct match rate.

    Args:
        rmse_per_pair_px: (n,) full-image RMSE, infinite for failures, n >= 1.
        thresholds_px: where to cut.
    """
    errors = _as_errors(rmse_per_pair_px)
    return {f"cmr@{t:g}px": float(np.mean(errors < t)) for t in thresholds_px}


def corner_auc(
    errors_px: np.ndarray, thresholds_px: Sequence[float] = (3, 5, 10)
) -> dict[str, float]:
    """Return the area under the recall curve up to each threshold, over it.

    The curve is the step function of recall, so that the area is the mean of
    ``max(0, 1 - error / threshold)``.

    Args:
        errors_px: (n,) corner errors, infinite for failures, n >= 1.
        thresholds_px: ends of the curve.
    """
    errors = _as_errors(errors_px)
    return {
        f"auc@{t:g}px": float(np.mean(np.maximum(0.0, 1.0 - errors / t)))
        for t in thresholds_px
    }


def match_errors_px(matches: Matches, truth: Transform) -> np.ndarray:
    """Return (n,) distances of matches from their true reference positions."""
    return np.linalg.norm(truth(matches.mov_xy) - matches.ref_xy, axis=1)


def bootstrap_ci(
    values: np.ndarray,
    statistic: Callable[[np.ndarray], float],
    rounds: int = 1000,
    level: float = 0.95,
    rng_seed: int = 0,
) -> tuple[float, float]:
    """Return a percentile interval of a statistic over resampled pairs.

    Args:
        values: (n,) or (n, k), one row per pair, n >= 1; rows stay together, so
            that paired differences can be resampled.
        statistic: of such an array.
        rounds: number of resamples.
        level: probability inside the interval.
        rng_seed: the same seed gives the same interval.
    """
    rng = np.random.default_rng(rng_seed)
    drawn = [
        statistic(values[rng.integers(0, len(values), len(values))])
        for _ in range(rounds)
    ]
    # "lower"/"higher" never mixes a finite with an infinite neighbour to NaN.
    tail = 50.0 * (1.0 - level)
    low = np.percentile(drawn, tail, method="lower")
    high = np.percentile(drawn, 100.0 - tail, method="higher")
    return float(low), float(high)


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
        "corner_error_px": evidence.corner_error_px,
        "coverage_share": evidence.coverage,
        "n_places": evidence.places,
        "n_places_agreeing": evidence.agreeing,
        "log10_chance": evidence.log10_chance,
        "before": displacement_stats(before, gsd_m),
        "after": displacement_stats(after, gsd_m),
    }
    return finite(values)


def _as_errors(values: np.ndarray) -> np.ndarray:
    errors = np.asarray(values, np.float64)
    return np.where(np.isnan(errors), np.inf, errors)
