"""Trials of the kinds of transform on held-out ground, and their ranking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.feedback import Feedback
from ..base.types import Matches
from ..transform.fitters import (
    LEAST,
    LINEAR,
    SMOOTHING,
    TRIAL_CENTRES,
    Fitter,
    fitter_of,
)
from .cross_validation import (
    LEAST_LOCAL_GAIN_PX,
    LEAST_MISSED_PX,
    NARROW_PX,
    Blocks,
    Contest,
    Held,
    capped_rms,
    contest,
    hold_out,
)

#: Side of the square of ground that a local kind needs, working pixels.
LEAST_LOCAL_SIDE_PX = 200.0


@dataclass(frozen=True)
class Trial:
    """One kind (and smoothing) with its held-out errors on the pool."""

    kind: str
    fitter: Fitter
    held: Held


def local_kinds(picked: Matches) -> list[str]:
    """Return the kinds beyond affine that matches can tell apart from one.

    Few matches per held-out block flatter flexible kinds by chance, and windows of
    matches on little ground overlap so much that they all err alike.
    """
    if np.ptp(picked.mov_xy, axis=0).prod() < LEAST_LOCAL_SIDE_PX**2:
        return []
    return [k for k in LEAST if k not in LINEAR and len(picked) >= 5 * LEAST[k]]


@dataclass(frozen=True)
class Ranking:
    """What came of comparing trials, simplest first.

    Args:
        best: trials, each of which predicts better than the one before it.
        rounds: (trial, the best one before it, their contest) for all but the first.
    """

    best: list[Trial]
    rounds: list[tuple[Trial, Trial, Contest]]


def rank(
    trials: list[Trial],
    blocks: Blocks,
    cap_px: float,
    strict: bool = True,
) -> Ranking:
    """Compare trials, each with the best one before it.

    Args:
        trials: simplest first.
        blocks: of the matches.
        cap_px: errors above it count as this.
        strict: whether the last linear kind has to miss ``LEAST_MISSED_PX``, on narrow
            blocks, before one that bends is believed.
    """
    ranked, rounds = [trials[0]], []
    for trial in trials[1:]:
        best = ranked[-1]
        first_local = best.kind in LINEAR and trial.kind not in LINEAR
        least_px = LEAST_LOCAL_GAIN_PX if first_local else 0.0
        alike = first_local and blocks.side_px < NARROW_PX
        missed_px = LEAST_MISSED_PX if strict and alike else 0.0
        errors = trial.held.error_px, best.held.error_px
        found = contest(*errors, blocks.block, cap_px, least_px, missed_px)
        rounds.append((trial, best, found))
        if found.is_better:
            ranked.append(trial)
    return Ranking(ranked, rounds)


def run_trials(
    kind: str,
    picked: Matches,
    weights: np.ndarray,
    blocks: Blocks,
    feedback: Feedback,
    strengths: tuple[float, ...] | None = None,
) -> list[Trial]:
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
        out.append(Trial(kind, fitter_of(kind, smoothing), held))
    return out


def held_errors(trials: list[Trial], cap_px: float) -> dict[str, float]:
    """Return the smallest held-out error of each kind that has one."""
    held: dict[str, float] = {}
    for trial in trials:
        error = capped_rms(trial.held.error_px, cap_px)
        if np.isfinite(error):
            held[trial.kind] = min(error, held.get(trial.kind, error))
    return held


def error_cap(trials: list[Trial]) -> float:
    """Return four times the smallest median error, so that wrong matches in the
    pool cannot decide; the same for all kinds.
    """
    errors = [trial.held.error_px for trial in trials]
    medians = [float(np.nanmedian(e)) for e in errors if np.isfinite(e).any()]
    return max(4.0 * min(medians, default=1.0), 0.05)


def fit_weights(picked: Matches, probability: np.ndarray, kind: str) -> np.ndarray:
    """Return the weights of pooled matches for a fit.

    The affine's probabilities say nothing about matches that only a local
    deformation explains, so those kinds go by confidence alone.
    """
    trust = np.clip(picked.confidence.astype(np.float64), 0.05, 1.0)
    return trust * np.maximum(probability, 1e-3) if kind in LINEAR else trust
