"""Time the plugin's start and QGIS's event loop during a run; run by timing.sh."""

import gc
import json
import os
import sys
import time
import traceback
from pathlib import Path

import qgis.utils
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface

PAIR, OUT = os.environ["SOMA_PAIR"], os.environ["SOMA_OUT"]
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


def until(condition, seconds: float = 300.0) -> None:  # noqa: ANN001 - any callable
    """Let QGIS work until something holds."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.001)


def queue_like_others(engine) -> None:  # noqa: ANN001 - the plugin's own
    """Start the engine's process without the window's privilege."""
    command = engine._command
    engine._command = lambda: ["chrt", "--other", "0", *command()]


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
    plugin, heart = qgis.utils.plugins["soma"], Heart()
    queue_like_others(plugin.engine)
    layers = [QgsRasterLayer(f"{PAIR}/{name}.tif", name) for name in ("sar", "optical")]
    QgsProject.instance().addMapLayers(layers)
    until(lambda: not iface.mapCanvas().isDrawing(), 30)
    until(lambda: False, 2.0)
    heart.stage = "open the dock"
    heart.start()
    plugin.show_dock()
    dock = plugin.dock
    dock.form.folder.setFilePath(OUT)
    until(lambda: dock.bar.start.isEnabled() and len(dock.bar.line.text()) > 20)
    until(lambda: False, 2.0)
    heart.stage = "idle"
    until(lambda: False, 3.0)
    figures["dock_ms"] = heart.stop()
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
    drawn()
    figures["run_ms"] = heart.stop()
    figures["points_ms"] = measure_points(plugin.tools, layers[1], heart)
    figures["status"] = results[0]["status"] if results else dock.panel.text.text()
    return figures


def measure_points(tools, optical, heart: Heart) -> dict[str, dict[str, float]]:  # noqa: ANN001 - the plugin's own
    """Return the waits while four places are clicked, applied, and compared."""
    session, extent, ended = tools.tool.session, optical.extent(), []
    session.applied.connect(ended.append)
    heart.stage = "click"
    heart.start()
    tools.tabs.setCurrentIndex(1)
    tools.points.pick.setChecked(True)
    crs = iface.mapCanvas().mapSettings().destinationCrs()
    for right, up in ((0.3, 0.3), (0.7, 0.25), (0.6, 0.75), (0.35, 0.65)):
        x = extent.xMinimum() + right * extent.width()
        session.click((x, extent.yMinimum() + up * extent.height()), crs)
    until(lambda: tools.tool.points.fit is not None and not session.waiting, 60)
    heart.stage = "apply"
    session.apply()
    until(lambda: ended, 120)
    drawn()
    heart.stage = "compare"
    tools.compare_result()
    until(lambda: not tools.inspector.is_busy, 30)
    drawn()
    tools.inspector.stop()
    return heart.stop()


def drawn() -> None:
    """Let QGIS draw the map."""
    until(lambda: not iface.mapCanvas().isDrawing(), 30)
    until(lambda: False, 1.0)


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
