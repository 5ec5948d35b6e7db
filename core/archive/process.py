"""One process beside this one that works on pairs, begun anew whenever it ends."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from typing import Any, Iterator, Sequence

from ..base.errors import BadInput
from ..base.feedback import Feedback, LineFeedback, check
from .pair_task import MOST_ATTEMPTS, Task
from .worker import Answer, answer

#: Seconds between two looks whether the user wants to stop.
_LOOK_EVERY_S = 0.1
#: Seconds that a process has to leave its pair when it is stopped.
_GRACE_S = 30.0
#: How Python starts it: with nothing of this process, on every system.
_START = "spawn"


class OneProcess:
    """A process that outlives neither this one nor a pair that ends it.

    A library's abort, the system's out-of-memory killer and the limit of time of a pair
    end that process and not the run. It ends by itself when this one is gone.
    """

    def __init__(self) -> None:
        self._process: Any = None
        self._connection: Connection | None = None

    def __enter__(self) -> OneProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.join(_GRACE_S)
            self._process.kill()

    def answers(
        self, tasks: Sequence[Task], feedback: Feedback
    ) -> Iterator[tuple[Task, Answer]]:
        """Yield what becomes of pairs, one after the other."""
        for task in tasks:
            check(feedback)
            yield task, self._ask(task, feedback)

    def _ask(self, task: Task, feedback: Feedback) -> Answer:
        for _ in range(MOST_ATTEMPTS + 1):
            connection = self._connection or self._begin()
            stopped = False
            try:
                connection.send(task)
                while not connection.poll(_LOOK_EVERY_S):
                    if feedback.isCanceled() and not stopped:
                        self._process.terminate()
                        stopped = True
                found: Answer = connection.recv()
            except (EOFError, OSError):
                self._process.join()
                self._connection = None
                check(feedback)
                continue
            return found
        # The pair never came to be recorded: the process ends before it begins.
        raise BadInput.of("worker_ends", name=task.name)

    def _begin(self) -> Connection:
        context = multiprocessing.get_context(_START)
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,))
        self._process.start()
        # Held here too, the end of that process would not be seen.
        theirs.close()
        return self._connection


class _Orphan(LineFeedback):
    """Cancels when the process that asked is gone, too."""

    def isCanceled(self) -> bool:
        """Return whether nobody waits for an answer any more."""
        parent = multiprocessing.parent_process()
        return super().isCanceled() or not (parent and parent.is_alive())


def _serve(connection: Connection) -> None:
    """Answer tasks until nobody asks any more."""
    feedback = _Orphan(quiet=True)
    feedback.listen()
    while not feedback.isCanceled():
        try:
            task = connection.recv()
        except EOFError:
            return
        try:
            connection.send(answer(task, feedback))
        except BrokenPipeError:
            return
