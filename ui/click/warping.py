"""Apply: the whole raster warped by the control points, in a task the user sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...core.base.errors import Cancelled
from ..engine.engine import Engine
from ..engine.task import EngineTask
from ..layers.online_map import Renderer
from ..qt.i18n import tr
from .jobs import Jobs, More


class PointWarp(QObject):
    """One warp at a time: draw an online map if there is one, warp, show the files.

    Args:
        engine: the worker process.
        jobs: which pair is meant.

    Signals:
        told: a sentence for the user, and whether it is bad news.
        ended: the result of a warp, or None.
    """

    told = pyqtSignal(str, bool)
    ended = pyqtSignal(object)

    def __init__(self, engine: Engine, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self._engine, self._jobs = engine, jobs
        self.active: EngineTask | Renderer | None = None

    def start(self, values: dict[str, Any]) -> None:
        """Warp as the values of the request say, unless a warp is under way."""
        if self.active is not None:
            return
        out = self._jobs.out_folder()

        def ready(more: More | None, problem: str) -> None:
            if more is None:
                self.active = None
                self.told.emit(problem, True)
                self.ended.emit(None)
                return
            self._warp(values, out, more)

        drawing = self._jobs.draw(None, ready)
        if drawing is not None:
            self.active = drawing
            self.told.emit(tr("Drawing the online map"), False)

    def cancel(self) -> None:
        """Stop what is under way."""
        if self.active is not None:
            self.active.cancel()

    def _warp(self, values: dict[str, Any], out: str, more: More) -> None:
        opened = self._jobs.opener()

        def work(task: EngineTask) -> tuple[dict[str, Any], Any]:
            job = dict(more().get("job", values["job"]), out=out)
            asked = {**values, "job": job}
            result = self._engine.call("apply_points", task, **asked)
            return result, opened(result)

        title = tr("Warp by control points")
        self.active = EngineTask(title, work, self._done, self).start()
        self.told.emit(tr("Warping the whole image"), False)

    def _done(self, task: EngineTask) -> None:
        self.active = None
        if task.error is not None:
            self.told.emit(str(task.error), not isinstance(task.error, Cancelled))
            self.ended.emit(None)
            return
        result, opened = task.value
        self._jobs.add_result(opened)
        text = tr("The warped image was added to the project; its files are in {p}")
        folder = Path(result["files"]["registered"]).parent
        self.told.emit(text.format(p=folder), False)
        self.ended.emit(result)
