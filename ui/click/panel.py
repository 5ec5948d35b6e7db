"""The panel of the map tool: points, transform, preview, apply, files."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QHideEvent, QImage, QPixmap
from qgis.PyQt.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...core.base.errors import SomaError
from ..qt.i18n import tr
from ..qt.later import later
from ..qt.pool import repainted
from ..qt.widgets import Paragraph, combo, form_layout, push_button
from ..words import sentences
from .drawing import Picture
from .points_file import read_points, write_points
from .session import LEAST_POINTS
from .table import PointTable
from .tool import ClickTool
from .verdict import verdict

#: Side of the picture of the last window, in pixels.
_PICTURE_PX = 144
#: The panel is left when it has been out of sight for so long: a dock that is docked
#: elsewhere is gone for a moment.
_LEFT_AFTER_MS = 100
_KINDS = ("auto", "shift", "similarity", "affine", "poly2", "poly3", "tps")
_FILTER = "Georeferencer (*.points)"


class ClickPanel(QWidget):
    """Everything about one list of control points, for a dock.

    Args:
        tool: the map tool.
    """

    def __init__(self, tool: ClickTool, parent: QWidget | None = None):
        super().__init__(parent)
        self._tool, self._points, self._session = tool, tool.points, tool.session
        self.table = PointTable(tool.points)
        self._make_widgets()
        self._assemble()
        self._connect()
        self._problem = ""
        self._left_timer = later(self, _LEFT_AFTER_MS, self._left)
        self._hint()
        self._show_pair()
        self.refresh()

    def refresh(self) -> None:
        """Show what is possible now."""
        count, fit = len(self._points), self._points.fit
        enough = len(self._points.enabled) >= LEAST_POINTS
        self.preview.setEnabled(enough)
        self.apply.setEnabled(enough and fit is not None and not self._session.applying)
        self.undo.setEnabled(self._points.can_undo or bool(self._session.waiting))
        self.delete.setEnabled(bool(self._points.selected))
        self.clear.setEnabled(bool(count))
        self.export.setEnabled(bool(count))
        self.verdict.setText(verdict(self._points, self._session.fitting))
        self.verdict.setToolTip(fit.why if fit else "")

    def tell(self, text: str, bad: bool = False) -> None:
        """Show a sentence; bad news stand out."""
        self.message.setText(text)
        is_dark = self.palette().window().color().lightness() < 128
        red = "#ff8a80" if is_dark else "#b3261e"
        self.message.setStyleSheet(f"color: {red};" if bad else "")

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the map when another tab is chosen or the dock is closed."""
        super().hideEvent(event)
        self._left_timer.start()

    def show_picture(self, picture: Picture | None) -> None:
        """Show the checkerboard of the last window, None for none."""
        if picture is None:
            self.picture.hide()
            return
        size = picture.image.size().scaled(
            _PICTURE_PX, _PICTURE_PX, Qt.AspectRatioMode.KeepAspectRatio
        )
        image = repainted(picture.image, QImage.Format.Format_RGB32, size)
        self.picture.setPixmap(QPixmap.fromImage(image))
        self.picture.show()

    def import_file(self, path: str) -> None:
        """Replace the points by those of a file."""
        canvas_crs = self._tool.canvas().mapSettings().destinationCrs()
        source_crs = self._session.jobs.moving_crs()
        try:
            found, crs = read_points(path, canvas_crs, source_crs)
        except SomaError as error:
            self.tell(str(error), True)
            return
        self._points.load(found, crs)
        text = tr("{n} points were read from {name}")
        self.tell(text.format(n=len(found), name=Path(path).name))

    def export_file(self, path: str) -> None:
        """Write the points into a file."""
        target = path if path.lower().endswith(".points") else f"{path}.points"
        try:
            write_points(self._points, target, self._session.jobs.moving_crs())
        except SomaError as error:
            self.tell(str(error), True)
            return
        self.tell(tr("Written: {name}").format(name=target))

    def _make_widgets(self) -> None:
        self.pick = push_button(tr("&Click on the map"))
        self.pick.setCheckable(True)
        self.pick.setToolTip(
            tr(
                "Click: register the window around a place. Shift and two clicks: "
                "pin a pair by hand. Drag: move. Right click: delete. Backspace: "
                "undo. Esc: cancel."
            )
        )
        kinds = sentences.transforms()
        self.kind = combo(*((kinds[name], name) for name in _KINDS))
        sizes = (
            (tr("Small (128 px)"), 128),
            (tr("Usual (256 px)"), 256),
            (tr("Large (512 px)"), 512),
        )
        self.window_px = combo(*sizes)
        self.window_px.setCurrentIndex(1)
        self.pair = Paragraph(narrow=True, copied=True)
        self.message = Paragraph(narrow=True, copied=True)
        self.verdict = Paragraph(narrow=True, copied=True)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.hide()
        cells = ((tr("Whole image"), 0), (tr("Checkerboard"), 64))
        self.cells = combo(*cells)
        self.cells.setAccessibleName(tr("What the preview shows"))
        self.preview = push_button(tr("&Preview"))
        self.preview.setCheckable(True)
        self.apply = push_button(tr("&Apply"))
        self.apply.setToolTip(tr("Warp the whole image and add it to the project"))
        self.undo = _tool_button("mActionUndo", tr("Take the last change back"))
        self.delete = _tool_button(
            "mActionDeleteSelected", tr("Delete the selected point")
        )
        self.clear = _tool_button("mActionRemove", tr("Delete all points"))
        self.load = _tool_button("mActionFileOpen", tr("Read a .points file"))
        self.export = _tool_button("mActionFileSave", tr("Write a .points file"))

    def _assemble(self) -> None:
        column = QVBoxLayout(self)
        column.addWidget(self.pair)
        column.addWidget(self.pick)
        told = QHBoxLayout()
        told.addWidget(self.picture)
        told.addWidget(self.message, 1)
        column.addLayout(told)
        column.addWidget(self.table, 1)
        buttons = QHBoxLayout()
        for button in (self.undo, self.delete, self.clear, self.load, self.export):
            buttons.addWidget(button)
        buttons.insertStretch(3, 1)
        column.addLayout(buttons)
        form: QFormLayout = form_layout()
        form.addRow(tr("&Window"), self.window_px)
        form.addRow(tr("&Transform"), self.kind)
        column.addLayout(form)
        column.addWidget(self.verdict)
        row = QHBoxLayout()
        row.addWidget(self.preview)
        row.addWidget(self.cells, 1)
        column.addLayout(row)
        column.addWidget(self.apply)

    def _connect(self) -> None:
        tool, session, points = self._tool, self._session, self._points
        self.pick.toggled.connect(tool.toggle)
        tool.modeChanged.connect(self._show_mode)
        tool.pairChanged.connect(self._show_pair)
        points.replaced.connect(self._hint)
        tool.messaged.connect(self.tell)
        tool.pictured.connect(self.show_picture)
        points.changed.connect(self.refresh)
        points.fitted.connect(self.refresh)
        session.applied.connect(lambda result: self.refresh())
        session.waitingChanged.connect(self.refresh)
        self.table.chosen.connect(points.select)
        self.table.undoWanted.connect(session.undo)
        self.kind.currentIndexChanged.connect(
            lambda: session.set_kind(self.kind.currentData())
        )
        self.window_px.currentIndexChanged.connect(
            lambda: session.set_window(self.window_px.currentData())
        )
        self.cells.currentIndexChanged.connect(
            lambda: tool.preview.set_cell(self.cells.currentData())
        )
        self.preview.toggled.connect(tool.preview.switch)
        tool.preview.switched.connect(self.preview.setChecked)
        self.apply.clicked.connect(self._apply)
        self.undo.clicked.connect(lambda: session.undo())
        self.delete.clicked.connect(lambda: points.remove(points.selected))
        self.clear.clicked.connect(lambda: points.clear())
        self.load.clicked.connect(self._choose_import)
        self.export.clicked.connect(self._choose_export)

    def _show_mode(self, on: bool) -> None:
        # What the map tool does by itself is no wish of the user's.
        self.pick.blockSignals(True)
        self.pick.setChecked(on)
        self.pick.blockSignals(False)
        if on:
            self._hint()

    def _hint(self) -> None:
        problem = self._session.jobs.problem()
        self.tell(problem or tr("Click where both images show the same feature."))

    def _show_pair(self) -> None:
        """Name the pair that clicks are about, or say why there is none."""
        problem = self._session.jobs.problem()
        self.pair.setVisible(not problem)
        if problem:
            self.tell(problem)
        elif self._problem:
            self._hint()
        self._problem = problem
        if problem:
            return
        # Layers are named like files: without blanks where a line could break.
        moving, reference = (
            name.replace("_", "_\u200b") for name in self._session.jobs.names()
        )
        text = tr("{moving} is moved onto {reference}")
        self.pair.setText(text.format(moving=moving, reference=reference))

    def _left(self) -> None:
        if not self.isVisible():
            self._tool.leave()

    def _apply(self) -> None:
        self._session.apply()
        self.refresh()

    def _choose_import(self) -> None:
        path = QFileDialog.getOpenFileName(self, tr("Import points"), "", _FILTER)[0]
        if path:
            self.import_file(path)

    def _choose_export(self) -> None:
        path = QFileDialog.getSaveFileName(self, tr("Export points"), "", _FILTER)[0]
        if path:
            self.export_file(path)


def _tool_button(icon: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(QgsApplication.getThemeIcon(f"/{icon}.svg"))
    button.setAutoRaise(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button
