"""Set up the engine: make a private environment, or take an existing Python."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QCoreApplication, QEvent, pyqtSignal
from qgis.PyQt.QtGui import QFontDatabase, QShowEvent
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ...core.base.errors import BadInput
from ...core.base.feedback import check
from ..qt import settings
from ..qt.i18n import tr
from ..qt.widgets import (
    Paragraph,
    TallScroll,
    keep_readable,
    progress_bar,
    resize_within_screen,
)
from . import environment, installer, pythons
from .engine import Engine
from .installer import Installer
from .setup_advice import probe_words
from .setup_pages import ExistingPage, PrivatePage
from .task import EngineTask


class SetupDialog(QDialog):
    """Stays open while it works; closing it stops the work.

    ``engineChanged`` tells that another engine is in use from now on.
    """

    engineChanged = pyqtSignal()

    def __init__(self, engine: Engine, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle(tr("Set up the engine of SOMA Registration"))
        self._engine = engine
        self._trial: EngineTask | None = None
        self.installer = Installer(self)
        self.private = QRadioButton(tr("Make a private environment (recommended)"))
        self.existing = QRadioButton(tr("Use an existing Python (for experts)"))
        self.private.setChecked(True)
        self.private_page, self.existing_page = PrivatePage(), ExistingPage()
        self.status = Paragraph("")
        self.progress = progress_bar()
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setAccessibleName(tr("Log of the set-up"))
        self.log.setMaximumBlockCount(2000)
        self.log.setMinimumHeight(8 * self.log.fontMetrics().height())
        self.log.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._assemble()
        self._connect()
        self._idle()

    def start(self) -> None:
        """Do what is chosen."""
        self.log.clear()
        self._working(True)
        if self.private.isChecked():
            self.installer.start(
                self.private_page.python.currentText(),
                self.private_page.build.currentData(),
                self.private_page.index.text().strip(),
                self.private_page.archives.isChecked(),
            )
        else:
            self._probe(self.existing_page.program.filePath())

    def done(self, result: int) -> None:
        """Stop what runs, and close; whichever key or button asked for it."""
        self.cancel()
        super().done(result)

    def cancel(self) -> None:
        """Stop what runs; the state before stays as far as it still works."""
        self.installer.cancel()
        if self._trial is not None:
            self._trial.cancel()

    def _assemble(self) -> None:
        self.go = QPushButton(tr("&Set up"))
        self.go.setDefault(True)
        self.buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        self.buttons.addButton(self.go, role.ActionRole)
        self.stop = self.buttons.addButton(tr("&Cancel"), role.ActionRole)
        self.shut = self.buttons.addButton(tr("C&lose"), role.RejectRole)
        inner = self._inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(
            Paragraph(
                tr(
                    "The images are compared by a program of its own, the engine. It "
                    "is downloaded once, in a few minutes; you need a connection to "
                    "the internet and can go on working meanwhile. Nothing is "
                    "installed into QGIS. If you are not sure, press Set up."
                )
            )
        )
        for widget in (
            self.private,
            self.private_page,
            self.existing,
            self.existing_page,
            self.status,
            self.progress,
        ):
            column.addWidget(widget)
        column.addWidget(self.log, 1)
        # Takes the room that the log leaves when it is hidden.
        column.addStretch()
        outer = QVBoxLayout(self)
        outer.addWidget(TallScroll(inner, self.windowTitle()), 1)
        outer.addWidget(self.buttons)
        # Not the dialog: a new style makes button boxes show what was hidden.
        for widget in (inner, self.go):
            keep_readable(widget)

    def showEvent(self, event: QShowEvent) -> None:
        """Be as high as the content needs, as far as the screen allows."""
        super().showEvent(event)
        self._fit()

    def _fit(self, least: int = 0) -> None:
        width = self.fontMetrics().horizontalAdvance("x") * 90
        width = max(width, self.minimumSizeHint().width())
        rest = self.buttons.sizeHint().height() + 4 * self.fontMetrics().height()
        # Paragraphs are as high as their lines once they have their width.
        resize_within_screen(self, width, self.height())
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        height = self._inner.heightForWidth(width) + rest
        resize_within_screen(self, width, max(height, least))

    def _connect(self) -> None:
        self.private.toggled.connect(self._follow)
        self.go.clicked.connect(self.start)
        self.stop.clicked.connect(self.cancel)
        self.shut.clicked.connect(self.close)
        self.installer.line.connect(self.log.appendPlainText)
        self.installer.stepBegun.connect(self._step)
        self.installer.ended.connect(self._ended)

    def _follow(self) -> None:
        self.private_page.setEnabled(self.private.isChecked())
        self.existing_page.setEnabled(self.existing.isChecked())

    def _idle(self) -> None:
        self._working(False)
        if self._engine.is_set_up:
            self.status.setText(
                tr("The engine is set up: {p}").format(p=environment.find_python())
            )
        elif installer.crashed_before():
            self.status.setText(
                tr("An earlier set-up did not come to its end: press Set up again.")
            )

    def _working(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.log.setVisible(busy or bool(self.log.toPlainText()))
        if self.isVisible():
            self._fit(self.height())
        self.stop.setVisible(busy)
        self.go.setEnabled(not busy)
        for widget in (self.private, self.existing):
            widget.setEnabled(not busy)
        self._follow()
        if busy:
            self.private_page.setEnabled(False)
            self.existing_page.setEnabled(False)

    def _step(self, text: str, percent: int) -> None:
        self.status.setText(text + " …")
        self.progress.setRange(0, 100)
        self.progress.setValue(percent)

    def _ended(self, good: bool, text: str) -> None:
        if good:
            settings.update(engine_python="")
            self.engineChanged.emit()
        self._working(False)
        self._tell(good, text)

    def _probe(self, python: str) -> None:
        """Start an engine with an existing Python, and take it when it answers."""
        self.progress.setRange(0, 0)
        self.status.setText(tr("Starting the engine") + " …")
        trial, log = Engine(lambda: environment.worker_command(python)), []

        def work(task: EngineTask) -> Any:
            try:
                _need_packages(python, task)
                return trial.call("models", task)
            finally:
                log.extend(trial.log)
                # Here, where nobody waits; also when the dialog has gone.
                trial.close()

        title = tr("SOMA: trying a Python")
        self._trial = EngineTask(
            title, work, lambda task: self._probed(task, log), self
        ).start()

    def _probed(self, task: EngineTask, log: list[str]) -> None:
        self._trial = None
        self.progress.setRange(0, 100)
        if task.error is None:
            settings.update(engine_python=self.existing_page.program.filePath())
            self.engineChanged.emit()
            self._working(False)
            self._tell(True, tr("The engine is ready."))
            return
        self.log.setPlainText("\n".join(log))
        self._working(False)
        self._tell(False, str(task.error))

    def _tell(self, good: bool, text: str) -> None:
        self.status.setText(("✓ " if good else "⚠ ") + text)
        # What Enter does next.
        (self.shut if good else self.go).setDefault(True)
        (self.shut if good else self.go).setFocus()


def _need_packages(python: str, task: EngineTask) -> None:
    """Raise ``BadInput`` where a Python cannot be the engine's; takes a moment."""
    clean = environment.scrubbed_environment()
    problem, missing = pythons.lacking(python, clean, task.isCanceled)
    check(task)
    if problem:
        raise BadInput(probe_words()[problem])
    if missing:
        text = tr(
            "That Python lacks {names}. Install them there, or let a private "
            "environment be made."
        )
        raise BadInput(text.format(names=", ".join(missing)))
