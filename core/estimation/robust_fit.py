"""The affine on which the largest part of the matches agrees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.types import Matches, Search
from ..transform.fitters import LINEAR, PARAMETERS
from ..transform.kinds import Transform
from ..transform.linear import Affine2D

#: Residual at which a match counts half when hypotheses are compared, pixels.
_HALF_PX = 1.5
_ROUND = 192
#: Matches that vote on hypotheses; more only cost time.
_VOTERS = 300
#: Widths of the refinement, wide to narrow, pixels.
_ANNEAL_PX = (5.0, 3.5, 2.5, 1.8, 1.5, 1.5)
#: A residual below this is never called an outlier, pixels.
_LEAST_BAND_PX = 0.5


@dataclass(frozen=True)
class Noise:
    """A mixture of true matches with Gaussian scatter and evenly spread false ones.

    Args:
        sigma_px: scatter of true matches along one axis.
        weight: (n,) float64 in [0, 1], probability that a match is true.
        residual_px: (n,) float64.
    """

    sigma_px: float
    weight: np.ndarray
    residual_px: np.ndarray

    @property
    def inlier(self) -> np.ndarray:
        """Return (n,) bool: probably true and within three sigma."""
        band = max(3.0 * self.sigma_px, _LEAST_BAND_PX)
        return (self.weight > 0.5) & (self.residual_px <= band)


def find_consensus(
    matches: Matches,
    kind: str,
    rng: np.random.Generator,
    limits: Search | None = None,
    most_rounds: int = 16,
) -> Affine2D:
    """Return the best shift, similarity or affine by sampling and local refinement.

    Hypotheses come from minimal samples drawn in proportion to confidence; a
    soft vote without a hard threshold ranks them (as MAGSAC marginalises over
    the noise scale), and the best are refined by reweighted least squares.
    Takes at most 20 MB.

    Args:
        matches: at least as many as ``kind`` needs.
        kind: "shift", "similarity" or "affine".
        rng: source of the samples; the same state gives the same result.
        limits: hypotheses far outside of this search are dropped.
        most_rounds: effort; 16 rounds find a tenth of true matches, 2 a third.
    """
    mov, ref = matches.mov_xy, matches.ref_xy
    # Far from the origin the linear part and the shift would be entangled.
    centre = mov.mean(axis=0)
    u, v = mov - centre, ref - centre
    trust = np.clip(matches.confidence.astype(np.float64), 0.05, 1.0)
    voter = _voters(trust, rng)
    ballot = (u[voter], v[voter], trust[voter])
    hypotheses, scores = np.zeros((0, 2, 3)), np.zeros(0)
    for turn in range(most_rounds):
        drawn = _in_range(_hypotheses(u, v, trust, kind, rng), limits)
        hypotheses = np.concatenate([hypotheses, drawn])
        scores = np.concatenate([scores, _votes(drawn, *ballot)])
        best = np.argsort(-scores, kind="stable")[:6]
        hypotheses, scores = hypotheses[best], scores[best]
        if _enough(scores, ballot[2], turn):
            break
    refined = [_refine(h, u, v, trust, kind) for h in hypotheses[:4]]
    if not refined:
        refined = [np.eye(3)[:2]]
    winner = refined[int(np.argmax(_votes(np.stack(refined), u, v, trust)))]
    matrix = np.eye(3)
    matrix[:2] = winner
    matrix[:2, 2] += centre - matrix[:2, :2] @ centre
    return Affine2D(matrix, kind)


def measure_noise(
    matches: Matches, transform: Transform, parameters: int, start: Noise | None = None
) -> Noise:
    """Return scatter and probabilities of the matches around a transform.

    Args:
        matches: all candidates.
        transform: mov to ref.
        parameters: degrees of freedom the fit took.
        start: an earlier state to go on from.
    """
    residual = residual_of(matches, transform)
    squared = residual**2
    radius = max(8.0, float(np.percentile(residual, 95)))
    trust = np.clip(matches.confidence.astype(np.float64), 0.05, 0.95)
    odds = trust / (1.0 - trust)
    sigma, scale = (start.sigma_px, 1.0) if start else (2.0, 1.0)
    weight = np.zeros(len(squared))
    for _ in range(5 if start else 12):
        prior = odds * scale
        density = np.exp(-0.5 * squared / sigma**2) * (0.5 * radius**2 / sigma**2)
        weight = prior * density / (1.0 + prior * density)
        total = float(weight.sum())
        freedom = max(2.0 * total - parameters, 0.5 * total, 1e-6)
        sigma = min(max(float(weight @ squared) / freedom, 0.05**2), 5.0**2) ** 0.5
        # The believed share of true matches has to be the share that is found.
        found = _odds(total / len(squared))
        believed = _odds(float((prior / (1.0 + prior)).mean()))
        scale = min(max(scale * found / believed, 1e-3), 1e3)
    return Noise(sigma, weight, residual)


def polish(matches: Matches, start: Affine2D, kind: str) -> tuple[Affine2D, Noise]:
    """Refit a linear transform and its noise in turn until they agree."""
    transform = start
    noise = measure_noise(matches, transform, PARAMETERS[kind])
    trust = np.clip(matches.confidence.astype(np.float64), 0.05, 1.0)
    for _ in range(4):
        weight = noise.weight * trust
        if weight.sum() < 1e-6:
            break
        transform = LINEAR[kind](matches.mov_xy, matches.ref_xy, weight)
        noise = measure_noise(matches, transform, PARAMETERS[kind], noise)
    return transform, noise


def residual_of(matches: Matches, transform: Transform) -> np.ndarray:
    """Return the distances (n,) between mapped and found reference positions."""
    left = transform(matches.mov_xy) - matches.ref_xy
    return np.hypot(left[:, 0], left[:, 1])


def _odds(share: float) -> float:
    share = min(max(share, 1e-3), 1.0 - 1e-3)
    return share / (1.0 - share)


def _voters(trust: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if len(trust) <= _VOTERS:
        return np.arange(len(trust))
    return rng.choice(len(trust), _VOTERS, replace=False, p=trust / trust.sum())


def _hypotheses(
    u: np.ndarray, v: np.ndarray, trust: np.ndarray, kind: str, rng: np.random.Generator
) -> np.ndarray:
    """Return (k, 2, 3) affines from minimal samples."""
    draw = np.searchsorted(
        np.cumsum(trust / trust.sum()), rng.random((_ROUND, 3)), side="right"
    )
    draw = np.minimum(draw, len(u) - 1)
    if kind == "shift":
        return _from_one(u, v, draw)
    if kind == "similarity" or len(u) < 3:
        return _from_two(u, v, draw)
    # Two points are right more often than three, and images from above differ
    # by little more than a similarity; refinement finds the rest.
    half = _ROUND // 2
    return np.concatenate(
        [_from_two(u, v, draw[:half]), _from_three(u, v, draw[half:])]
    )


def _from_one(u: np.ndarray, v: np.ndarray, draw: np.ndarray) -> np.ndarray:
    picked = np.unique(draw[:, 0])
    out = np.tile(np.eye(2, 3), (len(picked), 1, 1))
    out[:, :, 2] = v[picked] - u[picked]
    return out


def _from_two(u: np.ndarray, v: np.ndarray, draw: np.ndarray) -> np.ndarray:
    first, second = draw[:, 0], draw[:, 1]
    du = (u[second] - u[first]) @ (1, 1j)
    dv = (v[second] - v[first]) @ (1, 1j)
    length = np.abs(du)
    # Short baselines turn noise into rotation.
    good = length > max(1e-6, 0.2 * float(length.max(initial=0.0)))
    factor = dv[good] / du[good]
    a, b = factor.real, factor.imag
    linear = np.stack([a, -b, b, a], axis=1).reshape(-1, 2, 2)
    return _with_shift(linear, u[first[good]], v[first[good]])


def _from_three(u: np.ndarray, v: np.ndarray, draw: np.ndarray) -> np.ndarray:
    first = draw[:, 0]
    p, q = u[draw[:, 1]] - u[first], u[draw[:, 2]] - u[first]
    area = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    good = np.abs(area) > max(1e-6, 0.1 * float(np.abs(area).max(initial=0.0)))
    first, p, q, area = first[good], p[good], q[good], area[good]
    pv = v[draw[good, 1]] - v[first]
    qv = v[draw[good, 2]] - v[first]
    rows = np.stack([q[:, 1], -q[:, 0], -p[:, 1], p[:, 0]], axis=1).reshape(-1, 2, 2)
    linear = np.stack([pv, qv], axis=2) @ (rows / area[:, None, None])
    return _with_shift(linear, u[first], v[first])


def _with_shift(linear: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    shift = v - np.einsum("kij,kj->ki", linear, u)
    return np.concatenate([linear, shift[:, :, None]], axis=2)


def _in_range(hypotheses: np.ndarray, limits: Search | None) -> np.ndarray:
    """Drop reflections, collapses and what lies far outside the search."""
    a, b = hypotheses[:, 0, 0], hypotheses[:, 0, 1]
    c, d = hypotheses[:, 1, 0], hypotheses[:, 1, 1]
    determinant = a * d - b * c
    scale = np.sqrt(np.maximum(determinant, 0.0))
    most = 1.2 * limits.scale if limits else 8.0
    good = (scale > 1.0 / most) & (scale < most)
    if limits:
        turn = np.abs(np.degrees(np.arctan2(c - b, a + d)))
        good &= turn <= 1.2 * limits.rotation_deg + 5.0
        # Hypotheses are centred on the matches, where the shift is limited.
        shift = np.hypot(hypotheses[:, 0, 2], hypotheses[:, 1, 2])
        good &= shift <= 1.5 * limits.shift_px * np.sqrt(2.0) + 4.0
    return hypotheses[good]


def _votes(
    hypotheses: np.ndarray, u: np.ndarray, v: np.ndarray, trust: np.ndarray
) -> np.ndarray:
    """Return (k,) sums of trust / (1 + (residual / half)^2)."""
    # Single precision halves the time; ranking needs no more.
    h = hypotheses.astype(np.float32).transpose(1, 2, 0)[..., None]
    x, y = u.T.astype(np.float32)
    goal_x, goal_y = v.T.astype(np.float32)
    dx = h[0, 0] * x + h[0, 1] * y + (h[0, 2] - goal_x)
    dy = h[1, 0] * x + h[1, 1] * y + (h[1, 2] - goal_y)
    dx *= dx
    dx += dy * dy
    dx *= np.float32(1.0 / _HALF_PX**2)
    dx += np.float32(1.0)
    return np.reciprocal(dx, out=dx) @ trust.astype(np.float32)


def _refine(
    hypothesis: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
    trust: np.ndarray,
    kind: str,
) -> np.ndarray:
    """Return a (2, 3) affine after reweighted fits that narrow step by step."""
    current = hypothesis
    for width in _ANNEAL_PX:
        left = u @ current[:, :2].T + current[:, 2] - v
        squared = np.einsum("ij,ij->i", left, left)
        weight = trust / (1.0 + squared / width**2) ** 2
        current = LINEAR[kind](u, v, weight).matrix[:2]
    return current


def _enough(scores: np.ndarray, trust: np.ndarray, turn: int) -> bool:
    """Return whether a better sample is unlikely to have been missed."""
    if not scores.size:
        return False
    share = min(float(scores[0] / trust.sum()), 0.999)
    # Half of the draws are pairs; a pair with both noisy members often fails.
    missed = (1.0 - 0.3 * share**2) ** (0.5 * _ROUND * (turn + 1))
    return missed < 1e-4
