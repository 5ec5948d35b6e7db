"""What names a field: its label, one beside or above it, or its cell of a table."""

from qgis.PyQt.QtCore import QPoint, QRect, Qt
from qgis.PyQt.QtWidgets import QLabel, QTableView

#: A field may be so deep inside of what its label names.
_NEAR = 3
#: A label without a buddy is at most so far from its field, in pixels, and a field
#: under it so far to the right, for a button.
_FAR_PX, _ASIDE_PX = 24, 40
#: Labels on the screen by their window, for one look.
_labels_of = {}


def forget():
    """Look for labels anew: the screen may have changed."""
    _labels_of.clear()


def labels_of(widget):
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
    """Return the labels close to the left of a field and right above it."""
    field, level, above = place_of(widget), [], []
    for label in labels:
        at = place_of(label)
        left, up = field.left() - at.right(), field.top() - at.bottom()
        is_level = field.top() <= at.center().y() <= field.bottom()
        if is_level and -2 <= left <= _FAR_PX:
            level.append((left, label))
        elif -2 <= up <= _FAR_PX and abs(field.left() - at.left()) <= _ASIDE_PX:
            above.append((up, label))
    near = [min(found, key=lambda pair: pair[0]) for found in (level, above) if found]
    return [label for _, label in near]


def place_of(widget):
    """Return where a widget is on the screen."""
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())


def table_of(widget):
    """Return the table in which a widget fills a cell, None for none."""
    while widget is not None and not widget.isWindow():
        widget, inner = widget.parentWidget(), widget
        if isinstance(widget, QTableView):
            return widget if inner is widget.viewport() else None
    return None


def cell_of(widget):
    """Return column and row of a widget in a table, such as "Area, row 2"."""
    table = table_of(widget)
    if table is None:
        return ""
    at = table.viewport().mapFromGlobal(place_of(widget).center())
    index = table.indexAt(at)
    if not index.isValid():
        return ""
    sides = (
        (index.column(), Qt.Orientation.Horizontal),
        (index.row(), Qt.Orientation.Vertical),
    )
    column, row = (table.model().headerData(n, side) for n, side in sides)
    return f"{column}, row {row}"
