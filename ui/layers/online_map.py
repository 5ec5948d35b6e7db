"""Online maps as reference: draw them to the grid that the SAR image needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QObject, QSize
from qgis.PyQt.QtGui import QColor

from ..qt.i18n import tr
from ..qt.pool import leave_drawing
from .area import Area
from .change import change_between
from .choice import Choice
from .inputs import crs_text
from .job import Blank, Rendered, nothing_came

#: More pixels are not asked from a map server; the picture gets coarser instead.
MOST_PIXELS = 4096 * 4096
#: Drawn around the SAR image, as a share of its sides, for what it may be off.
_MARGIN = 0.1
_SECONDS_PER_MEGAPIXEL = 1.5


@dataclass(frozen=True)
class Picture:
    """What to draw: extent and size in pixels of a metric, north-up grid."""

    box: QgsRectangle
    crs: QgsCoordinateReferenceSystem
    width: int
    height: int

    @property
    def gsd_m(self) -> float:
        """Return the side of a pixel in units of the CRS."""
        return self.box.width() / self.width

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Return (left, bottom, right, top)."""
        box = self.box
        return box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()

    def blank(self) -> Blank:
        """Return its place without its content."""
        return Blank(self.width, self.height, self.corners, crs_text(self.crs))


@dataclass(frozen=True)
class Spot:
    """A place on the map, and the side of the window around it in SAR pixels."""

    xy: tuple[float, float]
    crs: QgsCoordinateReferenceSystem
    side_px: int


class Renderer(QObject):
    """Draws one layer at a time in QGIS's render threads; the window stays free."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._job: QgsMapRendererParallelJob | None = None
        self._picture: Picture | None = None
        self._done: Callable[[Rendered | None, str], None] | None = None

    @property
    def is_active(self) -> bool:
        """Return whether a map is being drawn."""
        return self._job is not None

    def plan(self, choice: Choice, layer: QgsRasterLayer) -> dict[str, Any]:
        """Return what to expect, in the form of ``core.pipeline.preflight``."""
        picture, problem = picture_for(choice, layer)
        if picture is None:
            return {"ok": False, "code": "", "reason": problem}
        megapixels = picture.width * picture.height / 1e6
        tiles = math.ceil(picture.width / 512) * math.ceil(picture.height / 512)
        gsd = picture.gsd_m
        return {
            "ok": True,
            "code": "",
            "reason": "",
            "overlap_m": [picture.box.width(), picture.box.height()],
            "gsd_m": gsd,
            "width": picture.width,
            "height": picture.height,
            "tiles": min(tiles, 200),
            "seconds": 2.0 + megapixels * _SECONDS_PER_MEGAPIXEL + min(tiles, 200),
        }

    def start(
        self,
        choice: Choice,
        layer: QgsRasterLayer,
        done: Callable[[Rendered | None, str], None],
    ) -> None:
        """Begin to draw; ``done`` gets the picture, or None and the reason."""
        picture, problem = picture_for(choice, layer)
        if picture is None:
            done(None, problem)
        else:
            self.draw(picture, layer, done)

    def draw(
        self,
        picture: Picture,
        layer: QgsRasterLayer,
        done: Callable[[Rendered | None, str], None],
    ) -> None:
        """Begin to draw one picture; ``done`` gets it, or None and the reason."""
        map_settings = QgsMapSettings()
        map_settings.setLayers([layer])
        map_settings.setDestinationCrs(picture.crs)
        map_settings.setTransformContext(QgsProject.instance().transformContext())
        map_settings.setOutputSize(QSize(picture.width, picture.height))
        map_settings.setExtent(picture.box)
        map_settings.setBackgroundColor(QColor(0, 0, 0, 0))
        map_settings.setFlag(QgsMapSettings.Flag.Antialiasing, False)
        self._picture, self._done = picture, done
        self._job = QgsMapRendererParallelJob(map_settings)
        self._job.finished.connect(self._finished)
        self._job.start()

    def cancel(self, ended: Callable[[], None] | None = None) -> bool:
        """Stop drawing without an answer; ``ended`` is called when its threads have.

        Returns whether they still work, so that ``ended`` will come.
        """
        job, self._job, self._done = self._job, None, None
        if job is None:
            return False
        job.finished.disconnect(self._finished)
        return leave_drawing(job, ended)

    def _finished(self) -> None:
        job, self._job = self._job, None
        if job is None or self._done is None or self._picture is None:
            return
        errors = [error.message for error in job.errors()]
        image = job.renderedImage()
        done, self._done = self._done, None
        if errors:
            told = tr("The online map could not be drawn: {why}.")
            done(None, told.format(why=errors[0]))
            return
        if image.isNull():
            done(None, nothing_came())
            return
        done(Rendered(image, self._picture.corners, crs_text(self._picture.crs)), "")


def picture_for(choice: Choice, layer: QgsRasterLayer) -> tuple[Picture | None, str]:
    """Return what to draw for the SAR image of a choice, or None and the reason."""
    sar = QgsProject.instance().mapLayer(choice.sar.layer_id)
    if sar is None:
        return None, tr("{name} has no CRS.").format(name=choice.sar.name)
    return picture_under(sar, layer, choice.area)


def picture_under(
    sar: QgsRasterLayer, layer: QgsRasterLayer, area: Area
) -> tuple[Picture | None, str]:
    """Return what to draw of a layer for a SAR layer, or None and the reason."""
    ground, problem = _ground(sar, layer, area, _MARGIN)
    if ground is None:
        return None, problem
    box = ground.box
    gsd = max(ground.gsd, math.sqrt(box.width() * box.height() / MOST_PIXELS))
    return _on_pixels(box, ground.crs, gsd), ""


def blank_for(choice: Choice, layer: QgsRasterLayer) -> tuple[Picture | None, str]:
    """Return the overlap in the SAR image's pixels, not to be drawn, or the reason."""
    ground, problem = _overlap(choice, layer)
    if ground is None:
        return None, problem
    return _on_pixels(ground.box, ground.crs, ground.gsd), ""


def window_for(
    choice: Choice, layer: QgsRasterLayer, spot: Spot
) -> tuple[Picture | None, str]:
    """Return what to draw around a place; at the border it lies inwards."""
    ground, problem = _overlap(choice, layer)
    if ground is None:
        return None, problem
    try:
        at = change_between(spot.crs, ground.crs).transform(QgsPointXY(*spot.xy))
    except QgsCsException as error:
        return None, str(error)
    box, side = ground.box, spot.side_px * ground.gsd
    if not box.contains(at):
        return None, tr("Click where both images overlap.")
    width, height = min(side, box.width()), min(side, box.height())
    left = min(max(at.x() - width / 2, box.xMinimum()), box.xMaximum() - width)
    top = max(min(at.y() + height / 2, box.yMaximum()), box.yMinimum() + height)
    window = QgsRectangle(left, top - height, left + width, top)
    return _on_pixels(window, ground.crs, ground.gsd), ""


@dataclass(frozen=True)
class _Ground:
    """Where both images are: a box in a metric CRS, and the pixel to draw in."""

    box: QgsRectangle
    crs: QgsCoordinateReferenceSystem
    gsd: float


def _overlap(choice: Choice, layer: QgsRasterLayer) -> tuple[_Ground | None, str]:
    """Return the ground that both layers of a choice show, or the reason."""
    sar = QgsProject.instance().mapLayer(choice.sar.layer_id)
    if sar is None:
        return None, tr("{name} has no CRS.").format(name=choice.sar.name)
    return _ground(sar, layer, choice.area, 0.0)


def _ground(
    sar: QgsRasterLayer, layer: QgsRasterLayer, area: Area, margin: float
) -> tuple[_Ground | None, str]:
    """Return the ground that counts, grown by a share of its sides, or the reason."""
    if not sar.crs().isValid():
        return None, tr("{name} has no CRS.").format(name=sar.name())
    crs = metric_crs(sar)

    def moved(box: QgsRectangle, source: QgsCoordinateReferenceSystem) -> QgsRectangle:
        return change_between(source, crs).transformBoundingBox(box)

    try:
        box = moved(sar.extent(), sar.crs())
        gsd = _gsd(sar, box)
        box.grow(margin * max(box.width(), box.height()))
        if not layer.extent().isEmpty():
            box = box.intersect(moved(layer.extent(), layer.crs()))
        if area.box is not None:
            left, bottom, right, top = area.box
            asked = QgsRectangle(left, bottom, right, top)
            asked.grow(margin * max(asked.width(), asked.height()))
            source = QgsCoordinateReferenceSystem.fromOgcWmsCrs(area.crs)
            if not source.isValid():
                source = QgsCoordinateReferenceSystem.fromWkt(area.crs)
            box = box.intersect(moved(asked, source))
    except QgsCsException as error:
        return None, str(error)
    if box.isEmpty():
        return None, tr("The layers and the area do not cover the same ground.")
    return _Ground(box, crs, gsd), ""


def _on_pixels(
    box: QgsRectangle, crs: QgsCoordinateReferenceSystem, gsd: float
) -> Picture:
    """Return the picture of whole square pixels that begins at the upper left."""
    width = max(1, int(box.width() / gsd + 1e-6))
    height = max(1, int(box.height() / gsd + 1e-6))
    snapped = QgsRectangle(
        box.xMinimum(),
        box.yMaximum() - height * gsd,
        box.xMinimum() + width * gsd,
        box.yMaximum(),
    )
    return Picture(snapped, crs, width, height)


def metric_crs(layer: QgsRasterLayer) -> QgsCoordinateReferenceSystem:
    """Return the layer's CRS where it is projected, else the UTM zone of its middle."""
    if not layer.crs().isGeographic():
        return layer.crs()
    centre = layer.extent().center()
    zone = min(max(int((centre.x() + 180) // 6) + 1, 1), 60)
    code = (32600 if centre.y() >= 0 else 32700) + zone
    return QgsCoordinateReferenceSystem.fromEpsgId(code)


def _gsd(sar: QgsRasterLayer, box: QgsRectangle) -> float:
    """Return the pixel size that keeps the number of pixels of the SAR image."""
    return math.sqrt(box.width() * box.height() / (sar.width() * sar.height()))
