"""Work through the pairs of a plan, those that are done left out."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Iterator, Mapping, Protocol, Sequence

from .. import api
from ..base.errors import BadInput, Cancelled, error_dict
from ..base.feedback import SILENT, Feedback, check
from .folder import ArchiveFolder, Record
from .overview import Overview
from .pair_task import MOST_ATTEMPTS, Task, is_done
from .plan import Pair, is_of_share
from .worker import Answer, error_of

#: Seconds between two looks at pairs that other processes work on.
_LOOK_AGAIN_S = 0.5
#: Pairs of which a dry run opens the images.
_SAMPLE = 20


@dataclass
class Tally:
    """What came of the pairs of a run.

    Args:
        before: those that were done when it began.
        counts: those of this run by "ok", "refused" and "failed".
        broken: rows that cannot be worked on.
        first: what is wrong with the first failed or broken pair, and its name.
        stacks: how many were adjusted, None where none were asked for.
    """

    before: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    first: tuple[str, Mapping[str, Any]] | None = None
    stacks: int | None = None

    def by_name(self) -> dict[str, int]:
        """Return the counts by name."""
        counts = {key: self.counts[key] for key in ("ok", "refused", "failed")}
        counts |= {"before": self.before, "broken": self.broken}
        return counts if self.stacks is None else counts | {"stacks": self.stacks}

    def add(self, record: Record) -> None:
        """Count what came of a pair."""
        self.counts[record["status"]] += 1
        if record["status"] == "failed" and self.first is None:
            self.first = record["name"], record["message"]


@dataclass(frozen=True)
class Todo:
    """What a run has before it: tasks in order, and what it need not do."""

    tasks: list[Task]
    tally: Tally


@dataclass(frozen=True)
class RunOptions:
    """How the pairs of a plan are worked on.

    Args:
        share: (i, n): every n-th pair, beginning with the i-th; stacks whole.
        retry: whether pairs that failed are tried again.
        limit_s: seconds that a pair may take, 0 for any.
        only: roles of the files that are wanted, all if none are given.
        store: URL to which they are copied, "" for none.
        dry: leave the folder as it is.
    """

    share: tuple[int, int] = (1, 1)
    retry: bool = False
    limit_s: float = 0.0
    only: tuple[str, ...] = ()
    store: str = ""
    dry: bool = False

    def mine(self, pair: Pair) -> bool:
        """Return whether a pair is of the share."""
        return is_of_share(pair.turn or pair.row, self.share)


class Crew(Protocol):
    """Who works on pairs."""

    def answers(
        self, tasks: Sequence[Task], feedback: Feedback
    ) -> Iterator[tuple[Task, Answer]]:
        """Yield what becomes of each pair; raises ``Cancelled``."""


def prepare(
    folder: ArchiveFolder,
    plan: str,
    pairs: Sequence[Pair],
    options: RunOptions = RunOptions(),
) -> Todo:
    """Keep the plan in the folder and return what is left of a share of it.

    Args:
        folder: of the archive, made where it is missing.
        plan: path of the table.
        pairs: its rows.
        options: how they are worked on.
    """
    if not options.dry:
        folder.make()
    tasks, tally, kept = [], Tally(), []
    run, place = secrets.token_hex(8), str(folder.path)
    for pair in pairs:
        record = folder.record(pair.name, pair.key) if pair.key else None
        done = is_done(record, pair.key, options.retry)
        if pair.key and not done:
            try:
                folder.check_free(pair.name)
            except BadInput as error:
                pair = replace(pair, key="", broken=error_dict(error))
        kept.append(pair)
        if not options.mine(pair):
            continue
        if pair.broken:
            tally.broken += 1
            tally.first = tally.first or (pair.name, pair.broken)
        elif done:
            tally.before += 1
        elif pair.job is not None:
            about_pair = place, pair.name, pair.row, pair.key, pair.job
            how = options.retry, options.limit_s, options.only, options.store
            tasks.append(Task(*about_pair, run, *how, pair.placed))
    if not options.dry:
        rows = (pair.to_dict() for pair in kept)
        folder.write_plan(plan, rows, any(pair.placed for pair in kept))
    return Todo(tasks, tally)


def run_through(
    todo: Todo,
    crew: Crew,
    feedback: Feedback = SILENT,
    overview: Overview | None = None,
) -> Tally:
    """Let a crew do what is left.

    Other runs may work in the same folder; what they have begun is waited for.

    Raises:
        BadInput: nothing can be written into the archive, or nobody can work.
        ModelUnavailable: the model cannot run there.
        Cancelled: the user stopped; what is done by then stays.
    """
    left, count, done = todo.tasks, len(todo.tasks), 0
    ended = Counter[str]()
    while left:
        later = []
        for task, found in crew.answers(left, feedback):
            if found.kind in ("busy", "again"):
                later.append(task)
                ended[task.name] += found.kind == "again"
                if ended[task.name] > 2 * MOST_ATTEMPTS:
                    raise BadInput.of("worker_ends", name=task.name)
                continue
            if found.kind == "cancelled":
                raise Cancelled.of("interrupted")
            if found.kind != "done":
                raise error_of(found)
            done += 1
            todo.tally.add(found.record)
            feedback.setProgress(100.0 * done / count)
            feedback.setProgressText(f"{task.name}: {found.record['grade']}")
            if overview is not None:
                overview.refresh()
        if len(later) == len(left):
            check(feedback)
            time.sleep(_LOOK_AGAIN_S)
        left = later
    return todo.tally


def outlook(
    todo: Todo,
    workers: int,
    feedback: Feedback = SILENT,
    links: Sequence[Task] = (),
) -> dict[str, Any]:
    """Say what a run would do and about how long it would take.

    Opens the images of some pairs, evenly chosen; nothing is written.

    Args:
        todo: what is left.
        workers: how many pairs are worked on at a time.
        feedback: cancel.
        links: matches between dates that come before, and count for the time alone.
    """
    total, looked, refused = _expected_seconds(todo.tasks, feedback)
    total += _expected_seconds(links, feedback)[0]
    return {
        "pairs": len(todo.tasks),
        "before": todo.tally.before,
        "broken": todo.tally.broken,
        "looked": looked,
        "refused": refused,
        "seconds": total / workers,
    }


def _expected_seconds(
    tasks: Sequence[Task], feedback: Feedback
) -> tuple[float, int, int]:
    """Return the time of all, how many were looked at and would be refused."""
    seconds, refused = [], 0
    for task in tasks[:: max(1, len(tasks) // _SAMPLE)]:
        check(feedback)
        answer = api.plan(task.job, task.job.model, feedback)
        if answer["ok"]:
            seconds.append(answer["seconds"])
        else:
            refused += 1
    looked = len(seconds) + refused
    return sum(seconds) / max(looked, 1) * len(tasks), looked, refused
