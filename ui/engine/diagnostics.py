"""One text with all that a bug report needs."""

from __future__ import annotations

import platform
from typing import Any

from qgis.core import Qgis
from qgis.PyQt.QtCore import PYQT_VERSION_STR, QT_VERSION_STR
from qgis.PyQt.QtGui import QFontDatabase
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ...core.base.about import TITLE, VERSION
from ..qt import settings
from ..qt.i18n import locale_name, tr
from ..qt.widgets import resize_within_screen
from . import environment
from .engine import Engine
from .task import EngineTask


class DiagnosticsDialog(QDialog):
    """Shows the text, and asks the engine for its part."""

    def __init__(self, engine: Engine, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle(tr("Diagnostics"))
        self._engine = engine
        self.text = QPlainTextEdit(own_text(engine))
        self.text.setReadOnly(True)
        self.text.setAccessibleName(tr("Diagnostics"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        copy = buttons.addButton(tr("&Copy"), role.ActionRole)
        close = buttons.addButton(tr("C&lose"), role.RejectRole)
        copy.clicked.connect(self.copy)
        close.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self.text)
        column.addWidget(buttons)
        width = self.fontMetrics().horizontalAdvance("x")
        resize_within_screen(self, 90 * width, 60 * width)
        if engine.is_set_up:
            title = tr("SOMA: asking the engine")
            EngineTask(title, self._ask, self._answered, self, quiet=True).start()

    def copy(self) -> None:
        """Put the text on the clipboard."""
        QApplication.clipboard().setText(self.text.toPlainText())

    def _ask(self, task: EngineTask) -> list[dict[str, Any]]:
        return self._engine.call("models", task)

    def _answered(self, task: EngineTask) -> None:
        lines = [own_text(self._engine)]
        if task.error is not None:
            lines.append(str(task.error))
        else:
            lines += [f"model {m['name']:<14} {m['state']}" for m in task.value]
        lines += ["", "engine's last lines:", *self._engine.log[-60:]]
        self.text.setPlainText("\n".join(lines))


def own_text(engine: Engine) -> str:
    """Return what is known without asking anyone."""
    rows = {
        TITLE: VERSION,
        "QGIS": Qgis.QGIS_VERSION,
        "Qt": f"{QT_VERSION_STR}, PyQt {PYQT_VERSION_STR}",
        "QGIS's Python": platform.python_version(),
        "system": platform.platform(),
        "language": locale_name(),
        "plugin folder": str(environment.ROOT),
        "engine's Python": environment.find_python() or "none",
        "private engine": str(environment.engine_folder()),
        "settings": str(settings.load()),
    }
    rows.update({f"engine: {key}": str(v) for key, v in engine.hello.items()})
    width = max(len(key) for key in rows)
    return "\n".join(f"{key:<{width}}  {value}" for key, value in rows.items())
