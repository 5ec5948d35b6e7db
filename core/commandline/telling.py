"""What several commands do alike: results to text."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from ..base.option_text import language
from ..base.types import finite
from ..base.words.catalogue import translator
from ..base.words.message import Message, Translate
from ..base.words.visible import visible


def say_of(args: argparse.Namespace) -> Translate:
    """Return what puts a text into the language of a call."""
    return translator(language(args))


def note_lines(notes: list[dict[str, Any]], say: Translate) -> list[str]:
    """Return what was left out or taken for granted, a line each."""
    return [Message.from_dict(note).say(say) for note in notes]


def print_json(value: Any) -> None:
    """Print a value as JSON; numbers that are not finite are null."""
    sys.stdout.write(json.dumps(finite(value), allow_nan=False) + "\n")


def print_lines(lines: list[str]) -> None:
    """Print lines; controls in them are shown and not obeyed."""
    sys.stdout.write("\n".join(visible(line) for line in lines) + "\n")
