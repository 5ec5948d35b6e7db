"""Sentences of the engine in the user's language.

The engine speaks English and knows no translations. Its sentences are recognised
by their words, and what stands in their gaps goes into the translated sentence.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from . import engine_complaints, engine_findings, units
from .engine_findings import Translate
from .i18n import tr

_GAP = re.compile(r"{(\w+)}")
#: Gaps with a whole sentence, with several of them, and with words to look up.
_SENTENCE, _FAULTS = "sentence", "faults"
_WORDY = {"kind", "simpler", "richer", "others", "direction", "origin"}


def translated(text: str) -> str:
    """Return a sentence of the engine in the user's language, or as it is."""
    for index, english, parts in _known():
        if not all(part in text for part in parts):
            continue
        match = _pattern(english).fullmatch(text)
        if match:
            values = {
                name: _value(name, found) for name, found in match.groupdict().items()
            }
            return _sentences(tr)[index].format(**values)
    return text


def _value(name: str, text: str) -> str:
    if name == _SENTENCE:
        return translated(text)
    if name == _FAULTS:
        return tr(" and ").join(translated(part) for part in text.split(" and "))
    text = units.rewritten(text)
    if name in _WORDY:
        known = {**engine_findings.words(tr), ", ": tr(", ")}
        parts = re.split(r"(, |\s)", text)
        return known.get(text) or "".join(known.get(part, part) for part in parts)
    return text


@lru_cache(maxsize=1)
def _known() -> tuple[tuple[int, str, list[str]], ...]:
    """Return number, English and words of each sentence, most words first.

    The words tell quickly which patterns are worth making: making all of them
    takes so long that the window would be felt to wait.
    """
    texts = _sentences(str)
    order = sorted(range(len(texts)), key=lambda i: -len(_GAP.sub("", texts[i])))
    return tuple((i, texts[i], _GAP.split(texts[i])[::2]) for i in order)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    parts = _GAP.split(text)
    for i in range(0, len(parts), 2):
        parts[i] = re.escape(parts[i])
    for i in range(1, len(parts), 2):
        parts[i] = f"(?P<{parts[i]}>.+?)"
    return re.compile("".join(parts), re.DOTALL)


def _sentences(tr: Translate) -> tuple[str, ...]:
    return (
        *engine_findings.refusals(tr),
        *engine_findings.reasons(tr),
        *engine_complaints.files(tr),
        *engine_complaints.choices(tr),
    )
