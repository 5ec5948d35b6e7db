"""Which part of the overlap to match: a choice, and its meaning as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas, QgsMapLayerComboBox, QgsMapToolExtent
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from ..qt.compat import polygon_filter
from ..qt.i18n import tr
from ..qt.widgets import combo, push_button, shrink
from .earlier_tool import EarlierTool
from .frame import Frame
from .inputs import crs_text

WHOLE, VISIBLE, DRAWN, POLYGONS = "whole", "visible", "drawn", "polygons"


@dataclass(frozen=True)
class Area:
    """A part of the map.

    Args:
        box: (left, bottom, right, top), or None for the whole overlap.
        crs: of the box and the polygons, as text.
        polygons: WKT of the area itself where it is no box, else "".
        problem: why the choice cannot be used, else "".
    """

    box: tuple[float, float, float, float] | None = None
    crs: str = ""
    polygons: str = ""
    problem: str = ""


class AreaChooser(QWidget):
    """A combo box, and what it needs: a button to draw or a polygon layer."""

    changed = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, parent: QWidget | None = None):
        super().__init__(parent)
        self._canvas, self._drawn, self._drawn_crs = canvas, None, ""
        self._tool: QgsMapToolExtent | None = None
        self._earlier = EarlierTool(canvas)
        self._frame = Frame(canvas)
        self.choice = combo(
            (tr("Whole overlap"), WHOLE),
            (tr("What the map shows"), VISIBLE),
            (tr("Rectangle drawn on the map"), DRAWN),
            (tr("Selected polygons"), POLYGONS),
        )
        self.draw = push_button(tr("Draw"))
        self.draw.setCheckable(True)
        self.draw.setToolTip(tr("Drag a rectangle on the map"))
        self.layer = QgsMapLayerComboBox()
        self.layer.setFilters(polygon_filter())
        self.layer.setAccessibleName(tr("Polygon layer"))
        shrink(self.layer)
        # A label's letter only leads to what takes the focus itself.
        self.setFocusPolicy(self.choice.focusPolicy())
        self.setFocusProxy(self.choice)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.choice, 1)
        row.addWidget(self.draw)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.layer)
        self.choice.currentIndexChanged.connect(self._chosen)
        self.draw.toggled.connect(self._drawing)
        self.layer.layerChanged.connect(self.changed)
        canvas.extentsChanged.connect(self._panned)
        QgsProject.instance().cleared.connect(self.forget)
        self._chosen()

    def area(self) -> Area:
        """Return what is chosen, as plain values."""
        kind = self.choice.currentData()
        if kind == VISIBLE:
            crs = self._canvas.mapSettings().destinationCrs()
            return _boxed(self._canvas.extent(), crs_text(crs))
        if kind == DRAWN:
            if self._drawn is None:
                return Area(problem=tr("Draw a rectangle on the map first."))
            return _boxed(self._drawn, self._drawn_crs)
        if kind == POLYGONS:
            return self._polygons()
        return Area()

    def set_drawn(self, box: QgsRectangle) -> None:
        """Take a rectangle in the map's CRS as the drawn area."""
        crs = self._canvas.mapSettings().destinationCrs()
        self._take(QgsRectangle(box), crs_text(crs))
        self.stop_drawing()

    def forget(self) -> None:
        """Drop what was drawn, as its project is gone."""
        self.stop_drawing()
        self._drawn, self._drawn_crs = None, ""
        self.choice.setCurrentIndex(0)
        self._chosen()

    def show_frame(self, on: bool) -> None:
        """Show the drawn area on the map, or not while the form is closed."""
        if not on:
            self.stop_drawing()
        self._frame.switch(on)

    def kept(self) -> dict[str, Any]:
        """Return the choice as plain values for ``restore``."""
        area, layer = self.area(), self.layer.currentLayer()
        kept = {"kind": self.choice.currentData(), "box": area.box, "crs": area.crs}
        return {**kept, "polygons": layer.id() if layer else ""}

    def restore(self, kept: dict[str, Any]) -> None:
        """Choose what ``kept`` returned."""
        kind, box = kept.get("kind", WHOLE), kept.get("box")
        self.choice.setCurrentIndex(max(self.choice.findData(kind), 0))
        if kind == DRAWN and box:
            self._take(QgsRectangle(*box), kept.get("crs", ""))
        elif kind == POLYGONS:
            self.layer.setLayer(
                QgsProject.instance().mapLayer(kept.get("polygons", ""))
            )

    def _take(self, box: QgsRectangle, crs: str) -> None:
        self._drawn, self._drawn_crs = box, crs
        self.choice.setCurrentIndex(self.choice.findData(DRAWN))
        self._chosen()

    def stop_drawing(self) -> None:
        """Put the map tool back that was there before, and remove ours."""
        if self._tool is None:
            return
        tool, self._tool = self._tool, None
        tool.clearRubberBand()
        self._earlier.give_back(tool)
        tool.deleteLater()
        self.draw.setChecked(False)

    def close_down(self) -> None:
        """Let go of the map; for the end of the plugin."""
        self.stop_drawing()
        self._canvas.extentsChanged.disconnect(self._panned)
        QgsProject.instance().cleared.disconnect(self.forget)
        self._frame.close_down()

    def _chosen(self) -> None:
        kind = self.choice.currentData()
        self.draw.setVisible(kind == DRAWN)
        self.layer.setVisible(kind == POLYGONS)
        self._frame.show(
            self._drawn if kind == DRAWN else None,
            QgsCoordinateReferenceSystem(self._drawn_crs),
        )
        self.changed.emit()

    def _panned(self) -> None:
        if self.choice.currentData() == VISIBLE:
            self.changed.emit()

    def _drawing(self, on: bool) -> None:
        if not on:
            self.stop_drawing()
            return
        self._tool = QgsMapToolExtent(self._canvas)
        self._tool.extentChanged.connect(self.set_drawn)
        self._tool.deactivated.connect(self.stop_drawing)
        self._earlier.replace_by(self._tool)

    def _polygons(self) -> Area:
        layer = self.layer.currentLayer()
        if not isinstance(layer, QgsVectorLayer):
            return Area(problem=tr("There is no polygon layer in the project."))
        shapes = [feature.geometry() for feature in layer.selectedFeatures()]
        if not shapes:
            return Area(problem=tr("Select one or more polygons of the layer."))
        whole = QgsGeometry.unaryUnion(shapes)
        boxed = _boxed(whole.boundingBox(), crs_text(layer.crs()))
        return Area(boxed.box, boxed.crs, whole.asWkt(), boxed.problem)


def _boxed(box: QgsRectangle, crs: str) -> Area:
    if box.isEmpty():
        return Area(problem=tr("The area is empty."))
    corners = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
    return Area(corners, crs)
