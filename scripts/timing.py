"""Time the plugin's start and QGIS's event loop during a run; run by timing.sh."""

import json
import os
import sys
import time
import traceback

import qgis.utils
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface

PAIR, OUT = os.environ["SOMA_PAIR"], os.environ["SOMA_OUT"]
#: How often the heart beats, in milliseconds.
BEAT_MS = 2


class Heart:
    """Notes how long the event loop did not come round, and in which stage."""

    def __init__(self):
        self.stage, self._gaps = "", []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._last = 0.0, 0.0

    def start(self) -> None:
        """Begin to beat."""
        self._gaps, self._last = [], (time.monotonic(), time.thread_time())
        self._timer.start()

    def stop(self) -> dict[str, list[float]]:
        """Return the longest gaps in ms by stage: by the clock, and busy itself.

        Other programs on a busy machine make the first longer, not the second.
        """
        self._timer.stop()
        longest: dict[str, list[float]] = {}
        for stage, wall, work in self._gaps:
            known = longest.setdefault(stage, [0.0, 0.0])
            known[:] = max(known[0], wall), max(known[1], work)
        return {key: [round(v, 1) for v in both] for key, both in longest.items()}

    def _beat(self) -> None:
        now = time.monotonic(), time.thread_time()
        wall, work = (1000 * (a - b) for a, b in zip(now, self._last, strict=True))
        self._gaps.append((self.stage, wall, work))
        self._last = now


def until(condition, seconds: float = 300.0) -> None:  # noqa: ANN001 - any callable
    """Let QGIS work until something holds."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.001)


def start_seconds() -> list[float]:
    """Return how long QGIS takes to load and start the plugin: clock, and busy."""
    begin = time.monotonic(), time.thread_time()
    qgis.utils.loadPlugin("soma")
    qgis.utils.startPlugin("soma")
    end = time.monotonic(), time.thread_time()
    return [round(b - a, 3) for a, b in zip(begin, end, strict=True)]


def measure() -> dict[str, object]:
    """Return all figures."""
    before = {name.split(".")[0] for name in sys.modules}
    figures: dict[str, object] = {"start_s": start_seconds()}
    after = {name.split(".")[0] for name in sys.modules}
    figures["modules_added"] = sorted(after - before)
    plugin = qgis.utils.plugins["soma"]
    layers = [QgsRasterLayer(f"{PAIR}/{name}.tif", name) for name in ("sar", "optical")]
    QgsProject.instance().addMapLayers(layers)
    begin = time.monotonic()
    plugin.show_dock()
    figures["dock_s"] = round(time.monotonic() - begin, 3)
    dock, heart = plugin.dock, Heart()
    dock.form.guess_layers()
    dock.form.folder.setFilePath(OUT)
    until(lambda: dock.bar.start.isEnabled() and len(dock.bar.line.text()) > 20)
    until(lambda: False, 2.0)
    heart.stage = "idle"
    heart.start()
    until(lambda: False, 3.0)
    figures["idle_ms"] = heart.stop()
    results = []
    dock.resultReady.connect(results.append)
    heart.stage = "Register"
    heart.start()
    begin = time.monotonic()
    dock.register()
    dock.task.stage.connect(lambda text: setattr(heart, "stage", text))
    until(lambda: dock.task is None)
    figures["run_s"] = round(time.monotonic() - begin, 1)
    heart.stage = "map"
    until(lambda: not iface.mapCanvas().isDrawing(), 30)
    until(lambda: False, 1.0)
    figures["run_ms"] = heart.stop()
    figures["status"] = results[0]["status"] if results else dock.panel.text.text()
    return figures


def begin() -> None:
    """Measure, print, close QGIS."""
    try:
        figures = measure()
        with open(os.environ["SOMA_REPORT"], "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
    except Exception:  # noqa: BLE001 - told by the missing report
        traceback.print_exc()
    QgsProject.instance().clear()
    iface.actionExit().trigger()


QTimer.singleShot(2000, begin)
