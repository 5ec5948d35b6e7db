"""The transform through control points, and how far it can be trusted.

Fit, choice of the kind, held-out and expected error are those of whole images
(``core.estimation``). What differs is what is known of the points: a person looked at
each, so that all that are enabled count; there are few, so that a fold may use just as
many as define a kind; and those whose windows share pixels count as fewer places and
never check one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np

from ..base.errors import BadInput, Refused
from ..base.feedback import SILENT
from ..base.types import Search, TransformKind
from ..base.words.message import Message
from ..estimation.acceptance import Alignment
from ..estimation.estimate import Fit, require_no_fold, simplest_that_predicts
from ..estimation.evidence import Evidence, gather
from ..estimation.model_selection import (
    OF_CONTROLS,
    Observations,
    Trial,
    best_smoothing,
    run_trials,
)
from ..estimation.robust_fit import residual_of
from ..estimation.selection_reason import Choice, asked_for
from ..estimation.sharing import shares, widening
from ..transform.domain import hull_of
from ..transform.fitters import LEAST, LINEAR, PARAMETERS, SMOOTHING
from ..transform.kinds import Transform, invert
from ..transform.linear import Affine2D
from .control_set import Controls, on_a_line, spread_px


@dataclass(frozen=True)
class ControlParams:
    """What control points have to be for more than a shift.

    Args:
        compared_from: independent places from which kinds are compared; three points
            are met by an affine exactly.
        smoothed_from: points from which a thin plate is smoothed; through fewer it goes
            exactly, as who sets them expects.
        least_fits: fits without some points that it takes to tell a spread; see
            ``prediction_spread``.
        least_free: degrees of freedom from which a scatter can be told.
        least_spread_px: points closer together tell of a shift and no more: an error of
            a pixel in them would be many elsewhere.
        least_to_apply: points that a warp needs, so that something tells its error.
    """

    compared_from: int = 4
    smoothed_from: int = 12
    least_fits: int = 3
    least_free: float = 0.5
    least_spread_px: float = 24.0
    least_to_apply: int = 3


PARAMS = ControlParams()
#: Stands in where a kind needs every point and cannot be fitted without some.
_SIMPLER = {
    "similarity": "shift",
    "affine": "similarity",
    "poly2": "affine",
    "poly3": "poly2",
    "tps": "affine",
    "flow": "affine",
}
#: Kinds that points on one line define.
_ON_A_LINE = ("shift", "similarity")


def fit_controls(
    controls: Controls, kind: TransformKind, extent: tuple[float, float]
) -> Fit:
    """Return the transform through control points; all that are enabled count.

    "auto" is a shift for one point, a similarity for two, the affine through
    three, and from four on the simplest kind that predicts left-out points as
    well as any other; points on one line give a similarity. Clicks whose windows
    share pixels count as fewer places, and are never used to check one another. A
    thin plate goes through fewer than twelve points exactly.

    Args:
        controls: the points.
        kind: the kind of transform, or "auto".
        extent: (width, height) of the working grid.

    Raises ``BadInput`` for too few points and ``Refused`` for one that folds or
    that points on one line leave open.
    """
    if kind == "auto":
        return _choose(controls, extent)
    return _asked(controls, kind, extent)


def guide(controls: Controls, extent: tuple[float, float]) -> np.ndarray:
    """Return the (3, 3) linear transform that predicts other places best.

    Args:
        controls: the points, at least one that counts.
        extent: (width, height) of the working grid.
    """
    return fit_controls(controls, "auto", extent).affine.matrix


def aligned(
    controls: Controls,
    fit: Fit,
    extent: tuple[float, float],
    gsd_m: float = float("nan"),
) -> Alignment:
    """Return control points in the form that the writers of results take.

    Args:
        controls: the points.
        fit: of these.
        extent: (width, height) of the working grid.
        gsd_m: size of a working pixel in metres, NaN where unknown.

    Raises ``BadInput`` for fewer than ``least_to_apply`` points.
    """
    used = controls.active
    least = PARAMS.least_to_apply
    if len(used) < least:
        raise BadInput.of("points_to_apply", least=least, n=len(used))
    reach = float(np.abs(used.ref_xy - used.mov_xy).max(initial=1.0))
    evidence = _evidence(controls, fit, extent, max(reach, 1.0), gsd_m)
    search = Search(reach, 180.0, 8.0)
    return Alignment(controls.matches, fit, evidence, search, float("nan"), 0)


def expected_error_px(
    controls: Controls,
    fit: Fit,
    extent: tuple[float, float],
    gsd_m: float = float("nan"),
) -> float:
    """Return what the error over the extent is below in nine of ten cases.

    NaN if unknown; arguments as of ``aligned``.
    """
    return _evidence(controls, fit, extent, 1.0, gsd_m).expected_error_px


def _evidence(
    controls: Controls,
    fit: Fit,
    extent: tuple[float, float],
    reach_px: float,
    gsd_m: float,
) -> Evidence:
    """Return the figures behind a fit; shared pixels are no evidence twice."""
    return gather(
        controls.matches,
        fit,
        extent,
        reach_px,
        gsd_m=gsd_m,
        wider=widening(controls.correlation, controls.blocks.block),
        independent=controls.independent,
    )


def _asked(controls: Controls, kind: str, extent: tuple[float, float]) -> Fit:
    used = controls.active
    if kind not in get_args(TransformKind):
        raise BadInput.of("transform_choice", choices=list(LEAST), value=kind)
    if len(used) < LEAST[kind]:
        raise BadInput.of(
            "points_for_transform", kind=kind, least=LEAST[kind], n=len(used)
        )
    if kind not in _ON_A_LINE and on_a_line(used):
        raise Refused.of("badly_spread", "points_on_line", kind=kind)
    best, held = best_smoothing(_trials(controls, kind))
    return _finish(controls, best, extent, held, asked_for(kind, held.get(kind)))


def _choose(controls: Controls, extent: tuple[float, float]) -> Fit:
    count, places = len(controls.active), round(controls.independent)
    if count == 0:
        raise BadInput.of("no_points")
    defined = _defined(controls)
    if defined is not None:
        kind, why = defined
        trial = _trials(controls, kind)[0]
        return _finish(controls, trial, extent, {}, Choice(why))
    kinds = _observations(controls).kinds(places)
    trials = [trial for kind in kinds for trial in _trials(controls, kind)]

    def finish(best: Trial, held: dict[str, float], choice: Choice) -> Fit:
        if best.kind not in held:
            choice = Choice(_crowded(best.kind, count, controls.independent))
        return _finish(controls, best, extent, held, choice)

    return simplest_that_predicts(trials, controls.blocks, finish)


def _defined(controls: Controls) -> tuple[str, Message] | None:
    """Return the kind that points leave no choice but, and why; None with a choice.

    Clicks in one window give a similarity: that is what a window is registered by.
    """
    count, places = len(controls.active), round(controls.independent)
    if count > 1 and spread_px(controls.active.ref_xy)[0] < PARAMS.least_spread_px:
        if controls.independent > count - 0.5:
            return "shift", Message("points_close_together", {"kind": "shift"})
    if count > 2 and on_a_line(controls.active):
        return "similarity", Message("points_lie_on_line", {"kind": "similarity"})
    if min(count, places) >= PARAMS.compared_from:
        return None
    kind = ("shift", "similarity", "affine")[min(max(places, min(count, 2)), 3) - 1]
    if places < count:
        return kind, _crowded(kind, count, controls.independent)
    code = "points_define" if count > 1 else "one_point_defines"
    return kind, Message(code, {"kind": kind, "n": count})


def _crowded(kind: str, count: int, independent: float) -> Message:
    values = {"kind": kind, "n": count, "places": independent}
    return Message("points_share_pixels", values)


def _observations(controls: Controls) -> Observations:
    return Observations(controls.active, controls.weights, controls.blocks, OF_CONTROLS)


def _trials(controls: Controls, kind: str) -> list[Trial]:
    """Return one kind with each strength of smoothing, strong first."""
    smoothed = kind == "flow" or len(controls.active) >= PARAMS.smoothed_from
    strengths = SMOOTHING.get(kind) if smoothed else (0.0,)
    return run_trials(kind, _observations(controls), SILENT, strengths)


def _finish(
    controls: Controls,
    best: Trial,
    extent: tuple[float, float],
    held_px: dict[str, float],
    choice: Choice,
) -> Fit:
    """Fit to all points that count; raises ``Refused`` where that folds."""
    matches, used = controls.matches, controls.enabled
    transform = best.fit(_observations(controls))
    require_no_fold(transform, best.kind, extent, "points_fold")
    linear = transform
    if not isinstance(linear, Affine2D):
        some = controls.active
        linear = LINEAR["affine"](some.mov_xy, some.ref_xy, controls.weights)
    held = np.full(len(matches), np.nan)
    held[used] = best.held_out.error_px
    return Fit(
        kind=best.kind,
        mov_to_ref=transform,
        ref_to_mov=invert(transform),
        affine=linear,
        inlier=used,
        weight=used.astype(np.float64),
        residual_px=residual_of(matches, transform),
        sigma_px=_sigma(controls, transform, PARAMETERS.get(best.kind, 0)),
        holdout_px=held_px,
        held_px=held,
        fold_fits=_fold_fits(controls, best),
        hull=hull_of(matches.mov_xy[used]),
        choice=choice,
    )


def _fold_fits(controls: Controls, best: Trial) -> tuple[Transform, ...]:
    """Return fits without some points each, to tell how uncertain the fit is.

    A kind that needs every point cannot be fitted without one: then a simpler
    kind stands in, which says how much hangs on each point.
    """
    kind, fits = best.kind, best.held_out.fits
    while len(fits) < PARAMS.least_fits and kind in _SIMPLER:
        kind = _SIMPLER[kind]
        fits = _trials(controls, kind)[0].held_out.fits
    return fits


def _sigma(controls: Controls, transform: Transform, parameters: int) -> float:
    """Return the scatter along one axis; NaN where nothing is left to tell it."""
    share = shares(controls.correlation)
    free = 2 * float(share.sum()) - parameters
    if free < PARAMS.least_free:
        return float("nan")
    squared = residual_of(controls.active, transform) ** 2
    return float(np.sqrt(share @ squared / free))
