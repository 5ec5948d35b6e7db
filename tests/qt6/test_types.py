"""Every name of Qt that the plugin's code uses is one that Qt 6 has.

Building widgets runs a part of the code only. mypy reads all of it, against the
types that PyQt6 declares: names without their scope, methods that are gone and calls
with arguments that Qt 6 does not take are found wherever they stand.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STANDIN = Path(__file__).parent / "standin"
#: What says that Qt 6 is used wrongly; the rest is mypy's taste.
CODES = ("attr-defined", "call-arg")


def findings(folder):
    """Return mypy's findings about the package ``soma`` in a folder."""
    options = [
        "--ignore-missing-imports",
        "--follow-imports=silent",
        "--disable-error-code=union-attr",
        "--no-strict-optional",
        "--no-error-summary",
        "--cache-dir=/dev/null",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "-p", "soma.ui", "-m", "soma.plugin"],
        cwd=folder,
        env={**os.environ, "MYPYPATH": os.pathsep.join([str(folder), str(STANDIN)])},
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    lines = done.stdout.splitlines()
    return [line for line in lines if line.endswith(tuple(f"[{c}]" for c in CODES))]


@pytest.fixture
def package(tmp_path):
    """The checkout under the name of the package."""
    (tmp_path / "soma").symlink_to(ROOT)
    return tmp_path


def test_code_uses_only_what_qt_6_has(package):
    assert findings(package) == []


#: Code for Qt 5 alone, and the words of the finding.
QT_5 = {
    "label.setAlignment(Qt.AlignRight)": "AlignRight",
    "QMessageBox.question(label, '', '') == QMessageBox.Yes": "Yes",
    "QDialog(label).exec_()": "exec_",
    "QApplication.fontMetrics()": "fontMetrics",
    "QApplication.desktop()": "desktop",
    "label.fontMetrics().width('x')": "width",
    "label.setMargins(0)": "setMargins",
    "QPalette().background()": "background",
}


def test_code_for_qt_5_is_found(tmp_path):
    folder = tmp_path / "soma" / "ui"
    folder.mkdir(parents=True)
    for path in (folder, folder.parent):
        (path / "__init__.py").write_text("")
    (folder.parent / "plugin.py").write_text("")
    head = [
        "from qgis.PyQt.QtCore import Qt",
        "from qgis.PyQt.QtGui import QPalette",
        "from qgis.PyQt.QtWidgets import QApplication, QDialog, QLabel, QMessageBox",
        "def use(label: QLabel) -> None:",
    ]
    lines = [*head, *(f"    {line}" for line in QT_5)]
    (folder / "old.py").write_text("\n".join(lines))
    found = findings(tmp_path)
    assert len(found) == len(QT_5)
    for line, word in zip(found, QT_5.values(), strict=True):
        assert f'has no attribute "{word}"' in line
