"""Sentences of the engine in the user's language.

The engine speaks English and knows no translations. Its sentences are recognised
by their words, and what stands in their gaps goes into the translated sentence.
"""

from __future__ import annotations

import re
from functools import lru_cache

from . import engine_complaints, engine_findings
from .engine_findings import Translate
from .i18n import tr

_GAP = re.compile(r"{(\w+)}")
#: Gaps with a whole sentence, with several of them, and with words to look up.
_SENTENCE, _FAULTS = "sentence", "faults"
_WORDY = {"kind", "simpler", "richer", "others", "direction", "origin"}


def translated(text: str) -> str:
    """Return a sentence of the engine in the user's language, or as it is."""
    own = _sentences(tr)
    for index, pattern in _patterns():
        match = pattern.fullmatch(text)
        if match:
            values = {
                name: _value(name, found) for name, found in match.groupdict().items()
            }
            return own[index].format(**values)
    return text


def _value(name: str, text: str) -> str:
    if name == _SENTENCE:
        return translated(text)
    if name == _FAULTS:
        return tr(" and ").join(translated(part) for part in text.split(" and "))
    if name in _WORDY:
        known = engine_findings.words(tr)
        parts = re.split(r"([\s,]+)", text)
        return known.get(text) or "".join(known.get(part, part) for part in parts)
    return text


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[int, re.Pattern[str]], ...]:
    """Return number and pattern of each sentence, those with most words first."""
    texts = _sentences(str)
    order = sorted(range(len(texts)), key=lambda i: -len(_GAP.sub("", texts[i])))
    return tuple((i, _pattern(texts[i])) for i in order)


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
