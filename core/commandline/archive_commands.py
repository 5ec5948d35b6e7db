"""The commands of ``soma archive``: arguments to calls, results to text."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from ..archive import status as archive_status
from ..archive.order import order_of
from ..archive.pairing import ABOUT, Wish, pair_scenes
from ..archive.plan import PAIR
from ..archive.run import Tally
from ..archive.scenes import Scene, scenes_in, sort_out
from ..archive.stac_scenes import scenes_of_catalogue
from ..archive.table_writer import write_rows
from ..archive.work import look_ahead, work
from ..base.errors import BadInput
from ..base.feedback import Feedback, check
from ..base.words.message import Message
from ..base.words.visible import visible
from .console import console_feedback
from .telling import print_json, print_lines, say_of

#: Pairs that a dry run of a plan prints.
_SHOWN = 10


def plan(args: argparse.Namespace) -> int:
    """Run ``soma archive plan``."""
    if os.path.lexists(args.out) and not (args.overwrite or args.dry_run):
        raise BadInput.of("table_exists", path=args.out)
    with console_feedback(args.quiet) as feedback:
        sars = _scenes(args, "sar", feedback)
        opticals = _scenes(args, "optical", feedback)
        check(feedback)
        rows = pair_scenes(sars, opticals, Wish(args.min_overlap, args.max_days))
    if not rows:
        raise BadInput.of("plan_empty", sars=len(sars), opticals=len(opticals))
    if not args.dry_run:
        write_rows(args.out, rows, [*PAIR, *ABOUT])
    paired = len({row["sar"] for row in rows})
    counts = {"pairs": len(rows), "paired": paired, "sars": len(sars)}
    if args.json:
        print_json({"status": "ok", **counts, "opticals": len(opticals)})
        return 0
    lines = [Message("plan_made", counts).say(say_of(args))]
    if args.dry_run:
        lines += [f"  {row['name']}" for row in rows[:_SHOWN]]
        lines += ["  ..."] if len(rows) > _SHOWN else []
    else:
        lines.append(Message("written", {"path": args.out}).say(say_of(args)))
    print_lines(lines)
    return 0


def is_stac(place: str) -> bool:
    """Return whether a place is a file of a STAC catalogue, and no folder of images."""
    return place.lower().endswith((".json", ".geojson"))


def _scenes(args: argparse.Namespace, kind: str, feedback: Feedback) -> list[Scene]:
    """Return the images of a folder or catalogue; what cannot be used is told."""
    place = getattr(args, kind)
    feedback.setProgressText(f"Looking through {place}")
    if is_stac(place):
        wanted = getattr(args, f"{kind}_asset")
        scenes = scenes_of_catalogue(place, kind, wanted)
    else:
        scenes = scenes_in(place)
    found, left_out = sort_out(scenes, feedback)
    for error in left_out:
        said = error.message.say(say_of(args)) if error.message else str(error)
        sys.stderr.write(f"soma: {visible(said)}\n")
    return found


def run(args: argparse.Namespace) -> int:
    """Run ``soma archive run``."""
    order = order_of(args)
    with console_feedback(args.quiet) as feedback:
        if args.dry_run:
            return _tell_outlook(args, look_ahead(order, feedback))
        tally = work(order, feedback)
    return _tell_run(args, tally)


def _tell_outlook(args: argparse.Namespace, found: dict[str, Any]) -> int:
    if args.json:
        print_json(found)
    else:
        _tell(args, "archive_outlook", found)
        if found.get("stacks"):
            _tell(args, "outlook_stacks", found)
        _tell_no_stack(args, found)
    return 0


def _tell(args: argparse.Namespace, code: str, values: dict[str, Any]) -> None:
    print_lines([Message(code, values).say(say_of(args))])


def _tell_no_stack(args: argparse.Namespace, values: dict[str, Any]) -> None:
    """Say that --consistent had nothing to do, which a typing error makes so."""
    if values.get("stacks") == 0:
        _tell(args, "archive_no_stack", {})


def _tell_run(args: argparse.Namespace, tally: Tally) -> int:
    counts = tally.by_name()
    if args.json:
        print_json({"status": "ok" if tally.first is None else "error", **counts})
    else:
        _tell(args, "archive_done", counts)
        _tell_no_stack(args, counts)
    if tally.first is None:
        return 0
    name, why = tally.first
    reason = Message.from_dict(why).say(say_of(args)) if why else ""
    failed = tally.counts["failed"] + tally.broken
    said = Message("archive_failed", {"n": failed, "name": name, "first": reason})
    sys.stderr.write(f"soma: {visible(said.say(say_of(args)))}\n")
    return BadInput.exit_code


def status(args: argparse.Namespace) -> int:
    """Run ``soma archive status``."""
    found = archive_status.status(args.folder)
    if args.json:
        print_json(found)
    else:
        print_lines(_status_lines(args, found))
    return 0


def _status_lines(args: argparse.Namespace, found: dict[str, Any]) -> list[str]:
    say = say_of(args)
    lines = [Message("archive_status", {"n": found["pairs"]}).say(say)]
    states = {state: n for state, n in found["states"].items() if n}
    for state, n in states.items():
        lines.append(f"{n:>8}  {Message('state_' + state).say(say)}")
    for step, counts in found["stacks"].items():
        lines.append(Message(f"stack_{step}", counts).say(say))
    for reason in found["reasons"]:
        message = reason["message"]
        said = Message.from_dict(message).say(say) if message else reason["code"]
        names = ", ".join(reason["names"])
        more = ", ..." if reason["count"] > len(reason["names"]) else ""
        lines.append(f"{reason['count']:>8} x {said} ({names}{more})")
    return lines
