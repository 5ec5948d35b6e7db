"""The map tool: clicks become control points, points can be dragged and deleted."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsPointXY,
    QgsProject,
)
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool
from qgis.PyQt.QtCore import QPointF, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent

from ..engine import Engine
from ..i18n import tr
from .answers import Found
from .jobs import Jobs
from .marks import Marks, Picture
from .points import XY, ControlPoint, PointList
from .preview import Preview
from .session import ClickSession
from .store import PointStore

#: A press and release farther apart than this, in pixels, is no click.
_CLICK_PX = 5


class ClickTool(QgsMapTool):
    """Click to register, Shift-click twice to pin a pair, drag, right-click to delete.

    Marks, preview and points stay on the map while another tool is in use, until
    ``close_down``.

    Args:
        canvas: the map.
        engine: the worker process.
        jobs: which pair is meant.
    """

    messaged = pyqtSignal(str, bool)
    pictured = pyqtSignal(object)

    def __init__(
        self,
        canvas: QgsMapCanvas,
        engine: Engine,
        jobs: Jobs,
    ):
        super().__init__(canvas)
        self._canvas = canvas
        self.points = PointList()
        self.session = ClickSession(engine, jobs, self.points)
        self.marks = Marks(canvas, self.points)
        self.preview = Preview(canvas, self.session)
        self.store = PointStore(self.points, jobs)
        self._closed = False
        self._press: QPointF | None = None
        self._held: tuple[ControlPoint, str] | None = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.session.waitingChanged.connect(self._show_waiting)
        self.session.answered.connect(self._answered)
        self.session.refused.connect(self._refused)
        self.session.told.connect(self._tell)
        self.session.fitFailed.connect(lambda text: self._tell(text, True))
        self.points.changed.connect(self._points_changed)
        self.store.troubled.connect(lambda text: self._tell(text, True))

    def toggle(self, on: bool) -> None:
        """Make this the canvas's tool, or give the canvas back."""
        if on:
            self._canvas.setMapTool(self)
        else:
            self._canvas.unsetMapTool(self)

    def close_down(self) -> None:
        """Take everything off the map and end all requests; once is enough."""
        if self._closed:
            return
        self._closed = True
        self._canvas.unsetMapTool(self)
        self.store.close_down()
        self.session.close_down()
        self.preview.close_down()
        self.marks.close_down()

    def follow(self) -> None:
        """Change over to the pair that is chosen now."""
        self.store.follow()
        self.session.readiness.follow()

    def activate(self) -> None:
        """Get ready; called when this becomes the canvas's tool."""
        super().activate()
        self.session.readiness.begin()

    def deactivate(self) -> None:
        """Drop what was begun; called when another tool takes over."""
        self._drop()
        self.session.readiness.end()
        super().deactivate()

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:
        """Begin a click or a drag."""
        place = QPointF(event.pos())
        if event.button() == Qt.MouseButton.RightButton:
            found = self.marks.find(place)
            if found is not None:
                self.points.remove(found[0].number)
            return
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._press = place
        pinning = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if not pinning and self.marks.pinned is None:
            self._held = self.marks.find(place)
            if self._held is not None:
                self.points.select(self._held[0].number)

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:
        """Drag a point, or show what the mouse is over."""
        place = QPointF(event.pos())
        if self._held is not None and self._press is not None:
            if self.marks.dragged is not None or _apart(place, self._press):
                point, end = self._held
                at = self._position(event)
                if at is not None:
                    self.marks.dragged = replace(point, **{end: at}, by_hand=True)
                self.marks.redraw()
            return
        if self.marks.pinned is not None:
            self.marks.pointer = self._position(event)
            self.marks.redraw()
            return
        over = self.marks.find(place) is not None
        shape = Qt.CursorShape.OpenHandCursor if over else Qt.CursorShape.CrossCursor
        self._canvas.setCursor(shape)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        """End a click or a drag."""
        press, self._press = self._press, None
        if press is None or event.button() != Qt.MouseButton.LeftButton:
            return
        held, self._held = self._held, None
        if held is not None:
            dragged, self.marks.dragged = self.marks.dragged, None
            at = self._position(event) if dragged is not None else None
            if at is not None:
                self.points.move(held[0].number, **{held[1]: at})
            self.marks.redraw()
            return
        if _apart(QPointF(event.pos()), press):
            return
        pinning = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if pinning or self.marks.pinned is not None:
            self._pin(event)
        else:
            self._click(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels, Backspace undoes, Delete deletes the selected point."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            if self.session.waiting:
                self._tell(tr("Stopped"), False)
            self._drop()
        elif key == Qt.Key.Key_Backspace:
            self.session.undo()
        elif key == Qt.Key.Key_Delete:
            self.points.remove(self.points.selected)
        else:
            return
        # Else QGIS would go on to delete the selected features of a layer.
        event.ignore()

    def _click(self, event: QgsMapMouseEvent) -> None:
        self.marks.refused.clear()
        at = self._new_position(event)
        if at is not None:
            self._tell(tr("Looking closely"), False)
            self.session.click(at, self.points.crs)

    def _pin(self, event: QgsMapMouseEvent) -> None:
        at = self._new_position(event)
        if at is None:
            return
        first, self.marks.pinned = self.marks.pinned, None
        if first is None:
            self.marks.pinned = self.marks.pointer = at
            self._tell(tr("Now click where it belongs (Esc to cancel)"), False)
        else:
            self.marks.picture = None
            self.points.add(first, at, by_hand=True)
            self._tell(tr("Pair pinned by hand"), False)
        self.marks.redraw()

    def _drop(self) -> None:
        self._press = self._held = None
        self.marks.pinned = self.marks.dragged = self.marks.picture = None
        self.marks.refused.clear()
        self.session.cancel()
        self.marks.redraw()

    def _map_crs(self) -> QgsCoordinateReferenceSystem:
        return self._canvas.mapSettings().destinationCrs()

    def _new_position(self, event: QgsMapMouseEvent) -> XY | None:
        """Return where the mouse is for a new point, or tell why it can be none."""
        if self.marks.pinned is None:
            self.session.adopt_crs(self._map_crs())
        at = self._position(event)
        if at is None:
            self._tell(tr("This place is outside the CRS of the points"), True)
        return at

    def _position(self, event: QgsMapMouseEvent) -> XY | None:
        """Return where the mouse is in the CRS of the points, None for nowhere."""
        at = self.toMapCoordinates(event.pos())
        crs, here = self.points.crs, self._map_crs()
        if crs.isValid() and here.isValid() and crs != here:
            change = QgsCoordinateTransform(here, crs, QgsProject.instance())
            try:
                at = change.transform(QgsPointXY(at))
            except QgsCsException:
                return None
        return at.x(), at.y()

    def _points_changed(self) -> None:
        if self._held is not None and self.points.get(self._held[0].number) is None:
            self._held = self.marks.dragged = None
        picture_at = self.marks.picture.at if self.marks.picture else None
        if picture_at not in [point.ref for point in self.points.points]:
            self.marks.picture = None

    def _show_waiting(self) -> None:
        self.marks.waiting = list(self.session.waiting)
        self.marks.redraw()

    def _answered(self, point: ControlPoint, found: Found) -> None:
        moved, text = _shift_text(found), tr("confidence {c:.0%}")
        text = text.format(c=found.confidence)
        self.marks.picture = Picture(found.image, point.ref, f"{moved}\n{text}")
        self.marks.redraw()
        self.pictured.emit(self.marks.picture)
        told = tr("Point {n}: {shift}, {text}, {k} matches agree")
        told = told.format(n=point.number, shift=moved, text=text, k=found.inliers)
        self._tell(told, False)

    def _refused(self, at: XY, why: str) -> None:
        self.marks.refused.append(at)
        self.marks.picture = None
        self.marks.redraw()

    def _tell(self, text: str, bad: bool) -> None:
        self.messaged.emit(text, bad)


def _shift_text(found: Found) -> str:
    """Return the length of a displacement, in metres where known."""
    if found.m is None:
        return tr("{px:.1f} px").format(px=found.px)
    return tr("{m:.3g} m ({px:.1f} px)").format(m=found.m, px=found.px)


def _apart(one: QPointF, two: QPointF) -> bool:
    return (one - two).manhattanLength() > _CLICK_PX
