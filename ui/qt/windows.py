"""The windows that stay open beside the map: one of each kind, kept while open."""

from __future__ import annotations

from typing import Callable, Hashable

from qgis.PyQt import sip
from qgis.PyQt.QtWidgets import QDialog


class Windows:
    """Keeps dialogs alive.

    A parent in Qt is not enough: QGIS hands its main window out as a new Python
    object each time, and what that owns in Python ends with it. A dialog without
    its Python half is still seen, but its buttons do nothing.
    """

    def __init__(self) -> None:
        self._open: dict[Hashable, QDialog] = {}

    def show(self, key: Hashable, make: Callable[[], QDialog]) -> None:
        """Show the dialog that a key stands for; it is made where none is open."""
        dialog = self._open.get(key)
        if dialog is None or sip.isdeleted(dialog):
            dialog = self._open[key] = make()
            dialog.finished.connect(lambda: self._release(key))
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def close_all(self) -> None:
        """Close what is open, as its own button would."""
        for dialog in list(self._open.values()):
            if not sip.isdeleted(dialog):
                dialog.reject()

    def _release(self, key: Hashable) -> None:
        dialog = self._open.pop(key, None)
        if dialog is not None:
            dialog.deleteLater()
