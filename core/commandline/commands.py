"""One function per command: arguments to a call of ``core.api``, results to text."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .. import api
from ..base.errors import BadInput, Refused
from ..base.job import Job
from ..base.job_options import job_of, search_and_model
from ..base.types import Result
from ..base.words.figures import ASSESSED, rows
from ..base.words.message import Message, Translate
from ..base.words.verdict import verdict
from ..base.words.visible import visible
from .console import console_feedback
from .telling import note_lines, print_json, print_lines, say_of


def register(args: argparse.Namespace) -> int:
    """Run ``soma register``."""
    job = job_of(args, args.sar, args.optical, args.out)
    with console_feedback(args.quiet) as feedback:
        result = api.register(job, feedback)
    if args.json:
        print_json(result.to_dict())
    else:
        print_lines(_summary(result, args.out, say_of(args)))
    return 0 if result.status == "ok" else Refused.exit_code


def _summary(result: Result, out: str, say: Translate) -> list[str]:
    found = verdict(result.to_dict())
    lines = [found.headline.say(say)]
    parts = [found.moved, found.errors, found.matches]
    if result.status == "ok":
        parts.append(Message.from_dict(result.message))
    lines += [f"  {part.say(say)}" for part in parts if part is not None]
    lines += [f"  {note}" for note in note_lines(result.notes, say)]
    names = say(", ").join(sorted(Path(path).name for path in result.files.values()))
    files, seconds = {"folder": Path(out), "names": names}, result.seconds["total"]
    lines.append(f"  {Message('run_time', {'seconds': seconds}).say(say)}")
    lines.append(f"  {Message('files_written', files).say(say)}")
    return lines


def apply(args: argparse.Namespace) -> int:
    """Run ``soma apply``."""
    with console_feedback(args.quiet) as feedback:
        found = api.fits(args.transform, args.rasters, feedback)
        files = api.apply(
            args.transform,
            args.rasters,
            args.out,
            args.grid,
            args.resampling,
            args.nodata,
            args.threads,
            feedback,
            args.other_pixels,
            args.overwrite,
        )
    for answer in found:
        if answer["fit"] == "same" and answer["message"]:
            note = Message.from_dict(answer["message"]).say(say_of(args))
            sys.stderr.write(f"soma: {visible(note)}\n")
    _tell_files(args, files)
    return 0


def checkerboard(args: argparse.Namespace) -> int:
    """Run ``soma checkerboard``."""
    with console_feedback(args.quiet) as feedback:
        api.compare(
            *(args.a, args.b, args.out, args.mode, args.cell, feedback),
            args.overwrite,
        )
    _tell_files(args, [args.out])
    return 0


def assess(args: argparse.Namespace) -> int:
    """Run ``soma assess``."""
    job = Job(sar=args.a, optical=args.b, **search_and_model(args))
    with console_feedback(args.quiet) as feedback:
        found = api.assess(job, feedback)
    if args.json:
        print_json(found)
    else:
        print_lines(_assessed(found, say_of(args)))
    return 0


def _assessed(found: dict[str, Any], say: Translate) -> list[str]:
    lines = [Message.from_dict(found["message"]).say(say)]
    lines += [f"  {note}" for note in note_lines(found["notes"], say)]
    shown = rows(found, say, table=ASSESSED)
    return lines + [f"  {row.label}: {row.value}" for row in shown]


def simulate(args: argparse.Namespace) -> int:
    """Run ``soma simulate``."""
    with console_feedback(args.quiet) as feedback:
        files = api.simulate(
            args.out,
            feedback,
            size=args.size,
            seed=args.seed,
            gsd=args.gsd,
            misalign=args.misalign,
            sar_gsd=args.sar_gsd,
            sar_crs=args.sar_crs,
            sar_format=args.sar_format,
            optical_format=args.optical_format,
            haze=args.haze,
        )
    _tell_files(args, files)
    return 0


def info(args: argparse.Namespace) -> int:
    """Run ``soma info``."""
    found = api.info(args.raster)
    if args.json:
        print_json(found)
    else:
        print_lines(_figures(found))
    return 0


def models(args: argparse.Namespace) -> int:
    """Run ``soma models``."""
    cards = api.models(args.check)
    if args.name:
        names = [card["name"] for card in cards]
        if args.name not in names:
            raise BadInput.of("model_choice", choices=names, value=args.name)
        cards = [card for card in cards if card["name"] == args.name]
    if args.json:
        print_json(cards)
    else:
        for card in cards:
            lines = _model(card, say_of(args))
            if not args.name:
                lines.append("")
            elif card["card"] != str(Message.from_dict(card["about"])):
                lines.append(card["card"])
            print_lines(lines)
    return 0


def _model(card: dict[str, Any], say: Translate) -> list[str]:
    ready = card["state"] == "ready"
    code = "ready_and_automatic" if ready and card["automatic"] else "ready"
    state = Message(code) if ready else Message.from_dict(card["message"])
    about = Message.from_dict(card["about"])
    return [f"{card['name']:<10} {state.say(say)}", about.say(say)]


def _figures(values: dict[str, Any]) -> list[str]:
    width = max(len(key) for key in values)
    return [
        f"  {key:<{width}}  {_short(value)}"
        for key, value in values.items()
        if key != "verdict"
    ]


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{k} {_short(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_short(v) for v in value)
    return str(value)


def _tell_files(args: argparse.Namespace, files: list[str]) -> None:
    if args.json:
        print_json({"status": "ok", "files": files})
    else:
        say = say_of(args)
        print_lines([Message("written", {"path": path}).say(say) for path in files])
