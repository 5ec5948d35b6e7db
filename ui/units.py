"""Numbers with their units, as the user's language writes them."""

from __future__ import annotations

import re

from .i18n import tr

#: A length as the engine writes it: in pixels, and on the ground where known.
_LENGTH = re.compile(r"([\d.]+) px(?: \(([\d.]+) m\))?")


def pixels(number: str) -> str:
    """Return a length in pixels."""
    return tr("{n} px").format(n=number)


def metres(number: str) -> str:
    """Return a length in metres."""
    return tr("{n} m").format(n=number)


def kilometres(number: str) -> str:
    """Return a length in kilometres."""
    return tr("{n} km").format(n=number)


def pixels_and_metres(number: str, on_ground: str) -> str:
    """Return a length in pixels, and in brackets the same in metres."""
    both = tr("{pixels} ({metres})")
    return both.format(pixels=pixels(number), metres=metres(on_ground))


def rewritten(text: str) -> str:
    """Return a text of the engine with its lengths in the user's language."""

    def length(found: re.Match[str]) -> str:
        number, on_ground = found.groups()
        return pixels_and_metres(number, on_ground) if on_ground else pixels(number)

    return _LENGTH.sub(length, text)
