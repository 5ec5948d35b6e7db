"""How figures are rounded and written; the only place that does it.

An error is known to about a tenth of itself, so that two digits say all there is;
nothing is told apart below 0.01 px or 0.01 m. A displacement is known as well as
its two ends are, so that three digits may mean something, down to a tenth.
"""

from __future__ import annotations

import math
from typing import Any, Callable, Sequence

from .marks import N_

Translate = Callable[[str], str]

#: Digits of an error and of a displacement, and what is no longer told apart.
ERROR_DIGITS, DISTANCE_DIGITS, LEAST = 2, 3, 0.01

_PIXELS, _METRES, _KILOMETRES = N_("{n} px"), N_("{n} m"), N_("{n} km")
_SECONDS, _MINUTES, _HOURS = N_("{n} s"), N_("{n} min"), N_("{n} h")
_BOTH, _BELOW, _SHARE = N_("{pixels} ({metres})"), N_("less than {n}"), N_("{n} %")
#: What stands for a figure that is not known.
UNKNOWN = "–"
_NO_BREAK = "\u00a0"


def is_known(value: float | None) -> bool:
    """Return whether there is a figure at all."""
    return value is not None and math.isfinite(value)


def rounded(value: float, digits: int = ERROR_DIGITS) -> str:
    """Return a number with so many digits, and none beyond two decimals.

    Of a displacement above 1 nothing is said beyond one decimal.
    """
    size = abs(value)
    if not size:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(size))
    # 9.96 has two digits as 10, and not as 10.0.
    size = round(size, decimals)
    decimals = digits - 1 - math.floor(math.log10(size)) if size else 0
    decimals = min(decimals, 1 if digits == DISTANCE_DIGITS and size >= 1 else 2)
    text = f"{round(value, decimals):.{max(decimals, 0)}f}"
    return text.replace("-0.00", "0")


def pixels(value: float | None, translate: Translate = str) -> str:
    """Return an error in pixels."""
    return _with_unit(value, _PIXELS, ERROR_DIGITS, translate)


def metres(value: float | None, translate: Translate = str) -> str:
    """Return an error in metres."""
    return _with_unit(value, _METRES, ERROR_DIGITS, translate)


def length(value: Sequence[float | None], translate: Translate = str) -> str:
    """Return an error, (pixels, metres); metres are None where unknown."""
    return _both(value, ERROR_DIGITS, translate)


def distance(value: Sequence[float | None], translate: Translate = str) -> str:
    """Return a displacement, (pixels, metres); metres are None where unknown."""
    return _both(value, DISTANCE_DIGITS, translate)


def distance_metres(value: float | None, translate: Translate = str) -> str:
    """Return a displacement in metres."""
    return _with_unit(value, _METRES, DISTANCE_DIGITS, translate)


def on_ground(value: float | None, translate: Translate = str) -> str:
    """Return a size on the ground, in m or km; it is known, so that no zeros follow."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    unit, number = (_METRES, value) if value < 1000 else (_KILOMETRES, value / 1000)
    return _gap(translate(unit)).format(n=f"{number:.3g}")


def share(value: float | None, translate: Translate = str) -> str:
    """Return a share of one in per cent."""
    if not is_known(value):
        return UNKNOWN
    return _gap(translate(_SHARE)).format(n=f"{100 * float(value or 0.0):.0f}")


def duration(seconds: float, translate: Translate = str) -> str:
    """Return about how long something takes, in s, min or h."""
    if seconds < 90:
        return translate(_SECONDS).format(n=max(1, round(seconds)))
    if seconds < 90 * 60:
        return translate(_MINUTES).format(n=round(seconds / 60))
    return translate(_HOURS).format(n=round(seconds / 3600))


def to_last_digit(value: float, doubt: float, most: int = 2) -> str:
    """Return a number down to the last digit that a doubt leaves it, at least one.

    Args:
        value: the number.
        doubt: how far it may be off, above 0.
        most: decimals at most.
    """
    decimals = min(-math.floor(math.log10(doubt)), most)
    if round(value, decimals) == 0 and value:
        decimals = min(-math.floor(math.log10(abs(value))), most)
    return f"{round(value, decimals):.{max(decimals, 0)}f}"


def stepped_text(value: Sequence[float], translate: Translate = str) -> str:
    """Return (number, doubt) as ``stepped`` writes it, with four decimals at most."""
    return to_last_digit(value[0], value[1], most=4)


def moved_metres(value: Sequence[float], translate: Translate = str) -> str:
    """Return a (displacement, doubt) in metres, as finely as it is known."""
    return _gap(translate(_METRES)).format(n=to_last_digit(*value))


def moved_pixels(value: Sequence[float], translate: Translate = str) -> str:
    """Return a (displacement, doubt) in pixels, as finely as it is known."""
    return _gap(translate(_PIXELS)).format(n=to_last_digit(*value))


def _both(value: Sequence[Any], digits: int, translate: Translate) -> str:
    in_pixels = _with_unit(value[0], _PIXELS, digits, translate)
    if not is_known(value[1]) or not is_known(value[0]):
        return in_pixels
    in_metres = _with_unit(value[1], _METRES, digits, translate)
    return translate(_BOTH).format(pixels=in_pixels, metres=in_metres)


def _with_unit(
    value: float | None, unit: str, digits: int, translate: Translate
) -> str:
    if not is_known(value):
        return UNKNOWN
    number = float(value or 0.0)
    if abs(number) < LEAST:
        least = _gap(translate(unit)).format(n=f"{LEAST:g}")
        return translate(_BELOW).format(n=least)
    return _gap(translate(unit)).format(n=rounded(number, digits))


def _gap(text: str) -> str:
    """Let no line end between a number and its unit."""
    return text.replace("} ", "}" + _NO_BREAK)
