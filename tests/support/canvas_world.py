"""A canvas with real layers, mouse and keys, and the patience to wait for it."""

import json
import time
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from qgis.PyQt.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter
from qgis.PyQt.QtWidgets import QApplication

#: How long anything may take: many times the usual, for machines that are busy.
PATIENCE_S = 240.0


def wait_for(condition, seconds=PATIENCE_S):
    """Run the event loop until a condition holds; return whether it does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        if condition():
            return True
        time.sleep(0.005)
    return bool(condition())


def draw(canvas):
    """Draw the map of a canvas anew and wait until it is complete."""
    drawn = []

    def note():
        drawn.append(True)

    # A refresh begins with the next turn of the event loop: isDrawing says no before.
    canvas.mapCanvasRefreshed.connect(note)
    try:
        canvas.refresh()
        assert wait_for(lambda: drawn and not canvas.isDrawing())
    finally:
        canvas.mapCanvasRefreshed.disconnect(note)


class World:
    """A canvas with a simulated SAR and optical layer on it.

    ``folder`` has them and their truth; ``sar`` and ``optical`` may be other files
    of the same images.
    """

    def __init__(self, folder, width=700, height=560, sar="", optical=""):
        project = QgsProject.instance()
        project.clear()
        self.folder = Path(folder)
        self.sar = QgsRasterLayer(sar or str(self.folder / "sar.tif"), "SAR")
        self.optical = QgsRasterLayer(
            optical or str(self.folder / "optical.tif"), "Optical"
        )
        project.addMapLayers([self.sar, self.optical])
        self.canvas = QgsMapCanvas()
        self.canvas.resize(QSize(width, height))
        self.canvas.setDestinationCrs(self.optical.crs())
        self.canvas.setLayers([self.sar, self.optical])
        self.canvas.setExtent(self.optical.extent())
        self.canvas.show()
        self.canvas.setFocus()
        self.settle()

    def settle(self):
        """Wait until the map is drawn."""
        draw(self.canvas)

    def close(self):
        """Take everything down."""
        self.canvas.stopRendering()
        self.canvas.close()
        self.canvas.deleteLater()
        QgsProject.instance().clear()
        QApplication.processEvents()

    def place(self, px):
        """Return the canvas position of a pixel of the optical image."""
        extent, layer = self.optical.extent(), self.optical
        x = extent.xMinimum() + px[0] * layer.rasterUnitsPerPixelX()
        y = extent.yMaximum() - px[1] * layer.rasterUnitsPerPixelY()
        at = self.canvas.getCoordinateTransform().transform(QgsPointXY(x, y))
        return QPoint(round(at.x()), round(at.y()))

    def truth(self):
        """Return the tie points that are known, moving and reference pixels."""
        ties = json.loads((self.folder / "truth.json").read_text())["tie_points"]
        return ties["mov_xy"], ties["ref_xy"]

    def off_truth(self, point):
        """Return how far a point is from the truth, in pixels, by the nearest tie."""
        layer, extent = self.optical, self.optical.extent()
        size = layer.rasterUnitsPerPixelX()

        def pixel(xy):
            return (xy[0] - extent.xMinimum()) / size, (
                extent.yMaximum() - xy[1]
            ) / size

        mov, ref = pixel(point.mov), pixel(point.ref)
        mov_xy, ref_xy = self.truth()
        near = min(
            range(len(ref_xy)),
            key=lambda i: (ref_xy[i][0] - ref[0]) ** 2 + (ref_xy[i][1] - ref[1]) ** 2,
        )
        true = [ref_xy[near][k] - mov_xy[near][k] for k in (0, 1)]
        found = [ref[k] - mov[k] for k in (0, 1)]
        return ((true[0] - found[0]) ** 2 + (true[1] - found[1]) ** 2) ** 0.5

    def set_crs(self, name):
        """Show the map in another CRS, the same ground."""
        crs = QgsCoordinateReferenceSystem(name)
        self.canvas.setDestinationCrs(crs)
        self.canvas.zoomToFullExtent()
        settings = self.canvas.mapSettings()
        extent = settings.layerExtentToOutputExtent(self.optical, self.optical.extent())
        self.canvas.setExtent(extent)
        self.settle()

    def shot(self):
        """Return what the canvas shows, with everything drawn on it."""
        image = QImage(self.canvas.size(), QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.magenta)
        painter = QPainter(image)
        self.canvas.render(painter)
        painter.end()
        return image

    def press(self, at, button=Qt.MouseButton.LeftButton, keys=None):
        """Press a mouse button."""
        self._mouse(QEvent.Type.MouseButtonPress, at, button, button, keys)

    def move(self, at, buttons=Qt.MouseButton.NoButton, keys=None):
        """Move the mouse."""
        none = Qt.MouseButton.NoButton
        self._mouse(QEvent.Type.MouseMove, at, none, buttons, keys)

    def release(self, at, button=Qt.MouseButton.LeftButton, keys=None):
        """Release a mouse button."""
        none = Qt.MouseButton.NoButton
        self._mouse(QEvent.Type.MouseButtonRelease, at, button, none, keys)

    def click(self, at, button=Qt.MouseButton.LeftButton, keys=None):
        """Press and release."""
        self.press(at, button, keys)
        self.release(at, button, keys)

    def drag(self, start, stop):
        """Press, move in steps, release."""
        left = Qt.MouseButton.LeftButton
        self.press(start)
        for share in (0.3, 0.7, 1.0):
            way = QPointF(stop - start) * share
            self.move(start + way.toPoint(), left)
        self.release(stop)

    def key(self, key):
        """Press a key; returns the event, as the canvas left it."""
        none = Qt.KeyboardModifier.NoModifier
        event = QKeyEvent(QEvent.Type.KeyPress, key, none)
        QApplication.sendEvent(self.canvas, event)
        QApplication.processEvents()
        return event

    def _mouse(self, kind, at, button, buttons, keys):
        keys = keys or Qt.KeyboardModifier.NoModifier
        place = QPointF(at)
        event = QMouseEvent(kind, place, place, button, buttons, keys)
        QApplication.sendEvent(self.canvas.viewport(), event)
        QApplication.processEvents()


def same_pixels(one, two):
    """Return whether two images of one size show the same."""
    return one.convertToFormat(QImage.Format.Format_RGB32) == two.convertToFormat(
        QImage.Format.Format_RGB32
    )
