"""Qt's pool of threads: what waits for Python there must not be waited for with Python.

Qt shares large work on pictures, such as ``QImage.scaled`` and ``convertToFormat``,
among its global pool of threads. PyQt holds Python's lock meanwhile. Where all threads
of the pool run Python, as tasks of QGIS do, each waits for the other and QGIS stands
still for ever; two tasks are enough on two cores.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Callable, Iterator

from qgis.core import QgsApplication, QgsMapRendererJob
from qgis.PyQt.QtCore import QSize, Qt, QThread, QThreadPool
from qgis.PyQt.QtGui import QImage, QPainter

#: Drawings that nobody wants any more, until their threads have ended.
_ENDING: list[QgsMapRendererJob] = []


def leave_drawing(
    job: QgsMapRendererJob, ended: Callable[[], None] | None = None
) -> bool:
    """End a drawing and keep it until it has: its destructor waits for the pool.

    Returns whether it goes on for a while; ``ended`` is called after that, by the
    event loop of this thread.
    """
    if not job.isActive():
        return False

    def forget() -> None:
        _ENDING.remove(job)
        if ended is not None:
            ended()

    _ENDING.append(job)
    job.finished.connect(forget)
    job.cancelWithoutBlocking()
    return True


@contextmanager
def out_of_pool() -> Iterator[None]:
    """Let the pool start another thread while Python works in one of its own."""
    if not QThread.currentThread().objectName().endswith("(pooled)"):
        yield
        return
    # QGIS runs its tasks in a pool of its own where the manager names one.
    manager = QgsApplication.taskManager()
    named = getattr(manager, "threadPool", None)
    pool = named() if named is not None else QThreadPool.globalInstance()
    pool.releaseThread()
    try:
        yield
    finally:
        pool.reserveThread()


def repainted(image: QImage, form: QImage.Format, size: QSize | None = None) -> QImage:
    """Return an image in another format, and of another size, without the pool.

    Args:
        image: of any format; its device pixel ratio does not count.
        form: of the new image; one that QPainter paints on.
        size: in pixels, that of the image by default.
    """
    # Four neighbours make one pixel, so that at most half the size comes in one step.
    if size is not None and image.width() > 2 * size.width() > 0:
        image = repainted(image, form, image.size() / 2)
    found = QImage(size or image.size(), form)
    found.fill(Qt.GlobalColor.transparent)
    painter = QPainter(found)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, size is not None)
    painter.drawImage(found.rect(), image)
    painter.end()
    return found
