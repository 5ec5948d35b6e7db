"""Watches the QGIS that ``./run`` opened; named by PYQGIS_STARTUP.

When the comparison is on the map, what is there goes as JSON to SOMA_TEST_REPORT
and a picture of the window beside it; then QGIS is closed.
"""

import json
import os
import time

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QTimer

PATIENCE_S = 240.0


class Watcher:
    """Looks again and again, without standing in QGIS's way."""

    def __init__(self, path):
        self.path, self.end = path, time.monotonic() + PATIENCE_S
        self.timer = QTimer()
        self.timer.setInterval(100)
        self.timer.timeout.connect(self.look)
        self.timer.start()

    def look(self):
        from qgis.utils import iface, plugins

        tools = getattr(plugins.get("soma"), "tools", None)
        shown = tools is not None and tools.inspector.is_on
        shown = (
            shown and not tools.inspector.is_busy and not iface.mapCanvas().isDrawing()
        )
        if shown or time.monotonic() > self.end:
            self.timer.stop()
            self.report(iface, plugins.get("soma"), shown)

    def report(self, iface, plugin, shown):
        root = QgsProject.instance().layerTreeRoot()
        groups = root.findGroups()
        found = {
            "shown": bool(shown),
            "groups": [group.name() for group in groups],
            "in_group": [n.name() for g in groups for n in g.findLayers()],
            "layers": [layer.name() for layer in root.layerOrder()],
            "dock": plugin is not None and plugin.dock.isUserVisible(),
            "verdict": plugin.dock.panel.headline.text() if plugin else "",
            "compared": _compared(plugin) if shown else [],
        }
        iface.mainWindow().grab().save(self.path + ".png")
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(found, file)
        # QGIS asks before it closes while there are unsaved layers or tasks.
        QgsProject.instance().clear()
        self.timer.timeout.disconnect()
        self.timer.timeout.connect(self.leave)
        self.timer.start()

    def leave(self):
        from qgis.utils import iface

        if not QgsApplication.taskManager().countActiveTasks():
            self.timer.stop()
            iface.actionExit().trigger()


def _compared(plugin):
    panel = plugin.tools.compare
    return [box.currentLayer().name() for box in (panel.first, panel.second)]


# QGIS reads this file twice.
if path := os.environ.pop("SOMA_TEST_REPORT", ""):
    watcher = Watcher(path)
