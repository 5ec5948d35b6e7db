"""What is asked of an archive: a plan, a folder and how; its options as words."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass
from typing import Any, Mapping

from ..api import OUTPUTS
from ..base.job_options import add_register_options
from ..base.option_text import Parser, folder, language
from .run import RunOptions
from .started import CLUSTERS, Workers

#: Longest time for a pair in seconds: the largest scenes take an hour of two cores with
#: the network (80 s for 12 million pixels), and four leave room for slow disks.
LIMIT_S = 14400.0
#: Most that may be asked for: beyond it a number is a slip of the hand. A week is more
#: than any pair takes; one scheduler knows some thousands of workers.
_MOST_LIMIT_S, _MOST_WORKERS = 7 * 86400.0, 10_000


@dataclass(frozen=True)
class Order:
    """A run of a plan.

    Args:
        plan: path of the table.
        out: folder of the archive.
        register: options of ``soma register`` for rows that say nothing.
        options: how the pairs are worked on.
        workers: who does so; None for one process without Dask.
        consistent: whether stacks are adjusted.
        language: of the index page, as systems name it.
    """

    plan: str
    out: str
    register: argparse.Namespace
    options: RunOptions
    workers: Workers | None
    consistent: bool
    language: str


def add_run_options(p: Parser) -> None:
    """Add everything that says what a run does, and who does it."""
    p.add_argument(
        "plan", metavar="PLAN", help="table with the columns sar, optical, name"
    )
    p.add_argument(
        "--out",
        type=folder,
        required=True,
        metavar="DIR",
        help="folder of the archive",
    )
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
        type=_seconds,
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


def order_of(args: argparse.Namespace) -> Order:
    """Return what the options ask for.

    Workers of this machine share its cores, unless their threads are given.
    """
    how = args.shard, args.retry, args.limit, args.only, args.store
    workers = None
    if args.workers or args.scheduler or args.cluster:
        about = args.memory, args.scheduler, args.cluster, args.resource, args.threads
        workers = Workers(args.workers or 1, *about)
    if args.workers > 1 and not (args.threads or args.scheduler or args.cluster):
        args.threads = max(1, (os.cpu_count() or 1) // args.workers)
    return Order(
        plan=args.plan,
        out=args.out,
        register=args,
        options=RunOptions(*how),
        workers=workers,
        consistent=args.consistent,
        language=language(args),
    )


def order_from(plan: str, out: str, options: Mapping[str, Any]) -> Order:
    """Return what a window asks for.

    Args:
        plan: path of the table.
        out: folder of the archive.
        options: those of ``soma archive run`` by name, true for those without value.
    """
    parser = Parser(prog="soma archive run", add_help=False)
    add_run_options(parser)
    parser.add_argument("--language", default="")
    words = [f"--out={out}"]
    for name, value in options.items():
        words.append(f"--{name}" if value is True else f"--{name}={value}")
    return order_of(parser.parse_args([*words, "--", plan]))


def _add_workers(p: Parser) -> None:
    p.add_argument(
        "--workers",
        type=_count,
        default=0,
        metavar="N",
        help="processes of a Dask cluster to start (default: one process, no Dask)",
    )
    p.add_argument(
        "--memory", default="auto", metavar="SIZE", help="of each worker, as 4GB"
    )
    where = p.add_mutually_exclusive_group()
    where.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="of a Dask scheduler that runs already, as tcp://host:8786",
    )
    where.add_argument(
        "--cluster",
        choices=sorted(CLUSTERS),
        default="",
        help="where to start the workers, as Dask's own configuration says",
    )
    p.add_argument(
        "--resource", default="", metavar="NAME", help="what workers must have, as GPU"
    )
    p.idle_without("--memory", "--workers or --cluster", _starts_workers)
    p.idle_without(
        "--resource",
        "--cluster or --scheduler",
        lambda args: bool(args.cluster or args.scheduler),
    )


def _starts_workers(args: argparse.Namespace) -> bool:
    return bool(args.cluster) or bool(args.workers and not args.scheduler)


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value <= _MOST_WORKERS:
        why = f"a number of workers is 0 to {_MOST_WORKERS}: {text!r}"
        raise argparse.ArgumentTypeError(why)
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= _MOST_LIMIT_S:
        raise argparse.ArgumentTypeError(f"seconds are a number from 0: {text!r}")
    return value


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
