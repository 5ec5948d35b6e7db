"""Runs with stacks: images alone, then neighbours in time, then all adjusted together.

Each of the first two steps is an archive of its own below ``.soma-archive/stacks``, so
that it is resumed, shared and recorded as all pairs are.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import lru_cache
from typing import Callable, Sequence

from ..base.feedback import SILENT, Feedback, Steps
from ..base.files import write_errors
from .folder import ArchiveFolder
from .overview import Overview
from .plan import Pair
from .run import Crew, RunOptions, Tally, Todo, prepare, run_through
from .stack_decisions import decisions
from .stack_file import STEPS, state_folder, write_decision
from .stacks import NEEDED, Stack, in_turn, stacks_of

#: About how long the steps take: neighbours are two and quickly found, files are slow.
_SHARES = (35, 35, 30)
#: Letters of what tells of a change in a stack.
_LETTERS = 32

#: Makes who does the work.
MakeCrew = Callable[[], AbstractContextManager[Crew]]


def run_stacks(
    folder: ArchiveFolder,
    plan: str,
    pairs: Sequence[Pair],
    options: RunOptions,
    make_crew: MakeCrew,
    feedback: Feedback = SILENT,
    overview: Overview | None = None,
) -> Tally:
    """Do what is left of a plan, its stacks adjusted; see ``run.run_through``.

    The same crew does all steps; it is made where there is anything to do.
    """
    with ExitStack() as stack:
        crew = lru_cache(lambda: stack.enter_context(make_crew()))
        return _run_steps(
            *(folder, plan, pairs, options, crew, feedback, overview),
        )


def _run_steps(
    folder: ArchiveFolder,
    plan: str,
    pairs: Sequence[Pair],
    options: RunOptions,
    crew: Callable[[], Crew],
    feedback: Feedback,
    overview: Overview | None,
) -> Tally:
    stacks = stacks_of(pairs)
    pairs = in_turn(pairs, stacks)
    steps = Steps(feedback, _SHARES)
    prepare(folder, plan, decided(folder, pairs, stacks), options)
    for name, text in STEPS.items():
        part = steps.next(text)
        todo = _prepare_step(folder, plan, stacks, name, options)
        if todo.tasks:
            run_through(todo, crew(), part)
    for stack in stacks:
        if options.mine(stack.pairs[0]):
            _decide(folder, stack)
    part = steps.next("Adjusting dates")
    todo = prepare(folder, plan, decided(folder, pairs, stacks), options)
    todo.tally.stacks = len(stacks)
    if not todo.tasks:
        return todo.tally
    return run_through(todo, crew(), part, overview)


def look_ahead_of_stacks(
    folder: ArchiveFolder, plan: str, pairs: Sequence[Pair], options: RunOptions
) -> tuple[Todo, Todo, list[Stack]]:
    """Return what is left of a plan, of the matches between dates, and its stacks.

    Nothing is written where the options are those of a dry run.
    """
    stacks = stacks_of(pairs)
    pairs = in_turn(pairs, stacks)
    links = _prepare_step(folder, plan, stacks, "links", options)
    left = prepare(folder, plan, decided(folder, pairs, stacks), options)
    return left, links, stacks


def _prepare_step(
    folder: ArchiveFolder,
    plan: str,
    stacks: Sequence[Stack],
    name: str,
    options: RunOptions,
) -> Todo:
    """Return what is left of one of ``STEPS``."""
    singles = [pair for stack in stacks for pair in stack.singles]
    links = [link.pair for stack in stacks for link in stack.links]
    inner = replace(options, only=NEEDED, store="")
    jobs = singles if name == "singles" else links
    return prepare(ArchiveFolder(state_folder(folder, name)), plan, jobs, inner)


def decided(
    folder: ArchiveFolder, pairs: Sequence[Pair], stacks: Sequence[Stack]
) -> list[Pair]:
    """Return the pairs with the keys that they have in stacks that are all matched."""
    digests = {}
    for stack in stacks:
        digest = _digest(folder, stack)
        digests |= {pair.name: digest for pair in stack.pairs}
    found = []
    for pair in pairs:
        if pair.name in digests:
            text = f"{pair.key} {digests[pair.name]}"
            key = hashlib.sha256(text.encode()).hexdigest()[:_LETTERS]
            path = state_folder(folder, "decided") / f"{pair.name}.json"
            pair = replace(pair, key=key, placed=str(path))
        found.append(pair)
    return found


def _digest(folder: ArchiveFolder, stack: Stack) -> str:
    """Return what changes when anything does that an adjustment rests on."""
    about = []
    for name, pairs in (
        ("singles", stack.singles),
        ("links", [link.pair for link in stack.links]),
    ):
        inner = ArchiveFolder(state_folder(folder, name))
        for pair, record in zip(
            pairs, inner.records([p.to_dict() for p in pairs]), strict=True
        ):
            status = record["status"] if record else "left"
            about.append((pair.name, pair.key, status))
    return hashlib.sha256(json.dumps(sorted(about)).encode()).hexdigest()


def _decide(folder: ArchiveFolder, stack: Stack) -> None:
    singles, links = (
        ArchiveFolder(state_folder(folder, name)) for name in ("singles", "links")
    )
    place = state_folder(folder, "decided")
    with write_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    for pair, decision in zip(
        stack.pairs, decisions(stack, singles, links), strict=True
    ):
        write_decision(place / f"{pair.name}.json", decision)
