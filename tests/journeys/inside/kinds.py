"""What each kind of widget shows: one thing, or many, such as the rows of a list."""

from labels import cell_of, labels_of
from qgis.gui import QgsMapCanvas, QgsMessageBarItem
from qgis.PyQt.QtCore import QModelIndex, QRect, Qt
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QProgressBar,
    QRadioButton,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QTreeView,
)
from things import thing

#: Of long texts only the ends are read.
_MOST_TEXT, _MOST_ROWS, _MOST_COLUMNS = 20000, 400, 8
_FIELDS = (
    QComboBox,
    QAbstractSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QAbstractSlider,
    QAbstractItemView,
)


def shows(widget, wanted=()):
    """Yield a dictionary for each thing that a widget shows.

    Args:
        widget: on the screen.
        wanted: kinds of things; all where there are none.
    """
    if widget.isWindow() and widget.windowTitle():
        yield thing("window", widget.windowTitle(), widget)
    for classes, can_show, show in _SHOWN:
        if isinstance(widget, classes):
            if not wanted or set(wanted) & set(can_show.split()):
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
    names = [label.text() for label in labels_of(widget)]
    names += [
        cell_of(widget),
        widget.accessibleName(),
        widget.toolTip(),
        getattr(widget, "placeholderText", str)(),
    ]
    kind = "list" if isinstance(widget, QAbstractItemView) else "field"
    value = value_of(widget)
    for text in [name for name in names if name] or [""]:
        yield thing(kind, text, widget, value=value)


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
WHOLE = (QAbstractSpinBox, QMenuBar, QTabBar, QScrollBar, QHeaderView)
