"""Run by a real QGIS through ``--code``: end QGIS while a pair is registered.

The worker's process id goes to the file named by ``SOMA_TEST_REPORT``.
"""

import json
import os
import signal
import time

from qgis.core import QgsApplication, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QMessageBox
from qgis.utils import iface, plugins


def until(condition, seconds=240.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def say_yes():
    """Let QGIS cancel the tasks that run, which it asks before it closes."""
    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        box.button(QMessageBox.StandardButton.Yes).click()
    else:
        QTimer.singleShot(50, say_yes)


def end(dock):
    """End QGIS in the way that is asked for."""
    with open(os.environ["SOMA_TEST_REPORT"], "w", encoding="utf-8") as file:
        file.write(str(dock.engine.pid))
    if os.environ["SOMA_TEST_END"] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    QTimer.singleShot(50, say_yes)
    iface.actionExit().trigger()
    until(lambda: QgsApplication.taskManager().countActiveTasks() == 0)
    QgsProject.instance().clear()
    iface.actionExit().trigger()


def begin():
    for path in json.loads(os.environ["SOMA_TEST_PAIR"]):
        QgsProject.instance().addMapLayer(QgsRasterLayer(path, os.path.basename(path)))
    plugins["soma"].show_dock()
    dock = plugins["soma"].dock
    dock.form.folder.setFilePath(os.environ["SOMA_TEST_OUT"])
    dock.register()
    reached = []

    def note(stage):
        if stage == os.environ["SOMA_TEST_STAGE"]:
            reached.append(stage)

    dock.task.stage.connect(note)
    until(lambda: reached)
    end(dock)


QTimer.singleShot(1500, begin)
