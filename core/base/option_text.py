"""How options are written: numbers, bands and lengths, and errors in one sentence."""

from __future__ import annotations

import argparse
import math
import os
from typing import Any, NoReturn, Sequence

from .errors import BadInput


class Parser(argparse.ArgumentParser):
    """An argument parser that raises ``BadInput`` and knows every negative number."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parse as usual; -3.4e38 and -inf are values and not options."""
        words = None if args is None else [_guarded(word) for word in args]
        return super().parse_known_args(words, namespace)

    def error(self, message: str) -> NoReturn:
        """Raise the message as ``BadInput``."""
        text = message.rstrip(".")
        raise BadInput.of("usage", text=text, command=self.prog)


def language_of(words: Sequence[str]) -> str:
    """Return the language asked for by ``--language``, else that of the system."""
    for word, after in zip(words, [*words, ""][1:], strict=True):
        if word == "--language" and after:
            return after
        if word.startswith("--language="):
            return word.partition("=")[2]
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name for name in names if name), "en")


def language(args: argparse.Namespace) -> str:
    """Return the language asked for, else that of the system."""
    return args.language or language_of(())


def bands(text: str) -> tuple[int, ...]:
    """Read ``3,2,1``."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"bands are numbers as 3,2,1: {text!r}"
        ) from None


def length(text: str) -> tuple[float, str]:
    """Read ``300m`` or ``30px`` as value and unit; pixels without a unit."""
    unit = "m" if text.endswith("m") else "px"
    try:
        return float(text.removesuffix("px").removesuffix("m")), unit
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"a length is written as 300m or 30px: {text!r}"
        ) from None


def metres_or_auto(text: str) -> float:
    """Read ``auto``, which is 0, or metres, as 10 or 10m."""
    if text == "auto":
        return 0.0
    try:
        metres = float(text.removesuffix("m"))
    except ValueError:
        metres = math.nan
    if not 0 < metres < math.inf:
        raise argparse.ArgumentTypeError(
            f"a pixel size is auto or metres, as 10: {text!r}"
        )
    return metres


def _guarded(word: str) -> str:
    """Put a space before a negative number, so that argparse sees a value."""
    if not word.startswith("-"):
        return word
    try:
        float(word)
    except ValueError:
        return word
    return " " + word
