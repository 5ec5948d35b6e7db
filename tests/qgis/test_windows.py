"""Windows that the menu opens, used by mouse while nobody else holds them."""

import gc
import venv

import canvas_world as cw
import pytest
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QObject, QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
)
from soma.ui.engine import environment
from soma.ui.qt import settings

ROOT = environment.ROOT


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A place for engines that is empty."""
    monkeypatch.setenv("SOMA_ENGINE_DIR", str(tmp_path / "engines"))


def choose(iface, text):
    """Choose an entry of the plugin's menu; nothing is held afterwards."""
    action = next(a for a in iface.menu.actions() if a.text().startswith(text))
    action.trigger()
    del action
    collect()


def collect():
    """Let go of everything that only Python's garbage holds."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()


def shown(kind, text=""):
    """Return the visible widgets of a kind whose text holds something."""
    return [
        widget
        for widget in QApplication.allWidgets()
        if isinstance(widget, kind)
        and widget.isVisible()
        and text in (widget.text().replace("&", "") if text else "")
    ]


def enabled(text):
    """Return the buttons with a text that can be clicked.

    Those that say just this come first: the set-up's own button says "Set up", the
    dock's behind it "Set up engine", and Qt lists widgets in no order.
    """
    there = [b for b in shown(QAbstractButton, text) if b.isEnabled()]
    return sorted(there, key=lambda b: b.text().replace("&", "") != text)


def press(text):
    """Click the visible button with a text, as soon as it can be clicked."""
    collect()
    assert cw.wait_for(lambda: enabled(text), 60), text
    button = enabled(text)[0]
    # Wide ones react only where something is written.
    at = QPoint(12, button.height() // 2)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=at)


def dialogs():
    """Return the titles of the windows that are open."""
    return [d.windowTitle() for d in shown(QDialog)]


def test_the_set_up_works_from_the_menu(plugin, iface, wait):
    choose(iface, "Set up")
    box = next(b for b in shown(QComboBox) if b.isEditable())
    box.setEditText("/no/python")
    del box
    press("Set up")
    wait(lambda: shown(QLabel, "⚠"))
    press("Use an existing Python")
    assert shown(QRadioButton, "existing")[0].isChecked()
    press("Close")
    assert not dialogs()


def test_an_engine_is_known_everywhere_as_soon_as_it_is_set_up(
    dock, iface, wait, monkeypatch, tmp_path
):
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    # The system's own may have the packages.
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    dock.refresh()
    press("Set up engine")
    press("Use an existing Python")
    line = next(x for x in shown(QLineEdit) if x.accessibleName() == "Python program")
    for python, told in (
        (str(bare / "bin" / "python"), "⚠ That Python lacks"),
        (str(ROOT / ".venv" / "bin" / "python"), "✓"),
        (str(ROOT / ".venv" / "bin" / "python"), "✓"),
    ):
        line.setText(python)
        press("Set up")
        wait(lambda told=told: shown(QLabel, told))
    assert dock.bar.start.isVisible() and not dock.bar.setup.isVisible()
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 100\n")
    slow.chmod(0o755)
    line.setText(str(slow))
    press("Set up")
    press("Cancel")
    wait(lambda: shown(QLabel, "Stopped"))
    press("Close")
    assert environment.find_python() == str(ROOT / ".venv" / "bin" / "python")
    settings.save(settings.Settings())


def test_diagnostics_are_copied_from_the_menu(plugin, iface, wait):
    QApplication.clipboard().setText("nothing")
    choose(iface, "Diagnostics")
    wait(lambda: "model gradient" in shown(QPlainTextEdit)[0].toPlainText())
    press("Copy")
    assert "model gradient" in QApplication.clipboard().text()
    press("Close")
    assert not dialogs()


def test_a_window_is_there_once_and_comes_back(plugin, iface):
    for _ in range(2):
        choose(iface, "Diagnostics")
        choose(iface, "Diagnostics")
        choose(iface, "Set up")
        assert sorted(dialogs())[0] == "Diagnostics" and len(dialogs()) == 2
        press("Close")
        press("Close")
        collect()
        assert not dialogs()


def test_further_layers_are_warped_from_the_result(dock, iface, wait):
    press("Register")
    wait(lambda: shown(QAbstractButton, "Apply to more"))
    press("Apply to more")
    press("Warp")
    wait(lambda: shown(QLabel, "⚠ Tick"))
    press("Close")


def test_the_plugin_ends_with_its_windows_open(plugin, iface):
    choose(iface, "Set up")
    choose(iface, "Diagnostics")
    assert len(dialogs()) == 2
    plugin.unload()
    collect()
    assert not dialogs()
    assert not iface.window.findChildren(QDialog)


def halves():
    """Return the addresses and kinds of the plugin's objects that are whole."""
    windows = QApplication.topLevelWidgets()
    return {
        (sip.unwrapinstance(item), type(item).__name__)
        for window in windows
        for item in [window, *window.findChildren(QObject)]
        if type(item).__module__.startswith("soma.")
    }


def test_nothing_loses_its_python_half(dock, plugin, iface, wait):
    choose(iface, "Set up")
    choose(iface, "Diagnostics")
    assert plugin.tools is not None
    before = halves()
    names = {name for _, name in before}
    assert {"RegisterDock", "SetupDialog", "DiagnosticsDialog"} <= names
    assert {"ClickPanel", "InspectPanel", "_Readable", "TallScroll"} <= names
    collect()
    assert halves() == before
