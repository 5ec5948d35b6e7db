"""Control points set by hand or by clicks: the transform through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence, get_args

import numpy as np

from .align import Alignment
from .errors import BadInput, Refused
from .estimate import Fit
from .evidence import gather
from .feedback import SILENT
from .guide import on_a_line, weights
from .holdout import Blocks, Held, capped_rms, hold_out, is_better, make_blocks
from .kinds import LEAST, LINEAR, PARAMETERS, SMOOTHING, fitter_of
from .mapframe import MapFrame
from .support import hull_of
from .transforms import Affine2D, Transform, invert, slope
from .types import Matches, Search, TransformKind

#: Points from which a kind may be chosen rather than asked for.
CHOSEN_FROM = {"similarity": 4, "affine": 4, "poly2": 12, "tps": 12, "poly3": 20}
#: A smoothing is chosen from this many points on; fewer are met exactly.
_SMOOTHED_FROM = 12
#: Up to this many points each is left out alone.
_EACH_ALONE = 60
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
#: Points that a warp needs, so that there is some idea of its error.
LEAST_TO_APPLY = 3
#: Kinds that points on one line define.
_ON_A_LINE = ("shift", "similarity")
#: Largest slope of a deformation; see ``estimate``.
_MOST_SLOPE = 0.5


@dataclass(frozen=True)
class Controls:
    """Control points as they are on the map.

    Args:
        matches: all points, working pixels.
        enabled: (n,) bool, which of them count.
    """

    matches: Matches
    enabled: np.ndarray

    @property
    def used(self) -> Matches:
        """Return the points that count."""
        return self.matches.take(self.enabled)


@dataclass(frozen=True)
class _Trial:
    kind: str
    transform: Transform
    held: Held


def read_controls(frame: MapFrame, points: Sequence[dict[str, Any]]) -> Controls:
    """Move control points from the map to the working grid.

    Args:
        frame: of the map that the positions are in.
        points: each with ``mov`` and ``ref`` (x, y), ``enabled`` (default True)
            and ``confidence`` (default 1).

    Raises ``BadInput`` when a point has no place on the working grid.
    """
    try:
        mov = np.array([p["mov"] for p in points], np.float64).reshape(-1, 2)
        ref = np.array([p["ref"] for p in points], np.float64).reshape(-1, 2)
        trust = np.array([p.get("confidence", 1.0) for p in points], np.float32)
        enabled = np.array([p.get("enabled", True) for p in points], bool)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"The control points are malformed: {error!r}.") from error
    matches = Matches(frame.to_working("mov", mov), frame.to_working("ref", ref), trust)
    placed = np.isfinite(matches.mov_xy + matches.ref_xy).all(axis=1)
    if not placed.all():
        raise BadInput(
            f"Control point {int(np.argmin(placed)) + 1} lies where the images' CRS is "
            "not defined; delete it."
        )
    return Controls(matches, enabled)


def fit_controls(
    controls: Controls, kind: TransformKind, extent: tuple[float, float]
) -> Fit:
    """Return the transform through control points; all that are enabled count.

    "auto" is a shift for one point, a similarity for two, the affine through
    three, and from four on the simplest kind that predicts left-out points as
    well as any other; points on one line give a similarity. A thin plate goes
    through fewer than twelve points exactly.

    Args:
        controls: the points.
        kind: the kind of transform, or "auto".
        extent: (width, height) of the working grid.

    Raises ``BadInput`` for too few points and ``Refused`` for one that folds or
    that points on one line leave open.
    """
    used = controls.used
    if kind == "auto":
        best, held_px, why = _choose(used, extent)
    else:
        best, held_px, why = _asked(used, kind, extent)
    return _as_fit(controls, best, held_px, why)


def aligned(
    controls: Controls,
    fit: Fit,
    extent: tuple[float, float],
) -> Alignment:
    """Return control points in the form that the writers of results take.

    Raises ``BadInput`` for fewer than ``LEAST_TO_APPLY`` points.
    """
    used = controls.used
    if len(used) < LEAST_TO_APPLY:
        raise BadInput(
            f"A warp needs {LEAST_TO_APPLY} control points, so that its error can be "
            f"told; there are {len(used)}."
        )
    reach = float(np.abs(used.ref_xy - used.mov_xy).max(initial=1.0))
    evidence = gather(controls.matches, fit, extent, max(reach, 1.0))
    search = Search(reach, 180.0, 8.0)
    return Alignment(controls.matches, fit, evidence, search, float("nan"), 0)


def _asked(
    used: Matches, kind: str, extent: tuple[float, float]
) -> tuple[_Trial, dict[str, float], str]:
    if kind not in get_args(TransformKind):
        raise BadInput(f"The transform is one of {', '.join(LEAST)}; got {kind!r}.")
    if len(used) < LEAST[kind]:
        raise BadInput(
            f"The {kind} transform needs {LEAST[kind]} control points; there are "
            f"{len(used)}."
        )
    if kind not in _ON_A_LINE and on_a_line(used):
        raise Refused(
            "badly_spread",
            f"The control points lie on one line, beside which the {kind} transform "
            "is undefined; click beside it, or choose the similarity.",
        )
    trials = _trials(used, kind)
    cap = _cap(trials)
    best = min(trials, key=lambda trial: capped_rms(trial.held.error_px, cap))
    _require_no_fold(best, extent)
    held = capped_rms(best.held.error_px, cap)
    why = f"{kind}, as asked for"
    if not np.isfinite(held):
        return best, {}, why + "."
    return best, {kind: held}, why + f": error at left-out points {held:.2f} px."


def _choose(
    used: Matches, extent: tuple[float, float]
) -> tuple[_Trial, dict[str, float], str]:
    count = len(used)
    if count == 0:
        raise BadInput("There are no control points; click on the map to make some.")
    if count > 2 and on_a_line(used):
        best = _trials(used, "similarity")[0]
        return best, {}, "similarity: the control points lie on one line."
    if count < 4:
        kind = ("shift", "similarity", "affine")[count - 1]
        best = _trials(used, kind)[0]
        some = f"{count} control points define"
        some = some if count > 1 else "one control point defines"
        return best, {}, f"{kind}: what {some}."
    trials = [
        trial
        for kind, least in CHOSEN_FROM.items()
        if count >= least
        for trial in _trials(used, kind)
    ]
    cap = _cap(trials)
    block = _blocks(used).block
    best = trials[0]
    for trial in trials[1:]:
        if _folds(trial, extent):
            continue
        if is_better(trial.held.error_px, best.held.error_px, block, cap):
            best = trial
    held: dict[str, float] = {}
    for trial in trials:
        error = capped_rms(trial.held.error_px, cap)
        held[trial.kind] = min(error, held.get(trial.kind, error))
    why = f"{best.kind}: error at left-out points {held[best.kind]:.2f} px"
    others = [f"{k} {v:.2f} px" for k, v in held.items() if k != best.kind]
    return best, held, f"{why}; {', '.join(others)}."


def _trials(used: Matches, kind: str) -> list[_Trial]:
    """Return one kind fitted with each strength of smoothing, strong first."""
    mov, ref, trust = used.mov_xy, used.ref_xy, weights(used)
    smoothed = kind in SMOOTHING and (kind == "flow" or len(used) >= _SMOOTHED_FROM)
    strengths = tuple(reversed(SMOOTHING[kind])) if smoothed else (0.0,)
    blocks = _blocks(used)
    out = []
    for strength in strengths:
        fitter = fitter_of(kind, strength)
        held = hold_out(mov, ref, trust, blocks, fitter, LEAST[kind], SILENT)
        out.append(_Trial(kind, fitter(mov, ref, trust), held))
    return out


def _blocks(used: Matches) -> Blocks:
    """Return which points are left out together: each alone, or, of many, areas."""
    if len(used) > _EACH_ALONE:
        return make_blocks(used.mov_xy)
    alone = np.eye(len(used), dtype=bool)
    return Blocks(np.arange(len(used)), alone, ~alone)


def _as_fit(
    controls: Controls, best: _Trial, held_px: dict[str, float], why: str
) -> Fit:
    matches, used = controls.matches, controls.enabled
    left = matches.ref_xy - best.transform(matches.mov_xy)
    held = np.full(len(matches), np.nan)
    held[used] = best.held.error_px
    linear = best.transform
    if not isinstance(linear, Affine2D):
        linear = LINEAR["affine"](
            controls.used.mov_xy, controls.used.ref_xy, weights(controls.used)
        )
    return Fit(
        kind=best.kind,
        mov_to_ref=best.transform,
        ref_to_mov=invert(best.transform),
        affine=linear,
        inlier=used,
        weight=used.astype(np.float64),
        residual_px=np.hypot(left[:, 0], left[:, 1]),
        sigma_px=_sigma(left[used], PARAMETERS.get(best.kind, 0)),
        holdout_px=held_px,
        held_px=held,
        fold_fits=_fold_fits(controls.used, best),
        hull=hull_of(matches.mov_xy[used]),
        why=why,
    )


def _fold_fits(used: Matches, best: _Trial) -> tuple[Transform, ...]:
    """Return fits without some points each, to tell how uncertain the fit is.

    A kind that needs every point cannot be fitted without one: then a simpler
    kind stands in, which says how much hangs on each point.
    """
    kind, fits = best.kind, best.held.fits
    while len(fits) < _LEAST_FITS and kind in _SIMPLER:
        kind = _SIMPLER[kind]
        fits = _trials(used, kind)[0].held.fits
    return fits


def _sigma(left: np.ndarray, parameters: int) -> float:
    """Return the scatter along one axis; NaN where the fit is exact."""
    free = left.size - parameters
    return float(np.sqrt((left**2).sum() / free)) if free > 0 else float("nan")


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
        raise Refused(
            "badly_spread",
            f"The {trial.kind} transform through these control points would fold the "
            "image; choose a simpler one, or delete the points that disagree.",
        )
