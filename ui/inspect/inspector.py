"""Compare two layers on the canvas; gone without a trace when switched off."""

from __future__ import annotations

import traceback
from dataclasses import replace
from typing import Any

from qgis.core import QgsMapLayer, QgsMessageLog, QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QEvent, QObject, QPointF, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QMouseEvent

from ...core.base.about import TITLE
from ..qt.guard import ends_on_failure
from .item import CompareItem
from .renders import PairRenders
from .state import FLICKER, SWIPES, TOGGLE, View, swipe_is_vertical

#: How near the swipe's edge has to be to be dragged, in pixels.
_CATCH_PX = 8


class Inspector(QObject):
    """Shows one comparison at a time; works beside any map tool.

    Layers are named by id, so that one that is removed ends the comparison.
    ``failed`` tells why a comparison took itself off the map.
    """

    changed = pyqtSignal()
    failed = pyqtSignal(str)

    def __init__(self, canvas: QgsMapCanvas):
        super().__init__()
        self._canvas = canvas
        self.view = View()
        self.second_shown = False
        self.stretch = True
        self._ids: tuple[str, ...] = ()
        self._item: CompareItem | None = None
        self._renders: PairRenders | None = None
        self._dragging = False
        self._over_edge = False
        self._flicker = QTimer(self)
        self._flicker.timeout.connect(self.toggle)

    @property
    def is_on(self) -> bool:
        """Return whether a comparison is on the map."""
        return self._item is not None

    @property
    def is_busy(self) -> bool:
        """Return whether newer pictures are on the way."""
        return self._renders is not None and self._renders.is_busy

    @property
    def item(self) -> CompareItem | None:
        """Return what is on the canvas."""
        return self._item

    def start(
        self,
        first: QgsMapLayer | None,
        second: QgsMapLayer | None,
        under: QgsMapLayer | None = None,
    ) -> None:
        """Compare two layers, the first one being that of the upper left cell.

        Ends the comparison where there are not two different layers. Before and after
        are shown over the third layer.
        """
        if first is None or second is None or first == second:
            self.stop()
            return
        if self._item is None:
            self._item = CompareItem(self._canvas, self._fail_later)
            self._renders = PairRenders(self._canvas, self.fail)
            self._renders.updated.connect(self._updated)
            self._canvas.viewport().installEventFilter(self)
            QgsProject.instance().layersWillBeRemoved.connect(self._removed)
        self._ids = tuple(x.id() for x in (first, second, under) if x is not None)
        self._item.view = self.view
        self._item.names = (first.name(), second.name())
        self._renders.set_stretch(self.stretch)
        self._renders.show(first, second, under)
        self._set_flicker()
        self.changed.emit()

    def stop(self) -> None:
        """Take the comparison off the map."""
        item, self._item = self._item, None
        if item is None:
            return
        # The picture goes first: whatever comes after, the map can be seen again.
        if item.scene() is not None:
            item.scene().removeItem(item)
        QgsProject.instance().layersWillBeRemoved.disconnect(self._removed)
        self._canvas.viewport().removeEventFilter(self)
        self._leave_edge()
        self._dragging = False
        self._flicker.stop()
        self._renders.close_down()
        self._renders = None
        self._ids, self.second_shown = (), False
        self.changed.emit()

    def fail(self, error: Exception) -> None:
        """End the comparison because something broke down, and say so."""
        if self._item is None:
            return
        self.stop()
        QgsMessageLog.logMessage(_told(error), TITLE)
        self.failed.emit(f"{type(error).__name__}: {error}")

    def _fail_later(self, error: Exception) -> None:
        """End the comparison after the painting, in which its item is still needed."""
        QTimer.singleShot(0, lambda: self.fail(error))

    def set_view(self, **values: Any) -> None:
        """Change mode, cell size, position, rate or opacity; see ``View``."""
        self.view = replace(self.view, **values)
        if self.view.mode not in (FLICKER, TOGGLE):
            self.second_shown = False
        self._set_flicker()
        self._show()

    def set_stretch(self, on: bool) -> None:
        """Show grey layers with as much contrast as they hold; see ``contrast``."""
        self.stretch = on
        if self._renders is not None:
            self._renders.set_stretch(on)

    @ends_on_failure
    def toggle(self) -> None:
        """Show the other layer (modes flicker and toggle)."""
        self.second_shown = not self.second_shown
        self._show()
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Drag the swipe's edge, whatever map tool is in use."""
        return bool(self._drag(event))

    @ends_on_failure
    def _drag(self, event: QEvent) -> bool:
        if self._item is None or self.view.mode not in SWIPES:
            return False
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress:
            return self._press(event)
        if kind == QEvent.Type.MouseMove:
            return self._move(event)
        if kind == QEvent.Type.MouseButtonRelease and self._dragging:
            self._dragging = False
            return True
        return False

    def _press(self, event: QMouseEvent) -> bool:
        left = event.button() == Qt.MouseButton.LeftButton
        self._dragging = left and self._near_edge(QPointF(event.pos()))
        return self._dragging

    def _move(self, event: QMouseEvent) -> bool:
        place = QPointF(event.pos())
        if self._dragging:
            self.set_view(position=min(max(self._along(place), 0.0), 1.0))
            self.changed.emit()
            return True
        if event.buttons() != Qt.MouseButton.NoButton:
            return False
        if self._near_edge(place):
            self._enter_edge()
            return True
        self._leave_edge()
        return False

    def _enter_edge(self) -> None:
        if not self._over_edge:
            upright = swipe_is_vertical(self.view)
            shapes = Qt.CursorShape
            shape = shapes.SplitHCursor if upright else shapes.SplitVCursor
            self._canvas.viewport().setCursor(shape)
            self._over_edge = True

    def _leave_edge(self) -> None:
        if self._over_edge:
            self._over_edge = False
            # What is seen then is the canvas's own, which the map tool has set.
            self._canvas.viewport().unsetCursor()

    def _along(self, place: QPointF) -> float:
        area = self._item.boundingRect()
        if swipe_is_vertical(self.view):
            return place.x() / max(area.width(), 1.0)
        return place.y() / max(area.height(), 1.0)

    def _near_edge(self, place: QPointF) -> bool:
        area = self._item.boundingRect()
        upright = swipe_is_vertical(self.view)
        side = area.width() if upright else area.height()
        return abs(self._along(place) - self.view.position) * side <= _CATCH_PX

    def _set_flicker(self) -> None:
        if self.is_on and self.view.mode == FLICKER:
            self._flicker.start(round(1000 / self.view.rate_hz))
        else:
            self._flicker.stop()

    @ends_on_failure
    def _updated(self) -> None:
        if self._item is not None and self._renders is not None:
            self._item.pictures = list(self._renders.pictures)
            self._show()

    def _show(self) -> None:
        if self._item is not None:
            self._item.view = self.view
            self._item.second_shown = self.second_shown
            self._item.update()

    def _removed(self, ids: list[str]) -> None:
        if set(ids) & set(self._ids):
            self.stop()


def _told(error: Exception) -> str:
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return "".join(lines)
