"""What is done once after a pause, however often it was asked for meanwhile."""

from __future__ import annotations

from typing import Callable

from qgis.PyQt.QtCore import QObject, QTimer


def later(parent: QObject, after_ms: int, then: Callable[[], None]) -> QTimer:
    """Return a timer that calls ``then`` once, ``after_ms`` after its last start."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(after_ms)
    timer.timeout.connect(then)
    return timer
