"""QGIS does not stand still when tasks have all threads of Qt's pool."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsTask
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QRunnable, QSize, Qt, QThreadPool
from qgis.PyQt.QtGui import QColor, QImage
from qgis.PyQt.QtWidgets import QApplication
from soma.core.base.errors import Cancelled
from soma.ui.engine.task import EngineTask

SCRIPT = Path(__file__).parent / "full_pool.py"
#: Many times what it takes, which is less than two seconds.
LIMIT_S = 120


@pytest.mark.parametrize("whose", ["ours", "foreign"])
def test_pictures_do_not_wait_for_threads_that_wait_for_python(whose):
    run = subprocess.run(
        [sys.executable, str(SCRIPT), whose],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["left", "144", "#ff0000", "done"]


@pytest.mark.parametrize("px", [700, 350, 144, 40])
def test_a_picture_made_smaller_is_the_mean_of_what_was_there(px):
    from soma.ui.qt.pool import repainted

    image = QImage(700, 700, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.black)
    for x in range(0, 700, 2):
        for y in range(700):
            image.setPixelColor(x, y, QColor(200, 100, 50))
    grey = QImage.Format.Format_Grayscale8
    found = repainted(image, grey, QSize(px, px) if px < 700 else None)
    assert found.size() == QSize(px, px) and found.format() == grey
    values = [
        found.pixelColor(x, y).lightness() for x in range(px) for y in (3, px - 4)
    ]
    # (200, 100, 50) is 127 in grey, in every second column.
    assert abs(sum(values) / len(values) - 61) < 6
    if px < 300:
        assert max(values) - min(values) < 30


class Holder(QRunnable):
    """Keeps a thread of a pool until it is let go."""

    def __init__(self, go):
        super().__init__()
        self.setAutoDelete(False)
        self._go, self.ended = go, threading.Event()

    def run(self):
        self._go.wait(LIMIT_S)
        self.ended.set()


def test_a_task_cancelled_before_its_thread_is_there_stays_until_then(qapp, wait):
    # QGIS deletes it at once; a thread that was being started then ran what was gone.
    manager = QgsApplication.taskManager()
    own = getattr(manager, "threadPool", None)
    pool = own() if own is not None else QThreadPool.globalInstance()
    go = threading.Event()
    holders = [Holder(go) for _ in range(pool.maxThreadCount() + 1)]
    for holder in holders:
        pool.start(holder)
    worked, ended = [], []
    task = EngineTask("held", lambda feedback: worked.append(True), ended.append)
    task.start()
    task.cancel()
    assert task.isCanceled()
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    there = not sip.isdeleted(task) and task.status() == QgsTask.TaskStatus.Queued
    go.set()
    assert there and not ended
    wait(lambda: ended)
    assert isinstance(ended[0].error, Cancelled) and not worked
    assert all(holder.ended.wait(LIMIT_S) for holder in holders)
