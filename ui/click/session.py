"""Questions of the map tool to the engine; nothing here waits."""

from __future__ import annotations

import base64
from typing import Any

from qgis.core import QgsCoordinateReferenceSystem
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QImage

from ...core.errors import Cancelled, SomaError
from ..engine import Engine
from ..i18n import tr
from ..render import Renderer, Spot
from ..task import EngineTask, ask
from ..words import place_refusal
from .jobs import Jobs, More
from .points import XY, ControlPoint, FitResult, PointList, read_fit
from .warping import PointWarp

#: Changes that follow one another closely are fitted once.
FIT_AFTER_MS = 30
#: From this many points on there is a transform worth showing.
LEAST_POINTS = 3


class ClickSession(QObject):
    """Clicks, fits and previews of one list of points.

    Args:
        engine: the worker process.
        jobs: which pair is meant.
        points: the control points.

    Signals:
        told: a sentence for the user, and whether it is bad news.
        waitingChanged: places that have no answer yet changed.
        answered: a place was registered: the point and the engine's answer.
        refused: a place could not be registered: its position and why.
        applied: the result of a warp, or None.
    """

    told = pyqtSignal(str, bool)
    waitingChanged = pyqtSignal()
    answered = pyqtSignal(object, dict)
    refused = pyqtSignal(tuple, str)
    fitFailed = pyqtSignal(str)
    applied = pyqtSignal(object)

    def __init__(self, engine: Engine, jobs: Jobs, points: PointList):
        super().__init__()
        self.engine, self.jobs, self.points = engine, jobs, points
        self.kind, self.window_px = "auto", 256
        self.waiting: list[XY] = []
        self._drawings: dict[Renderer, XY] = {}
        self._tasks: set[EngineTask] = set()
        self._clicks: set[EngineTask] = set()
        self._generation = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FIT_AFTER_MS)
        self._timer.timeout.connect(self._fit)
        points.changed.connect(self._timer.start)
        self._warp = PointWarp(engine, jobs, self)
        self._warp.told.connect(self.told)
        self._warp.ended.connect(self.applied)

    @property
    def applying(self) -> bool:
        """Return whether the whole raster is being warped."""
        return self._warp.active is not None

    def prepare(self) -> None:
        """Let the worker open the pair, so that the first click need not wait."""
        if not self.engine.is_set_up:
            return
        values = self._request(quietly=True)
        if values is not None:
            self._ask("prepare_pair", lambda task: None, dict(values, points=[]))

    def click(self, at: XY, crs: QgsCoordinateReferenceSystem) -> None:
        """Register the window around a place on the map; the answer is a signal."""
        if not len(self.points) and not self.waiting:
            self.points.crs = crs
        values = self._request()
        if values is None:
            return
        values.update(x=at[0], y=at[1], window_px=self.window_px)
        self.waiting.append(at)
        self.waitingChanged.emit()

        def ready(more: More | None, problem: str) -> None:
            if more is None:
                self._not_clicked(at, problem)
                return
            task = self._ask("click", lambda t: self._clicked(t, at), values, more)
            self._clicks.add(task)

        drawing = self.jobs.draw(Spot(at, self.points.crs, self.window_px), ready)
        if drawing is not None:
            self._drawings[drawing] = at

    def set_kind(self, kind: str) -> None:
        """Fit another kind of transform from now on."""
        self.kind = kind
        self._timer.start()

    def set_window(self, side_px: int) -> None:
        """Look at windows of another size from now on."""
        self.window_px = side_px

    def refit(self) -> None:
        """Fit again soon."""
        self._timer.start()

    def request_preview(self, done: Any, **frame: Any) -> EngineTask | None:
        """Ask for a picture of the warped image; ``done(image or None)`` follows."""
        values = self._request(quietly=True)
        if values is None:
            return None
        values.update(kind=self.kind, **frame)

        def finished(task: EngineTask) -> None:
            done(picture(task.value["png"]) if task.error is None else None)

        return self._ask("preview_points", finished, values)

    def apply(self) -> None:
        """Warp the whole raster in a task that the user sees and may cancel."""
        values = self._request()
        if values is not None:
            self._warp.start(dict(values, kind=self.kind))

    def cancel(self) -> None:
        """Drop all clicks that have no answer yet."""
        for drawing, at in self._drawings.items():
            if drawing.is_active:
                drawing.cancel()
                self.waiting.remove(at)
        self._drawings.clear()
        self.waitingChanged.emit()
        for task in list(self._clicks):
            task.cancel()

    def close_down(self) -> None:
        """Let go of everything; the worker itself is ended by who started it."""
        self._timer.stop()
        self._generation += 1
        self.cancel()
        for task in list(self._tasks):
            task.cancel()
        self._warp.cancel()

    def release(self) -> None:
        """Let the worker close the files that it keeps open for quick answers."""
        if self.engine.pid:
            self._ask("release_pairs", lambda task: None, {})

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
        done: Any,
        values: dict[str, Any],
        more: More | None = None,
    ) -> EngineTask:
        generation = self._generation

        def finished(task: EngineTask) -> None:
            self._tasks.discard(task)
            self._clicks.discard(task)
            if generation == self._generation:
                done(task)

        title = tr("SOMA: looking closely")
        task = ask(
            self.engine, call, finished, owner=self, title=title, more=more, **values
        )
        self._tasks.add(task)
        return task

    def _not_clicked(self, at: XY, why: str) -> None:
        if at in self.waiting:
            self.waiting.remove(at)
        self.waitingChanged.emit()
        if why:
            self.refused.emit(at, why)
            self.told.emit(why, True)

    def _clicked(self, task: EngineTask, at: XY) -> None:
        if task.error is not None:
            stopped = isinstance(task.error, Cancelled)
            self._not_clicked(at, "" if stopped else place_refusal(task.error))
            return
        if at in self.waiting:
            self.waiting.remove(at)
        self.waitingChanged.emit()
        answer = task.value
        point = self.points.add(
            tuple(answer["mov"]), tuple(answer["ref"]), answer["confidence"]
        )
        self.answered.emit(point, answer)

    def _fit(self) -> None:
        points = self.points.points
        enabled = len(self.points.enabled)
        if enabled < LEAST_POINTS:
            self.points.set_fit(None)
            return
        values = self._request(quietly=True)
        if values is None:
            return
        values.update(kind=self.kind)
        self._ask("fit_points", lambda task: self._fitted(task, points), values)

    def _fitted(self, task: EngineTask, points: tuple[ControlPoint, ...]) -> None:
        if points != self.points.points:
            return
        fit: FitResult | None = None
        if task.error is None:
            fit = read_fit(points, task.value)
        elif not isinstance(task.error, Cancelled):
            self.fitFailed.emit(str(task.error))
        self.points.set_fit(fit)


def picture(png: str) -> QImage:
    """Return the image of a base64 PNG."""
    return QImage.fromData(base64.b64decode(png), "PNG")
