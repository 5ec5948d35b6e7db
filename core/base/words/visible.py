"""Text for a terminal: names come from outside, and may hold anything."""

from __future__ import annotations

import re
import unicodedata

#: Controls, marks that turn the direction of writing, halves of pairs, odd line ends.
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


#: Name and password in an address.
_USER = re.compile(r"(?<=://)[^/\s]+@")


def without_password(text: str) -> str:
    """Return a text in which addresses hold neither name nor password."""
    return _USER.sub("***@", text)


def visible(text: str) -> str:
    """Return a text in which nothing moves the cursor, colours or hides: escaped."""
    return "".join(_escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    if sign == "\n" or unicodedata.category(sign) not in _HIDDEN:
        return sign
    return sign.encode("unicode_escape", "surrogatepass").decode("ascii")
