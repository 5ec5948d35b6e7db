"""The mouse wheel over what can be set: it scrolls, and changes nothing."""

import pytest
from qgis.PyQt.QtCore import QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QWheelEvent
from qgis.PyQt.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollArea,
    QSlider,
    QTabBar,
)
from soma.ui.engine.setup_dialog import SetupDialog

KINDS = (QComboBox, QAbstractSpinBox, QSlider, QTabBar)


def turn(widget):
    """Turn the wheel over a widget by one step towards the user.

    Qt hands events of a real mouse to the parent where a widget leaves them; those
    that are made are not.
    """
    left = widget
    while left is not None:
        at = QPointF(left.rect().center())
        event = QWheelEvent(
            at,
            QPointF(left.mapToGlobal(at.toPoint())),
            QPoint(0, -20),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(left, event)
        left = None if event.isAccepted() else left.parentWidget()


def state(widget):
    """Return what a widget is set to."""
    if isinstance(widget, QComboBox | QTabBar):
        return widget.currentIndex()
    return widget.value()


def settable(window):
    """Return what can be set in a window and is not a part of something else."""
    found = [w for kind in KINDS for w in window.findChildren(kind)]
    assert found
    return found


@pytest.fixture
def dialog(engine):
    dialog = SetupDialog(engine)
    dialog.show()
    yield dialog
    dialog.close()


def test_nothing_in_the_dock_follows_the_wheel(dock, plugin):
    assert plugin.tools is not None
    found = settable(dock)
    assert len(found) >= 25
    for tab in range(dock.tabs.count()):
        dock.tabs.setCurrentIndex(tab)
        for widget in found:
            if widget.isVisible() and widget.isEnabled() and not widget.hasFocus():
                before = state(widget)
                turn(widget)
                assert state(widget) == before, widget.accessibleName()
                assert not widget.hasFocus()


def test_nothing_in_the_set_up_follows_the_wheel(dialog):
    for widget in settable(dialog):
        if not widget.hasFocus():
            before = state(widget)
            turn(widget)
            assert state(widget) == before


def test_the_wheel_scrolls_the_form_and_sets_what_has_the_focus(dock, iface, qapp):
    dock.form.method.setCollapsed(False)
    dock.form.output.setCollapsed(False)
    iface.window.resize(900, 400)
    qapp.processEvents()
    area = next(a for a in dock.findChildren(QScrollArea) if a.isVisible())
    box, before = dock.form.resampling, dock.form.resampling.currentIndex()
    area.ensureWidgetVisible(dock.form.transform)
    place = area.verticalScrollBar().value()
    assert place < area.verticalScrollBar().maximum()
    turn(dock.form.transform)
    assert area.verticalScrollBar().value() > place
    area.ensureWidgetVisible(box)
    box.setFocus()
    qapp.setActiveWindow(iface.window)
    assert box.hasFocus()
    turn(box)
    assert box.currentIndex() == before + 1
