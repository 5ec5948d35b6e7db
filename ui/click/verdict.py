"""What the control points and their transform amount to, in plain words."""

from __future__ import annotations

from ..qt.i18n import tr
from ..qt.units import pixels
from ..words import sentences
from .points import FitResult, PointList, Residual
from .session import LEAST_POINTS

#: Less than this between points and independent places is not worth a word.
_CROWDED = 0.5


def verdict(points: PointList, fitting: bool) -> str:
    """Return what there is: a transform and how good it is, or what is missing."""
    fit, count = points.fit, len(points.enabled)
    if count < LEAST_POINTS:
        missing = LEAST_POINTS - count
        if missing == 1:
            return tr("Click one more place, then a transform is fitted.")
        return tr("Click {n} more places, then a transform is fitted.").format(
            n=missing
        )
    if fit is None:
        return tr("Fitting") if fitting else "–"
    return "\n".join(line for line in _lines(fit, count) if line)


def not_used(left: Residual) -> str:
    """Return how a point that is switched off agrees with those that are used."""
    length = pixels(f"{left.px:.1f}")
    if left.px < 1.0:
        return tr("Not used: agrees with the others to {px}").format(px=length)
    return tr("Not used: disagrees with the others by {px}").format(px=length)


def _lines(fit: FitResult, count: int) -> tuple[str, ...]:
    name = sentences.transforms().get(fit.kind, fit.kind)
    error = sentences.with_metres(fit.rmse_px, fit.rmse_m)
    first = tr("{name}, residual {error}").format(name=name, error=error)
    return first, _expected(fit, count), _odd(fit)


def _expected(fit: FitResult, count: int) -> str:
    """Return what the points tell about the error elsewhere."""
    crowded = fit.independent <= count - _CROWDED
    values = {"n": count, "k": fit.independent}
    if fit.expected_px is None:
        some = tr("Too few places to tell the error elsewhere.")
        if crowded:
            some = tr(
                "The windows share pixels: {n} points are worth {k:.1f} independent "
                "ones, too few to tell the error. Click farther apart, or use a "
                "smaller window."
            )
        return some.format(**values)
    lines = [tr("Error over the overlap below {error} in 9 of 10 cases")]
    values["error"] = _length(fit.expected_px, fit)
    if fit.held_px is not None:
        lines.insert(0, tr("Held-out error {held}"))
        values["held"] = _length(fit.held_px, fit)
    if crowded:
        lines.append(
            tr(
                "The windows share pixels: {n} points are worth {k:.1f} independent "
                "ones."
            )
        )
    return "\n".join(lines).format(**values)


def _length(px: float, fit: FitResult) -> str:
    return sentences.with_metres(px, None if fit.gsd_m is None else px * fit.gsd_m)


def _odd(fit: FitResult) -> str:
    """Return which point the others contradict, "" for none."""
    if fit.odd is None:
        return ""
    text = tr("Point {n} disagrees with the others by {px}: move it, or untick it.")
    return text.format(n=fit.odd[0], px=pixels(f"{fit.odd[1]:.1f}"))
