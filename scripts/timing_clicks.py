"""Time clicks from the mouse to the marker on the map; run by timing.sh."""

import os
import statistics
import time
import traceback

import qgis.utils
from heart import Heart, drawn, run_engine, until
from osgeo import gdal
from qgis.core import QgsPointXY, QgsProject, QgsRasterLayer, QgsRectangle
from qgis.PyQt.QtCore import QEvent, QPointF, Qt, QTimer
from qgis.PyQt.QtGui import QMouseEvent
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface

SAR, OPTICAL = os.environ["SOMA_SAR"], os.environ["SOMA_OPTICAL"]
OUT, REPORT = os.environ["SOMA_OUT"], os.environ["SOMA_REPORT"]
MODELS = ("gradient", "soma")
#: Where is clicked, as shares of the overlap from left and top.
PLACES = tuple((x, y) for y in (0.3, 0.5, 0.7) for x in (0.3, 0.43, 0.57, 0.7))
#: Columns of the report: name, figure, digits.
COLUMNS = (
    ("warm-up s", "warm_s", 1),
    ("first ms", "first_ms", 0),
    ("median ms", "median_ms", 0),
    ("worst ms", "worst_ms", 0),
    ("at once ms", "at_once_ms", 0),
    ("points", "points", 0),
)


class Eye:
    """Notes when the answer to a click is on the map: a marker or a cross."""

    def __init__(self, tool):  # noqa: ANN001 - the plugin's own
        self._tool, self._count, self.seen_s = tool, 0, 0.0
        marks = type(tool.marks)
        paint = marks.paint

        def painted(item, painter, *rest) -> None:  # noqa: ANN001, ANN002 - Qt's
            paint(item, painter, *rest)
            if len(tool.points) > self._count or item.refused:
                self.seen_s = self.seen_s or time.perf_counter()

        marks.paint = painted

    def look(self) -> None:
        """Begin to wait for an answer."""
        self._count, self.seen_s = len(self._tool.points), 0.0


def mouse(kind, at: QPointF, buttons) -> None:  # noqa: ANN001 - Qt's
    """Send one event of the left button to the map."""
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, at, at, left, buttons, none)
    QApplication.sendEvent(iface.mapCanvas().viewport(), event)


def click_ms(eye: Eye, box: QgsRectangle, share: tuple[float, float]) -> float:
    """Click on the map and return how long its answer took to show."""
    x = box.xMinimum() + share[0] * box.width()
    place = QgsPointXY(x, box.yMaximum() - share[1] * box.height())
    at = iface.mapCanvas().getCoordinateTransform().transform(place)
    at = QPointF(round(at.x()), round(at.y()))
    mouse(QEvent.Type.MouseButtonPress, at, Qt.MouseButton.LeftButton)
    eye.look()
    begin = time.perf_counter()
    mouse(QEvent.Type.MouseButtonRelease, at, Qt.MouseButton.NoButton)
    if not until(lambda: eye.seen_s, 60):
        raise RuntimeError("a click was not answered")
    return 1e3 * (eye.seen_s - begin)


def drawn_map() -> QgsRasterLayer:
    """Return the optical image as tiles, which are drawn like an online map."""
    path = f"{OUT}/tiles.mbtiles"
    if not os.path.exists(path):
        grey = {"outputType": gdal.GDT_Byte, "scaleParams": [[]]}
        gdal.Translate(path, OPTICAL, format="MBTILES", bandList=[1], **grey)
        tiles = gdal.Open(path, gdal.GA_Update)
        tiles.BuildOverviews("AVERAGE", [2, 4, 8])
    return QgsRasterLayer(f"type=mbtiles&url=file://{path}", "tiles", "wms")


def show(plugin, optical: QgsRasterLayer, model: str) -> QgsRectangle:  # noqa: ANN001
    """Show the pair on map and form, with a new engine; returns the overlap."""
    project, canvas = QgsProject.instance(), iface.mapCanvas()
    project.clear()
    plugin.engine.stop()
    sar = QgsRasterLayer(SAR, "sar")
    project.addMapLayers([optical, sar])
    canvas.setDestinationCrs(sar.crs())
    box = canvas.mapSettings().layerExtentToOutputExtent(optical, optical.extent())
    box = box.intersect(sar.extent())
    canvas.setExtent(box)
    form = plugin.dock.form
    form.sar.setLayer(sar)
    form.optical.setLayer(optical)
    form.models.choose(model)
    form.folder.setFilePath(OUT)
    drawn()
    # What the dock asks starts the engine, so that the tool's own share is measured.
    until(lambda: plugin.dock.bar.start.isEnabled(), 30)
    drawn()
    plugin.tools.tabs.setCurrentIndex(1)
    return box


def measure(plugin, eye: Eye, heart: Heart, box: QgsRectangle) -> dict[str, object]:  # noqa: ANN001
    """Return the figures of one pair and model."""
    tool, pick = plugin.tools.tool, plugin.tools.points.pick

    def quiet() -> bool:
        return not tool.session._tasks and not tool.session.readiness.is_busy

    heart.stage = "warm-up"
    heart.start()
    begin = time.perf_counter()
    pick.setChecked(True)
    until(quiet, 60)
    warm_s = time.perf_counter() - begin
    until(lambda: False, 1.0)
    heart.stage = "clicks"
    times = [click_ms(eye, box, share) for share in PLACES]
    until(lambda: quiet() and tool.store.is_saved, 60)
    heart.stage = "switched off"
    pick.setChecked(False)
    until(quiet, 60)
    deaf = {stage: wait["own"] for stage, wait in heart.stop().items()}
    points = len(tool.points)
    # The worst a user can do: no engine, and no pause between button and click.
    plugin.engine.stop()
    pick.setChecked(True)
    at_once_ms = click_ms(eye, box, (0.5, 0.4))
    pick.setChecked(False)
    until(quiet, 60)
    return {
        "warm_s": warm_s,
        "first_ms": times[0],
        "median_ms": statistics.median(times[1:]),
        "worst_ms": max(times[1:]),
        "at_once_ms": at_once_ms,
        "points": points,
        "deaf": ", ".join(f"{stage} {ms:.0f}" for stage, ms in deaf.items()),
    }


def write(line: str) -> None:
    """Add a line to the report."""
    with open(REPORT, "a", encoding="utf-8") as file:
        file.write(line + "\n")


def measure_all() -> None:
    """Measure every model on files and on a drawn map."""
    qgis.utils.loadPlugin("soma")
    qgis.utils.startPlugin("soma")
    plugin, heart = qgis.utils.plugins["soma"], Heart()
    # Behind the window but ahead of other programs: as on a machine of one's own.
    run_engine(plugin.engine, "--rr", "1")
    plugin.show_dock()
    eye = Eye(plugin.tools.tool)
    head = "".join(f"{name:>11}" for name, _, _ in COLUMNS)
    write(f"{'reference':<10}{'model':<9}{head}  window deaf for ms")
    for reference in ("file", "drawn"):
        for model in MODELS:
            is_file = reference == "file"
            optical = QgsRasterLayer(OPTICAL, "optical") if is_file else drawn_map()
            row = measure(plugin, eye, heart, show(plugin, optical, model))
            cells = "".join(f"{row[key]:11.{n}f}" for _, key, n in COLUMNS)
            write(f"{reference:<10}{model:<9}{cells}  {row['deaf']}")


def begin() -> None:
    """Measure, print, close QGIS."""
    try:
        measure_all()
    except Exception:  # noqa: BLE001 - told by the report
        write(traceback.format_exc())
    QgsProject.instance().clear()
    iface.actionExit().trigger()


QTimer.singleShot(2000, begin)
