"""How likely unrelated images would agree as well: independent places and odds."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, gammaln

from ..base.types import Matches
from ..transform.linear import Affine2D
from .robust_fit import residual_of

_BANDS_PX = np.array([0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0])
_SAMPLE = {"shift": 1, "similarity": 2, "affine": 3}


def log10_chance(
    matches: Matches, transform: Affine2D, place: np.ndarray, radius_px: float
) -> float:
    """Return log10 of the number of false alarms of the linear consensus.

    A-contrario: were all matches placed evenly at random within ``radius_px``,
    how many transforms through minimal samples would be expected to gather as
    many places, for the most telling of several tolerances.
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
