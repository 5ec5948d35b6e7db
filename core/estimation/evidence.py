"""How likely unrelated images would agree as well: independent places and odds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, gammaln

from ..base.types import Matches
from ..transform.domain import hull_of, share_inside
from ..transform.linear import Affine2D
from .cross_validation import prediction_spread
from .estimate import Fit
from .expected_error import in_nine_of_ten
from .robust_fit import residual_of

_BANDS_PX = np.array([0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0])
_SAMPLE = {"shift": 1, "similarity": 2, "affine": 3}


def log10_chance(
    matches: Matches, transform: Affine2D, place: np.ndarray, radius_px: float
) -> float:
    """Return log10 of the number of false alarms of the linear consensus.

    A-contrario (Moisan and Stival 2004): were all matches placed evenly at random
    within ``radius_px``, how many transforms through minimal samples would be
    expected to gather as many places, for the most telling of several tolerances.
    """
    residual = residual_of(matches, transform)
    sample = _SAMPLE.get(transform.kind, 3)
    count = float(place.max() + 1)
    best = 0.0
    for band in _BANDS_PX[_BANDS_PX < 0.5 * radius_px]:
        chance = float(min((band / radius_px) ** 2, 1.0))
        good = agreeing(place, residual <= band)
        if good <= sample:
            continue
        models = (
            gammaln(count + 1) - gammaln(sample + 1) - gammaln(count - sample + 1)
        ) / np.log(10)
        tail = betainc(good - sample, max(count - good, 0.0) + 1.0, chance)
        best = min(best, models + float(np.log10(max(tail, 1e-300))))
    return best + float(np.log10(len(_BANDS_PX)))


def places(xy: np.ndarray, side_px: float) -> np.ndarray:
    """Return (n,) int, which square of the given side each point lies in."""
    if not len(xy):
        return np.zeros(0, np.int64)
    cell = np.floor(xy / side_px).astype(np.int64)
    return np.unique(cell, axis=0, return_inverse=True)[1].ravel()


def agreeing(place: np.ndarray, good: np.ndarray) -> float:
    """Return the sum over places of the share of their points that are good."""
    if not len(place):
        return 0.0
    total = np.bincount(place)
    return float(np.sum(np.bincount(place, weights=good.astype(float)) / total))


def agreeing_near(
    matches: Matches, transform: Affine2D, band_px: float, place_px: float
) -> float:
    """Return the number of places with a match near a transform."""
    near = residual_of(matches, transform) <= band_px
    return float(places(matches.mov_xy[near], place_px).max(initial=-1) + 1)


@dataclass(frozen=True)
class Evidence:
    """Figures behind a verdict; lengths in working pixels.

    Args:
        places: number of independent places with matches.
        agreeing: number of those (fractional) that agree with the transform.
        log10_chance: logarithm of how often unrelated images would agree as well.
        coverage: share of what both images show of the extent that lies inside the
            hull of the inliers, reference frame.
        spread_px: RMS of the transform's standard error over the ground: how much
            the fit hangs on which matches it got.
        expected_error_px: what the RMS error over the extent is below in nine of ten
            cases; see ``expected_error``.
        corner_error_px: the same at that corner where it is largest.
        moved_px: RMS displacement of the transform at the inliers.
        moved_error_px: RMS of its standard error there.
        before_px: RMS distance of the inliers before registration.
        after_px: the same after it, on held-out ground where known.
        bare: share of the ground that does not show structure in both images, NaN
            where unknown.
    """

    places: int
    agreeing: float
    log10_chance: float
    coverage: float
    spread_px: float
    expected_error_px: float
    corner_error_px: float
    moved_px: float
    moved_error_px: float
    before_px: float
    after_px: float
    bare: float = float("nan")


def gather(
    matches: Matches,
    fit: Fit,
    extent: tuple[float, float],
    radius_px: float,
    place_px: float = 32.0,
    gsd_m: float = float("nan"),
    wider: float = 1.0,
    independent: float | None = None,
    ground_xy: np.ndarray | None = None,
    distinctness: float = float("nan"),
    bare: float = float("nan"),
) -> Evidence:
    """Measure what speaks for a fit.

    Args:
        matches: all candidates, working pixels; at least one.
        fit: of these matches.
        extent: (width, height) of the area that is to be registered.
        radius_px: how far from its predicted place each match was searched.
        place_px: matches closer than this count as one, since overlapping
            windows see the same ground.
        gsd_m: size of a working pixel in metres, NaN where unknown.
        wider: factor of standard errors that folds with common pixels understate.
        independent: as how many places the inliers count, where that is known.
        ground_xy: (n, 2) places all over the extent that both images show, working
            pixels; the whole extent if not given.
        distinctness: of the placement, NaN where unknown.
        bare: share of the ground that does not show structure in both images, NaN
            where unknown.
    """
    place = places(matches.mov_xy, place_px)
    inlier = fit.inlier
    xy = matches.mov_xy[inlier]
    spread = _sample(xy, 200)
    moved = fit.mov_to_ref(spread) - spread if len(spread) else np.zeros((1, 2))
    x, y = (np.linspace(0.0, side, 9) for side in extent)
    lattice = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    corners = lattice[[0, 8, 72, 80]]
    if ground_xy is not None and len(ground_xy):
        lattice = _sample(ground_xy, 200)

    def error_at(xy: np.ndarray) -> np.ndarray:
        return wider * prediction_spread(fit.fold_fits, fit.mov_to_ref, xy)

    error = error_at(lattice)
    count = int(place.max(initial=-1) + 1)
    good = agreeing(place, inlier)
    if independent is not None:
        count, good = max(1, round(independent)), independent

    def stated(spread_px: float) -> float:
        return in_nine_of_ten(spread_px, good, gsd_m, distinctness, bare)

    before = np.linalg.norm(matches.ref_xy[inlier] - xy, axis=1)
    held = fit.held_px[inlier]
    after = np.where(np.isfinite(held), held, fit.residual_px[inlier])
    return Evidence(
        places=count,
        agreeing=good,
        log10_chance=log10_chance(matches, fit.affine, place, radius_px),
        coverage=_coverage(matches.ref_xy[inlier], extent, ground_xy),
        spread_px=_rms(error),
        expected_error_px=stated(_rms(error)),
        corner_error_px=stated(float(error_at(corners).max())),
        moved_px=_rms(np.linalg.norm(moved, axis=1)),
        moved_error_px=_rms(error_at(spread)),
        before_px=_rms(before),
        after_px=_rms(after),
        bare=bare,
    )


def _coverage(
    xy: np.ndarray, extent: tuple[float, float], ground_xy: np.ndarray | None
) -> float:
    """Return which share of the ground the hull of (n, 2) points holds, 0 to 1."""
    hull = hull_of(xy)
    if ground_xy is None or not len(ground_xy):
        return share_inside(hull, extent)
    if len(hull) < 3:
        return 0.0
    side = np.roll(hull, -1, axis=0) - hull
    inside = np.ones(len(ground_xy), bool)
    for corner, (x, y) in zip(hull, side, strict=True):
        away = ground_xy - corner
        inside &= x * away[:, 1] - y * away[:, 0] >= 0
    return float(inside.mean())


def _sample(xy: np.ndarray, most: int) -> np.ndarray:
    return xy[:: max(1, -(-len(xy) // most))]


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2))) if values.size else float("nan")
