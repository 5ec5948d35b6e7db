"""Which label names a field: its buddy, or the one beside or above it."""

from qgis.PyQt.QtCore import QPoint, QRect
from qgis.PyQt.QtWidgets import QLabel

#: A field may be so deep inside of what its label names.
_NEAR = 3
#: A label without a buddy is at most so far from its field, in pixels.
_FAR_PX = 24
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
