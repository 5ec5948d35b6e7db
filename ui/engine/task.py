"""One call to the engine as a QgsTask."""

from __future__ import annotations

import time
from typing import Any, Callable

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...core.base.errors import Cancelled, SomaError
from ..qt.compat import task_flags
from ..qt.i18n import tr
from ..qt.pool import out_of_pool
from .engine import Engine

#: Tasks that are under way; the task manager alone does not keep Python's half.
_RUNNING: set[EngineTask] = set()
#: States of a task that has no thread yet.
_WAITING = QgsTask.TaskStatus.Queued, QgsTask.TaskStatus.OnHold


class EngineTask(QgsTask):
    """Runs ``work`` off the main thread; nothing of QGIS is touched there.

    Args:
        title: what the user reads in the task list.
        work: gets this task as feedback, returns plain values; it may raise.
        done: called in the main thread when the task ended, however it did.
        owner: whose end makes ``done`` pointless.
        quiet: for short work that nobody asked for.
    """

    stage = pyqtSignal(str)

    def __init__(
        self,
        title: str,
        work: Callable[[EngineTask], Any],
        done: Callable[[EngineTask], None],
        owner: QObject | None = None,
        quiet: bool = False,
    ):
        super().__init__(title, task_flags(quiet))
        self._work, self._done, self._owner = work, done, owner
        self._unwanted = False
        self.value: Any = None
        self.error: SomaError | None = None
        self.seconds = 0.0

    def start(self) -> EngineTask:
        """Hand the task to QGIS's task manager."""
        _RUNNING.add(self)
        QgsApplication.taskManager().addTask(self)
        return self

    def cancel(self) -> None:
        """Stop; called by QGIS too.

        QGIS deletes a task that is cancelled while it waits for its thread. The thread
        may be on its way, then runs what is gone, and QGIS crashes. So such a task
        stays, and ends as soon as it begins.
        """
        if self.status() in _WAITING:
            self._unwanted = True
        else:
            super().cancel()

    def isCanceled(self) -> bool:
        """Return whether the work is to stop."""
        return self._unwanted or super().isCanceled()

    def run(self) -> bool:
        """Do the work; called by QGIS in another thread."""
        begin = time.monotonic()
        try:
            if self.isCanceled():
                raise Cancelled(_stopped())
            with out_of_pool():
                self.value = self._work(self)
        except SomaError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - leaving run() takes QGIS down
            self.error = SomaError(f"{type(error).__name__}: {error}")
        self.seconds = time.monotonic() - begin
        if isinstance(self.error, Cancelled):
            # Whoever stopped it knows; QGIS would call it a failure.
            self.setDescription(tr("{task}: stopped").format(task=self.description()))
            return True
        return self.error is None

    def finished(self, ok: bool) -> None:
        """Report to whoever asked; called by QGIS in the main thread."""
        _RUNNING.discard(self)
        if not ok and self.error is None:
            self.error = Cancelled(_stopped())
        if self._owner is None or not sip.isdeleted(self._owner):
            self._done(self)

    def setProgressText(self, text: str) -> None:
        """Name the stage that begins now."""
        self.stage.emit(text)


def _stopped() -> str:
    return tr("Stopped; no output was written.")


def ask(
    engine: Engine,
    call: str,
    done: Callable[[EngineTask], None],
    owner: QObject | None = None,
    title: str = "SOMA",
    quiet: bool = True,
    **values: Any,
) -> EngineTask:
    """Start one call to the engine in a task."""

    def work(task: EngineTask) -> Any:
        return engine.call(call, task, **values)

    return EngineTask(title, work, done, owner, quiet).start()
