"""What the mouse and the keys do on the map while clicks are taken."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsPointXY,
)
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool
from qgis.PyQt.QtCore import QPointF, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent

from ..layers.change import change_between, stay
from ..qt.guard import giving_up
from ..qt.i18n import tr
from .drawing import Picture
from .marks import Marks
from .points import XY, ControlPoint, PointList
from .session import ClickSession

#: A press and release farther apart than this, in pixels, is no click.
_CLICK_PX = 5


class Gestures(QgsMapTool):
    """Click, Shift-click twice, drag, right click, and the keys.

    Args:
        canvas: the map.
        points: what is changed.
        session: what is asked about places.
        marks: what is drawn of it.

    Signals:
        messaged: a sentence for the user, and whether it is bad news.
        pictured: the picture of the window that was registered last, None for none.
    """

    messaged = pyqtSignal(str, bool)
    pictured = pyqtSignal(object)

    def __init__(
        self,
        canvas: QgsMapCanvas,
        points: PointList,
        session: ClickSession,
        marks: Marks,
    ):
        super().__init__(canvas)
        self._canvas = canvas
        self.points, self.session, self.marks = points, session, marks
        self._press: QPointF | None = None
        self._held: tuple[ControlPoint, str] | None = None
        self.setCursor(Qt.CursorShape.CrossCursor)

    def leave(self) -> None:
        """Give the canvas back; Esc does it where there is nothing to cancel."""
        raise NotImplementedError

    def give_up(self) -> None:
        """Leave after a gesture that failed."""
        raise NotImplementedError

    def _tell(self, text: str, bad: bool) -> None:
        self.messaged.emit(text, bad)

    @giving_up
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

    @giving_up
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

    @giving_up
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

    @giving_up
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels or leaves, Backspace undoes, Delete deletes what is selected."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self._escape()
        elif key == Qt.Key.Key_Backspace:
            self.session.undo()
        elif key == Qt.Key.Key_Delete:
            self.points.remove(self.points.selected)
        else:
            return
        # Else QGIS would go on to delete the selected features of a layer.
        event.ignore()

    def _escape(self) -> None:
        """Cancel what was begun, or leave where nothing was."""
        if self.session.waiting:
            self._tell(tr("Stopped"), False)
        elif not self.marks.is_busy:
            self.leave()
        self._drop()

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
            self._show_picture(None)
            self.points.add(first, at, by_hand=True)
            self._tell(tr("Pair pinned by hand"), False)
        self.marks.redraw()

    def _show_picture(self, picture: Picture | None) -> None:
        self.marks.picture = picture
        self.marks.redraw()
        self.pictured.emit(picture)

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
        if not stay(here, crs):
            try:
                at = change_between(here, crs).transform(QgsPointXY(at))
            except QgsCsException:
                return None
        return at.x(), at.y()


def _apart(one: QPointF, two: QPointF) -> bool:
    return (one - two).manhattanLength() > _CLICK_PX
