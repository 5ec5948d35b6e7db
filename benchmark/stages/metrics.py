"""Figures of merit against the truth; failures count as infinite."""

from __future__ import annotations

from typing import Callable, Sequence

import numpy as np

from ...core.transform.kinds import Transform


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


def _as_errors(values: np.ndarray) -> np.ndarray:
    errors = np.asarray(values, np.float64)
    return np.where(np.isnan(errors), np.inf, errors)
