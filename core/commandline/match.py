"""``soma match``: one pair, or a table of pairs row by row."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import api
from ..base.errors import BadInput, Cancelled, Refused, SomaError, is_out_of_memory
from ..base.feedback import Feedback, Part, check
from ..base.job import Job
from ..base.job_options import search_and_model
from ..base.option_text import folder
from ..base.words.message import Message
from .console import console_feedback
from .pair_table import PairRow, read_pairs
from .telling import note_lines, print_json, print_lines, say_of


def match(args: argparse.Namespace) -> int:
    """Run ``soma match``."""
    if _missing_pair(args):
        raise BadInput.of("match_inputs")
    base = Job(
        sar="",
        optical="",
        moving=args.mov_is,
        transform=args.transform,
        **search_and_model(args),
    )
    with console_feedback(args.quiet) as feedback:
        if args.pairs:
            return _match_table(args, base, feedback)
        inputs = [args.ref, args.mov, args.weights]
        api.check_match_outputs([Path(args.out)], inputs, args.dense, args.overwrite)
        found = api.match(_with_pair(base, args.ref, args.mov), feedback)
        api.write_match(found, Path(args.out), args.dense, args.overwrite)
    _tell_match(args, [found.report])
    return 0 if found.report["status"] == "ok" else Refused.exit_code


def _missing_pair(args: argparse.Namespace) -> bool:
    if args.pairs:
        return bool(args.ref or args.mov)
    return not (args.ref and args.mov)


def _match_table(args: argparse.Namespace, base: Job, feedback: Feedback) -> int:
    _check_folder(args.out)
    rows = read_pairs(args.pairs)
    outputs = [Path(args.out) / f"{row.name}.json" for row in rows]
    inputs = [args.pairs, args.weights]
    inputs += [name for row in rows for name in (row.ref, row.mov)]
    api.check_match_outputs(outputs, inputs, args.dense, args.overwrite)
    matcher = api.load_matcher(base)
    reports, failed = [], []
    for i, (row, path) in enumerate(zip(rows, outputs, strict=True)):
        check(feedback)
        part = Part(feedback, 100.0 * i / len(rows), 100.0 * (i + 1) / len(rows))
        job = _with_pair(base, row.ref, row.mov)
        try:
            found = api.match(job, part, matcher)
            api.write_match(found, path, args.dense, args.overwrite)
            reports.append(found.report if args.json else _brief(found.report))
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - the rows behind it are worked on
            failed.append(_failed(row, error))
    if failed:
        raise BadInput.of(
            "rows_failed",
            failed=len(failed),
            rows=len(rows),
            path=args.pairs,
            first=failed[0],
        )
    _tell_match(args, reports)
    return 0


def _check_folder(name: str) -> None:
    """Raise ``BadInput`` for a name that is a file's: results of tables need many."""
    try:
        folder(name)
    except argparse.ArgumentTypeError as error:
        raise BadInput.of("usage", text=error, command="soma match") from error


def _brief(report: dict[str, Any]) -> dict[str, Any]:
    """Return what is told of a pair; its tie points would fill memory row by row."""
    return {key: report[key] for key in ("status", "message", "notes")}


def _failed(row: PairRow, error: Exception) -> str:
    if is_out_of_memory(error):
        error = BadInput.of("out_of_memory")
    if not isinstance(error, SomaError):
        kind = type(error).__name__
        error = SomaError.of("unexpected_debug", error=kind, why=error)
    return f"{row.name}: {error}"


def _with_pair(base: Job, ref: str, mov: str) -> Job:
    sar, optical = (mov, ref) if base.moving == "sar" else (ref, mov)
    return replace(base, sar=sar, optical=optical)


def _tell_match(args: argparse.Namespace, reports: list[dict[str, Any]]) -> None:
    if args.json:
        print_json(reports if args.pairs else reports[0])
        return
    say = say_of(args)
    lines = []
    for report in reports:
        code = "match_ok" if report["status"] == "ok" else "match_refused"
        reason = Message.from_dict(report["message"])
        lines.append(Message(code, {"reason": reason}).say(say))
        lines += note_lines(report["notes"], say)
    print_lines([*lines, Message("written", {"path": args.out}).say(say)])
