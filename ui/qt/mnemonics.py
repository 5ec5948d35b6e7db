"""Letters with Alt inside the dock, before QGIS's menus take them."""

from __future__ import annotations

from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtGui import QKeyEvent, QKeySequence
from qgis.PyQt.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget


class Mnemonics(QObject):
    """Lets an underlined letter work while the focus is inside a widget.

    QGIS's menus have most letters for themselves (Alt+R is *Raster*), and Qt presses
    neither of two.

    Args:
        root: whose labels and buttons are meant, while it has the focus.
    """

    def __init__(self, root: QWidget):
        super().__init__(root)
        self._root = root
        root.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take keys that belong to a label or button."""
        kind = event.type()
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        target = self._target(event)
        if target is None:
            return False
        event.accept()
        if kind == QEvent.Type.KeyPress:
            watched.removeEventFilter(self)
            self._root.installEventFilter(self)
            _follow(target)
            return True
        # The key itself comes next. A list would look for an entry with that letter.
        focus = QApplication.focusWidget()
        if focus is not None:
            focus.installEventFilter(self)
        return True

    def _target(self, event: QKeyEvent) -> QWidget | None:
        if event.modifiers() != Qt.KeyboardModifier.AltModifier:
            return None
        wanted = QKeySequence(f"Alt+{QKeySequence(event.key()).toString()}")
        named: list[QAbstractButton | QLabel] = [
            *self._root.findChildren(QAbstractButton),
            *self._root.findChildren(QLabel),
        ]
        for widget in named:
            if QKeySequence.mnemonic(widget.text()) == wanted and _usable(widget):
                return widget
        return None


def _usable(widget: QWidget) -> bool:
    if isinstance(widget, QLabel):
        widget = widget.buddy()
    return widget is not None and widget.isVisible() and widget.isEnabled()


def _follow(widget: QWidget) -> None:
    if isinstance(widget, QLabel):
        widget.buddy().setFocus(Qt.FocusReason.ShortcutFocusReason)
    elif isinstance(widget, QAbstractButton):
        widget.animateClick()
