"""The map tool's pair, with and without a dock, and the file of its points."""

from qgis.core import QgsVectorLayer
from soma.ui.click.rows import points_of


class Jobs:
    """Two raster files; what is applied is noted in ``results``."""

    def __init__(self, world, out, model="gradient"):
        self.world, self.out, self.results = world, out, []
        self.model, self.name, self.area = model, "pair", None

    def pair(self):
        return self.name

    def names(self):
        return self.world.sar.name(), self.world.optical.name()

    def problem(self):
        return ""

    def ground(self):
        return self.area

    def looks(self):
        return {}

    def job(self):
        return {
            "sar": self.world.sar.source(),
            "optical": self.world.optical.source(),
            "model": self.model,
        }

    def draw(self, spot, done):
        done(dict, "")

    def out_folder(self):
        return str(self.out / f"run_{len(self.results) + 1:03d}")

    def moving_crs(self):
        return self.world.sar.crs()

    def opener(self):
        return lambda result: result

    def add_result(self, opened):
        self.results.append(opened)


def choose(dock, iface, sar, optical, like):
    """Show a pair on the map, in CRS and extent of one layer, and choose it."""
    iface.canvas.setDestinationCrs(like.crs())
    iface.canvas.setLayers([sar, optical])
    iface.canvas.setExtent(like.extent())
    dock.form.sar.setLayer(sar)
    dock.form.optical.setLayer(optical)


def kept_in(path):
    """Return the places of the points in a file."""
    layer = QgsVectorLayer(f"{path}|layername=control_points", "", "ogr")
    assert layer.isValid(), path
    return [values["mov"] for values in points_of(layer)]
