"""Imports the dock's modules while QGIS waits for the user, a few at a time."""

from __future__ import annotations

from typing import Iterator

from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

#: Pause between two steps, in milliseconds; QGIS itself comes first.
PAUSE_MS = 200


class Warmup(QObject):
    """Spares the first opening of the dock the wait for its modules.

    Each step takes some 10 ms of QGIS's thread; all at once would be felt. ``done``
    comes after the last one.
    """

    done = pyqtSignal()

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._steps = _imports()
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._step)
        self._timer.start()

    @property
    def is_done(self) -> bool:
        """Return whether nothing is left to import."""
        return not self._timer.isActive()

    def stop(self) -> None:
        """Import nothing further."""
        self._timer.stop()

    def _step(self) -> None:
        if next(self._steps, "") is None:
            return
        self.stop()
        self.done.emit()


def _imports() -> Iterator[None]:
    # Statements, not names of modules: QGIS notes them to forget them on a reload.
    from . import form  # noqa: F401

    yield
    from ..layers import online_map  # noqa: F401

    yield
    from . import result_panel  # noqa: F401

    yield
    from . import dock  # noqa: F401

    yield
    from ..click import session  # noqa: F401

    yield
    from . import further_tabs  # noqa: F401
