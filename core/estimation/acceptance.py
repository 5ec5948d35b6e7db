"""Whether the matches support the transform, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Mapping

import numpy as np

from ..base.errors import Refused
from ..base.types import Matches, Search
from ..base.words.message import Message
from ..transform.linear import Affine2D
from .cross_validation import jackknife_error
from .estimate import Fit
from .evidence import Evidence, agreeing_near, gather
from .robust_fit import find_consensus


@dataclass(frozen=True)
class AcceptanceParams:
    """What a transform has to show; ``benchmark/studies/rules.py`` tells what for.

    Args:
        least_distinctness: by how much the best placement has to stand out; see
            ``TileMatch``. How many unrelated and related windows do,
            ``benchmark/studies/unrelated.py`` tells.
        most_log10_chance: related when chance would do as well in at most 1 of 1000
            runs. A window of 96 px holds four places, too few to show it; so related
            as well when the placement stands out by
        clear_distinctness: 4 deviations, where unrelated ones never did, and
        clear_share: of the places agree.
        least_coverage: share of the extent inside the hull of the inliers.
        most_spread_px: largest standard error: beyond it another set of matches of the
            same images gives another answer. Not the expected error, the larger part
            of which does not depend on the matches at all.
        most_stretch: largest ratio of the scales along and across.
        beyond_shift: the range is what the user expects, not a wall: a match at its
            edge is a match. Factor and pixels that a shift may lie beyond it,
        beyond_rotation: factor and degrees that a rotation may, and by
        beyond_sigmas: standard errors more: 128 px tell it to 1 or 2 degrees only,
        beyond_scale: factor and share that a scale may.
        rival_share: a rival alignment with this share of the places is as good,
        rival_places: and with at least so many of them.
        rival_sigmas: matches further off than so many scatters are no inliers,
        rival_px: and than so many pixels.
    """

    least_distinctness: float = 0.46
    most_log10_chance: float = -3.0
    clear_distinctness: float = 0.5
    clear_share: float = 0.5
    least_coverage: float = 0.05
    most_spread_px: float = 3.0
    most_stretch: float = 1.3
    beyond_shift: tuple[float, float] = (1.1, 3.0)
    beyond_rotation: tuple[float, float] = (1.05, 1.0)
    beyond_sigmas: float = 2.0
    beyond_scale: tuple[float, float] = (1.02, 0.02)
    rival_share: float = 0.75
    rival_places: int = 5
    rival_sigmas: float = 4.0
    rival_px: float = 3.0


ACCEPTANCE = AcceptanceParams()


@dataclass(frozen=True)
class Claim:
    """A fit with all that rules judge it by; see ``judge``."""

    matches: Matches
    fit: Fit
    evidence: Evidence
    extent: tuple[float, float]
    search: Search
    place_px: float
    distinctness: float


def judge(
    matches: Matches,
    fit: Fit,
    extent: tuple[float, float],
    search: Search,
    *,
    radius_px: float | None = None,
    place_px: float = 32.0,
    check_identity: bool = True,
    gsd_m: float = float("nan"),
    ground_xy: np.ndarray | None = None,
    distinctness: float = float("nan"),
    bare: float = float("nan"),
) -> Evidence:
    """Return the evidence for a fit, or refuse it.

    Args:
        matches: all candidates, working pixels, of a placement that stands out; see
            ``require_distinct``.
        fit: of these matches.
        extent: (width, height) of the area that is to be registered.
        search: how far the alignment may be from the identity.
        radius_px: how far from its predicted place each match was searched,
            the search's shift if not given.
        place_px: matches closer than this count as one.
        check_identity: refuse when the images already agree as they are; off
            for images without georeference.
        gsd_m: size of a working pixel in metres, NaN where unknown.
        ground_xy: see ``gather``.
        distinctness: of the placement, NaN where unknown.
        bare: see ``gather``.

    Raises:
        Refused: with the first reason that applies.
    """
    radius = search.shift_px if radius_px is None else radius_px
    evidence = gather(
        matches,
        fit,
        extent,
        max(radius, 1.0),
        place_px,
        gsd_m,
        ground_xy=ground_xy,
        distinctness=distinctness,
        bare=bare,
    )
    claim = Claim(matches, fit, evidence, extent, search, place_px, distinctness)
    for require in RULES.values():
        require(claim)
    if check_identity:
        _require_gain(evidence)
    return evidence


def require_distinct(distinctness: float) -> None:
    """Refuse a placement that does not stand out; NaN is not known, and passes."""
    least = ACCEPTANCE.least_distinctness
    if distinctness < least:
        raise Refused.of("unrelated", "not_distinct", found=distinctness, least=least)


def _require_known(claim: Claim) -> None:
    """Refuse a fit of so few matches that none can be left out."""
    fit, evidence = claim.fit, claim.evidence
    if np.isfinite(evidence.spread_px):
        return
    raise Refused.of(
        "too_few_matches",
        "few_places",
        inliers=int(fit.inlier.sum()),
        matches=len(fit.inlier),
        places=evidence.agreeing,
        kind=fit.kind,
    )


def _require_related(claim: Claim) -> None:
    evidence = claim.evidence
    if evidence.log10_chance <= ACCEPTANCE.most_log10_chance:
        return
    agrees = evidence.agreeing >= ACCEPTANCE.clear_share * evidence.places
    if agrees and claim.distinctness >= ACCEPTANCE.clear_distinctness:
        return
    raise Refused.of(
        "unrelated",
        "like_unrelated",
        agreeing=evidence.agreeing,
        places=evidence.places,
    )


def _require_range(claim: Claim) -> None:
    affine, search = claim.fit.affine, claim.search
    linear = affine.matrix[:2, :2]
    large, small = np.linalg.svd(linear, compute_uv=False).tolist()
    if np.linalg.det(linear) <= 0 or large > ACCEPTANCE.most_stretch * small:
        raise Refused.of("out_of_range", "stretched", factor=large / max(small, 1e-09))
    centre = np.array([claim.extent]) / 2.0
    turn = _turn_deg(linear)
    scale = float(np.sqrt(large * small))
    factor = max(scale, 1.0 / scale)
    reach = float(np.abs(affine(centre) - centre).max())
    faults = []
    if reach > _beyond(search.shift_px, ACCEPTANCE.beyond_shift):
        values = {"found": reach, "searched": search.shift_px}
        faults.append(Message("fault_shift", values))
    most_deg = _beyond(search.rotation_deg, ACCEPTANCE.beyond_rotation)
    if abs(turn) > most_deg + ACCEPTANCE.beyond_sigmas * _turn_error_deg(claim.fit):
        values = {"found": turn, "searched": search.rotation_deg}
        faults.append(Message("fault_rotation", values))
    if factor > _beyond(search.scale, ACCEPTANCE.beyond_scale):
        values = {"found": scale, "searched": search.scale}
        faults.append(Message("fault_scale", values))
    if faults:
        raise Refused.of("out_of_range", "outside_search", faults=faults)


def _beyond(searched: float, more: tuple[float, float]) -> float:
    return more[0] * searched + more[1]


def _turn_deg(linear: np.ndarray) -> float:
    """Return the rotation of the similarity closest to (2, 2)."""
    # Polar decomposition.
    turn = np.arctan2(linear[1, 0] - linear[0, 1], linear[0, 0] + linear[1, 1])
    return float(np.degrees(turn))


def _turn_error_deg(fit: Fit) -> float:
    """Return the standard error of a rotation, 0 where nothing tells."""
    back = np.linalg.inv(fit.affine.matrix)
    folds = [fold.matrix for fold in fit.fold_fits if isinstance(fold, Affine2D)]
    turns = np.array([_turn_deg((fold @ back)[:2, :2]) for fold in folds])
    return float(np.nan_to_num(jackknife_error(turns)))


def _require_coverage(claim: Claim) -> None:
    share, least = claim.evidence.coverage, ACCEPTANCE.least_coverage
    if share < least:
        raise Refused.of(
            "badly_spread",
            "small_coverage",
            inliers=int(claim.fit.inlier.sum()),
            share=100 * share,
            least=100 * least,
        )


def _require_certain(claim: Claim) -> None:
    spread_px, most_px = claim.evidence.spread_px, ACCEPTANCE.most_spread_px
    if spread_px > most_px:
        raise Refused.of(
            "badly_spread",
            "uncertain",
            kind=claim.fit.kind,
            error=spread_px,
            most=most_px,
        )


def _require_unique(claim: Claim) -> None:
    matches, fit = claim.matches, claim.fit
    band = max(ACCEPTANCE.rival_sigmas * fit.sigma_px, ACCEPTANCE.rival_px)
    rest = matches.take(fit.residual_px > band)
    inliers = matches.take(fit.inlier)
    if not len(rest) or len(rest) < ACCEPTANCE.rival_share * len(inliers):
        return
    rng = np.random.default_rng(0)
    rival = find_consensus(rest, fit.affine.kind, rng, claim.search, 2)
    if _distance(rival, fit.affine, inliers.mov_xy) < band:
        return
    best = agreeing_near(inliers, fit.affine, band, claim.place_px)
    second = agreeing_near(rest, rival, band, claim.place_px)
    least = max(ACCEPTANCE.rival_share * best, ACCEPTANCE.rival_places)
    if second >= least:
        middle = fit.hull.mean(axis=0, keepdims=True)
        shift = float(np.abs(rival(middle) - fit.affine(middle)).max())
        raise Refused.of("ambiguous", "rival", shift=shift, second=second, best=best)


#: What refuses, in this order.
RULES: Mapping[str, Callable[[Claim], None]] = {
    "known": _require_known,
    "chance": _require_related,
    "range": _require_range,
    "coverage": _require_coverage,
    "certain": _require_certain,
    "unique": _require_unique,
}


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
