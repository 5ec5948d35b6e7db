"""The transform through control points, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Sequence, get_args

import numpy as np

from ..base.errors import BadInput, Refused
from ..base.feedback import SILENT
from ..base.types import Search, TransformKind
from ..base.words.message import Message
from ..estimation.acceptance import Alignment
from ..estimation.cross_validation import Contest, Held, capped_rms, contest, hold_out
from ..estimation.estimate import Fit
from ..estimation.evidence import Evidence, gather
from ..estimation.selection_reason import Choice, asked_for
from ..estimation.sharing import shares, widening
from ..transform.domain import hull_of
from ..transform.fitters import LEAST, LINEAR, PARAMETERS, SMOOTHING, fitter_of
from ..transform.kinds import Transform, invert, slope
from ..transform.linear import Affine2D
from .control_set import Controls
from .guide import on_a_line

#: Independent places from which a kind may be chosen rather than asked for.
CHOSEN_FROM = {"similarity": 4, "affine": 4, "poly2": 12, "tps": 12, "poly3": 20}
#: A smoothing is chosen from this many points on; fewer are met exactly.
_SMOOTHED_FROM = 12
#: A spread is known from this many fits on; see ``prediction_spread``.
_LEAST_FITS = 3
_SIMPLER = {
    "similarity": "shift",
    "affine": "similarity",
    "poly2": "affine",
    "poly3": "poly2",
    "tps": "affine",
    "flow": "affine",
}
#: Independent places from which kinds are compared.
LEAST_TO_COMPARE = 4
#: Degrees of freedom from which a scatter can be told.
LEAST_FREE = 0.5
#: Points that a warp needs, so that there is some idea of its error.
LEAST_TO_APPLY = 3
#: Kinds that points on one line define.
_ON_A_LINE = ("shift", "similarity")
#: Largest slope of a deformation; see ``estimate``.
_MOST_SLOPE = 0.5


@dataclass(frozen=True)
class _Trial:
    kind: str
    transform: Transform
    held: Held


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
        best, held_px, choice = _choose(controls, extent)
    else:
        best, held_px, choice = _asked(controls, kind, extent)
    return _as_fit(controls, best, held_px, choice)


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

    Raises ``BadInput`` for fewer than ``LEAST_TO_APPLY`` points.
    """
    used = controls.used
    if len(used) < LEAST_TO_APPLY:
        raise BadInput.of("points_to_apply", least=LEAST_TO_APPLY, n=len(used))
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


def spread_px(controls: Controls, fit: Fit, extent: tuple[float, float]) -> float:
    """Return the standard error of the transform over the extent, NaN if unknown."""
    return _evidence(controls, fit, extent, 1.0, float("nan")).spread_px


def _evidence(
    controls: Controls,
    fit: Fit,
    extent: tuple[float, float],
    reach_px: float,
    gsd_m: float,
) -> Evidence:
    """Return the figures behind a fit; shared pixels are no evidence twice."""
    wider = widening(controls.shared, controls.blocks.block)
    found = gather(controls.matches, fit, extent, reach_px, gsd_m=gsd_m, wider=wider)
    return replace(
        found,
        places=max(1, round(controls.independent)),
        agreeing=controls.independent,
    )


def _asked(
    controls: Controls, kind: str, extent: tuple[float, float]
) -> tuple[_Trial, dict[str, float], Choice]:
    used = controls.used
    if kind not in get_args(TransformKind):
        raise BadInput.of("transform_choice", choices=list(LEAST), value=kind)
    if len(used) < LEAST[kind]:
        raise BadInput.of(
            "points_for_transform", kind=kind, least=LEAST[kind], n=len(used)
        )
    if kind not in _ON_A_LINE and on_a_line(used):
        raise Refused.of("badly_spread", "points_on_line", kind=kind)
    trials = _trials(controls, kind)
    cap = _cap(trials)
    best = min(trials, key=lambda trial: capped_rms(trial.held.error_px, cap))
    _require_no_fold(best, extent)
    held = capped_rms(best.held.error_px, cap)
    choice = asked_for(kind, held, "points_asked_error")
    return best, {kind: held} if np.isfinite(held) else {}, choice


def _choose(
    controls: Controls, extent: tuple[float, float]
) -> tuple[_Trial, dict[str, float], Choice]:
    count, places = len(controls.used), round(controls.independent)
    if count == 0:
        raise BadInput.of("no_points")
    if count > 2 and on_a_line(controls.used):
        best = _trials(controls, "similarity")[0]
        return best, {}, Choice(Message("points_lie_on_line", {"kind": best.kind}))
    if min(count, places) < LEAST_TO_COMPARE:
        kind, why = _defined(count, places, controls.independent)
        return _trials(controls, kind)[0], {}, Choice(why)
    trials = [
        trial
        for kind, least in CHOSEN_FROM.items()
        if places >= least
        for trial in _trials(controls, kind)
    ]
    cap = _cap(trials)
    block = controls.blocks.block
    best, won = trials[0], None
    for trial in trials[1:]:
        if _folds(trial, extent):
            continue
        found = contest(trial.held.error_px, best.held.error_px, block, cap)
        if found.is_better:
            won = (best.kind, found) if trial.kind != best.kind else won
            best = trial
    held: dict[str, float] = {}
    for trial in trials:
        error = capped_rms(trial.held.error_px, cap)
        if np.isfinite(error):
            held[trial.kind] = min(error, held.get(trial.kind, error))
    if best.kind not in held:
        return best, held, Choice(_crowded(best.kind, count, controls.independent))
    return best, held, Choice(_why(best.kind, held[best.kind], won))


def _why(kind: str, error_px: float, won: tuple[str, Contest] | None) -> Message:
    """Return why a kind was chosen, and over which simpler one with what gain."""
    values: dict[str, Any] = {"kind": kind, "error": error_px}
    if won is None or not np.isfinite(won[1].rival_px):
        return Message("points_chosen", values)
    gain = 1.0 - won[1].error_px / won[1].rival_px
    return Message("points_chosen_better", {**values, "rival": won[0], "gain": gain})


def _defined(count: int, places: int, independent: float) -> tuple[str, Message]:
    """Return the kind that few places define, and why.

    Clicks in one window give a similarity: that is what a window is registered by.
    """
    kind = ("shift", "similarity", "affine")[min(max(places, min(count, 2)), 3) - 1]
    if places < count:
        return kind, _crowded(kind, count, independent)
    code = "points_define" if count > 1 else "one_point_defines"
    return kind, Message(code, {"kind": kind, "n": count})


def _crowded(kind: str, count: int, independent: float) -> Message:
    values = {"kind": kind, "n": count, "places": independent}
    return Message("points_share_pixels", values)


def _trials(controls: Controls, kind: str) -> list[_Trial]:
    """Return one kind fitted with each strength of smoothing, strong first."""
    used, trust = controls.used, controls.weights
    mov, ref = used.mov_xy, used.ref_xy
    smoothed = kind in SMOOTHING and (kind == "flow" or len(used) >= _SMOOTHED_FROM)
    strengths = tuple(reversed(SMOOTHING[kind])) if smoothed else (0.0,)
    out = []
    for strength in strengths:
        fitter = fitter_of(kind, strength)
        held = hold_out(mov, ref, trust, controls.blocks, fitter, LEAST[kind], SILENT)
        out.append(_Trial(kind, fitter(mov, ref, trust), held))
    return out


def _as_fit(
    controls: Controls, best: _Trial, held_px: dict[str, float], choice: Choice
) -> Fit:
    matches, used = controls.matches, controls.enabled
    left = matches.ref_xy - best.transform(matches.mov_xy)
    held = np.full(len(matches), np.nan)
    held[used] = best.held.error_px
    linear = best.transform
    if not isinstance(linear, Affine2D):
        linear = LINEAR["affine"](
            controls.used.mov_xy, controls.used.ref_xy, controls.weights
        )
    return Fit(
        kind=best.kind,
        mov_to_ref=best.transform,
        ref_to_mov=invert(best.transform),
        affine=linear,
        inlier=used,
        weight=used.astype(np.float64),
        residual_px=np.hypot(left[:, 0], left[:, 1]),
        sigma_px=_sigma(left[used], controls, PARAMETERS.get(best.kind, 0)),
        holdout_px=held_px,
        held_px=held,
        fold_fits=_fold_fits(controls, best),
        hull=hull_of(matches.mov_xy[used]),
        choice=choice,
    )


def _fold_fits(controls: Controls, best: _Trial) -> tuple[Transform, ...]:
    """Return fits without some points each, to tell how uncertain the fit is.

    A kind that needs every point cannot be fitted without one: then a simpler
    kind stands in, which says how much hangs on each point.
    """
    kind, fits = best.kind, best.held.fits
    while len(fits) < _LEAST_FITS and kind in _SIMPLER:
        kind = _SIMPLER[kind]
        fits = _trials(controls, kind)[0].held.fits
    return fits


def _sigma(left: np.ndarray, controls: Controls, parameters: int) -> float:
    """Return the scatter along one axis; NaN where nothing is left to tell it."""
    share = shares(controls.shared)
    free = 2 * float(share.sum()) - parameters
    if free < LEAST_FREE:
        return float("nan")
    return float(np.sqrt((share @ (left**2)).sum() / free))


def _cap(trials: Sequence[_Trial]) -> float:
    """Return an error that no point may exceed in a comparison."""
    errors = [trial.held.error_px for trial in trials]
    medians = [float(np.nanmedian(e)) for e in errors if np.isfinite(e).any()]
    return max(4.0 * min(medians, default=1.0), 0.05)


def _folds(trial: _Trial, extent: tuple[float, float]) -> bool:
    if isinstance(trial.transform, Affine2D):
        return False
    return not slope(trial.transform, extent) <= _MOST_SLOPE  # type: ignore[arg-type]


def _require_no_fold(trial: _Trial, extent: tuple[float, float]) -> None:
    if _folds(trial, extent):
        raise Refused.of("badly_spread", "points_fold", kind=trial.kind)
