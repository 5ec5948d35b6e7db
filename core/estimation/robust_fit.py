"""The affine on which the largest part of the matches agrees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.types import Matches, Search
from ..transform.fitters import LINEAR, PARAMETERS
from ..transform.kinds import Transform
from ..transform.linear import Affine2D
from .minimal_samples import hypotheses_of


@dataclass(frozen=True)
class RobustParams:
    """How the consensus is sought; chosen by trial on matches of known truth.

    ``tests/unit/test_estimate.py`` holds what they give: the truth among nine false
    matches of ten.

    Args:
        half_px: residual at which a match counts half when hypotheses are compared:
            about what true matches of two sensors scatter by.
        samples: hypotheses of a round.
        voters: matches that vote on hypotheses; more only cost time.
        refined: best hypotheses that are kept, and that are refined.
        anneal_px: widths of the refinement, wide to narrow.
        least_trust: no match counts less than this, however unsure.
        sigma_px: least and largest scatter of true matches, one axis.
        sigmas: true matches lie within so many.
        least_band_px: a residual below this is never called an outlier.
        least_radius_px: false matches lie at least this far around.
    """

    half_px: float = 1.5
    samples: int = 192
    voters: int = 300
    refined: tuple[int, int] = (6, 4)
    anneal_px: tuple[float, ...] = (5.0, 3.5, 2.5, 1.8, 1.5, 1.5)
    least_trust: float = 0.05
    sigma_px: tuple[float, float] = (0.05, 5.0)
    sigmas: float = 3.0
    least_band_px: float = 0.5
    least_radius_px: float = 8.0


ROBUST = RobustParams()


@dataclass(frozen=True)
class Noise:
    """A mixture of true matches with Gaussian scatter and evenly spread false ones.

    That of MLESAC (Torr and Zisserman 2000), with a prior for every match.

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
        band = max(ROBUST.sigmas * self.sigma_px, ROBUST.least_band_px)
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
    soft vote without a hard threshold ranks them (as MAGSAC, Barath et al. 2019,
    marginalises over the noise scale), and the best are refined by reweighted least
    squares. Takes at most 20 MB.

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
    trust = trust_of(matches)
    voter = _voters(trust, rng)
    ballot = (u[voter], v[voter], trust[voter])
    hypotheses, scores = np.zeros((0, 2, 3)), np.zeros(0)
    for turn in range(most_rounds):
        fresh = hypotheses_of(u, v, trust, kind, rng, ROBUST.samples, limits)
        hypotheses = np.concatenate([hypotheses, fresh])
        scores = np.concatenate([scores, _votes(fresh, *ballot)])
        best = np.argsort(-scores, kind="stable")[: ROBUST.refined[0]]
        hypotheses, scores = hypotheses[best], scores[best]
        if _enough(scores, ballot[2], turn):
            break
    refined = [_refine(h, u, v, trust, kind) for h in hypotheses[: ROBUST.refined[1]]]
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
    least = ROBUST.least_trust
    radius = max(ROBUST.least_radius_px, float(np.percentile(residual, 95)))
    trust = np.clip(matches.confidence.astype(np.float64), least, 1 - least)
    odds = trust / (1.0 - trust)
    sigma, scale = (start.sigma_px, 1.0) if start else (2.0, 1.0)
    weight = np.zeros(len(squared))
    for _ in range(5 if start else 12):
        prior = odds * scale
        density = np.exp(-0.5 * squared / sigma**2) * (0.5 * radius**2 / sigma**2)
        weight = prior * density / (1.0 + prior * density)
        total = float(weight.sum())
        freedom = max(2.0 * total - parameters, 0.5 * total, 1e-6)
        sigma = float(np.clip(np.sqrt(weight @ squared / freedom), *ROBUST.sigma_px))
        # The believed share of true matches has to be the share that is found.
        observed = _odds(total / len(squared))
        believed = _odds(float((prior / (1.0 + prior)).mean()))
        scale = min(max(scale * observed / believed, 1e-3), 1e3)
    return Noise(sigma, weight, residual)


def polish(matches: Matches, start: Affine2D, kind: str) -> tuple[Affine2D, Noise]:
    """Refit a linear transform and its noise in turn until they agree."""
    transform = start
    noise = measure_noise(matches, transform, PARAMETERS[kind])
    trust = trust_of(matches)
    for _ in range(4):
        weight = noise.weight * trust
        if weight.sum() < 1e-6:
            break
        transform = LINEAR[kind](matches.mov_xy, matches.ref_xy, weight)
        noise = measure_noise(matches, transform, PARAMETERS[kind], noise)
    return transform, noise


def trust_of(matches: Matches) -> np.ndarray:
    """Return the weights (n,) of matches in a fit: confidence, none without any say."""
    return np.clip(matches.confidence.astype(np.float64), ROBUST.least_trust, 1.0)


def residual_of(matches: Matches, transform: Transform) -> np.ndarray:
    """Return the distances (n,) between mapped and found reference positions."""
    offset = transform(matches.mov_xy) - matches.ref_xy
    return np.hypot(offset[:, 0], offset[:, 1])


def _odds(share: float) -> float:
    share = min(max(share, 1e-3), 1.0 - 1e-3)
    return share / (1.0 - share)


def _voters(trust: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if len(trust) <= ROBUST.voters:
        return np.arange(len(trust))
    return rng.choice(len(trust), ROBUST.voters, replace=False, p=trust / trust.sum())


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
    dx *= np.float32(1.0 / ROBUST.half_px**2)
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
    for width in ROBUST.anneal_px:
        residual = u @ current[:, :2].T + current[:, 2] - v
        squared = np.einsum("ij,ij->i", residual, residual)
        weight = trust / (1.0 + squared / width**2) ** 2
        current = LINEAR[kind](u, v, weight).matrix[:2]
    return current


def _enough(scores: np.ndarray, trust: np.ndarray, turn: int) -> bool:
    """Return whether a better sample is unlikely to have been missed."""
    if not scores.size:
        return False
    share = min(float(scores[0] / trust.sum()), 0.999)
    # Half of the draws are pairs; a pair with both noisy members often fails.
    missed = (1.0 - 0.3 * share**2) ** (0.5 * ROBUST.samples * (turn + 1))
    return missed < 1e-4
