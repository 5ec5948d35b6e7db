"""What several commands do alike: options to a job's values, results to text."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from ..base.types import finite
from ..base.words.catalogue import translator
from ..base.words.message import Message, Translate
from ..base.words.visible import visible
from .options import language_of


def search_and_model(args: argparse.Namespace) -> dict[str, Any]:
    """Return the values of a job that every matching command has options for."""
    length, unit = args.max_shift
    return {
        "search": args.search,
        "max_shift": length,
        "max_shift_unit": unit,
        "max_rotation_deg": args.max_rotation,
        "max_scale": args.max_scale,
        "working_gsd": args.working_gsd,
        "effort": args.effort,
        "model": args.model,
        "weights": args.weights,
        "device": args.device,
        "threads": args.threads,
    }


def language(args: argparse.Namespace) -> str:
    """Return the language asked for, else that of the system."""
    return args.language or language_of(())


def say_of(args: argparse.Namespace) -> Translate:
    """Return what puts a text into the language of a call."""
    return translator(language(args))


def said(notes: list[dict[str, Any]], say: Translate) -> list[str]:
    """Return what was left out or taken for granted, a line each."""
    return [Message.from_dict(note).say(say) for note in notes]


def print_json(value: Any) -> None:
    """Print a value as JSON; numbers that are not finite are null."""
    sys.stdout.write(json.dumps(finite(value), allow_nan=False) + "\n")


def print_lines(lines: list[str]) -> None:
    """Print lines; controls in them are shown and not obeyed."""
    sys.stdout.write("\n".join(visible(line) for line in lines) + "\n")
