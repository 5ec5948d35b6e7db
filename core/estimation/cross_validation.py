"""Spatially blocked hold-out: how well a kind of transform predicts new ground.

Neighbours share their errors, so whole blocks are left out (Roberts et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Sequence

import numpy as np

from ..base.feedback import Feedback, check
from ..transform.kinds import Transform


@dataclass(frozen=True)
class BlockParams:
    """How ground is divided; chosen so that gaps are no larger than those of the use.

    Args:
        folds: each is left out once; a knight's move apart, so that five tile a plane.
        per_block: matches in a block, where their number allows it.
        blocks: fewest and most blocks.
        most_along: blocks along the longer side.
        buffer: training points nearer to a held-out block than this share of its side
            are left out.
    """

    folds: int = 5
    per_block: float = 8.0
    blocks: tuple[float, float] = (9.0, 100.0)
    most_along: float = 20.0
    buffer: float = 0.2


@dataclass(frozen=True)
class ContestParams:
    """What a more complex kind has to show against a simpler one.

    Args:
        least_gain: share of the root mean square held-out error it has to gain.
        least_local_gain_px: what the first kind that bends has to gain. Windows of
            neighbouring matches overlap, so their errors are alike and a local kind
            predicts even the errors of held-out matches.
        narrow_px: side of blocks below which such windows reach over them from both
            sides, and there
        least_missed_px: what the last linear kind must miss (root mean square): houses
            and trees that lean make matches err alike by 0.5 to 0.8 px, as simulated
            scenes of 256 to 384 px show, and what bends after them is worse. Pairs of
            10 m whose truth is an affine look as if they bent by up to 0.7 px, their
            held-out error by a spline being half that by an affine.
        leans_below_m: pixels smaller than this show what leans larger: scenes of 3 and
            1 m whose truth is an affine look as if they bent by up to 1.0 px, and there
        least_leaning_px: is what the last linear kind must miss.
        errors_beyond: standard errors that the gain has to exceed: one side of 95 %.
        cap: errors count up to this many times the smallest median of all kinds,
        least_cap_px: and at least up to this.
    """

    least_gain: float = 0.03
    least_local_gain_px: float = 0.2
    narrow_px: float = 96.0
    least_missed_px: float = 0.85
    leans_below_m: float = 5.0
    least_leaning_px: float = 1.1
    errors_beyond: float = 1.64
    cap: float = 4.0
    least_cap_px: float = 0.05


BLOCKS = BlockParams()
CONTEST = ContestParams()


@dataclass(frozen=True)
class Blocks:
    """Assignment of points to spatial blocks and of blocks to folds.

    Args:
        block: (n,) int, which block each point lies in.
        test: (folds, n) bool, points held out in each fold.
        train: (folds, n) bool, points to fit; away from the held-out blocks.
        side_px: side of the blocks, infinite where each point is one.
    """

    block: np.ndarray
    test: np.ndarray
    train: np.ndarray
    side_px: float = float("inf")


@dataclass(frozen=True)
class HeldOut:
    """Errors of one kind of transform on points that its fit did not see.

    Args:
        error_px: (n,) float64, NaN where the point was never predicted.
        fits: the transforms of the folds.
    """

    error_px: np.ndarray
    fits: tuple[Transform, ...]


def make_blocks(xy: np.ndarray) -> Blocks:
    """Divide (n, 2) points into square blocks, each fold a knight's-move pattern.

    Blocks are as small as the number of points allows (about eight each), since
    larger ones would punish every local model for gaps that the use has not.
    """
    low, span = xy.min(axis=0), np.maximum(np.ptp(xy, axis=0), 1e-6)
    count = float(np.clip(len(xy) / BLOCKS.per_block, *BLOCKS.blocks))
    side = float(np.sqrt(span.prod() / count))
    side = max(side, float(span.max()) / BLOCKS.most_along)
    place = (xy - low) / side

    def fold_of(offset_x: float, offset_y: float) -> np.ndarray:
        cell = np.floor(place + np.array([offset_x, offset_y])).astype(int)
        return (cell[:, 0] + 2 * cell[:, 1]) % BLOCKS.folds

    cell = np.floor(place).astype(int)
    _, block = np.unique(cell, axis=0, return_inverse=True)
    folds = np.arange(BLOCKS.folds)[:, None]
    test = fold_of(0.0, 0.0) == folds
    near = test.copy()
    for offset in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        near |= fold_of(BLOCKS.buffer * offset[0], BLOCKS.buffer * offset[1]) == folds
    return Blocks(block.ravel(), test, ~near, side)


def hold_out(
    src: np.ndarray,
    dst: np.ndarray,
    weights: np.ndarray,
    blocks: Blocks,
    fit_each: Callable[[np.ndarray, np.ndarray, np.ndarray], Sequence[Transform]],
    count: int,
    least: int,
    feedback: Feedback,
) -> list[HeldOut]:
    """Fit on all folds but one and predict that one, in turn.

    Args:
        src: (n, 2) float64 pixels.
        dst: (n, 2) float64 pixels.
        weights: (n,) float64.
        blocks: of ``src``.
        fit_each: (src, dst, weights) to ``count`` transforms, each held out by itself.
        count: see there.
        least: points that a fit needs; folds with fewer are skipped.
        feedback: asked between folds; ``Cancelled`` passes through.
    """
    errors = np.full((count, len(src)), np.nan)
    fits: list[Sequence[Transform]] = []
    for test, train in zip(blocks.test, blocks.train, strict=True):
        check(feedback)
        if not test.any() or train.sum() < least:
            continue
        fits.append(fit_each(src[train], dst[train], weights[train]))
        for error, fit in zip(errors, fits[-1], strict=True):
            residual = fit(src[test]) - dst[test]
            error[test] = np.hypot(residual[:, 0], residual[:, 1])
    return [
        HeldOut(error, tuple(fold[i] for fold in fits))
        for i, error in enumerate(errors)
    ]


def capped_rms(error_px: np.ndarray, cap_px: float) -> float:
    """Return the root mean square of errors, none counted above ``cap_px``."""
    finite_px = error_px[np.isfinite(error_px)]
    if not finite_px.size:
        return float("inf")
    return float(np.sqrt(np.mean(np.minimum(finite_px, cap_px) ** 2)))


@dataclass(frozen=True)
class Contest:
    """How a more complex model did against a simpler one on the same points.

    Args:
        outcome: "better", or why not: "gain_too_small", "misses_too_little" (less
            than ``least_missed_px``), "within_chance", "not_compared" (no point was
            predicted by both).
        error_px: root mean square error of the more complex one.
        rival_px: that of the simpler one.
        needed_px: what the more complex one may err by at most; 0 where none would do.
    """

    outcome: str
    error_px: float = float("nan")
    rival_px: float = float("nan")
    needed_px: float = float("nan")

    @property
    def is_better(self) -> bool:
        """Return whether the more complex model predicts better beyond doubt."""
        return self.outcome == "better"


def contest(
    complex_px: np.ndarray,
    simple_px: np.ndarray,
    block: np.ndarray,
    cap_px: float,
    least_px: float = 0.0,
    least_missed_px: float = 0.0,
) -> Contest:
    """Return whether the complex model predicts better beyond doubt, or why not.

    The gain in squared error, averaged by block, has to exceed 1.64 standard
    errors (one side of 95 %; several kinds and smoothings get a chance), and the
    root mean square has to fall by ``least_px`` and by ``least_gain`` of it, and the
    simpler model has to miss ``least_missed_px`` that the other does not.

    Args:
        complex_px: (n,) float64 held-out errors of the more complex model.
        simple_px: (n,) the same of the simpler one.
        block: (n,) int, block of each point.
        cap_px: errors above it count as this.
        least_px: the least gain that counts.
        least_missed_px: the least root mean square of what the simpler model misses
            and the other does not.
    """
    both = np.isfinite(complex_px) & np.isfinite(simple_px)
    if not both.any():
        predicts = bool(np.isfinite(complex_px).any())
        return Contest("better" if predicts else "not_compared")
    one = np.minimum(simple_px[both], cap_px) ** 2
    two = np.minimum(complex_px[both], cap_px) ** 2
    simple_rms, complex_rms = float(np.sqrt(one.mean())), float(np.sqrt(two.mean()))
    least_gain = max(least_px, CONTEST.least_gain * simple_rms)
    figures = complex_rms, simple_rms, max(0.0, simple_rms - least_gain)
    if simple_rms - complex_rms < least_gain:
        return Contest("gain_too_small", *figures)
    # What bends is missed by more than the cap where matches are precise.
    wide = max(cap_px, 4 * least_missed_px)
    missed = np.minimum(simple_px[both], wide) ** 2
    missed -= np.minimum(complex_px[both], wide) ** 2
    if missed.mean() < least_missed_px**2:
        return Contest("misses_too_little", *figures)
    size = np.bincount(block[both])
    has_points = size > 0
    gain = np.bincount(block[both], weights=one - two)[has_points]
    size = size[has_points]
    if len(size) < 3:
        return Contest("within_chance", *figures)
    mean = gain.sum() / size.sum()
    # Ratio estimator: blocks hold different numbers of points.
    spread = np.sum((gain - mean * size) ** 2) * len(size) / (len(size) - 1)
    certain = mean > CONTEST.errors_beyond * np.sqrt(spread) / size.sum()
    return Contest("better" if certain else "within_chance", *figures)


def prediction_spread(
    fits: tuple[Transform, ...], whole: Transform, xy: np.ndarray
) -> np.ndarray:
    """Return the standard error of a transform at (n, 2) points, (n,) pixels.

    It honours errors that are correlated within a block; see ``jackknife_error``.
    """
    if not fits:
        return np.full(len(xy), np.nan)
    change = np.stack([fit(xy) for fit in fits]) - whole(xy)
    return np.linalg.norm(jackknife_error(change), axis=-1)


def jackknife_error(found: np.ndarray) -> np.ndarray:
    """Return the standard error of what fits without one group each found.

    Delete-a-group jackknife (Shao and Wu 1989).

    Args:
        found: (groups, ...) by the fits; NaN is returned for fewer than three.
    """
    groups = len(found)
    if groups < 3:
        return np.full(found.shape[1:], np.nan)
    return np.sqrt((groups - 1) * np.var(found, axis=0))
