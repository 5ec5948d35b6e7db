"""A red and a blue layer on a canvas, and what is seen there."""

import canvas_world as cw
import numpy as np
from osgeo import gdal
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QImage
from soma.ui.inspect import Inspector

LEFT = Qt.MouseButton.LeftButton
RED, BLUE = (200, 40, 40), (40, 40, 200)


def flat(path, red, green, blue):
    """Write a raster of one colour and return its layer."""
    from osgeo import osr

    data = gdal.GetDriverByName("GTiff").Create(str(path), 64, 64, 3, gdal.GDT_Byte)
    frame = osr.SpatialReference()
    frame.ImportFromEPSG(32632)
    data.SetSpatialRef(frame)
    data.SetGeoTransform((500000, 10, 0, 5000640, 0, -10))
    for band, value in enumerate((red, green, blue), 1):
        data.GetRasterBand(band).Fill(value)
    data.FlushCache()
    del data
    layer = QgsRasterLayer(str(path), path.stem)
    renderer = layer.renderer()
    for setter in ("setRed", "setGreen", "setBlue"):
        getattr(renderer, f"{setter}ContrastEnhancement")(None)
    return layer


class Flat:
    """A canvas filled by a red and a blue layer; another one is shown."""

    def __init__(self, folder):
        from qgis.gui import QgsMapCanvas

        self.red = flat(folder / "red.tif", 200, 40, 40)
        self.blue = flat(folder / "blue.tif", 40, 40, 200)
        QgsProject.instance().addMapLayers([self.red, self.blue])
        self.canvas = QgsMapCanvas()
        self.canvas.resize(400, 300)
        self.canvas.setFrameShape(self.canvas.Shape.NoFrame)
        self.canvas.setDestinationCrs(self.red.crs())
        extent = self.red.extent()
        extent.scale(0.5)
        self.canvas.setExtent(extent)
        self.canvas.setLayers([])
        self.canvas.show()
        cw.draw(self.canvas)
        self.inspector = Inspector(self.canvas)

    def start(self, **view):
        self.inspector.set_view(**view)
        self.inspector.start(self.red, self.blue)
        self.settle()

    def settle(self):
        assert cw.wait_for(lambda: not self.inspector.is_busy)

    def colour(self, x, y):
        """Return which layer is seen at a place of the canvas."""
        colour = self.shot().pixelColor(x, y)
        return (colour.red(), colour.green(), colour.blue())

    def close(self):
        self.inspector.stop()
        self.canvas.close()
        self.canvas.deleteLater()
        QgsProject.instance().clear()

    shot = cw.World.shot
    press, move, release = cw.World.press, cw.World.move, cw.World.release
    drag, _mouse = cw.World.drag, cw.World._mouse


def pixels(image):
    """Return a picture as (h, w, 3) uint8."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    bits = rgb.constBits()
    bits.setsize(rgb.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()
