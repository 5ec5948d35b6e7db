"""The heart of QGIS's event loop, and waiting for it; for scripts that run inside."""

import gc
import os
import time
from pathlib import Path

from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface

#: How often the heart beats, in milliseconds.
BEAT_MS = 2


def clocks() -> tuple[float, float, float]:
    """Return the time, and how long this thread worked and queued for a processor.

    All in milliseconds. Other programs on a busy machine make a thread queue; what
    is left of a wait is the plugin's: work, locks and files.
    """
    worked, queued, _ = Path("/proc/thread-self/schedstat").read_text().split()
    return 1e3 * time.monotonic(), int(worked) / 1e6, int(queued) / 1e6


class Heart:
    """Notes how long the event loop did not come round, and in which stage."""

    def __init__(self):
        self.stage, self._waits = "", {}
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._last, self._garbage, self._collect_ms = clocks(), 0.0, 0.0
        gc.callbacks.append(self._collect)

    def start(self) -> None:
        """Begin to beat."""
        self._waits, self._last, self._garbage = {}, clocks(), 0.0
        self._timer.start()

    def stop(self) -> dict[str, dict[str, float]]:
        """Return the longest wait of each stage without its queueing, in ms."""
        self._timer.stop()
        return {
            stage: {name: round(value, 1) for name, value in wait.items()}
            for stage, wait in self._waits.items()
        }

    def _beat(self) -> None:
        now = clocks()
        clock, worked, queued = (a - b for a, b in zip(now, self._last, strict=True))
        # Python's garbage collector looks through all of QGIS, whoever wakes it.
        own = clock - queued - self._garbage
        if own > self._waits.get(self.stage, {"own": 0.0})["own"]:
            self._waits[self.stage] = {
                "own": own,
                "worked": worked - self._garbage,
                "queued": queued,
                "garbage": self._garbage,
            }
        self._last, self._garbage = now, 0.0

    def _collect(self, phase: str, info: dict[str, int]) -> None:
        worked = clocks()[1]
        if phase == "start":
            self._collect_ms = worked
        else:
            self._garbage += worked - self._collect_ms


def until(condition, seconds: float = 300.0) -> bool:  # noqa: ANN001 - any callable
    """Let QGIS work until something holds; return whether it came to hold."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.001)
    return bool(condition())


def drawn() -> None:
    """Let QGIS draw the map."""
    until(lambda: not iface.mapCanvas().isDrawing(), 30)
    until(lambda: False, 1.0)


def run_engine(engine, *policy: str) -> None:  # noqa: ANN001 - the plugin's own
    """Start the engine's processes with a policy of ``chrt``, where there is leave."""
    command = engine._command
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        engine._command = lambda: ["chrt", *policy, *command()]
