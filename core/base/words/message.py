"""A sentence as code and values; its words are made where a person reads them."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Callable, Mapping, Sequence

from . import numbers, terms
from .marks import N_
from .sentences import SENTENCES

Translate = Callable[[str], str]

_AND, _COMMA = N_(" and "), N_(", ")

#: What a gap may name after its colon beside Python's own formats.
_RENDERED: dict[str, Callable[[Any, Translate], str]] = {
    "transform": terms.transform,
    "a_transform": terms.a_transform,
    "direction": terms.direction,
    "px": numbers.pixels,
    "m": numbers.metres,
    "length": numbers.length,
    "distance": numbers.distance,
    "share": numbers.share,
    "moved_m": numbers.moved_metres,
    "moved_px": numbers.moved_pixels,
    "stepped": numbers.stepped_text,
    "model": terms.model,
    "duration": numbers.duration,
}


@dataclass(frozen=True)
class Message:
    """One sentence.

    Args:
        code: a key of ``SENTENCES``; stable, for programs.
        values: what stands in its gaps: numbers, texts, other messages and lists
            of these. Exceptions and paths become text.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in SENTENCES:
            raise ValueError(f"there is no sentence {self.code!r}")
        plain = {name: _plain(value) for name, value in self.values.items()}
        object.__setattr__(self, "values", plain)

    def __str__(self) -> str:
        """Return the sentence in English."""
        return self.say()

    def say(self, translate: Translate = str) -> str:
        """Return the sentence in the language of ``translate``."""
        return _voice(translate).format(translate(SENTENCES[self.code]), **self.values)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary: code and values."""
        return {"code": self.code, "values": _ready(self.values)}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Message:
        """Rebuild a message; raises KeyError and ValueError when it is none."""
        return Message(values["code"], values.get("values", {}))


class _Voice(string.Formatter):
    """Fills gaps in one language."""

    def __init__(self, translate: Translate):
        self._translate = translate

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return one value as a gap wants it."""
        if isinstance(value, Message):
            return value.say(self._translate)
        if value is None:
            return "–"
        if format_spec in _RENDERED:
            return _RENDERED[format_spec](value, self._translate)
        if isinstance(value, (list, tuple)):
            return self._joined(value, format_spec)
        return str(super().format_field(value, format_spec))

    def _joined(self, parts: Sequence[Any], format_spec: str) -> str:
        commas = format_spec == "commas"
        said = [
            self.format_field(part, "" if commas else format_spec) for part in parts
        ]
        sentences = not commas and any(isinstance(part, Message) for part in parts)
        return self._translate(_AND if sentences else _COMMA).join(said)


@lru_cache(maxsize=8)
def _voice(translate: Translate) -> _Voice:
    return _Voice(translate)


def _plain(value: Any) -> Any:
    """Return a value as numbers, texts, messages and lists of these."""
    if isinstance(value, (Message, str, int, float, type(None))):
        return value
    if isinstance(value, Mapping) and "code" in value:
        return Message.from_dict(value)
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, OSError) and value.strerror and not value.filename:
        return value.strerror
    if hasattr(value, "item"):  # a scalar of numpy, which this module does not know
        return value.item()
    return str(value)


def _ready(value: Any) -> Any:
    """Return a value for JSON; numbers that are not finite become None."""
    if isinstance(value, Message):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: _ready(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_ready(part) for part in value]
    return None if isinstance(value, float) and not numbers.is_known(value) else value
