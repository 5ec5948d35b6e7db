"""From matches to a transform: robust fit, and the simplest kind that predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, get_args

import numpy as np

from ..base.errors import BadInput, Refused
from ..base.feedback import SILENT, Feedback, check
from ..base.types import Matches, Search, TransformKind
from ..transform.domain import hull_of
from ..transform.fitters import LEAST, LINEAR, PARAMETERS, SMOOTHING
from ..transform.kinds import Transform, invert, slope
from ..transform.linear import Affine2D
from .cross_validation import Blocks, make_blocks
from .local_inliers import agree_locally
from .model_selection import (
    OF_MATCHES,
    Observations,
    Trial,
    best_smoothing,
    error_cap,
    fit_weights,
    held_errors,
    least_missed_px,
    rank,
    run_trials,
)
from .robust_fit import Noise, find_consensus, measure_noise, polish, residual_of
from .selection_reason import Choice, asked_for, choice_of

#: Largest slope of a deformation; beyond it the inverse might not exist.
_MOST_SLOPE = 0.5


@dataclass(frozen=True)
class Fit:
    """A transform with the evidence for it; all lengths in working pixels.

    Args:
        kind: the kind of transform.
        mov_to_ref: moving to reference frame.
        ref_to_mov: its inverse.
        affine: the robust affine (or simpler) behind it.
        inlier: (n,) bool.
        weight: (n,) float64 in [0, 1], probability that a match is true.
        residual_px: (n,) float64.
        sigma_px: scatter of the inliers along one axis.
        holdout_px: root mean square error on held-out blocks, by kind tried.
        held_px: (n,) float64, held-out error of the chosen kind, NaN if none.
        fold_fits: the chosen kind fitted without one fifth of the ground each.
        hull: (m, 2) float64, convex hull of the inliers in the moving frame.
        choice: why this kind, and how the others did.
    """

    kind: str
    mov_to_ref: Transform
    ref_to_mov: Transform
    affine: Affine2D
    inlier: np.ndarray
    weight: np.ndarray
    residual_px: np.ndarray
    sigma_px: float
    holdout_px: dict[str, float]
    held_px: np.ndarray
    fold_fits: tuple[Transform, ...]
    hull: np.ndarray
    choice: Choice


def estimate(
    matches: Matches,
    kind: TransformKind,
    extent: tuple[float, float],
    *,
    feedback: Feedback = SILENT,
    rng_seed: int = 0,
    limits: Search | None = None,
    gsd_m: float = float("nan"),
) -> Fit:
    """Fit a transform to matches that may be mostly wrong.

    Linear time in the number of matches except for the thin plate, which is
    thinned to 400 control points; at most about 100 MB.

    Args:
        matches: in pixels of the working grid.
        kind: the kind to fit, or "auto" for the simplest that predicts
            held-out blocks as well as any more complex one.
        extent: (width, height) of the working grid.
        feedback: asked between steps; ``Cancelled`` passes through.
        rng_seed: the same seed gives the same fit.
        limits: the search that the matches come from; alignments far outside
            of it are not considered.
        gsd_m: size of a pixel in metres, NaN where unknown.

    Raises:
        BadInput: the kind is unknown.
        Refused: there are too few matches for the kind, or it would fold.
    """
    if kind not in get_args(TransformKind):
        raise BadInput.of("transform_choice", choices=list(LEAST), value=kind)
    linear = kind if kind in ("shift", "similarity") else "affine"
    _require(len(matches), LEAST[linear], linear)
    rng = np.random.default_rng(rng_seed)
    start = find_consensus(matches, linear, rng, limits)
    affine, noise = polish(matches, start, linear)
    _require(int(noise.inlier.sum()), LEAST[linear], linear)
    check(feedback)
    if kind in LINEAR:
        return _fit_one(matches, kind, extent, affine, noise, noise.inlier, feedback)
    pool = noise.inlier | agree_locally(matches, affine, noise)
    if kind != "auto":
        return _fit_one(matches, kind, extent, affine, noise, pool, feedback)
    return _choose(matches, extent, affine, noise, pool, feedback, gsd_m)


def _require(count: int, least: int, kind: str) -> None:
    if count < least:
        raise Refused.of(
            "too_few_matches", "few_matches", inliers=count, kind=kind, least=least
        )


def _fit_one(
    matches: Matches,
    kind: str,
    extent: tuple[float, float],
    affine: Affine2D,
    noise: Noise,
    pool: np.ndarray,
    feedback: Feedback,
) -> Fit:
    """Fit the kind that was asked for."""
    _require(int(pool.sum()), LEAST[kind], kind)
    observations = _observations(matches, noise, pool, kind)
    best, held_out_px = best_smoothing(run_trials(kind, observations, feedback))
    choice = asked_for(kind, held_out_px.get(kind))
    return _finish(matches, best, extent, affine, noise, pool, held_out_px, choice)


def _choose(
    matches: Matches,
    extent: tuple[float, float],
    affine: Affine2D,
    noise: Noise,
    pool: np.ndarray,
    feedback: Feedback,
    gsd_m: float,
) -> Fit:
    """Try all kinds, simplest first, and keep the simplest that predicts best."""
    observations = _observations(matches, noise, pool, "tps")
    kinds = observations.kinds()
    linear = [kind for kind in kinds if kind in LINEAR] or ["similarity"]
    trials: list[Trial] = []
    for kind in linear:
        trials += run_trials(kind, observations, feedback)
    local = [kind for kind in kinds if kind not in LINEAR]
    if "tps" in local:
        # The most flexible kind goes first: where it gains nothing, none does.
        weakest, *stronger = SMOOTHING["tps"]
        probe = run_trials("tps", observations, feedback, (weakest,))
        more = [*trials, *probe]
        weak = rank(more, observations.blocks, error_cap(more))
        if weak.best[-1] is not probe[0]:
            trials, local = more, []
    for kind in local:
        if kind == "tps":
            trials += run_trials(kind, observations, feedback, tuple(stronger))
            trials += probe
        else:
            trials += run_trials(kind, observations, feedback)

    def finish(best: Trial, held_out_px: dict[str, float], choice: Choice) -> Fit:
        return _finish(matches, best, extent, affine, noise, pool, held_out_px, choice)

    return simplest_that_predicts(trials, observations.blocks, finish, gsd_m)


def _observations(
    matches: Matches, noise: Noise, pool: np.ndarray, kind: str
) -> Observations:
    pooled = matches.take(pool)
    weights = fit_weights(pooled, noise.weight[pool], kind)
    return Observations(pooled, weights, make_blocks(pooled.mov_xy), OF_MATCHES)


def simplest_that_predicts(
    trials: list[Trial],
    blocks: Blocks,
    finish: Callable[[Trial, dict[str, float], Choice], Fit],
    gsd_m: float = float("nan"),
) -> Fit:
    """Return the fit of the simplest kind that predicts as well as any other.

    Args:
        trials: simplest first.
        blocks: of what they were fitted to.
        finish: (trial, held-out errors by kind, why) to the fit; one that raises
            ``Refused`` gives way to the best before it.
        gsd_m: size of a pixel in metres, NaN where unknown.
    """
    cap = error_cap(trials)
    ranking = rank(trials, blocks, cap, least_missed_px(blocks, gsd_m))
    folding: set[str] = set()
    held_out_px = held_errors(trials, cap)
    for best in reversed(ranking.best):
        try:
            return finish(best, held_out_px, choice_of(best, ranking, cap, folding))
        except Refused as refused:
            folding.add(best.kind)
            last = refused
    raise last


def _finish(
    matches: Matches,
    trial: Trial,
    extent: tuple[float, float],
    affine: Affine2D,
    noise: Noise,
    pool: np.ndarray,
    holdout_px: dict[str, float],
    choice: Choice,
) -> Fit:
    """Refit on all inliers, with the inliers of the transform itself."""
    kind = trial.kind
    members = np.flatnonzero(pool)
    weights = fit_weights(matches.take(members), noise.weight[members], kind)
    transform = trial.fitter(matches.mov_xy[members], matches.ref_xy[members], weights)
    final = measure_noise(matches, transform, PARAMETERS.get(kind, 0), noise)
    if final.inlier.sum() > LEAST[kind]:
        members = np.flatnonzero(final.inlier)
        weights = fit_weights(matches.take(members), final.weight[members], kind)
        transform = trial.fitter(
            matches.mov_xy[members], matches.ref_xy[members], weights
        )
    require_no_fold(transform, kind, extent)
    held_px = np.full(len(matches), np.nan)
    held_px[np.flatnonzero(pool)] = trial.held_out.error_px
    return Fit(
        kind=kind,
        mov_to_ref=transform,
        ref_to_mov=invert(transform),
        affine=transform if isinstance(transform, Affine2D) else affine,
        inlier=final.inlier,
        weight=final.weight,
        residual_px=residual_of(matches, transform),
        sigma_px=final.sigma_px,
        holdout_px=holdout_px,
        held_px=held_px,
        fold_fits=trial.held_out.fits,
        hull=hull_of(matches.mov_xy[final.inlier]),
        choice=choice,
    )


def require_no_fold(
    transform: Transform,
    kind: str,
    extent: tuple[float, float],
    sentence: str = "bends_too_much",
) -> None:
    """Raise ``Refused`` with ``sentence`` for a transform that may not be inverted."""
    if isinstance(transform, Affine2D):
        return
    steepest = slope(transform, extent)  # type: ignore[arg-type]
    if not steepest <= _MOST_SLOPE:
        raise Refused.of("badly_spread", sentence, kind=kind, share=100 * steepest)
