"""The two ways to an engine, as parts of the set-up's form."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QGroupBox, QLineEdit, QWidget

from ..qt import settings
from ..qt.i18n import tr
from ..qt.widgets import Paragraph, combo, explain, file_widget, form_layout
from . import environment, pythons
from .installer import BASIC, CPU, CUDA


class PrivatePage(QGroupBox):
    """What a private environment is made of."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.python = QComboBox()
        self.python.setEditable(True)
        self.python.addItems(pythons.candidates())
        self.build = combo(
            (tr("Complete, for any computer (about 2 GB)"), CPU),
            (tr("Complete, faster on an NVIDIA graphics card (about 8 GB)"), CUDA),
            (tr("Small, without the neural network (about 0.7 GB)"), BASIC),
        )
        self.archives = QCheckBox(tr("&Archives too (0.3 GB more)"))
        explain(self.archives, tr("What it takes to work on several pairs at a time."))
        self.index = QLineEdit()
        self.index.setPlaceholderText(
            tr("Leave empty unless your organisation has one")
        )
        place = tr("It goes to {p}; to remove it, delete that folder.")
        form = form_layout()
        form.addRow(tr("&What to install"), self.build)
        form.addRow(self.archives)
        form.addRow(tr("&Python 3.11 or later"), self.python)
        form.addRow(Paragraph(_about_python(bool(self.python.count()))))
        form.addRow(tr("Further package &index"), self.index)
        form.addRow(Paragraph(place.format(p=environment.next_engine_folder())))
        # Who sets the engine up for the first time has enough to read.
        if environment.is_ready(environment.engine_folder()):
            form.addRow(Paragraph(_more_matchers()))
        self.setLayout(form)


class ExistingPage(QGroupBox):
    """Which Python is to be the engine's."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.program = file_widget(tr("Python program"), tr("Choose a program"))
        self.program.setFilePath(settings.load().engine_python)
        packages = ", ".join(pythons.PACKAGES.values())
        text = tr("It needs {names}, and torch and safetensors for the network.")
        form = form_layout()
        form.addRow(tr("P&ython program"), self.program)
        form.addRow(Paragraph(text.format(names=packages)))
        self.setLayout(form)


def _more_matchers() -> str:
    python = environment.venv_python(environment.engine_folder())
    return tr(
        "Packages can add further models to it, under licences of their own: {command} "
        "and the package's name. A new set-up begins without them."
    ).format(command=f'"{python}" -m pip install')


def _about_python(found: bool) -> str:
    if found:
        return tr(
            "The engine is written in the language Python. What this computer has of "
            "it is listed; take the first one unless it turns out not to suit."
        )
    return tr(
        "This computer has no Python: install version 3.11 or later from "
        "python.org/downloads, then open this window again."
    )
