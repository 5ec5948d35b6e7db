"""Run by a real QGIS through ``--code``: install the zip, or use and remove it.

SOMA_TEST_STEP says which. What happened goes as JSON to the file named by
SOMA_TEST_REPORT.
"""

import json
import os
import time
import traceback

import qgis.utils
from pyplugin_installer import instance
from qgis.core import QgsApplication, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QToolBar
from qgis.utils import iface

report = {}


def until(condition, seconds=240.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def look(when):
    """Note where the plugin shows."""
    bars = iface.mainWindow().findChildren(QToolBar)
    registry = QgsApplication.processingRegistry()
    report[when] = {
        "active": "soma" in qgis.utils.active_plugins,
        "menu": "SOMA" in [action.text() for action in iface.rasterMenu().actions()],
        "button": bool(button_of(bars)),
        "algorithms": registry.providerById("soma") is not None,
    }


def button_of(bars):
    actions = [action for bar in bars for action in bar.actions()]
    return [a for a in actions if a.objectName() == "SomaToggleDock"]


def install():
    """Do what the plugin manager does with a zip that the user picked."""
    look("before")
    instance().installFromZipFile(os.environ["SOMA_TEST_ZIP"])
    until(lambda: "soma" in qgis.utils.active_plugins)
    look("installed")


def use():
    """Register the pair with the mouse, then uninstall."""
    look("started")
    for path in json.loads(os.environ["SOMA_TEST_PAIR"]):
        QgsProject.instance().addMapLayer(QgsRasterLayer(path, os.path.basename(path)))
    button_of(iface.mainWindow().findChildren(QToolBar))[0].trigger()
    plugin = qgis.utils.plugins["soma"]
    dock, results = plugin.dock, []
    dock.resultReady.connect(results.append)
    dock.form.folder.setFilePath(os.environ["SOMA_TEST_OUT"])
    until(dock.bar.start.isEnabled)
    dock.bar.start.click()
    until(lambda: dock.task is None)
    report["result"] = results[0] if results else dock.panel.text.text()
    report["layers"] = len(QgsProject.instance().mapLayers())
    report["worker"] = plugin.engine.pid
    with open(f"/proc/{plugin.engine.pid}/cmdline", encoding="utf-8") as file:
        report["command"] = file.read().split("\0")
    instance().uninstallPlugin("soma", quiet=True)
    until(lambda: "soma" not in qgis.utils.plugins)
    look("uninstalled")


def begin():
    try:
        {"install": install, "use": use}[os.environ["SOMA_TEST_STEP"]]()
    except Exception:  # noqa: BLE001 - goes into the report
        report["error"] = traceback.format_exc()
    with open(os.environ["SOMA_TEST_REPORT"], "w", encoding="utf-8") as file:
        json.dump(report, file)
    # QGIS asks before it closes while there are layers in a temporary folder, or
    # tasks.
    QgsProject.instance().clear()
    until(lambda: not QgsApplication.taskManager().countActiveTasks())
    iface.actionExit().trigger()


QTimer.singleShot(1500, begin)
