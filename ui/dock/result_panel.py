"""What came out of a run: verdict, figures before and after, plots, links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.PyQt.QtCore import Qt, QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ..qt.i18n import tr
from ..qt.widgets import Paragraph, push_button
from ..words import sentences
from .plots import Arrows, Histogram, PlotPoint


class ResultPanel(QWidget):
    """Shows one result; hidden until there is one.

    ``result`` is what is shown, None for nothing or for a problem.
    """

    applyWanted = pyqtSignal()
    compareWanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._files: dict[str, str] = {}
        self.result: dict[str, Any] | None = None
        self.headline = Paragraph()
        self.text, self.why = Paragraph(copied=True), Paragraph(copied=True)
        self.table = QGridLayout()
        self.table.setHorizontalSpacing(12)
        self.histogram, self.arrows = Histogram(), Arrows()
        self.compare = push_button(tr("Compare on the map"))
        self.compare.setToolTip(
            tr("Show the reference and the registered image in cells in turn")
        )
        self.report = push_button(tr("Open report"))
        self.folder = push_button(tr("Open folder"))
        self.more = push_button(tr("Apply to more layers…"))
        self.report.clicked.connect(lambda: self._open("report"))
        self.folder.clicked.connect(lambda: self._open("folder"))
        self.more.clicked.connect(self.applyWanted)
        self.compare.clicked.connect(self.compareWanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        column.addWidget(line)
        for widget in (self.headline, self.text):
            column.addWidget(widget)
        column.addWidget(self.compare)
        row = QHBoxLayout()
        row.addWidget(self.report)
        row.addWidget(self.folder)
        column.addLayout(row)
        column.addLayout(self.table)
        column.addWidget(self.why)
        column.addWidget(self.histogram)
        column.addWidget(self.arrows)
        column.addWidget(self.more)
        self.hide()

    def show_result(self, result: dict[str, Any], points: list[PlotPoint]) -> None:
        """Show a result as dictionary, and the inliers behind it."""
        headline, lines = sentences.verdict(result)
        accepted = result["status"] == "ok"
        self.result, self._files = result, dict(result["files"])
        self.headline.setText(f"<b>{headline}</b>")
        notes = [sentences.said(note, "") for note in result.get("notes", ())]
        if accepted:
            # Doubts stand before the figures that they are about.
            lines, notes = [*lines, *notes], []
        self.text.setText("\n".join(lines))
        self._fill_table(result["quality"] if accepted else {})
        self.why.setText("\n".join(filter(None, [_reason(result), *notes])))
        before = result.get("quality", {}).get("before", {}) if accepted else {}
        self.histogram.show_points(points)
        self.arrows.show_points(points, before.get("median_px"))
        for plot in (self.histogram, self.arrows):
            plot.setVisible(accepted)
        self.compare.setVisible(accepted)
        # In a reopened project the files may have gone.
        self.more.setVisible(accepted and bool(self.transform))
        for button in (self.report, self.folder):
            button.show()
        self.why.setVisible(bool(self.why.text()))
        self.report.setEnabled("report" in self._files)
        self.show()

    def show_problem(self, headline: str, text: str) -> None:
        """Show why there is no result."""
        self.result, self._files = None, {}
        self.headline.setText(f"<b>{headline}</b>")
        self.text.setText(text)
        self._fill_table({})
        self.why.clear()
        for widget in (self.why, self.histogram, self.arrows, self.compare, self.more):
            widget.hide()
        for button in (self.report, self.folder):
            button.hide()
        self.show()

    def clear(self) -> None:
        """Show no result and no problem."""
        self.result, self._files = None, {}
        self.hide()

    @property
    def transform(self) -> str:
        """Return the transform.json of the result that is shown, or ""."""
        return self._files.get("transform", "")

    def _fill_table(self, quality: dict[str, Any]) -> None:
        while self.table.count():
            self.table.takeAt(0).widget().deleteLater()
        self.folder.setEnabled(bool(self._files))
        # Above the heads of columns that it belongs to none of.
        expected = sentences.figure(quality, "expected_error_px")
        if expected is not None:
            self._add_cell(0, 0, expected.label, expected.meaning, span=2)
            self._add_cell(0, 2, expected.value, expected.meaning)
        lines = sentences.before_and_after(quality)
        if lines:
            heads = ("", tr("apart before"), tr("held-out error"))
            for column, text in enumerate(heads):
                self._add_cell(1, column, f"<b>{text}</b>", "")
            for number, (text, row) in enumerate(
                zip((tr("Half below"), tr("90 % below")), lines), start=2
            ):
                self._add_cell(number, 0, text, "")
                for column, figure in enumerate(row, start=1):
                    self._add_cell(number, column, figure.value, figure.meaning)

    def _add_cell(
        self, row: int, column: int, text: str, meaning: str, span: int = 1
    ) -> None:
        label = QLabel(text) if column else Paragraph(text)
        label.setToolTip(meaning)
        side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
        label.setAlignment(side)
        self.table.addWidget(label, row, column, 1, span)

    def _open(self, role: str) -> None:
        if role == "folder":
            path = str(Path(next(iter(self._files.values()))).parent)
        else:
            path = self._files[role]
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def _reason(result: dict[str, Any]) -> str:
    why = sentences.said(result.get("message"), result["reason"])
    if result["status"] != "ok":
        # Without figures it only says again what the headline's text says.
        detailed = any(letter.isdigit() for letter in result["reason"])
        return tr("In detail: {reason}").format(reason=why) if detailed else ""
    return tr("Transform and why: {why}").format(why=why)
