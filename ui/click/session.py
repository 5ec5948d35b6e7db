"""Questions of the map tool to the engine; nothing here waits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from qgis.core import QgsCoordinateReferenceSystem
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtGui import QImage

from ...core.base.errors import Cancelled, SomaError
from ..engine.engine import Engine, EngineFailed
from ..engine.task import EngineTask
from ..layers.online_map import Renderer, Spot
from ..qt.i18n import tr
from ..qt.later import later
from ..words.sentences import error_text, place_refusal
from .answers import read_found, read_picture, understood
from .ground import outside
from .jobs import Jobs, More
from .points import XY, ControlPoint, PointList, read_fit
from .readiness import Readiness
from .warping import PointWarp

#: Changes that follow one another closely are fitted once.
FIT_AFTER_MS = 30
#: A click without an answer for so long is told about.
SLOW_AFTER_MS = 1500
#: From this many points on there is a transform worth showing.
LEAST_POINTS = 3


@dataclass(eq=False)
class _Click:
    """A place that has no answer yet, and what is being done about it."""

    at: XY
    window_px: int
    work: Renderer | EngineTask | None = None


class ClickSession(QObject):
    """Clicks, fits and previews of one list of points.

    Args:
        engine: the worker process.
        jobs: which pair is meant.
        points: the control points.

    Signals:
        told: a sentence for the user, and whether it is bad news.
        waitingChanged: places that have no answer yet changed.
        answered: a place was registered: the point and what was found.
        refused: a place could not be registered: its position and why.
        fitFailed: why there is no transform through the points.
        applied: the result of a warp, or None.
    """

    told = pyqtSignal(str, bool)
    waitingChanged = pyqtSignal()
    answered = pyqtSignal(object, object)
    refused = pyqtSignal(tuple, str)
    fitFailed = pyqtSignal(str)
    applied = pyqtSignal(object)

    def __init__(self, engine: Engine, jobs: Jobs, points: PointList):
        super().__init__()
        self.engine, self.jobs, self.points = engine, jobs, points
        self.kind, self.window_px = "auto", 256
        self._clicks: list[_Click] = []
        self._tasks: set[EngineTask] = set()
        self._fitting: EngineTask | None = None
        self._fit_timer = later(self, FIT_AFTER_MS, self._fit)
        self._slow_timer = later(self, SLOW_AFTER_MS, self._tell_slow)
        self.readiness = Readiness(engine, lambda: self._click_values(quietly=True))
        points.changed.connect(self._fit_timer.start)
        points.replaced.connect(self.cancel)
        self._warp = PointWarp(engine, jobs, self)
        self._warp.told.connect(self.told)
        self._warp.ended.connect(self.applied)

    @property
    def waiting(self) -> list[XY]:
        """Return the places that have no answer yet."""
        return [click.at for click in self._clicks]

    @property
    def applying(self) -> bool:
        """Return whether the whole raster is being warped."""
        return self._warp.active is not None

    @property
    def fitting(self) -> bool:
        """Return whether a transform through the points is under way."""
        return self._fit_timer.isActive() or self._fitting is not None

    def adopt_crs(self, crs: QgsCoordinateReferenceSystem) -> None:
        """Take a CRS for the points as long as there are none."""
        if not len(self.points) and not self._clicks:
            self.points.crs = crs

    def click(self, at: XY, crs: QgsCoordinateReferenceSystem) -> None:
        """Register the window around a place on the map; the answer is a signal.

        Args:
            at: the place.
            crs: of the place; the points take it while there are none.
        """
        self.adopt_crs(crs)
        values = self._click_values()
        if values is None:
            return
        self.readiness.give_way()
        why = outside(self.jobs.ground(), at, self.points.crs)
        if why:
            self._refuse(at, why)
            return
        values.update(x=at[0], y=at[1], looks=self.jobs.looks())
        click = _Click(at, self.window_px)
        self._clicks.append(click)
        self._slow_timer.start()
        self.waitingChanged.emit()

        def ready(more: More | None, problem: str) -> None:
            if more is None:
                self._not_clicked(click, problem)
                return
            click.work = self._ask(
                "click",
                read_found,
                lambda task: self._clicked(task, click),
                values,
                more,
            )

        drawing = self.jobs.draw(Spot(at, self.points.crs, self.window_px), ready)
        click.work = drawing or click.work

    def set_kind(self, kind: str) -> None:
        """Fit another kind of transform from now on."""
        self.kind = kind
        self._fit_timer.start()

    def set_window(self, side_px: int) -> None:
        """Look at windows of another size from now on."""
        self.window_px = side_px
        self.readiness.follow()

    def request_preview(
        self, done: Callable[[QImage | None], None], **frame: Any
    ) -> EngineTask | None:
        """Ask for a picture of the warped image; ``done(image or None)`` follows."""
        values = self._request(quietly=True)
        if values is None:
            return None

        def finished(task: EngineTask) -> None:
            if task.error is not None and not isinstance(task.error, Cancelled):
                self.told.emit(error_text(task.error), True)
            done(task.value if task.error is None else None)

        frame.update(kind=self.kind, looks=self.jobs.looks())
        return self._ask("preview_points", read_picture, finished, values | frame)

    def apply(self) -> None:
        """Warp the whole raster in a task that the user sees and may cancel."""
        values = self._request()
        if values is not None:
            self._warp.start(dict(values, kind=self.kind))

    def undo(self) -> None:
        """Take the last click back where it has no answer yet, else the last change."""
        if self._clicks:
            self._drop(self._clicks[-1])
        else:
            self.points.undo()

    def cancel(self) -> None:
        """Drop all clicks that have no answer yet."""
        for click in list(self._clicks):
            self._drop(click)

    def close_down(self) -> None:
        """Let go of everything; the worker itself is ended by who started it."""
        self._fit_timer.stop()
        self.cancel()
        self.readiness.end()
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        self._warp.cancel()

    def _click_values(self, quietly: bool = False) -> dict[str, Any] | None:
        values = self._request(quietly)
        return None if values is None else {**values, "window_px": self.window_px}

    def _request(self, quietly: bool = False) -> dict[str, Any] | None:
        try:
            job = self.jobs.job()
        except SomaError as error:
            if not quietly:
                self.told.emit(str(error), True)
            return None
        points = [point.to_dict() for point in self.points.points]
        return {"job": job, "crs": self.points.crs_text, "points": points}

    def _ask(
        self,
        call: str,
        read: Callable[[Any], Any],
        done: Callable[[EngineTask], None],
        values: dict[str, Any],
        more: More | None = None,
    ) -> EngineTask:
        def finished(task: EngineTask) -> None:
            if task in self._tasks:
                self._tasks.discard(task)
                done(task)

        title = tr("SOMA: looking closely")

        def work(task: EngineTask) -> Any:
            asked = {**values, **(more() if more else {})}
            return understood(read, self.engine.call(call, task, **asked))

        task = EngineTask(title, work, finished, self, quiet=True).start()
        self._tasks.add(task)
        return task

    def _drop(self, click: _Click) -> None:
        """Forget a click and stop what is done about it."""
        self._forget(click)
        if isinstance(click.work, EngineTask):
            self._tasks.discard(click.work)
        if click.work is not None:
            click.work.cancel()

    def _forget(self, click: _Click) -> None:
        self._clicks.remove(click)
        self._slow_timer.stop()
        if self._clicks:
            self._slow_timer.start()
        self.waitingChanged.emit()

    def _tell_slow(self) -> None:
        self.told.emit(tr("The engine is still busy; the answer follows."), False)

    def _not_clicked(self, click: _Click, why: str) -> None:
        self._forget(click)
        self._refuse(click.at, why)

    def _refuse(self, at: XY, why: str) -> None:
        self.refused.emit(at, why)
        self.told.emit(why, True)

    def _clicked(self, task: EngineTask, click: _Click) -> None:
        if isinstance(task.error, Cancelled):
            self._forget(click)
            self.told.emit(str(task.error), False)
            return
        if task.error is not None:
            if isinstance(task.error, EngineFailed):
                self.readiness.follow()
            self._not_clicked(click, place_refusal(task.error))
            return
        self._forget(click)
        found, px = task.value, click.window_px
        point = self.points.add(found.mov, found.ref, found.confidence, window_px=px)
        self.answered.emit(point, found)

    def _fit(self) -> None:
        points = self.points.points
        if len(self.points.enabled) < LEAST_POINTS:
            self.points.set_fit(None)
            return
        values = self._request(quietly=True)
        if values is None:
            return
        if self._fitting is not None:
            self._fitting.cancel()
        self._fitting = self._ask(
            "fit_points",
            partial(read_fit, points),
            lambda task: self._fitted(task, points),
            dict(values, kind=self.kind),
        )

    def _fitted(self, task: EngineTask, points: tuple[ControlPoint, ...]) -> None:
        if task is not self._fitting:
            return
        self._fitting = None
        if points != self.points.points:
            return
        if task.error is not None and not isinstance(task.error, Cancelled):
            self.fitFailed.emit(error_text(task.error))
        self.points.set_fit(task.value)
