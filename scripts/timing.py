"""Time the plugin's start and QGIS's event loop during a run; run by timing.sh."""

import json
import os
import sys
import time
import traceback

import qgis.utils
from heart import Heart, drawn, run_engine, until
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QTimer
from qgis.utils import iface

PAIR = {"sar": os.environ["SOMA_SAR"], "optical": os.environ["SOMA_OPTICAL"]}
OUT = os.environ["SOMA_OUT"]


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
    # Without the window's privilege.
    run_engine(plugin.engine, "--other", "0")
    layers = [QgsRasterLayer(path, name) for name, path in PAIR.items()]
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
