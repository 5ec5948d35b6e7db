"""The map tool: clicks become control points, points can be dragged and deleted."""

from __future__ import annotations

from typing import Any

from qgis.gui import QgsMapCanvas, QgsMapTool, QgsMapToolPan, QgsMapToolZoom
from qgis.PyQt.QtCore import pyqtSignal

from ...core.base.words import numbers
from ..engine.engine import Engine
from ..layers.earlier_tool import EarlierTool
from ..qt.i18n import tr
from ..words.sentences import confidence
from .answers import Found
from .drawing import Picture
from .gestures import Gestures
from .jobs import Jobs
from .marks import Marks
from .points import XY, ControlPoint, PointList
from .preview import Preview
from .session import ClickSession
from .store import PointStore

#: Tools with which a map is looked at; QGIS 3.40 calls them transient no more.
_PASSING = (QgsMapToolPan, QgsMapToolZoom)


class ClickTool(Gestures):
    """Click to register, Shift-click twice to pin a pair, drag, right-click to delete.

    Points and preview are on the map while this is the canvas's tool. Panning and
    zooming with other tools leaves them there as long as the preview is wanted.

    Args:
        canvas: the map.
        engine: the worker process.
        jobs: which pair is meant.

    Signals:
        modeChanged: whether clicks on the map are taken now.
        pairChanged: another pair is meant now, or none.
    """

    modeChanged = pyqtSignal(bool)
    pairChanged = pyqtSignal()

    def __init__(
        self,
        canvas: QgsMapCanvas,
        engine: Engine,
        jobs: Jobs,
    ):
        points = PointList()
        session = ClickSession(engine, jobs, points)
        super().__init__(canvas, points, session, Marks(canvas, points, self.give_up))
        self._earlier = EarlierTool(canvas)
        self.preview = Preview(canvas, self.session)
        self.store = PointStore(self.points, jobs)
        self._closed = False
        canvas.mapToolSet.connect(self._tool_set)
        self.session.waitingChanged.connect(self._show_waiting)
        self.session.answered.connect(self._answered)
        self.session.refused.connect(self._refused)
        self.session.told.connect(self._tell)
        self.session.fitFailed.connect(self._fit_failed)
        self.session.applied.connect(self._applied)
        self.preview.switched.connect(self._previewed)
        self.points.changed.connect(self._points_changed)
        self.points.replaced.connect(self._replaced)
        self.store.troubled.connect(self._troubled)

    @property
    def is_on(self) -> bool:
        """Return whether this is the canvas's tool."""
        return self._canvas.mapTool() is self

    def toggle(self, on: bool) -> None:
        """Make this the canvas's tool, or give the canvas back."""
        if not on:
            self.leave()
            return
        problem = self.session.jobs.problem()
        if problem:
            self._tell(problem, True)
            self.modeChanged.emit(False)
            return
        self._earlier.replace_by(self)

    def leave(self) -> None:
        """Give the canvas back to the tool before, with nothing of ours on it."""
        self.preview.switch(False)
        self._earlier.give_back(self)
        self._show_marks()

    def give_up(self) -> None:
        """Leave after a gesture or a painting that failed."""
        self._drop()
        self.leave()
        self.marks.hide_from_map()

    def close_down(self) -> None:
        """Take everything off the map and end all requests; once is enough."""
        if self._closed:
            return
        self._closed = True
        self.leave()
        self._canvas.mapToolSet.disconnect(self._tool_set)
        self.store.close_down()
        self.session.close_down()
        self.preview.close_down()
        self.marks.close_down()

    def follow(self) -> None:
        """Change over to the pair that is chosen now."""
        self.store.follow()
        self.session.readiness.follow()
        problem = self.session.jobs.problem()
        if problem and (self.is_on or self.preview.is_on):
            self.leave()
            self._tell(problem, True)
        self.pairChanged.emit()

    def activate(self) -> None:
        """Get ready; called when this becomes the canvas's tool."""
        super().activate()
        self.session.readiness.begin()

    def deactivate(self) -> None:
        """Drop what was begun; called when another tool takes over."""
        if self.session.waiting:
            self._tell(tr("Stopped"), False)
        self._drop()
        self.session.readiness.end()
        super().deactivate()

    def _tool_set(self, new: QgsMapTool | None, old: QgsMapTool | None) -> None:
        """Follow the canvas to another tool, or to this one."""
        if old is self and not isinstance(new, _PASSING):
            self.preview.switch(False)
        if self in (new, old):
            self._show_marks()
            self.modeChanged.emit(new is self)

    def _show_marks(self) -> None:
        """Have the points on the map while they are of use there."""
        if self.is_on or self.preview.is_on:
            self.marks.show_on_map()
        else:
            self.marks.hide_from_map()

    def _previewed(self, on: bool) -> None:
        if on:
            # The small picture would hide what is to be looked at.
            self.marks.picture = None
        self._show_marks()

    def _applied(self, result: Any) -> None:
        """End preview and picture of a click: they would cover what they promised."""
        if result is not None:
            self.preview.switch(False)
            self._show_picture(None)

    def _replaced(self) -> None:
        """Forget what belongs to the points that were there before."""
        self._drop()
        self._show_picture(None)

    def _fit_failed(self, text: str) -> None:
        self._tell(text, True)

    def _troubled(self, text: str) -> None:
        self._tell(text, True)

    def _points_changed(self) -> None:
        if self._held is not None and self.points.get(self._held[0].number) is None:
            self._held = self.marks.dragged = None
        picture, places = self.marks.picture, [p.ref for p in self.points.points]
        if picture is not None and picture.at not in places:
            self._show_picture(None)

    def _show_waiting(self) -> None:
        self.marks.waiting = list(self.session.waiting)
        self.marks.redraw()

    def _answered(self, point: ControlPoint, found: Found) -> None:
        moved = numbers.distance((found.px, found.m), tr)
        text = tr("confidence {c}").format(c=confidence(found.confidence))
        self._show_picture(Picture(found.image, point.ref, f"{moved}\n{text}"))
        told = tr("Point {n}: {shift}, {text}, {k} matches agree")
        told = told.format(n=point.number, shift=moved, text=text, k=found.inliers)
        self._tell(told, False)

    def _refused(self, at: XY, why: str) -> None:
        self.marks.refused.append(at)
        self._show_picture(None)
