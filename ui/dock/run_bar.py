"""The bar below the form: what to expect, Register or Cancel, and progress."""

from __future__ import annotations

import time

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from ..qt.i18n import tr
from ..qt.widgets import Paragraph, progress_bar, push_button
from ..words import sentences
from .many_offer import ManyOffer

#: Time left is told from this share and this time on.
_TELL_FROM_PERCENT, _TELL_FROM_S = 8.0, 3.0


class RunBar(QWidget):
    """States: idle with a plan or a problem, engine missing, running, stopping."""

    registerWanted = pyqtSignal()
    cancelWanted = pyqtSignal()
    setupWanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._began_s, self._stage, self._percent = 0.0, "", 0.0
        # Long sentences wrap instead of making the dock wide.
        self.line = Paragraph(narrow=True)
        self.many = ManyOffer()
        self.progress = progress_bar()
        self.start = push_button(tr("&Register"))
        self.start.setDefault(True)
        self.stop = push_button(tr("&Cancel"))
        self.setup = push_button(tr("Set &up engine…"))
        self.setup.setDefault(True)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.setup)
        row.addWidget(self.stop)
        row.addWidget(self.start)
        column = QVBoxLayout(self)
        column.addWidget(self.many)
        column.addWidget(self.line)
        column.addWidget(self.progress)
        column.addLayout(row)
        self.start.clicked.connect(self.registerWanted)
        self.stop.clicked.connect(self.cancelWanted)
        self.setup.clicked.connect(self.setupWanted)
        self.show_idle()
        self.show_engine(True)

    @property
    def is_running(self) -> bool:
        """Return whether progress is shown."""
        return self.stop.isEnabled()

    def show_engine(self, is_set_up: bool) -> None:
        """Offer the set-up of the engine, or not."""
        self.setup.setVisible(not is_set_up)
        self.start.setVisible(is_set_up)
        if not is_set_up:
            self._say(
                tr(
                    "The engine that compares the images is not set up yet. That takes "
                    "a few minutes, once."
                )
            )

    def allow(self, yes: bool) -> None:
        """Let the user start, or not."""
        self.start.setEnabled(yes and not self.is_running)

    def show_plan(self, text: str) -> None:
        """Say what a run will do."""
        if not self.is_running:
            self._say(text)

    def show_problem(self, text: str) -> None:
        """Say why a run cannot work; an empty text says nothing yet."""
        if not self.is_running and self.start.isVisibleTo(self):
            self._say(text, problem=bool(text))

    def show_idle(self) -> None:
        """Show Register instead of progress."""
        self.progress.hide()
        self.stop.hide()
        self.stop.setEnabled(False)
        self.start.show()
        self._say("")

    def show_running(self) -> None:
        """Show progress and Cancel instead of Register."""
        self._began_s, self._percent, self._stage = time.monotonic(), 0.0, ""
        self.progress.setValue(0)
        self.progress.show()
        self.start.hide()
        self.stop.setEnabled(True)
        self.stop.show()
        self._say(tr("Starting"))

    def show_stopping(self) -> None:
        """Say that a cancel is under way."""
        self._say(tr("Stopping …"))

    def show_stage(self, text: str) -> None:
        """Name the stage that begins."""
        self._stage = sentences.stage(text)
        self._tell()

    def show_progress(self, percent: float) -> None:
        """Show overall progress, 0 to 100, and the time left."""
        self._percent = percent
        self.progress.setValue(round(percent))
        self._tell()

    def _tell(self) -> None:
        if not self.is_running:
            return
        text = f"{self._stage} – {self._percent:.0f}%"
        gone = time.monotonic() - self._began_s
        if self._percent > _TELL_FROM_PERCENT and gone > _TELL_FROM_S:
            left = gone * (100.0 - self._percent) / self._percent
            text += " – " + tr("about {t} left").format(t=sentences.duration(left))
        self._say(text)

    def _say(self, text: str, problem: bool = False) -> None:
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.line.setText(("⚠ " if problem else "") + text)
