"""Whether the matches support the transform, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.errors import Refused
from ..base.types import Matches, Search
from ..base.words.message import Message
from ..transform.linear import Affine2D
from .estimate import Fit
from .evidence import Evidence, agreeing_near, gather
from .robust_fit import find_consensus

#: Places that have to agree before a kind is believed.
LEAST_PLACES = {
    "shift": 3,
    "similarity": 4,
    "affine": 5,
    "poly2": 9,
    "poly3": 14,
    "tps": 9,
    "flow": 16,
}
#: Accepted as related when chance would do as well in at most 1 of 1000 runs.
MOST_LOG10_CHANCE = -3.0
LEAST_COVERAGE = 0.05
#: Largest standard error of a fit: beyond it another set of matches of the same images
#: gives another answer. Not the expected error, the larger part of which does not
#: depend on the matches at all.
MOST_SPREAD_PX = 3.0
MOST_STRETCH = 1.3
#: The best placement has to stand out by this much; see ``TileMatch``. How many
#: unrelated and related windows do, ``benchmark/studies/unrelated.py`` tells.
LEAST_DISTINCTNESS = 0.46
#: A rival alignment with this share of the places is as good as the best.
RIVAL_SHARE = 0.75


def judge(
    matches: Matches,
    fit: Fit,
    extent: tuple[float, float],
    search: Search,
    *,
    radius_px: float | None = None,
    place_px: float = 32.0,
    distinctness: float = float("nan"),
    check_identity: bool = True,
    gsd_m: float = float("nan"),
) -> Evidence:
    """Return the evidence for a fit, or refuse it.

    Args:
        matches: all candidates, working pixels.
        fit: of these matches.
        extent: (width, height) of the area that is to be registered.
        search: how far the alignment may be from the identity.
        radius_px: how far from its predicted place each match was searched,
            the search's shift if not given.
        place_px: matches closer than this count as one.
        distinctness: of the best placement of the whole, NaN if unknown.
        check_identity: refuse when the images already agree as they are; off
            for images without georeference.
        gsd_m: size of a working pixel in metres, NaN where unknown.

    Raises:
        Refused: with the first reason that applies.
    """
    radius = search.shift_px if radius_px is None else radius_px
    require_distinct(distinctness)
    evidence = gather(matches, fit, extent, max(radius, 1.0), place_px, gsd_m)
    _require_number(fit, evidence, place_px)
    _require_related(evidence)
    _require_range(fit, extent, search)
    _require_spread(fit, evidence)
    _require_unique(matches, fit, search, place_px)
    if check_identity:
        _require_gain(evidence)
    return evidence


def _require_number(fit: Fit, evidence: Evidence, place_px: float) -> None:
    inliers, least = int(fit.inlier.sum()), LEAST_PLACES[fit.kind]
    if evidence.agreeing >= least and inliers > least:
        return
    raise Refused.of(
        "too_few_matches",
        "few_places",
        inliers=inliers,
        matches=len(fit.inlier),
        places=evidence.agreeing,
        kind=fit.kind,
        least=least,
        apart=place_px,
    )


def require_distinct(distinctness: float) -> None:
    """Refuse a placement that does not stand out; NaN is not known, and passes."""
    if distinctness < LEAST_DISTINCTNESS:
        raise Refused.of(
            "unrelated", "not_distinct", found=distinctness, least=LEAST_DISTINCTNESS
        )


def _require_related(evidence: Evidence) -> None:
    if evidence.log10_chance <= MOST_LOG10_CHANCE:
        return
    raise Refused.of(
        "unrelated",
        "like_unrelated",
        agreeing=evidence.agreeing,
        places=evidence.places,
    )


def _require_range(fit: Fit, extent: tuple[float, float], search: Search) -> None:
    centre = np.array([extent]) / 2.0
    shift = fit.affine(centre) - centre
    linear = fit.affine.matrix[:2, :2]
    # Polar decomposition: the rotation is that of the closest similarity.
    turn = float(
        np.degrees(np.arctan2(linear[1, 0] - linear[0, 1], linear[0, 0] + linear[1, 1]))
    )
    large, small = np.linalg.svd(linear, compute_uv=False).tolist()
    if np.linalg.det(linear) <= 0 or large > MOST_STRETCH * small:
        raise Refused.of("out_of_range", "stretched", factor=large / max(small, 1e-09))
    scale = float(np.sqrt(large * small))
    factor = max(scale, 1.0 / scale)
    reach = float(np.abs(shift).max())
    faults = []
    # The range is what the user expects, not a wall: a match at its edge is a match.
    if reach > 1.1 * search.shift_px + 3.0:
        values = {"found": reach, "searched": search.shift_px}
        faults.append(Message("fault_shift", values))
    if abs(turn) > 1.05 * search.rotation_deg + 1.0:
        values = {"found": turn, "searched": search.rotation_deg}
        faults.append(Message("fault_rotation", values))
    if factor > 1.02 * search.scale + 0.02:
        values = {"found": scale, "searched": search.scale}
        faults.append(Message("fault_scale", values))
    if faults:
        raise Refused.of("out_of_range", "outside_search", faults=faults)


def _require_spread(fit: Fit, evidence: Evidence) -> None:
    if evidence.coverage < LEAST_COVERAGE:
        raise Refused.of(
            "badly_spread",
            "small_coverage",
            inliers=int(fit.inlier.sum()),
            share=100 * evidence.coverage,
            least=100 * LEAST_COVERAGE,
        )
    if evidence.spread_px > MOST_SPREAD_PX:
        raise Refused.of(
            "badly_spread",
            "uncertain",
            kind=fit.kind,
            error=evidence.spread_px,
            most=MOST_SPREAD_PX,
        )


def _require_unique(
    matches: Matches,
    fit: Fit,
    search: Search,
    place_px: float,
) -> None:
    band = max(4.0 * fit.sigma_px, 3.0)
    rest = matches.take(fit.residual_px > band)
    inliers = matches.take(fit.inlier)
    if len(rest) < RIVAL_SHARE * len(inliers):
        return
    rival = find_consensus(rest, fit.affine.kind, np.random.default_rng(0), search, 2)
    if _distance(rival, fit.affine, inliers.mov_xy) < band:
        return
    best = agreeing_near(inliers, fit.affine, band, place_px)
    second = agreeing_near(rest, rival, band, place_px)
    if second >= max(RIVAL_SHARE * best, LEAST_PLACES[fit.affine.kind]):
        shift = float(
            np.abs(
                rival(fit.hull.mean(axis=0, keepdims=True))
                - fit.affine(fit.hull.mean(axis=0, keepdims=True))
            ).max()
        )
        raise Refused.of("ambiguous", "rival", shift=shift, second=second, best=best)


def _require_gain(evidence: Evidence) -> None:
    doubt = 2.0 * np.nan_to_num(evidence.moved_error_px, nan=0.0)
    if evidence.moved_px <= max(doubt, 0.05):
        raise Refused.of(
            "already_aligned",
            "moves_less_than_doubt",
            moved=evidence.moved_px,
            doubt=doubt,
        )
    if evidence.before_px <= evidence.after_px:
        raise Refused.of(
            "already_aligned",
            "gains_nothing",
            before=evidence.before_px,
            after=evidence.after_px,
        )


def _distance(one: Affine2D, two: Affine2D, xy: np.ndarray) -> float:
    return float(np.median(np.linalg.norm(one(xy) - two(xy), axis=1)))


@dataclass(frozen=True, slots=True)
class Alignment:
    """What matching found, in pixels of the working grid.

    Args:
        matches: all tie points.
        fit: the chosen transform and which matches support it.
        evidence: the figures behind its acceptance.
        search: the range that was searched.
        distinctness: how clearly the best placement won; see ``TileMatch``.
        n_tiles: number of tiles matched at working resolution.
    """

    matches: Matches
    fit: Fit
    evidence: Evidence
    search: Search
    distinctness: float
    n_tiles: int
