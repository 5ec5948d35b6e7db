"""The options of ``soma archive`` and its commands."""

from __future__ import annotations

import argparse
from functools import partial

from ..archive.order import add_run_options
from ..archive.pairing import MIN_OVERLAP
from . import archive_commands

Subparsers = argparse._SubParsersAction

EXIT_CODES = (
    "exit codes: 0 every pair was worked on, refused ones included; 2 some could not "
    "be, or bad input; 4 model not available; 130 stopped: the same command goes on"
)


def add_archive(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    """Add ``soma archive`` and its commands."""
    p = subs.add_parser("archive", help="register thousands of pairs, resumable")
    below = p.add_subparsers(required=True, metavar="COMMAND")
    _add_plan(below, shared)
    _add_run(below, shared)
    p = below.add_parser("status", parents=[shared], help="how far an archive is")
    p.add_argument("folder", metavar="DIR")
    p.set_defaults(run=archive_commands.status)


def _add_plan(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    p = subs.add_parser(
        "plan",
        parents=[shared],
        help="pair the images of two folders by ground, date and cloud",
    )
    where = "folder, looked through with all below it, or STAC file (.json); or a URL"
    p.add_argument("sar", metavar="SAR_DIR", help=where)
    p.add_argument("optical", metavar="OPTICAL_DIR", help=where)
    for kind in ("sar", "optical"):
        p.add_argument(
            f"--{kind}-asset",
            default="",
            metavar="NAME",
            help="which asset of STAC items, by name or role",
        )
        p.idle_without(f"--{kind}-asset", "a STAC file", partial(_is_stac, kind))
    p.add_argument(
        *("-o", "--out"),
        required=True,
        metavar="PLAN",
        help="table to write: .csv, .gpkg or .parquet",
    )
    p.add_argument(
        "--min-overlap",
        type=_share,
        default=MIN_OVERLAP,
        metavar="SHARE",
        help=f"least part of the smaller image that both show (default: {MIN_OVERLAP})",
    )
    p.add_argument("--max-days", type=float, metavar="DAYS", help="most between both")
    p.add_argument("--dry-run", action="store_true", help="say it, and write nothing")
    p.add_argument("--overwrite", action="store_true", help="replace a table")
    p.set_defaults(run=archive_commands.plan)


def _add_run(subs: Subparsers, shared: argparse.ArgumentParser) -> None:
    p = subs.add_parser(
        "run",
        parents=[shared],
        help="register the pairs of a plan that are not done yet",
        epilog=EXIT_CODES + ". Options of a registration hold for rows whose column of "
        "that name is empty or missing.",
    )
    add_run_options(p)
    p.set_defaults(run=archive_commands.run)


def _is_stac(kind: str, args: argparse.Namespace) -> bool:
    return archive_commands.is_stac(getattr(args, kind))


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 < value <= 1.0:
        raise argparse.ArgumentTypeError(f"a share is above 0 and at most 1: {text!r}")
    return value
