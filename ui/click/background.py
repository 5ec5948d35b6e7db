"""A thread for what may take long, which nothing has to wait for at the end."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import Any, Callable


class Background:
    """Does one call after another in a thread of its own.

    The threads of ``concurrent.futures`` are waited for when Python ends, and a disk
    that hangs would keep QGIS from closing.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str):
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]
        self._calls = queue.SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        """Let the thread do something after what it was given before."""
        future: Future[Any] = Future()
        self._calls.put((future, work))
        return future

    def close(self) -> None:
        """Let the thread end when everything is done."""
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            future, work = call
            try:
                value = work()
            except BaseException as error:  # noqa: BLE001 - raised by result()
                future.set_exception(error)
            else:
                future.set_result(value)
