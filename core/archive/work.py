"""A run of an archive as it was asked for, from its plan to its overview."""

from __future__ import annotations

import argparse
import functools
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Sequence

from ..base.errors import BadInput, Cancelled
from ..base.feedback import Feedback
from ..base.job import Job
from .cluster import DaskCrew
from .consistent import look_ahead_of_stacks, run_stacks
from .folder import INDEX, TABLES, ArchiveFolder
from .order import Order
from .overview import Overview
from .plan import Pair, read_plan
from .plan_rows import RowReader
from .process import OneProcess
from .run import Tally, outlook, prepare, run_through


def work(order: Order, feedback: Feedback) -> Tally:
    """Do what is left of a plan, and write the overview; returns what came of it."""
    folder = ArchiveFolder(order.out)
    overview = Overview(folder, order.language)
    try:
        tally = _work(order, folder, feedback, overview)
    except Cancelled as error:
        with suppress(BadInput):
            overview.write()
        raise Cancelled.of("archive_stopped", path=order.out) from error
    overview.write()
    return tally


def look_ahead(order: Order, feedback: Feedback) -> dict[str, Any]:
    """Say what a run would do; see ``run.outlook``. Nothing is written.

    Of stacks also says ``stacks``, how many there are, ``stacked``, the pairs in them,
    and ``links``, the matches between dates that are left.
    """
    pairs, folder = _pairs(order), ArchiveFolder(order.out)
    count = order.workers.count if order.workers is not None else 1
    about = folder, order.plan, pairs, replace(order.options, dry=True)
    if not order.consistent:
        return outlook(prepare(*about), count, feedback)
    todo, links, stacks = look_ahead_of_stacks(*about)
    return outlook(todo, count, feedback, links.tasks) | {
        "stacks": len(stacks),
        "stacked": sum(len(stack.pairs) for stack in stacks),
        "links": len(links.tasks),
    }


def _pairs(order: Order) -> list[Pair]:
    for name in (INDEX, *TABLES):
        if os.path.realpath(order.plan) == os.path.realpath(Path(order.out) / name):
            raise BadInput.of("plan_written_over", path=order.plan)
    # A stack is taken whole by a share, whichever its rows are.
    share = (1, 1) if order.consistent else order.options.share
    reader, how = RowReader(order.register, share), order.options
    pairs = read_plan(order.plan, reader, reader.options, how.only, how.store)
    jobs = [pair.job for pair in pairs if pair.job is not None]
    if jobs:
        _refuse_idle(order.register, jobs)
    return pairs


def _refuse_idle(options: argparse.Namespace, jobs: Sequence[Job]) -> None:
    """Raise ``BadInput`` for an option that has an effect on no row."""
    if options.aoi_crs and not any(job.aoi for job in jobs):
        raise BadInput.of("option_without", option="--aoi-crs", other="--aoi")
    plain = options.model == "gradient" and options.device not in ("auto", "cpu")
    if plain and all(job.model == "gradient" for job in jobs):
        other = "--model gradient"
        raise BadInput.of("option_beside", option="--device", other=other)


def _work(
    order: Order, folder: ArchiveFolder, feedback: Feedback, overview: Overview
) -> Tally:
    if order.consistent:
        about = folder, order.plan, _pairs(order), order.options
        make_crew = functools.partial(_crew, order)
        return run_stacks(*about, make_crew, feedback, overview)
    # Held are from here on what is left, and not the pairs that are done.
    todo = prepare(folder, order.plan, _pairs(order), order.options)
    if not todo.tasks:
        return todo.tally
    with _crew(order) as crew:
        return run_through(todo, crew, feedback, overview)


def _crew(order: Order) -> OneProcess | DaskCrew:
    """Return who does the work; one process where no workers are asked for."""
    return OneProcess() if order.workers is None else DaskCrew(order.workers)
