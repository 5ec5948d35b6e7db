"""What a person sees of QGIS: the things on the screen that take input.

Only widgets on the screen count, and of them only what Qt tells of any program:
classes of Qt and QGIS, texts, places. Nothing of the plugin's own objects is used.
"""

import kinds
import labels
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QApplication,
    QMainWindow,
    QStatusBar,
    QToolBar,
    QWidget,
)


def windows():
    """Return the windows on the screen that take input, the front one first."""
    popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
    shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    shown = [w for w in shown if w.windowType() != Qt.WindowType.ToolTip]
    shown.sort(key=lambda w: isinstance(w, QMainWindow))
    if popup is not None:
        return [popup]
    if modal is not None:
        # What a modal window has opened itself takes input too.
        mine = [w for w in shown if modal.isAncestorOf(w) and w is not modal]
        return [modal, *mine]
    return shown


def things(every=False, wanted=()):
    """Yield all that shows something.

    Args:
        every: in all windows, not only in those that take input.
        wanted: kinds of things; all where there are none.
    """
    labels.forget()
    visible = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    for window in visible if every else windows():
        yield from _in_widget(window, wanted)


def _in_widget(widget, wanted):
    if not widget.isVisible():
        return
    yield from kinds.shows(widget, wanted)
    if isinstance(widget, kinds.WHOLE):
        return
    for child in widget.children():
        if isinstance(child, QWidget) and not child.isWindow():
            yield from _in_widget(child, wanted)


def is_furniture(found):
    """Return whether a thing belongs to QGIS's own bars, or tells its name again."""
    widget = found["_widget"].parentWidget()
    if found.get("told", 1) > 1 and found["_widget"].text():
        return True
    while widget is not None and not isinstance(widget, (QToolBar, QStatusBar)):
        widget = widget.parentWidget()
    return widget is not None
