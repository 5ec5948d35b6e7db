"""What a person sees of QGIS: texts, and where the things are that show them.

Only widgets on the screen count, and of them only what Qt tells of any program:
classes of Qt and QGIS, texts, places. Nothing of the plugin's own objects is used.
"""

import re

from qgis.gui import QgsMapCanvas, QgsMessageBarItem
from qgis.PyQt.QtCore import QModelIndex, QPoint, QRect, Qt
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QProgressBar,
    QRadioButton,
    QScrollArea,
    QScrollBar,
    QStatusBar,
    QTabBar,
    QTextEdit,
    QToolBar,
    QTreeView,
    QWidget,
)

#: Of long texts only the ends are read.
_MOST_TEXT, _MOST_ROWS, _MOST_COLUMNS = 20000, 400, 8
#: A field may be so deep inside of what its label names.
_NEAR = 3
#: A label without a buddy is at most so far from its field, in pixels.
_FAR_PX = 24
_FIELDS = (
    QComboBox,
    QAbstractSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QAbstractSlider,
    QAbstractItemView,
)


#: Labels on the screen by their window, for one look.
_labels_of = {}


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


def things(every=False, kinds=()):
    """Yield all that shows something.

    Args:
        every: in all windows, not only in those that take input.
        kinds: of things that are wanted; all where there are none.
    """
    _labels_of.clear()
    visible = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    for window in visible if every else windows():
        yield from _in_widget(window, kinds)


def _in_widget(widget, kinds):
    if not widget.isVisible():
        return
    yield from _shows(widget, kinds)
    if isinstance(widget, _WHOLE):
        return
    for child in widget.children():
        if isinstance(child, QWidget) and not child.isWindow():
            yield from _in_widget(child, kinds)


def _shows(widget, kinds):
    """Yield a dictionary for each thing that a widget shows."""
    if widget.isWindow() and widget.windowTitle():
        yield thing("window", widget.windowTitle(), widget)
    for classes, can_show, show in _SHOWN:
        if isinstance(widget, classes):
            if not kinds or set(kinds) & set(can_show.split()):
                yield from show(widget)
            return


def _menu(widget):
    for action in widget.actions():
        if action.isVisible() and not action.isSeparator():
            more = {"enabled": action.isEnabled(), "checked": action.isChecked()}
            area = widget.actionGeometry(action)
            yield thing("menu", action.text(), widget, area, **more)


def _button(widget):
    kind, area = "button", None
    if isinstance(widget, (QCheckBox, QRadioButton)):
        kind = "choice"
        area = QRect(
            2, 0, min(widget.sizeHint().width(), widget.width()) - 2, widget.height()
        )
    texts = (widget.text(), widget.accessibleName(), widget.toolTip())
    told = []
    for text in texts:
        if text and text not in told:
            told.append(text)
            yield thing(
                kind, text, widget, area, checked=widget.isChecked(), told=len(told)
            )


def _label(widget):
    yield thing("label", widget.text(), widget)


def _group(widget):
    yield thing("group", widget.title(), widget, checked=widget.isChecked())


def _dock(widget):
    yield thing("dock", widget.windowTitle(), widget)


def _progress(widget):
    value = str(widget.value())
    yield thing("progress", widget.accessibleName(), widget, value=value)


def _message(widget):
    yield thing("message", f"{widget.title()} {widget.text()}", widget)


def _map(widget):
    yield thing("map", "", widget.viewport())


def _tabs(widget):
    for i in range(widget.count()):
        area, is_usable = widget.tabRect(i), widget.isTabEnabled(i)
        more = {"checked": i == widget.currentIndex(), "enabled": is_usable}
        yield thing("tab", widget.tabText(i), widget, area, **more)


def _list(widget):
    yield from _field(widget)
    yield from _items(widget)


def _header(widget):
    """Yield the titles of columns or rows."""
    model, upright = widget.model(), widget.orientation() == Qt.Orientation.Vertical
    for i in range(widget.count()):
        text = str(model.headerData(i, widget.orientation()) or "")
        at, size = widget.sectionViewportPosition(i), widget.sectionSize(i)
        area = QRect(at, 0, size, widget.height())
        if upright:
            area = QRect(0, at, widget.width(), size)
        yield thing("header", text, widget.viewport(), area, upright=upright)


def _nothing(widget):
    yield from ()


def _field(widget):
    if isinstance(widget, (QPlainTextEdit, QTextEdit)) and widget.isReadOnly():
        yield thing("text", widget.accessibleName(), widget, value=value_of(widget))
        return
    names = [label.text() for label in _labels(widget)]
    names += [
        widget.accessibleName(),
        widget.toolTip(),
        getattr(widget, "placeholderText", str)(),
    ]
    kind = "list" if isinstance(widget, QAbstractItemView) else "field"
    value = value_of(widget)
    for text in [name for name in names if name] or [""]:
        yield thing(kind, text, widget, value=value)


def _labels(widget):
    """Return the labels whose buddy is a widget, or what it is a part of."""
    owners = [widget]
    while len(owners) < _NEAR and not owners[-1].isWindow():
        owners.append(owners[-1].parentWidget())
    window = widget.window()
    if id(window) not in _labels_of:
        every = window.findChildren(QLabel)
        _labels_of[id(window)] = [label for label in every if label.isVisible()]
    labels = _labels_of[id(window)]
    named = [label for label in labels if label.buddy() in owners]
    return named or _beside(widget, labels)


def _beside(widget, labels):
    """Return the label close to the left of a field, or right above it."""
    field, found = _place_of(widget), []
    for label in labels:
        at = _place_of(label)
        aside, above = field.left() - at.right(), field.top() - at.bottom()
        is_level = field.top() <= at.center().y() <= field.bottom()
        if is_level and -2 <= aside <= _FAR_PX:
            found.append((aside, label))
        elif -2 <= above <= _FAR_PX and abs(field.left() - at.left()) <= _FAR_PX:
            found.append((_FAR_PX + above, label))
    return [min(found, key=lambda pair: pair[0])[1]] if found else []


def _place_of(widget):
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())


def value_of(widget):
    """Return what a field says."""
    return _value(widget).replace("\xa0", " ")


def _value(widget):
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, (QPlainTextEdit, QTextEdit)):
        return widget.toPlainText()[-_MOST_TEXT:]
    if isinstance(widget, QAbstractSlider):
        return str(widget.value())
    if isinstance(widget, QAbstractItemView):
        return ""
    return widget.text()


def _items(view):
    """Yield the rows of a list, table or tree that are not folded away."""
    model, count = view.model(), 0
    if model is None:
        return
    waiting = [view.rootIndex() if view.rootIndex().isValid() else QModelIndex()]
    while waiting and count < _MOST_ROWS:
        parent = waiting.pop()
        for row in range(min(model.rowCount(parent), _MOST_ROWS)):
            columns = [
                c for c in range(_MOST_COLUMNS) if model.hasIndex(row, c, parent)
            ]
            for column in columns:
                index = model.index(row, column, parent)
                text, area = (
                    index.data(Qt.ItemDataRole.DisplayRole),
                    view.visualRect(index),
                )
                if text is None or area.isEmpty():
                    continue
                count += 1
                ticked = index.data(Qt.ItemDataRole.CheckStateRole)
                is_open = isinstance(view, QTreeView) and view.isExpanded(index)
                more = {"checked": bool(ticked), "open": is_open, "column": column}
                yield thing("item", str(text), view.viewport(), area, **more)
            first = model.index(row, 0, parent)
            if isinstance(view, QTreeView) and view.isExpanded(first):
                waiting.append(first)


#: What each kind of widget shows; the first that fits counts.
_SHOWN = (
    ((QMenu, QMenuBar), "menu", _menu),
    (QTabBar, "tab", _tabs),
    (QAbstractButton, "button choice", _button),
    (QLabel, "label", _label),
    (QGroupBox, "group", _group),
    (QDockWidget, "dock", _dock),
    (QHeaderView, "header", _header),
    (QScrollBar, "", _nothing),
    (QgsMapCanvas, "map", _map),
    (QAbstractItemView, "list item", _list),
    (_FIELDS, "field text", _field),
    (QProgressBar, "progress", _progress),
    (QgsMessageBarItem, "message", _message),
)
#: Widgets whose parts are no things of their own.
_WHOLE = (QAbstractSpinBox, QMenuBar, QTabBar, QScrollBar, QHeaderView)


def thing(kind, text, widget, area=None, **more):
    """Return what is shown as plain values; ``_widget`` is for this process only."""
    tip = widget.toolTip()
    found = {
        "kind": kind,
        "text": plain(text),
        "enabled": widget.isEnabled(),
        "tip": plain(tip),
    }
    found.update(more)
    found["_widget"], found["_area"] = widget, area
    return found


def plain(text):
    """Return a text as it is read: without marks of access keys.

    Chinese has them in brackets at the end.
    """
    text = re.sub(r"\(&\w\)", "", (text or "").replace("\xa0", " "))
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").strip()


def place(found):
    """Add where a thing is on the screen: all of it, what shows, what covers it."""
    widget, area = found["_widget"], found["_area"] or found["_widget"].rect()
    shown = area & widget.visibleRegion().boundingRect()
    for name, part in (("whole", area), ("shown", shown)):
        corner = widget.mapToGlobal(part.topLeft())
        found[name] = _pixels(corner.x(), corner.y(), part.width(), part.height())
    middle = widget.mapToGlobal(shown.center())
    top = QApplication.widgetAt(middle)
    mine = top is not None and (
        top is widget or widget.isAncestorOf(top) or top.isAncestorOf(widget)
    )
    found["covered_by"] = "" if mine or shown.isEmpty() else name_of(top)
    found["scroller"] = (
        _scroller(widget) if shown.height() < min(area.height(), 12) else None
    )
    return found


def name_of(widget):
    """Return words for a widget in messages."""
    if widget is None:
        return "nothing of QGIS"
    window = widget.window()
    return f"{type(widget).__name__} of the window {window.windowTitle()!r}"


def _scroller(widget):
    """Return where to turn the wheel so that a widget comes into sight."""
    area = widget.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    if area is None:
        return None
    bar = area.verticalScrollBar()
    at = bar.mapToGlobal(bar.rect().center())
    middle = widget.mapTo(area, QPoint(0, widget.height() // 2)).y()
    return {"at": _pixels(at.x(), at.y()), "down_px": middle - area.height() // 2}


def _pixels(*lengths):
    """Return lengths of Qt in pixels of the display, which may be finer."""
    ratio = QApplication.primaryScreen().devicePixelRatio()
    return [round(length * ratio) for length in lengths]


def is_furniture(found):
    """Return whether a thing belongs to QGIS's own bars, or tells its name again."""
    widget = found["_widget"].parentWidget()
    if found.get("told", 1) > 1 and found["_widget"].text():
        return True
    while widget is not None and not isinstance(widget, (QToolBar, QStatusBar)):
        widget = widget.parentWidget()
    return widget is not None


def public(found):
    """Return what may leave this process."""
    return {key: value for key, value in found.items() if not key.startswith("_")}
