"""Keeps the engine ready for the next click for as long as the tool is on."""

from __future__ import annotations

from typing import Any, Callable

from qgis.PyQt.QtCore import QObject

from ..engine.engine import Engine
from ..engine.task import EngineTask, ask
from ..qt.i18n import tr
from ..qt.later import later

#: Changes of the pair that follow one another closely are answered once.
_AFTER_MS = 400


class Readiness(QObject):
    """Has process, model and files of the chosen pair ready before they are needed.

    Nothing waits for it: what is switched off or overtaken by a click is dropped.

    Args:
        engine: the worker process.
        request: returns the values of a click's request, None while there is no pair.
    """

    def __init__(
        self,
        engine: Engine,
        request: Callable[[], dict[str, Any] | None],
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._engine, self._request = engine, request
        self._task: EngineTask | None = None
        # What was made ready, and by which process.
        self._ready: dict[str, Any] | None = None
        self._pid = 0
        self.is_on = False
        self._timer = later(self, _AFTER_MS, self._prepare)

    @property
    def is_busy(self) -> bool:
        """Return whether something is being made ready."""
        return self._task is not None or self._timer.isActive()

    def begin(self) -> None:
        """Get ready now, and again when another pair is chosen."""
        self.is_on = True
        self._prepare()

    def follow(self) -> None:
        """Get ready for what is chosen now, if that is something else."""
        if self.is_on:
            self._timer.start()

    def give_way(self) -> None:
        """Leave the engine to a click."""
        self._timer.stop()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def end(self) -> None:
        """Let go of the files; the process stays for whoever is next."""
        self.is_on = False
        self.give_way()
        self._release()

    def _prepare(self) -> None:
        values = self._request() if self._engine.is_set_up else None
        if values is None:
            self._release()
            return
        # Neither what is clicked nor where the map is changes what has to be ready.
        values = {**values, "points": [], "crs": ""}
        if values == self._ready and self._engine.pid == self._pid:
            return
        self.give_way()
        self._ready, self._pid = values, self._engine.pid
        self._task = ask(
            self._engine,
            "prepare_pair",
            self._prepared,
            owner=self,
            title=tr("SOMA: getting ready for clicks"),
            **values,
        )

    def _prepared(self, task: EngineTask) -> None:
        self._pid = self._engine.pid
        if task is self._task:
            self._task = None

    def _release(self) -> None:
        """Have the worker close the files that it keeps open for quick answers."""
        if self._ready is not None and self._engine.pid:
            ask(self._engine, "release_pairs", lambda task: None, owner=self)
        self._ready = None
