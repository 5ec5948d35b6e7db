"""How options are written: numbers, bands and lengths, and errors in one sentence."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import Any, Callable, NoReturn, Sequence

from .errors import BadInput

#: Ends of what this program reads and writes.
_FILE_ENDS = frozenset(
    ".tif .tiff .vrt .png .jpg .jpeg .jp2 .img .nc .json .geojson .gpkg .shp .csv "
    ".parquet .points .html .npy .zip".split()
)
#: Says of what was asked for whether something is so.
Holds = Callable[[argparse.Namespace], bool]


class Parser(argparse.ArgumentParser):
    """An argument parser that raises ``BadInput`` and knows every negative number.

    An option that would have no effect beside the others is an error too.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._idle: list[tuple[str, str, str, Holds]] = []

    def idle_without(self, option: str, other: str, there: Holds) -> None:
        """Refuse an option unless ``there``, which is asked for by ``other``."""
        self._idle.append((option, "option_without", other, lambda a: not there(a)))

    def idle_beside(self, option: str, other: str, there: Holds) -> None:
        """Refuse an option if ``there``, which is asked for by ``other``."""
        self._idle.append((option, "option_beside", other, there))

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parse as usual; -3.4e38 and -inf are values and not options."""
        words = None if args is None else [_guarded(word) for word in args]
        before = dict(vars(namespace)) if namespace is not None else {}
        found, left = super().parse_known_args(words, namespace)
        for option, sentence, other, is_idle in self._idle:
            dest = self._option_string_actions[option].dest
            usual = before.get(dest, self.get_default(dest))
            if getattr(found, dest) != usual and is_idle(found):
                raise BadInput.of(sentence, option=option, other=other)
        return found, left

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


def folder(text: str) -> str:
    """Read the name of a folder for results; one that ends as a file's is a slip."""
    if Path(text).suffix.lower() in _FILE_ENDS and not os.path.isdir(text):
        raise argparse.ArgumentTypeError(
            f"results go into a folder, and {text!r} ends as the name of a file does"
        )
    return text


def bands(text: str) -> tuple[int, ...]:
    """Read ``3,2,1``."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"bands are numbers as 3,2,1: {text!r}"
        ) from None


def length(text: str) -> tuple[float, str]:
    """Read ``300m`` or ``30px`` as value and unit; pixels without a unit.

    ``auto`` is (0, "px"), and nothing else is.
    """
    if text == "auto":
        return 0.0, "px"
    unit = "m" if text.endswith("m") else "px"
    try:
        value = float(text.removesuffix("px").removesuffix("m"))
    except ValueError:
        value = 0.0
    if not value:
        raise argparse.ArgumentTypeError(
            f"a length is auto or above 0, as 300m or 30px: {text!r}"
        )
    return value, unit


def degrees(text: str) -> float:
    """Read ``auto``, which is -1, or degrees from 0 on."""
    return _number(text, -1.0, 0.0, "a rotation is auto or 0 to 180 degrees")


def factor(text: str) -> float:
    """Read ``auto``, which is 0, or a factor from 1 on."""
    return _number(text, 0.0, 1.0, "a scale is auto or a factor from 1 to 8")


def _number(text: str, automatic: float, least: float, sentence: str) -> float:
    if text == "auto":
        return automatic
    try:
        value = float(text)
    except ValueError:
        value = -math.inf
    if value < least:
        raise argparse.ArgumentTypeError(f"{sentence}: {text!r}")
    return value


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
