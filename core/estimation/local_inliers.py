"""Matches that a smooth local deformation explains."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ..base.grid import apply_affine
from ..base.types import Matches
from ..transform.linear import Affine2D
from ..transform.thin_plate import fit_thin_plate, thin
from .robust_fit import Noise, measure_noise, residual_of, trust_of

#: Neighbours asked about each match.
_NEIGHBOURS = 16
#: Widest band around the affine, as a share of the matches' extent and at least
#: this many pixels: a deformation beyond it is no longer local.
_BAND_SHARE, _BAND_PX = 0.03, 12.0
_CENTRES = 200


def agree_locally(matches: Matches, affine: Affine2D, noise: Noise) -> np.ndarray:
    """Return (n,) bool, matches near the affine that agree with their neighbours.

    First each match in a wide band needs enough neighbours with a similar
    residual vector, then it has to fit a smooth surface through those.

    Args:
        matches: all candidates.
        affine: the consensus, mov to ref.
        noise: around the affine.
    """
    inlier = np.zeros(len(matches), bool)
    span = float(np.hypot(*np.ptp(matches.mov_xy, axis=0)))
    band = max(_BAND_PX, _BAND_SHARE * span, 3.0 * noise.sigma_px)
    near = np.flatnonzero(noise.residual_px <= band)
    if len(near) < 12:
        return inlier
    xy = matches.mov_xy[near]
    residual = matches.ref_xy[near] - apply_affine(affine.matrix, xy)
    votes = _votes(xy, residual, min(noise.sigma_px, 1.5))
    supported = near[votes >= max(3.0, 0.4 * float(np.median(votes)))]
    for smoothing in (0.3, 0.03):
        if len(supported) < 12:
            return inlier
        trust = trust_of(matches.take(supported))
        nodes = supported[thin(matches.mov_xy[supported], trust, _CENTRES)]
        surface = fit_thin_plate(
            matches.mov_xy[nodes], matches.ref_xy[nodes], smoothing
        )
        close = near[residual_of(matches.take(near), surface) <= band]
        local = measure_noise(matches.take(close), surface, 0)
        supported = close[local.inlier]
    inlier[supported] = True
    return inlier


def _votes(xy: np.ndarray, residual: np.ndarray, sigma_px: float) -> np.ndarray:
    """Return (n,) numbers of neighbours whose residual vectors are alike."""
    count = min(_NEIGHBOURS + 1, len(xy))
    distance, index = cKDTree(xy).query(xy, k=count)
    change = np.linalg.norm(residual[index[:, 1:]] - residual[:, None], axis=2)
    # Two scattered matches differ by 1.4 sigma per axis; 3 % more per pixel apart
    # is a strong but still smooth deformation.
    allowed = 3.0 * sigma_px + np.minimum(0.03 * distance[:, 1:], 3.0)
    return np.asarray((change <= allowed).sum(axis=1), np.float64)
