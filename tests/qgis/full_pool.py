"""Run by QGIS's Python: handle pictures while Python has every thread of Qt's pool.

The argument says who has them: ``ours`` are tasks of the plugin, ``foreign`` what other
plugins start. Stands still for ever where pictures wait for such a thread.
"""

import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import conftest  # noqa: E402 - makes the plugin's package known
from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QRunnable, QSize, Qt, QThreadPool  # noqa: E402
from qgis.PyQt.QtGui import QImage  # noqa: E402
from soma.ui.click.drawing import Picture  # noqa: E402
from soma.ui.click.panel import ClickPanel  # noqa: E402
from soma.ui.engine.task import EngineTask  # noqa: E402
from soma.ui.inspect.map_picture import MapPicture  # noqa: E402
from soma.ui.layers.online_map import Picture as Place  # noqa: E402
from soma.ui.layers.online_map import Renderer  # noqa: E402

FORMAT = QImage.Format
over = []


def tell(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def work(*_):
    begun.append(True)
    while not over:
        time.sleep(0.005)


class Foreign(QRunnable):
    def run(self):
        work()


def wait(condition):
    while not condition():
        QgsApplication.processEvents()
        time.sleep(0.005)


app = QgsApplication([], True)
app.initQgis()
pool, begun = QThreadPool.globalInstance(), []
count = pool.maxThreadCount()
if sys.argv[1] == "foreign":
    kept = [Foreign() for _ in range(count)]
    for runnable in kept:
        runnable.setAutoDelete(False)
        pool.start(runnable)
else:
    kept = [EngineTask("", work, lambda task: None).start() for _ in range(count)]
wait(lambda: len(begun) == count)

image = QImage(1024, 1024, FORMAT.Format_ARGB32_Premultiplied)
image.fill(Qt.GlobalColor.red)
MapPicture(image, (), "").grey()


class Shown:
    """What ``show_picture`` uses of its panel."""

    def setPixmap(self, pixmap):
        tell(f"{pixmap.width()} {pixmap.toImage().pixelColor(9, 9).name()}")

    def show(self):
        pass


# A map that is no longer wanted is left, and not waited for.
renderer = Renderer()
box, crs = QgsRectangle(0, 0, 640, 640), QgsCoordinateReferenceSystem("EPSG:32632")
nothing = QgsVectorLayer("Point?crs=EPSG:32632", "nothing", "memory")
renderer.draw(Place(box, crs, 64, 64), nothing, lambda *_: None)
renderer.cancel()
tell("left")

panel = Shown()
panel.picture = panel
ClickPanel.show_picture(panel, Picture(image, (0.0, 0.0), ""))
if sys.argv[1] == "ours":
    # What QGIS itself and others do with pictures.
    image.scaled(
        QSize(900, 900),
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    image.convertToFormat(FORMAT.Format_Grayscale8)
over.append(True)
tell("done")
if sys.argv[1] == "ours":
    wait(lambda: not QgsApplication.taskManager().countActiveTasks())
    # Every thread that was given away was taken back.
    assert pool.activeThreadCount() >= 0 and pool.waitForDone(60000)
    assert pool.activeThreadCount() == 0
conftest.os._exit(0)
