"""Numbers with their units, as the user's language writes them."""

from __future__ import annotations

from .i18n import tr


def pixels(number: str) -> str:
    """Return a length in pixels."""
    return tr("{n} px").format(n=number)
