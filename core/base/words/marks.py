"""How a text is marked for translation where it stands in a table."""

from __future__ import annotations


def N_(text: str) -> str:
    """Return the text; ``scripts/translations.py`` collects what stands in here.

    The name is gettext's for a text that is translated later, when it is said.
    """
    return text
