"""The warped image over the map, live: what Apply will make."""

from __future__ import annotations

from typing import Callable

from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QObject, QRectF, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QImage, QPainter
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ..engine.task import EngineTask
from ..inspect.map_picture import MapPicture, canvas_corners
from ..inspect.pattern import checker_path
from ..layers.inputs import crs_text
from ..qt.guard import giving_up
from ..qt.later import later
from .session import LEAST_POINTS, ClickSession

#: A move of the map or of a point is followed after this pause.
_AFTER_MS = 120
#: Longest side of the picture that is asked for; larger maps are drawn coarser.
_MOST_PX = 1500


class PreviewItem(QgsMapCanvasItem):
    """Draws the warped image, whole or in the cells of a checkerboard.

    Args:
        canvas: the map.
        failed: called soon after a painting that raised; nothing more is drawn.
    """

    def __init__(self, canvas: QgsMapCanvas, failed: Callable[[], None] = lambda: None):
        super().__init__(canvas)
        self._canvas = canvas
        self.setZValue(40)
        self.framed: MapPicture | None = None
        self.cell_px = 0
        self._failed, self._broken = failed, False

    def updatePosition(self) -> None:
        """Follow the map."""
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the whole canvas."""
        return QRectF(self._canvas.viewport().rect())

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem | None = None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw; called by the canvas."""
        if self.framed is not None and not self._broken:
            self._draw(painter, self.framed)

    def give_up(self) -> None:
        """Draw nothing more; the item is taken off when the painting is over."""
        self._broken = True
        QTimer.singleShot(0, self._failed)

    @giving_up
    def _draw(self, painter: QPainter, framed: MapPicture) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.cell_px:
            painter.setClipPath(checker_path(self.boundingRect(), self.cell_px))
        framed.draw(painter, self)


class Preview(QObject):
    """Keeps the preview up to date with map and points while it is on."""

    switched = pyqtSignal(bool)

    def __init__(self, canvas: QgsMapCanvas, session: ClickSession):
        super().__init__()
        self._canvas, self._session = canvas, session
        self.item: PreviewItem | None = None
        self._cell_px = 0
        self._task: EngineTask | None = None
        self._again = False
        self._timer = later(self, _AFTER_MS, self._ask)

    @property
    def is_on(self) -> bool:
        """Return whether the preview is shown."""
        return self.item is not None

    def switch(self, on: bool) -> None:
        """Show or hide the warped image."""
        if on == self.is_on:
            return
        if on:
            self.item = PreviewItem(self._canvas, self.close_down)
            self.item.cell_px = self._cell_px
            self._canvas.extentsChanged.connect(self._timer.start)
            self._session.points.fitted.connect(self._timer.start)
            self._session.points.changed.connect(self._points_changed)
        else:
            self._canvas.extentsChanged.disconnect(self._timer.start)
            self._session.points.fitted.disconnect(self._timer.start)
            self._session.points.changed.disconnect(self._points_changed)
            self._timer.stop()
            self._canvas.scene().removeItem(self.item)
            self.item = None
        self.switched.emit(on)
        self._ask()

    def set_cell(self, cell_px: int) -> None:
        """Show only the cells of a checkerboard of this size, 0 for all."""
        self._cell_px = cell_px
        if self.item is not None:
            self.item.cell_px = cell_px
            self.item.update()

    def close_down(self) -> None:
        """Take it off the map."""
        self.switch(False)

    def _points_changed(self) -> None:
        if len(self._session.points.enabled) < LEAST_POINTS:
            self.switch(False)

    def _ask(self) -> None:
        if self.item is None:
            return
        if self._task is not None:
            # One question at a time, and then about the newest state.
            self._again = True
            return
        settings = self._canvas.mapSettings()
        size = settings.outputSize()
        step = max(1.0, max(size.width(), size.height()) / _MOST_PX)
        corners = canvas_corners(settings)
        left, right, _, low = corners
        width, height = (max(1, int(n / step)) for n in (size.width(), size.height()))
        across = [(right.x() - left.x()) / width, (right.y() - left.y()) / width]
        down = [(low.x() - left.x()) / height, (low.y() - left.y()) / height]
        crs = settings.destinationCrs().authid()

        def show(image: QImage | None) -> None:
            self._task = None
            if image is None and self.item is not None and self.item.framed is None:
                # A button that stays pressed over nothing would promise a picture.
                self.switch(False)
            elif self.item is not None and image is not None:
                self.item.framed = MapPicture(image, corners, crs)
                self.item.update()
            if self._again:
                self._again = False
                self._ask()

        task = self._session.request_preview(
            show,
            map_crs=crs_text(settings.destinationCrs()),
            pixels_to_map=[across[0], down[0], left.x(), across[1], down[1], left.y()],
            width=width,
            height=height,
        )
        if task is None:
            self.switch(False)
        self._task = task
