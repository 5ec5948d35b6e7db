"""What kind of comparison is shown, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

CHECKER, SWIPE_V, SWIPE_H = "checkerboard", "swipe_vertical", "swipe_horizontal"
FLICKER, BLEND, REDCYAN = "flicker", "blend", "redcyan"
#: The old and the new placement of one image, over what it was registered to.
TOGGLE, PLACED = "toggle", "placed"
MODES = (CHECKER, SWIPE_V, SWIPE_H, FLICKER, BLEND, REDCYAN, TOGGLE, PLACED)
SWIPES = (SWIPE_V, SWIPE_H, PLACED)
OVERLAID = (TOGGLE, PLACED)
#: Range of the checkerboard's cells in screen pixels, and of changes per second.
CELL_PX, RATE_HZ = (16, 400), (0.5, 8.0)


@dataclass(frozen=True)
class View:
    """A comparison.

    Args:
        mode: one of ``MODES``.
        cell_px: side of a checkerboard's cell, screen pixels.
        position: of the swipe's edge, 0 (left or top) to 1.
        rate_hz: changes of picture per second.
        opacity: of the second layer when both are blended, and of an image over its
            reference, 0 to 1.
    """

    mode: str = CHECKER
    cell_px: int = 96
    position: float = 0.5
    rate_hz: float = 2.0
    opacity: float = 0.5


def swipe_is_vertical(view: View) -> bool:
    """Return whether the swipe's edge is upright."""
    return view.mode != SWIPE_H


def share_of_second(view: View, second_shown: bool) -> float:
    """Return how opaque the second layer is where it is shown, 0 to 1."""
    if view.mode == BLEND:
        return view.opacity
    if view.mode in (FLICKER, TOGGLE):
        return 1.0 if second_shown else 0.0
    return 1.0
