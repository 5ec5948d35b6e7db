"""Layers drawn as pictures of the canvas, again whenever the map moves."""

from __future__ import annotations

from typing import Callable

from qgis.core import QgsMapLayer, QgsMapRendererParallelJob, QgsMapSettings
from qgis.gui import QgsMapCanvas
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor

from ..qt.guard import ends_on_failure
from ..qt.later import later
from ..qt.pool import leave_drawing
from .contrast import Limits, find_limits, stretched, wants_stretch
from .map_picture import MapPicture, canvas_corners

#: A move of the map is followed after this pause, in milliseconds.
_AFTER_MS = 60


class PairRenders(QObject):
    """Keeps a sharp picture of each layer, and of a reference, for the present view.

    Drawing happens in QGIS's threads; ``updated`` tells of each new picture.

    Args:
        canvas: the map.
        failed: gets what went wrong where drawing breaks down.
    """

    updated = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, failed: Callable[[Exception], None]):
        super().__init__()
        self.fail = failed
        self._canvas = canvas
        self._layers: tuple[QgsMapLayer | None, ...] = (None, None, None)
        self._jobs: list[QgsMapRendererParallelJob] = []
        self.pictures: list[MapPicture | None] = [None, None, None]
        self._stretch = False
        self._limits: dict[str, Limits | None] = {}
        self._copies: dict[int, QgsMapLayer] = {}
        self._timer = later(self, _AFTER_MS, self._render)
        canvas.extentsChanged.connect(self._timer.start)
        canvas.destinationCrsChanged.connect(self._timer.start)

    @property
    def is_busy(self) -> bool:
        """Return whether newer pictures are on the way."""
        return self._timer.isActive() or bool(self._jobs)

    def show(
        self,
        first: QgsMapLayer,
        second: QgsMapLayer,
        under: QgsMapLayer | None = None,
    ) -> None:
        """Draw these layers from now on, the last one below both others."""
        self._follow(False)
        self._layers = (first, second, under)
        self._copies.clear()
        self.pictures = [None, None, None]
        self._follow(True)
        self._render()

    def set_stretch(self, on: bool) -> None:
        """Stretch grey layers by what they hold instead of by their style."""
        if on != self._stretch:
            self._stretch = on
            self._timer.start()

    def close_down(self) -> None:
        """End all drawing and let go of the layers."""
        self._timer.stop()
        self._canvas.extentsChanged.disconnect(self._timer.start)
        self._canvas.destinationCrsChanged.disconnect(self._timer.start)
        self._follow(False)
        self._stop()
        self._layers, self.pictures = (None, None, None), [None, None, None]
        self._copies.clear()

    def _follow(self, on: bool) -> None:
        """Draw again when a layer's style or data change."""
        for layer in self._layers:
            if layer is None or sip.isdeleted(layer):
                continue
            if on:
                layer.repaintRequested.connect(self._restyled)
            else:
                layer.repaintRequested.disconnect(self._restyled)

    @ends_on_failure
    def _render(self) -> None:
        self._stop()
        for index, layer in enumerate(self._layers):
            if layer is not None and not sip.isdeleted(layer):
                self._start(index, self._shown(index, layer))
        self.updated.emit()

    def _shown(self, index: int, layer: QgsMapLayer) -> QgsMapLayer:
        """Return what is drawn for a layer: itself, or a copy with more contrast."""
        if not self._stretch or not wants_stretch(layer):
            return layer
        key = layer.id()
        if key not in self._limits:
            self._limits[key] = None
            find_limits(layer, lambda found: self._learnt(key, found), self)
        limits = self._limits[key]
        if limits is None:
            return layer
        if index not in self._copies:
            self._copies[index] = stretched(layer, limits)
        return self._copies[index]

    def _restyled(self) -> None:
        """Draw again with the layers' new styles."""
        self._copies.clear()
        self._timer.start()

    @ends_on_failure
    def _learnt(self, key: str, limits: Limits | None) -> None:
        if limits is not None:
            self._limits[key] = limits
            self._timer.start()

    def _start(self, index: int, layer: QgsMapLayer) -> None:
        settings = QgsMapSettings(self._canvas.mapSettings())
        settings.setLayers([layer])
        settings.setBackgroundColor(QColor(Qt.GlobalColor.transparent))
        job = QgsMapRendererParallelJob(settings)
        job.finished.connect(lambda: self._drawn(job, index))
        self._jobs.append(job)
        job.start()

    @ends_on_failure
    def _drawn(self, job: QgsMapRendererParallelJob, index: int) -> None:
        if job not in self._jobs:
            return
        self._jobs.remove(job)
        settings = job.mapSettings()
        self.pictures[index] = MapPicture(
            job.renderedImage(),
            canvas_corners(settings),
            settings.destinationCrs().authid(),
        )
        self.updated.emit()

    def _stop(self) -> None:
        jobs, self._jobs = self._jobs, []
        for job in jobs:
            leave_drawing(job)
