"""How far a transform may be off: below this in nine of ten cases.

How much a fit changes without a part of its ground says what scatter makes of it. It
does not say what all matches get wrong alike: houses and trees lean one way, windows of
neighbouring matches share their ground, reference data are themselves off. On pairs
with exact truth that part is larger, the more so the smaller the pixels are and the
less of the ground shows anything that could be matched. Nor does it say that the place
itself may be wrong, as one may be that hardly stands out.
``benchmark/studies/expected_error.py`` measures all of these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ErrorParams:
    """What the standard error of a fit becomes in nine of ten cases; ``gradient``.

    From accepted pairs of 96 to 512 px: crops of OMBRIA, OMBRIA across dates and Los
    Angeles in ``train`` (10 m), and simulated scenes of 10, 3 and 1 m, which are none
    of the benchmark's. ``unknown`` is from 315 of them; ``power`` from 123 more of 128
    to 384 px in eleven such scenes of 3 and 1 m; ``weak_fades`` from 466 of 96 to 384
    px, a third of them covered with water that the two images do not share, up to 0.85;
    all else from 618 others, 89 of them by networks, covered so up to 0.65.

    Args:
        per_spread: of the standard error over the whole overlap; the root mean square
            over an area of an affine with Gaussian errors is below 1.3 times it in nine
            of ten cases, five folds tell it to a third, and windows reach from one
            fold into the next. It widens where no match lies; neither the distance to
            the nearest match nor the share of the overlap that they cover tells more.
        floor_px: what all matches get wrong alike, at ``at_gsd_m``, in px.
        bare_px: what is added, in quadrature and at ``at_gsd_m``, where no ground shows
            structure in both images; in proportion to the share of it that does not.
            Matches are found there all the same, and where there are fewer of them
            than elsewhere hardly shows it.
        unknown_bare: the share of ground without structure where it is not known.
        at_gsd_m: pixel size for which the floor holds.
        power: the floor goes with the pixel size to minus this: what leans is as
            high in metres as before.
        gsd_range_m: pixel sizes beyond are taken for these.
        unknown: factor of the floor where no pixel size is known.
        of_place_px: what the matches of one place get wrong alike; that of n places
            is smaller by the root of n.
        weak_px: what a placement may be off by that stands out by no more than
        weak_at: this distinctness; less by a factor of e with every
        weak_fades: of it more.
    """

    per_spread: float = 3.0
    floor_px: float = 0.9
    bare_px: float = 2.2
    unknown_bare: float = 0.5
    at_gsd_m: float = 10.0
    power: float = 0.35
    gsd_range_m: tuple[float, float] = (0.5, 10.0)
    unknown: float = 1.33
    of_place_px: float = 2.0
    weak_px: float = 14.0
    weak_at: float = 0.46
    weak_fades: float = 0.08


ERROR = ErrorParams()


def floor_px(gsd_m: float, bare: float = 0.0, params: ErrorParams = ERROR) -> float:
    """Return what all matches may get wrong alike, in pixels of ``gsd_m`` metres.

    Args:
        gsd_m: pixel size in metres, NaN where unknown.
        bare: share of ground without structure, NaN where unknown.
        params: calibration.
    """
    share = bare if np.isfinite(bare) else params.unknown_bare
    at_10_m = float(np.hypot(params.floor_px, params.bare_px * share))
    if not np.isfinite(gsd_m):
        return params.unknown * at_10_m
    gsd = float(np.clip(gsd_m, *params.gsd_range_m))
    return at_10_m * (gsd / params.at_gsd_m) ** -params.power


def weak_px(distinctness: float, params: ErrorParams = ERROR) -> float:
    """Return what a placement may be off by as a whole, 0 where nothing is known."""
    if not np.isfinite(distinctness):
        return 0.0
    more = max(distinctness - params.weak_at, 0.0)
    return float(params.weak_px * np.exp(-more / params.weak_fades))


def in_nine_of_ten(
    spread_px: float,
    places: float,
    gsd_m: float,
    distinctness: float = float("nan"),
    bare: float = float("nan"),
    params: ErrorParams = ERROR,
) -> float:
    """Return what the error is below in nine of ten cases, NaN where unknown.

    Args:
        spread_px: standard error of the transform, NaN where unknown.
        places: number of places that agree with it; see ``evidence.places``.
        gsd_m: pixel size in metres, NaN where unknown.
        distinctness: how clearly the placement won, see ``TileMatch``; NaN where
            unknown.
        bare: share of the ground that does not show structure in both images, NaN
            where unknown.
        params: calibration.
    """
    parts = (
        params.per_spread * spread_px,
        params.of_place_px / np.sqrt(max(places, 1.0)),
        floor_px(gsd_m, bare, params),
        weak_px(distinctness, params),
    )
    return float(np.linalg.norm(parts))
