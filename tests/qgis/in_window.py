"""Run by a real QGIS through ``--code``: install the zip, register, uninstall.

What happened goes as JSON to the file named by ``SOMA_TEST_REPORT``.
"""

import json
import os
import time
import traceback

import qgis.utils
from pyplugin_installer import instance
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface

report = {}


def until(condition, seconds=240.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def work():
    instance().installFromZipFile(os.environ["SOMA_TEST_ZIP"])
    until(lambda: "soma" in qgis.utils.active_plugins)
    report["active"] = "soma" in qgis.utils.active_plugins
    report["file"] = qgis.utils.plugins["soma"].__module__
    names = [action.text() for action in iface.rasterMenu().actions()]
    report["in_raster_menu"] = "SOMA" in names
    for path in json.loads(os.environ["SOMA_TEST_PAIR"]):
        QgsProject.instance().addMapLayer(QgsRasterLayer(path, os.path.basename(path)))
    plugin = qgis.utils.plugins["soma"]
    plugin.show_dock()
    dock = plugin.dock
    results = []
    dock.resultReady.connect(results.append)
    dock.form.folder.setFilePath(os.environ["SOMA_TEST_OUT"])
    dock.register()
    until(lambda: dock.task is None)
    report["result"] = results[0]["status"] if results else dock.panel.text.text()
    report["layers"] = len(QgsProject.instance().mapLayers())
    report["worker"] = plugin.engine.pid
    instance().uninstallPlugin("soma", quiet=True)
    until(lambda: "soma" not in qgis.utils.plugins)
    report["gone"] = "soma" not in qgis.utils.plugins
    report["in_raster_menu_after"] = "SOMA" in [
        action.text() for action in iface.rasterMenu().actions()
    ]


def begin():
    try:
        work()
    except Exception:  # noqa: BLE001 - goes into the report
        report["error"] = traceback.format_exc()
    with open(os.environ["SOMA_TEST_REPORT"], "w", encoding="utf-8") as file:
        json.dump(report, file)
    # QGIS asks before it closes while there are layers in a temporary folder.
    QgsProject.instance().clear()
    iface.actionExit().trigger()


QTimer.singleShot(1500, begin)
