"""Trials of the kinds of transform on held-out ground, and their ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

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
    fitters_of,
)
from ..transform.kinds import Transform
from .cross_validation import (
    CONTEST,
    Blocks,
    Contest,
    HeldOut,
    capped_rms,
    contest,
    hold_out,
)
from .robust_fit import trust_of


@dataclass(frozen=True)
class SelectionParams:
    """Which kinds of transform are tried.

    Args:
        least: matches from which each kind is tried, in order of complexity.
        spare: matches that a fit needs beyond those that define the kind.
        side_px: side of the square of ground that a kind which bends needs.
    """

    least: Mapping[str, int]
    spare: int
    side_px: float


#: Matches are many, overlap and may be wrong: few in a held-out block flatter flexible
#: kinds by chance, and those on little ground all err alike.
OF_MATCHES = SelectionParams(
    {kind: n * (2 if kind in LINEAR else 5) for kind, n in LEAST.items()}, 1, 200.0
)
#: Control points are few, and each was looked at. Two already tell the rotation, so
#: that a shift is not tried; where windows share pixels they count as fewer.
OF_CONTROLS = SelectionParams(
    {"similarity": 4, "affine": 4, "poly2": 12, "poly3": 20, "tps": 12}, 0, 0.0
)


@dataclass(frozen=True)
class Observations:
    """What transforms are fitted to, and compared by.

    Args:
        matches: n of them, working pixels.
        weights: (n,) float64.
        blocks: which are left out together.
        params: what holds for matches of this sort.
    """

    matches: Matches
    weights: np.ndarray
    blocks: Blocks
    params: SelectionParams

    def kinds(self, count: float | None = None) -> list[str]:
        """Return the kinds to try, simplest first.

        Args:
            count: as how many independent matches they count, each for one by default.
        """
        count = len(self.matches) if count is None else count
        wide = np.ptp(self.matches.mov_xy, axis=0).prod() >= self.params.side_px**2
        least = self.params.least.items()
        return [k for k, n in least if count >= n and (wide or k in LINEAR)]


@dataclass(frozen=True)
class Trial:
    """One kind (and smoothing) with its held-out errors."""

    kind: str
    fitter: Fitter
    held_out: HeldOut

    def fit(self, observations: Observations) -> Transform:
        """Return the kind fitted to all there is."""
        matches = observations.matches
        return self.fitter(matches.mov_xy, matches.ref_xy, observations.weights)


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
    least_missed_px: float = 0.0,
) -> Ranking:
    """Compare trials, each with the best one before it.

    Args:
        trials: simplest first.
        blocks: of the matches.
        cap_px: errors above it count as this.
        least_missed_px: what the last linear kind has to miss before one that bends is
            believed.
    """
    ranked, rounds = [trials[0]], []
    for trial in trials[1:]:
        best = ranked[-1]
        first_local = best.kind in LINEAR and trial.kind not in LINEAR
        least_px = CONTEST.least_local_gain_px if first_local else 0.0
        missed_px = least_missed_px if first_local else 0.0
        errors = trial.held_out.error_px, best.held_out.error_px
        outcome = contest(*errors, blocks.block, cap_px, least_px, missed_px)
        rounds.append((trial, best, outcome))
        if outcome.is_better:
            ranked.append(trial)
    return Ranking(ranked, rounds)


def least_missed_px(blocks: Blocks, gsd_m: float) -> float:
    """Return what an affine has to miss, for what leans makes matches err alike.

    Args:
        blocks: of the matches.
        gsd_m: size of a pixel in metres, NaN where unknown.
    """
    if blocks.side_px >= CONTEST.narrow_px:
        return 0.0
    leans = gsd_m < CONTEST.leans_below_m
    return CONTEST.least_leaning_px if leans else CONTEST.least_missed_px


def run_trials(
    kind: str,
    observations: Observations,
    feedback: Feedback,
    strengths: tuple[float, ...] | None = None,
) -> list[Trial]:
    """Return held-out errors of one kind, strong smoothing first."""
    strengths = tuple(reversed(strengths or SMOOTHING.get(kind, (0.0,))))
    held_out = hold_out(
        observations.matches.mov_xy,
        observations.matches.ref_xy,
        observations.weights,
        observations.blocks,
        fitters_of(kind, strengths, TRIAL_CENTRES),
        len(strengths),
        LEAST[kind] + observations.params.spare,
        feedback,
    )
    return [
        Trial(kind, fitter_of(kind, smoothing), one)
        for smoothing, one in zip(strengths, held_out, strict=True)
    ]


def best_smoothing(trials: list[Trial]) -> tuple[Trial, dict[str, float]]:
    """Return the best of one kind's trials, and the kind's held-out error if known."""
    cap = error_cap(trials)
    best = min(trials, key=lambda trial: capped_rms(trial.held_out.error_px, cap))
    return best, held_errors(trials, cap)


def held_errors(trials: list[Trial], cap_px: float) -> dict[str, float]:
    """Return the smallest held-out error of each kind that has one."""
    error_by_kind: dict[str, float] = {}
    for trial in trials:
        error = capped_rms(trial.held_out.error_px, cap_px)
        if np.isfinite(error):
            error_by_kind[trial.kind] = min(error, error_by_kind.get(trial.kind, error))
    return error_by_kind


def error_cap(trials: list[Trial]) -> float:
    """Return what errors count up to, so that wrong matches cannot decide.

    A multiple of the smallest median error; the same for all kinds.
    """
    errors = [trial.held_out.error_px for trial in trials]
    medians = [float(np.nanmedian(e)) for e in errors if np.isfinite(e).any()]
    return max(CONTEST.cap * min(medians, default=1.0), CONTEST.least_cap_px)


def fit_weights(matches: Matches, probability: np.ndarray, kind: str) -> np.ndarray:
    """Return the weights of pooled matches for a fit.

    The affine's probabilities say nothing about matches that only a local
    deformation explains, so those kinds go by confidence alone.
    """
    trust = trust_of(matches)
    return trust * np.maximum(probability, 1e-3) if kind in LINEAR else trust
