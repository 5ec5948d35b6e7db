"""Walk through the plugin's states in a real QGIS; run by scripts/screenshots.sh."""

import os
import time
import traceback
from pathlib import Path

import processing
from osgeo import gdal
from qgis.core import (
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QEvent, QPointF, Qt, QTimer
from qgis.PyQt.QtGui import QMouseEvent
from qgis.PyQt.QtWidgets import QApplication, QDialog, QWidget
from qgis.utils import iface, plugins
from soma.ui.dock.apply_dialog import ApplyDialog
from soma.ui.layers.renderers import show_grey

SHOTS, PAIR = os.environ["SOMA_SHOTS"], Path(os.environ["SOMA_PAIR"])
OUT = Path(os.environ["SOMA_OUT"])


def pause(seconds: float) -> None:
    """Let QGIS work."""
    until(lambda: False, seconds)


def until(condition, seconds: float = 120.0) -> None:  # noqa: ANN001 - any callable
    """Let QGIS work until something holds."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def open_dialog() -> QDialog | None:
    """Return the dialog that is open in front of the map."""
    windows = QApplication.topLevelWidgets()
    return next((w for w in windows if isinstance(w, QDialog) and w.isVisible()), None)


def grab(name: str, front: QWidget | None = None) -> None:
    """Take a picture of the whole window with what is open in front of it."""
    # QGIS tells of tasks that took long, which depends on the machine.
    iface.messageBar().clearWidgets()
    pause(0.4)
    window = iface.mainWindow()
    picture = window.grab()
    front = front or open_dialog()
    if front is not None:
        from qgis.PyQt.QtGui import QPainter

        painter = QPainter(picture)
        painter.drawPixmap(
            (picture.width() - front.width()) // 2,
            max(0, (picture.height() - front.height()) // 2),
            front.grab(),
        )
        painter.end()
    picture.save(f"{SHOTS}-{name}.png")


def flat_copy(path: Path) -> str:
    """Return a raster without structure on the grid of another one."""
    source, out = gdal.Open(str(path)), str(OUT / "sea.tif")
    dataset = gdal.GetDriverByName("GTiff").Create(
        out, source.RasterXSize, source.RasterYSize, 1, gdal.GDT_Byte
    )
    dataset.SetGeoTransform(source.GetGeoTransform())
    dataset.SetProjection(source.GetProjection())
    dataset.GetRasterBand(1).Fill(90)
    return out


def walk() -> None:
    """Take all pictures."""
    OUT.mkdir(parents=True, exist_ok=True)
    window = iface.mainWindow()
    window.setGeometry(0, 0, 1280, 800)
    plugin = plugins["soma"]
    plugin.show_dock()
    dock = plugin.dock
    pause(1.0)
    grab("invalid")
    layers = [QgsRasterLayer(str(PAIR / f"{n}.tif"), n) for n in ("sar", "optical")]
    show_grey(layers[0])
    QgsProject.instance().addMapLayers(layers)
    iface.mapCanvas().setExtent(layers[1].extent())
    dock.form.guess_layers()
    dock.form.folder.setFilePath(str(OUT / "runs"))
    until(lambda: dock.bar.start.isEnabled() and len(dock.bar.line.text()) > 20, 30)
    pause(2.0)
    grab("idle")
    dock.form.method.setCollapsed(False)
    dock.form.output.setCollapsed(False)
    for name, group in (("method", dock.form.method), ("output", dock.form.output)):
        pause(0.2)
        dock.scroller.verticalScrollBar().setValue(group.y())
        grab(name)
    dock.form.method.setCollapsed(True)
    dock.form.output.setCollapsed(True)
    dock.register()
    until(lambda: dock.bar.progress.value() > 20)
    grab("running")
    until(lambda: dock.task is None)
    pause(1.5)
    grab("done")
    dock.scroller.verticalScrollBar().setValue(
        dock.scroller.verticalScrollBar().maximum()
    )
    grab("done-end")
    legend()
    algorithm()
    further(dock)
    clicked(plugin.tools, layers[1])
    compared(plugin.tools)
    sea = QgsRasterLayer(flat_copy(PAIR / "optical.tif"), "sea")
    QgsProject.instance().addMapLayer(sea)
    dock.form.optical.setLayer(sea)
    pause(1.0)
    dock.register()
    until(lambda: dock.task is None)
    pause(1.0)
    grab("refused")
    without_engine(plugin)


def legend() -> None:
    """Take the picture of the results' layers."""
    (group,) = QgsProject.instance().layerTreeRoot().findGroups()
    for node in (group, *group.children()[:2]):
        # The tree takes notice of changes only.
        node.setExpanded(False)
        node.setExpanded(True)
    grab("legend")
    group.setExpanded(False)


def algorithm() -> None:
    """Take the picture of an algorithm's dialog."""
    dialog = processing.createAlgorithmDialog("soma:register", {})
    dialog.show()
    grab("algorithm", dialog)
    dialog.close()


def further(dock) -> None:  # noqa: ANN001 - the plugin's own
    """Take the picture of the dialog for more layers."""
    dock.panel.more.click()
    dialog = iface.mainWindow().findChild(ApplyDialog)
    grab("apply", dialog)
    dialog.close()


def clicked(tools, optical: QgsRasterLayer) -> None:  # noqa: ANN001 - the plugin's own
    """Take the picture of the click tool with a transform from four clicks."""
    canvas = iface.mapCanvas()
    tools.tabs.setCurrentIndex(1)
    for group in QgsProject.instance().layerTreeRoot().findGroups():
        group.setItemVisibilityChecked(False)
    tools.points.pick.setChecked(True)
    extent, count = optical.extent(), 0
    for right, down in ((0.3, 0.3), (0.7, 0.25), (0.6, 0.75), (0.35, 0.65)):
        x = extent.xMinimum() + right * extent.width()
        y = extent.yMaximum() - down * extent.height()
        at = canvas.getCoordinateTransform().transform(QgsPointXY(x, y))
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            place = QPointF(round(at.x()), round(at.y()))
            event = QMouseEvent(kind, place, place, left, left, none)
            QApplication.sendEvent(canvas.viewport(), event)
        count += 1
        until(lambda count=count: len(tools.tool.points) == count, 30)
    until(lambda: tools.tool.points.fit is not None, 30)
    pause(1.0)
    grab("click")
    tools.points.pick.setChecked(False)
    tools.tool.points.clear()


def compared(tools) -> None:  # noqa: ANN001 - the plugin's own
    """Take the picture of the live comparison."""
    tools.tabs.setCurrentIndex(2)
    tools.compare.switch.setChecked(True)
    until(lambda: not tools.inspector.is_busy, 30)
    pause(1.5)
    grab("compare")
    tools.compare.switch.setChecked(False)
    tools.tabs.setCurrentIndex(0)


def without_engine(plugin) -> None:  # noqa: ANN001 - the plugin's own class
    """Take the pictures of a plugin whose engine is not set up."""
    command, plugin.engine._command = plugin.engine._command, lambda: []
    plugin.engine.stop()
    plugin.dock.panel.hide()
    plugin.dock.refresh()
    grab("missing")
    plugin.set_up_engine()
    grab("setup")
    open_dialog().close()
    plugin.engine._command = command
    plugin.show_diagnostics()
    pause(6.0)
    grab("diagnostics")
    open_dialog().close()


def begin() -> None:
    """Walk, then close QGIS."""
    try:
        walk()
    except Exception:  # noqa: BLE001 - told by the exit code
        traceback.print_exc()
        os._exit(1)
    QgsProject.instance().clear()
    iface.actionExit().trigger()


QTimer.singleShot(2000, begin)
