"""The commands of ``soma archive``: arguments to calls, results to text."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from contextlib import suppress
from typing import Any

from ..archive import status as archive_status
from ..archive.cluster import DaskCrew, Workers
from ..archive.consistent import run_stacks
from ..archive.folder import ArchiveFolder
from ..archive.overview import Overview
from ..archive.pairing import ABOUT, Wish, pair_scenes
from ..archive.plan import PAIR, Pair, read_plan
from ..archive.process import OneProcess
from ..archive.run import RunOptions, Tally, outlook, prepare, run_through
from ..archive.scenes import Scene, scenes_in, sort_out
from ..archive.stac_scenes import scenes_of_catalogue
from ..archive.table_writer import write_rows
from ..base.errors import BadInput, Cancelled
from ..base.feedback import Feedback, check
from ..base.words.message import Message
from ..base.words.visible import visible
from .archive_rows import RowReader
from .console import console_feedback
from .telling import language, print_json, print_lines, say_of

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


def _scenes(args: argparse.Namespace, kind: str, feedback: Feedback) -> list[Scene]:
    """Return the images of a folder or catalogue; what cannot be used is told."""
    place = getattr(args, kind)
    feedback.setProgressText(f"Looking through {place}")
    if place.lower().endswith((".json", ".geojson")):
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
    with console_feedback(args.quiet) as feedback:
        if args.dry_run:
            return _tell_outlook(args, feedback)
        tally = work(args, feedback)
    return _tell_run(args, tally)


def work(args: argparse.Namespace, feedback: Feedback) -> Tally:
    """Do what is left of a plan, and write the overview; returns what came of it."""
    pairs, folder = _pairs(args), ArchiveFolder(args.out)
    overview = Overview(folder, language(args))
    try:
        tally = _work(args, folder, pairs, feedback, overview)
    except Cancelled as error:
        with suppress(BadInput):
            overview.write()
        raise Cancelled.of("archive_stopped", path=args.out) from error
    overview.write()
    return tally


def _pairs(args: argparse.Namespace) -> list[Pair]:
    if args.workers > 1 and not (args.threads or args.scheduler or args.cluster):
        args.threads = max(1, (os.cpu_count() or 1) // args.workers)
    reader = RowReader(args)
    return read_plan(args.plan, reader, reader.options, args.only, args.store)


def _work(
    args: argparse.Namespace,
    folder: ArchiveFolder,
    pairs: list[Pair],
    feedback: Feedback,
    overview: Overview,
) -> Tally:
    about = folder, args.plan, pairs, _options(args)
    if args.consistent:
        make_crew = functools.partial(_crew, args)
        return run_stacks(*about, make_crew, feedback, overview)
    todo = prepare(*about)
    if not todo.tasks:
        return todo.tally
    with _crew(args) as crew:
        return run_through(todo, crew, feedback, overview)


def _options(args: argparse.Namespace) -> RunOptions:
    how = args.shard, args.retry, args.limit, args.only, args.store
    return RunOptions(*how, args.dry_run)


def _crew(args: argparse.Namespace) -> OneProcess | DaskCrew:
    """Return who does the work; one process where no workers are asked for."""
    if not (args.workers or args.scheduler or args.cluster):
        return OneProcess()
    count = args.workers or 1
    return DaskCrew(
        Workers(count, args.memory, args.scheduler, args.cluster, args.resource)
    )


def _tell_outlook(args: argparse.Namespace, feedback: Feedback) -> int:
    pairs, folder = _pairs(args), ArchiveFolder(args.out)
    todo = prepare(folder, args.plan, pairs, _options(args))
    found = outlook(todo, args.workers or 1, feedback)
    if args.json:
        print_json(found)
    else:
        print_lines([Message("archive_outlook", found).say(say_of(args))])
    return 0


def _tell_run(args: argparse.Namespace, tally: Tally) -> int:
    counts = tally.told()
    if args.json:
        print_json({"status": "ok" if tally.first is None else "error", **counts})
    else:
        print_lines([Message("archive_done", counts).say(say_of(args))])
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
    for reason in found["reasons"]:
        message = reason["message"]
        said = Message.from_dict(message).say(say) if message else reason["code"]
        names = ", ".join(reason["names"])
        more = ", ..." if reason["count"] > len(reason["names"]) else ""
        lines.append(f"{reason['count']:>8} x {said} ({names}{more})")
    return lines
