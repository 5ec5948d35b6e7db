"""One function per command: arguments to a call of ``core.api``, results to text."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import api
from ..base.errors import BadInput, Refused
from ..base.feedback import Feedback, Part, check
from ..base.job import Job
from ..base.types import Result, finite
from ..base.words.catalogue import translator
from ..base.words.figures import ASSESSED, rows
from ..base.words.message import Message, Translate
from ..base.words.verdict import verdict
from ..base.words.visible import visible
from .console import console_feedback
from .options import language_of
from .pair_table import read_pairs


def register(args: argparse.Namespace) -> int:
    """Run ``soma register``."""
    job = Job(
        sar=args.sar,
        optical=args.optical,
        out=args.out,
        moving=args.moving,
        sar_bands=args.sar_bands,
        optical_bands=args.optical_bands,
        aoi=tuple(args.aoi) if args.aoi else None,
        aoi_crs=args.aoi_crs,
        transform=args.transform,
        grid=args.grid,
        resampling=args.resampling,
        sar_nodata=args.sar_nodata,
        optical_nodata=args.optical_nodata,
        sar_mask=args.sar_mask,
        optical_mask=args.optical_mask,
        force=args.force,
        language=_language(args),
        **_search_and_model(args),
    )
    with console_feedback(args.quiet) as feedback:
        result = api.register(job, feedback)
    if args.json:
        _print_json(result.to_dict())
    else:
        _print_lines(_summary(result, args.out, _say(args)))
    return 0 if result.status == "ok" else Refused.exit_code


def _search_and_model(args: argparse.Namespace) -> dict[str, Any]:
    length, unit = args.max_shift
    return {
        "search": args.search,
        "max_shift": length,
        "max_shift_unit": unit,
        "max_rotation_deg": args.max_rotation,
        "max_scale": args.max_scale,
        "model": args.model,
        "weights": args.weights,
        "device": args.device,
        "threads": args.threads,
    }


def _summary(result: Result, out: str, say: Translate) -> list[str]:
    found = verdict(result.to_dict())
    lines = [found.headline.say(say)]
    parts = [found.moved, found.errors, found.matches]
    if result.status == "ok":
        parts.append(Message.from_dict(result.message))
    lines += [f"  {part.say(say)}" for part in parts if part is not None]
    parts = [Message.from_dict(note) for note in result.notes]
    lines += [f"  {part.say(say)}" for part in parts]
    names = say(", ").join(sorted(Path(path).name for path in result.files.values()))
    files, seconds = {"folder": Path(out), "names": names}, result.seconds["total"]
    lines.append(f"  {Message('run_time', {'seconds': seconds}).say(say)}")
    lines.append(f"  {Message('files_written', files).say(say)}")
    return lines


def match(args: argparse.Namespace) -> int:
    """Run ``soma match``."""
    if _missing_pair(args):
        raise BadInput.of("match_inputs")
    base = Job(
        sar="",
        optical="",
        moving=args.mov_is,
        transform=args.transform,
        **_search_and_model(args),
    )
    with console_feedback(args.quiet) as feedback:
        if args.pairs:
            return _match_table(args, base, feedback)
        inputs = [args.ref, args.mov, args.weights]
        api.check_match_outputs([Path(args.out)], inputs, args.dense, args.overwrite)
        found = api.match(_with_pair(base, args.ref, args.mov), feedback)
        api.write_match(found, Path(args.out), args.dense)
    _tell_match(args, [found])
    return 0 if found.report["status"] == "ok" else Refused.exit_code


def _missing_pair(args: argparse.Namespace) -> bool:
    if args.pairs:
        return bool(args.ref or args.mov)
    return not (args.ref and args.mov)


def _match_table(args: argparse.Namespace, base: Job, feedback: Feedback) -> int:
    rows = read_pairs(args.pairs)
    outputs = [Path(args.out) / f"{row.name}.json" for row in rows]
    inputs = [args.pairs, args.weights]
    inputs += [name for row in rows for name in (row.ref, row.mov)]
    api.check_match_outputs(outputs, inputs, args.dense, args.overwrite)
    matcher = api.load_matcher(base)
    found, failed = [], []
    for i, (row, path) in enumerate(zip(rows, outputs, strict=True)):
        check(feedback)
        part = Part(feedback, 100.0 * i / len(rows), 100.0 * (i + 1) / len(rows))
        try:
            found.append(api.match(_with_pair(base, row.ref, row.mov), part, matcher))
        except BadInput as error:
            failed.append(f"{row.name}: {error}")
            continue
        api.write_match(found[-1], path, args.dense)
    if failed:
        raise BadInput.of(
            "rows_failed",
            failed=len(failed),
            rows=len(rows),
            path=args.pairs,
            first=failed[0],
        )
    _tell_match(args, found)
    return 0


def _with_pair(base: Job, ref: str, mov: str) -> Job:
    sar, optical = (mov, ref) if base.moving == "sar" else (ref, mov)
    return replace(base, sar=sar, optical=optical)


def _tell_match(args: argparse.Namespace, found: list[api.Found]) -> None:
    if args.json:
        reports = [f.report for f in found]
        _print_json(reports if args.pairs else reports[0])
        return
    say = _say(args)
    lines = []
    for report in (f.report for f in found):
        code = "match_ok" if report["status"] == "ok" else "match_refused"
        reason = Message.from_dict(report["message"])
        lines.append(Message(code, {"reason": reason}).say(say))
        lines += [Message.from_dict(note).say(say) for note in report["notes"]]
    _print_lines([*lines, Message("written", {"path": args.out}).say(say)])


def apply(args: argparse.Namespace) -> int:
    """Run ``soma apply``."""
    with console_feedback(args.quiet) as feedback:
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
        for answer in api.fits(args.transform, args.rasters, feedback):
            if answer["fit"] == "same" and answer["message"]:
                note = Message.from_dict(answer["message"]).say(_say(args))
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
    job = Job(sar=args.a, optical=args.b, **_search_and_model(args))
    with console_feedback(args.quiet) as feedback:
        found = api.assess(job, feedback)
    if args.json:
        _print_json(found)
    else:
        _print_lines(_assessed(found, _say(args)))
    return 0


def _assessed(found: dict[str, Any], say: Translate) -> list[str]:
    lines = [Message.from_dict(found["message"]).say(say)]
    lines += [f"  {Message.from_dict(note).say(say)}" for note in found["notes"]]
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
        _print_json(found)
    else:
        _print_lines(_figures(found))
    return 0


def models(args: argparse.Namespace) -> int:
    """Run ``soma models``."""
    cards = api.models()
    if args.json:
        _print_json(cards)
    else:
        for card in cards:
            _print_lines(_card(card, _say(args)))
    return 0


def _card(card: dict[str, Any], say: Translate) -> list[str]:
    ready = card["state"] == "ready"
    code = "ready_and_automatic" if ready and card["automatic"] else "ready"
    state = Message(code) if ready else Message.from_dict(card["message"])
    about = Message.from_dict(card["about"])
    lines = [f"{card['name']:<10} {state.say(say)}", about.say(say)]
    return [*lines, *([card["card"]] if card["card"] != str(about) else []), ""]


def _language(args: argparse.Namespace) -> str:
    return args.language or language_of(())


def _say(args: argparse.Namespace) -> Translate:
    return translator(_language(args))


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
        _print_json({"status": "ok", "files": files})
    else:
        say = _say(args)
        _print_lines([Message("written", {"path": path}).say(say) for path in files])


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(finite(value), allow_nan=False) + "\n")


def _print_lines(lines: list[str]) -> None:
    sys.stdout.write("\n".join(visible(line) for line in lines) + "\n")
