"""The options of ``soma archive`` and its commands."""

from __future__ import annotations

import argparse
import re

from ..api import OUTPUTS
from ..archive.cluster import CLUSTERS
from ..archive.pairing import MIN_OVERLAP
from . import archive_commands
from .job_options import add_register_options

Subparsers = argparse._SubParsersAction

#: Longest time for a pair in seconds: the largest scenes take an hour of two cores with
#: the network (80 s for 12 million pixels), and four leave room for slow disks.
LIMIT_S = 14400.0

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
    p.add_argument(
        "plan", metavar="PLAN", help="table with the columns sar, optical, name"
    )
    p.add_argument("--out", required=True, metavar="DIR", help="folder of the archive")
    p.add_argument(
        "--shard",
        type=_shard,
        default=(1, 1),
        metavar="I/N",
        help="only the I-th of N shares, for arrays of jobs",
    )
    p.add_argument(
        "--retry", action="store_true", help="also pairs that failed (not refused ones)"
    )
    p.add_argument("--dry-run", action="store_true", help="say it, and write nothing")
    p.add_argument(
        "--limit",
        type=float,
        default=LIMIT_S,
        metavar="SECONDS",
        help=f"longest time for a pair, 0 for any (default: {LIMIT_S:g})",
    )
    p.add_argument(
        "--only",
        type=_roles,
        default=(),
        metavar="ROLE[,ROLE...]",
        help=f"write only these files of a pair: {', '.join(OUTPUTS)}",
    )
    p.add_argument(
        "--store",
        default="",
        metavar="URL",
        help="where files of pairs go, as s3://bucket/folder; DIR keeps the records",
    )
    p.add_argument(
        "--consistent",
        action="store_true",
        help="match the dates of a track to each other as well, and adjust them all, "
        "so that they agree",
    )
    _add_workers(p)
    add_register_options(p)
    p.set_defaults(run=archive_commands.run)


def _add_workers(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--workers",
        type=int,
        default=0,
        metavar="N",
        help="processes of a Dask cluster to start (default: one process, no Dask)",
    )
    p.add_argument(
        "--memory", default="auto", metavar="SIZE", help="of each worker, as 4GB"
    )
    p.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="of a Dask scheduler that runs already, as tcp://host:8786",
    )
    p.add_argument(
        "--cluster",
        choices=sorted(CLUSTERS),
        default="",
        help="where to start the workers, as Dask's own configuration says",
    )
    p.add_argument(
        "--resource", default="", metavar="NAME", help="what workers must have, as GPU"
    )


def _roles(text: str) -> tuple[str, ...]:
    roles = tuple(part.strip() for part in text.split(","))
    unknown = [role for role in roles if role not in OUTPUTS]
    if unknown:
        known = ", ".join(OUTPUTS)
        raise argparse.ArgumentTypeError(f"no file {unknown[0]!r}; there are {known}")
    return roles


def _shard(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text.strip())
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"a share is written as 3/20: {text!r}")
    return int(found[1]), int(found[2])


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 < value <= 1.0:
        raise argparse.ArgumentTypeError(f"a share is above 0 and at most 1: {text!r}")
    return value
