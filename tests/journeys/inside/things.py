"""Things on the screen as plain values: what they say, and where they are."""

import re

from labels import table_of
from qgis.PyQt.QtCore import QPoint
from qgis.PyQt.QtWidgets import QAbstractItemView, QApplication, QScrollArea


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
    is_low = shown.height() < min(area.height(), 12)
    is_aside = shown.width() < min(area.width(), 12)
    found["scroller"] = _scroller(widget, area, is_low, is_aside)
    return found


def name_of(widget):
    """Return words for a widget in messages."""
    if widget is None:
        return "nothing of QGIS"
    window = widget.window()
    return f"{type(widget).__name__} of the window {window.windowTitle()!r}"


def _scroller(widget, area, is_low, is_aside):
    """Return where to turn the wheel so that a part of a widget comes into sight."""
    view, table = widget.parentWidget(), table_of(widget)
    if is_aside and table is not None:
        bar, inside = table.horizontalScrollBar(), table.viewport()
        past = widget.mapTo(inside, area.center()).x() - inside.width() // 2
    elif is_low and isinstance(view, QAbstractItemView):
        bar = view.verticalScrollBar()
        past = area.center().y() - widget.height() // 2
    elif is_low:
        while view is not None and not isinstance(view, QScrollArea):
            view = view.parentWidget()
        if view is None:
            return None
        bar = view.verticalScrollBar()
        past = widget.mapTo(view, QPoint(0, area.center().y())).y() - view.height() // 2
    else:
        return None
    at = bar.mapToGlobal(bar.rect().center())
    return {"at": _pixels(at.x(), at.y()), "past_px": past}


def _pixels(*lengths):
    """Return lengths of Qt in pixels of the display, which may be finer."""
    ratio = QApplication.primaryScreen().devicePixelRatio()
    return [round(length * ratio) for length in lengths]


def public(found):
    """Return what may leave this process."""
    return {key: value for key, value in found.items() if not key.startswith("_")}
