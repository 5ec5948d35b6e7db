"""The list of control points with what the fit says about each."""

from __future__ import annotations

import math
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
)
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QIcon, QKeyEvent, QPixmap
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
)

from ...core.base.words import numbers
from ..qt.i18n import tr
from ..qt.units import pixels
from ..words.sentences import confidence
from .marks import point_colour
from .points import ControlPoint, PointList
from .shift import shift_m
from .verdict import not_used

_NUMBER = Qt.ItemDataRole.UserRole


class PointTable(QTableWidget):
    """One row per control point; the box in front says whether it counts."""

    chosen = pyqtSignal(int)
    undoWanted = pyqtSignal()

    def __init__(self, points: PointList):
        super().__init__(0, 4)
        self._points = points
        self._filling = False
        self.setHorizontalHeaderLabels(
            [tr("Point"), tr("Shift"), tr("Residual"), tr("Off the others")]
        )
        tips = (
            tr("Untick a point to leave it out of the transform"),
            tr("How far the feature is from its place, on the ground"),
            tr("What the transform leaves at this point"),
            tr("How far from its place the other points alone would put this one"),
        )
        for column, tip in enumerate(tips):
            self.horizontalHeaderItem(column).setToolTip(tip)
        self.verticalHeader().hide()
        self.setAccessibleName(tr("Control points"))
        # Tab leaves the table; arrows move within it.
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        self.setMinimumHeight(5 * self.verticalHeader().defaultSectionSize())
        points.changed.connect(self.fill)
        points.fitted.connect(self.fill)
        self.itemChanged.connect(self._ticked)
        self.itemSelectionChanged.connect(self._select)
        self.fill()

    def fill(self) -> None:
        """Show the points as they are now."""
        self._filling = True
        self.clearSpans()
        self.setRowCount(len(self._points))
        for row, point in enumerate(self._points.points):
            for column, item in enumerate(self._items(point)):
                item.setData(_NUMBER, point.number)
                self.setItem(row, column, item)
            if not point.enabled:
                # It says that it is not used, across what is about the fit.
                self.setSpan(row, 2, 1, 2)
            if point.number == self._points.selected:
                self.selectRow(row)
                self.scrollToItem(self.item(row, 0))
        if not self._points.selected:
            self.clearSelection()
        self._filling = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Delete remove the selected point, and Backspace undo."""
        if event.key() == Qt.Key.Key_Delete and self._points.selected:
            self._points.remove(self._points.selected)
        elif event.key() == Qt.Key.Key_Backspace:
            self.undoWanted.emit()
        else:
            super().keyPressEvent(event)

    def _items(self, point: ControlPoint) -> list[QTableWidgetItem]:
        first = QTableWidgetItem(str(point.number))
        first.setFlags(first.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        on, off = Qt.CheckState.Checked, Qt.CheckState.Unchecked
        first.setCheckState(on if point.enabled else off)
        first.setIcon(_swatch(point_colour(point, self._points)))
        first.setToolTip(
            tr("Set by hand")
            if point.by_hand
            else tr("Found by the model, confidence {c}").format(
                c=confidence(point.confidence)
            )
        )
        texts = [_shift(point, self._points.crs), "–", "–"]
        fit = self._points.fit
        left = fit.residuals.get(point.number) if fit else None
        told = ""
        if left is not None and not point.enabled:
            told = texts[1] = not_used(left)
        elif left is not None:
            texts[1] = pixels(f"{left.px:.2f}")
            if left.left_px is not None:
                texts[2] = pixels(f"{left.left_px:.2f}")
        others = [QTableWidgetItem(text) for text in texts]
        for item in others:
            item.setTextAlignment(_right_aligned())
            item.setToolTip(told)
        return [first, *others]

    def _ticked(self, item: QTableWidgetItem) -> None:
        if self._filling or item.column() != 0:
            return
        enabled = item.checkState() == Qt.CheckState.Checked
        self._points.enable(item.data(_NUMBER), enabled)

    def _select(self) -> None:
        items = self.selectedItems()
        if not self._filling and items:
            self.chosen.emit(items[0].data(_NUMBER))


def _shift(point: ControlPoint, crs: QgsCoordinateReferenceSystem) -> str:
    """Return how far a point's ends are apart: on the ground where that is known."""
    if not crs.isValid():
        return pixels(f"{math.dist(point.mov, point.ref):.3g}")
    moved = shift_m(point.mov, point.ref, crs)
    return "–" if moved is None else numbers.distance_metres(math.hypot(*moved), tr)


def _swatch(colour: QColor) -> QIcon:
    pixmap = QPixmap(12, 12)
    pixmap.fill(colour)
    return QIcon(pixmap)


def _right_aligned() -> Any:
    """Return the flags as the Qt at hand takes them: Qt 5 wants a number."""
    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    return flags if hasattr(flags, "value") else int(flags)
