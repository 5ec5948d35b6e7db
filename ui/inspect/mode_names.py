"""What kinds of comparison are called, and what each of them shows where."""

from __future__ import annotations

from ..qt.i18n import tr
from .state import BLEND, CHECKER, FLICKER, PLACED, REDCYAN, SWIPE_H, SWIPE_V, TOGGLE


def mode_names() -> dict[str, str]:
    """Return the kinds of comparison in the user's language."""
    return {
        CHECKER: tr("Checkerboard"),
        SWIPE_V: tr("Swipe left and right"),
        SWIPE_H: tr("Swipe up and down"),
        FLICKER: tr("Flicker"),
        BLEND: tr("Blend"),
        REDCYAN: tr("Red and cyan"),
        TOGGLE: tr("Before and after, in turn"),
        PLACED: tr("Before and after, swipe"),
    }


def told(mode: str, first: str, second: str, under: str) -> str:
    """Return what is where on the map.

    Args:
        mode: one of ``MODES``.
        first: name of the first layer.
        second: name of the second layer.
        under: name of what both are drawn over, "" for nothing.
    """
    text = {
        CHECKER: tr("The upper left cell shows {a}, the one beside it {b}."),
        SWIPE_V: tr("Left: {a}. Right: {b}. Drag the edge on the map."),
        SWIPE_H: tr("Above: {a}. Below: {b}. Drag the edge on the map."),
        FLICKER: tr("{a} and {b} in turn."),
        BLEND: tr("{b} over {a}."),
        REDCYAN: tr(
            "{a} in red, {b} in cyan. Grey where both are alike; coloured fringes "
            "where they are apart."
        ),
        TOGGLE: tr("Before: {a}. After: {b}."),
        PLACED: tr("Left, before: {a}. Right, after: {b}. Drag the edge."),
    }[mode].format(a=first, b=second)
    return f"{text} {tr('Both over {name}.').format(name=under)}" if under else text
