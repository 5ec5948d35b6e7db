"""From matches to a transform: robust fit, and the simplest kind that predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np

from .consensus import Noise, find_consensus, measure_noise, polish, residual_of
from .errors import BadInput, Refused
from .feedback import SILENT, Feedback, check
from .holdout import (
    LEAST_LOCAL_GAIN_PX,
    Blocks,
    Held,
    capped_rms,
    hold_out,
    is_better,
    make_blocks,
)
from .kinds import (
    LEAST,
    LINEAR,
    PARAMETERS,
    SMOOTHING,
    TRIAL_CENTRES,
    Fitter,
    fitter_of,
)
from .neighbours import agree_locally
from .support import hull_of
from .transforms import Affine2D, Transform, invert, slope
from .types import Matches, Search, TransformKind

#: Largest slope of a deformation; beyond it the inverse might not exist.
_MOST_SLOPE = 0.5


#: Side of the square of ground that a local kind needs, working pixels.
LEAST_LOCAL_SIDE_PX = 200.0


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
        why: why this kind, for the user.
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
    why: str


@dataclass(frozen=True)
class _Trial:
    """One kind (and smoothing) with its held-out errors on the pool."""

    kind: str
    fitter: Fitter
    held: Held


def estimate(
    matches: Matches,
    kind: TransformKind,
    extent: tuple[float, float],
    *,
    feedback: Feedback = SILENT,
    rng_seed: int = 0,
    limits: Search | None = None,
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

    Raises:
        BadInput: the kind is unknown.
        Refused: there are too few matches for the kind, or it would fold.
    """
    if kind not in get_args(TransformKind):
        raise BadInput(f"The transform is one of {', '.join(LEAST)}; got {kind!r}.")
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
    return _choose(matches, extent, affine, noise, pool, feedback)


def _require(count: int, least: int, kind: str) -> None:
    if count < least:
        raise Refused(
            "too_few_matches",
            f"Only {count} matches agree, a {kind} transform needs at least {least}.",
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
    picked = matches.take(pool)
    weights = _weights(picked, noise.weight[pool], kind)
    blocks = make_blocks(picked.mov_xy)
    trials = _trials(kind, picked, weights, blocks, feedback)
    cap = _cap(trials)
    best = min(trials, key=lambda trial: capped_rms(trial.held.error_px, cap))
    held = _errors(trials, cap)
    why = f"{kind}, as asked for"
    why += f": held-out error {held[kind]:.2f} px." if held else "."
    return _finish(matches, best, extent, affine, noise, pool, held, why)


def _choose(
    matches: Matches,
    extent: tuple[float, float],
    affine: Affine2D,
    noise: Noise,
    pool: np.ndarray,
    feedback: Feedback,
) -> Fit:
    """Try all kinds, simplest first, and keep the simplest that predicts best."""
    picked = matches.take(pool)
    weights = _weights(picked, noise.weight[pool], "tps")
    blocks = make_blocks(picked.mov_xy)
    known = [kind for kind in LINEAR if len(picked) >= 2 * LEAST[kind]]
    trials: list[_Trial] = []
    for kind in known or ["similarity"]:
        trials += _trials(kind, picked, weights, blocks, feedback)
    local = _local_kinds(picked)
    if "tps" in local:
        # The most flexible kind goes first: where it gains nothing, none does.
        weakest = SMOOTHING["tps"][:1]
        probe = _trials("tps", picked, weights, blocks, feedback, weakest)
        ranked = _rank([*trials, *probe], blocks, _cap([*trials, *probe]))
        if ranked[-1] is not probe[0]:
            trials, local = [*trials, *probe], []
    for kind in local:
        trials += _trials(kind, picked, weights, blocks, feedback)
    cap = _cap(trials)
    ranked = _rank(trials, blocks, cap)
    held = _errors(trials, cap)
    while True:
        best = ranked.pop()
        try:
            why = _reason(best.kind, held)
            return _finish(matches, best, extent, affine, noise, pool, held, why)
        except Refused:
            if not ranked:
                raise


def _local_kinds(picked: Matches) -> list[str]:
    """Return the kinds beyond affine that matches can tell apart from one.

    Few matches per held-out block flatter flexible kinds by chance, and windows of
    matches on little ground overlap so much that they all err alike.
    """
    if np.ptp(picked.mov_xy, axis=0).prod() < LEAST_LOCAL_SIDE_PX**2:
        return []
    return [k for k in LEAST if k not in LINEAR and len(picked) >= 5 * LEAST[k]]


def _rank(trials: list[_Trial], blocks: Blocks, cap_px: float) -> list[_Trial]:
    """Return trials, each of which predicts better than the one before it."""
    ranked = [trials[0]]
    for trial in trials[1:]:
        best = ranked[-1]
        first_local = best.kind in LINEAR and trial.kind not in LINEAR
        least_px = LEAST_LOCAL_GAIN_PX if first_local else 0.0
        errors = trial.held.error_px, best.held.error_px
        if is_better(*errors, blocks.block, cap_px, least_px):
            ranked.append(trial)
    return ranked


def _trials(
    kind: str,
    picked: Matches,
    weights: np.ndarray,
    blocks: Blocks,
    feedback: Feedback,
    strengths: tuple[float, ...] | None = None,
) -> list[_Trial]:
    """Return held-out errors of one kind, strong smoothing first."""
    out = []
    for smoothing in reversed(strengths or SMOOTHING.get(kind, (0.0,))):
        held = hold_out(
            picked.mov_xy,
            picked.ref_xy,
            weights,
            blocks,
            fitter_of(kind, smoothing, TRIAL_CENTRES),
            LEAST[kind] + 1,
            feedback,
        )
        out.append(_Trial(kind, fitter_of(kind, smoothing), held))
    return out


def _errors(trials: list[_Trial], cap_px: float) -> dict[str, float]:
    """Return the smallest held-out error of each kind that has one."""
    held: dict[str, float] = {}
    for trial in trials:
        error = capped_rms(trial.held.error_px, cap_px)
        if np.isfinite(error):
            held[trial.kind] = min(error, held.get(trial.kind, error))
    return held


def _cap(trials: list[_Trial]) -> float:
    """Return four times the smallest median error, so that wrong matches in the
    pool cannot decide; the same for all kinds.
    """
    errors = [trial.held.error_px for trial in trials]
    medians = [float(np.nanmedian(e)) for e in errors if np.isfinite(e).any()]
    return max(4.0 * min(medians, default=1.0), 0.05)


def _weights(picked: Matches, probability: np.ndarray, kind: str) -> np.ndarray:
    """Return the weights of pooled matches for a fit.

    The affine's probabilities say nothing about matches that only a local
    deformation explains, so those kinds go by confidence alone.
    """
    trust = np.clip(picked.confidence.astype(np.float64), 0.05, 1.0)
    return trust * np.maximum(probability, 1e-3) if kind in LINEAR else trust


def _finish(
    matches: Matches,
    trial: _Trial,
    extent: tuple[float, float],
    affine: Affine2D,
    noise: Noise,
    pool: np.ndarray,
    holdout_px: dict[str, float],
    why: str,
) -> Fit:
    """Refit on all inliers, with the inliers of the transform itself."""
    kind = trial.kind
    used = np.flatnonzero(pool)
    weights = _weights(matches.take(used), noise.weight[used], kind)
    transform = trial.fitter(matches.mov_xy[used], matches.ref_xy[used], weights)
    final = measure_noise(matches, transform, PARAMETERS.get(kind, 0), noise)
    if final.inlier.sum() > LEAST[kind]:
        used = np.flatnonzero(final.inlier)
        weights = _weights(matches.take(used), final.weight[used], kind)
        transform = trial.fitter(matches.mov_xy[used], matches.ref_xy[used], weights)
    if not isinstance(transform, Affine2D):
        _require_no_fold(transform, kind, extent)
    held = np.full(len(matches), np.nan)
    held[np.flatnonzero(pool)] = trial.held.error_px
    return Fit(
        kind=kind,
        mov_to_ref=transform,
        ref_to_mov=invert(transform),
        affine=affine if not isinstance(transform, Affine2D) else transform,
        inlier=final.inlier,
        weight=final.weight,
        residual_px=residual_of(matches, transform),
        sigma_px=final.sigma_px,
        holdout_px=holdout_px,
        held_px=held,
        fold_fits=trial.held.fits,
        hull=hull_of(matches.mov_xy[final.inlier]),
        why=why,
    )


def _require_no_fold(
    transform: Transform, kind: str, extent: tuple[float, float]
) -> None:
    steepest = slope(transform, extent)  # type: ignore[arg-type]
    if not steepest <= _MOST_SLOPE:
        raise Refused(
            "badly_spread",
            f"A {kind} transform through these matches would bend the image by "
            f"{100 * steepest:.0f} %; choose a simpler transform.",
        )


def _reason(kind: str, held: dict[str, float]) -> str:
    """Return why ``kind`` was chosen, with the errors that decided."""
    if kind not in held:
        return f"{kind}: too few matches to compare kinds of transforms."
    names = list(held)
    simpler = [name for name in names[: names.index(kind)]]
    others = [name for name in names[names.index(kind) + 1 :]]
    text = f"{kind}: held-out error {held[kind]:.2f} px"
    if simpler:
        best = min(simpler, key=lambda name: held[name])
        text += f", better than {best} with {held[best]:.2f} px"
    if others:
        best = min(others, key=lambda name: held[name])
        text += f"; {best} with {held[best]:.2f} px is no clear gain"
    return text + "."
