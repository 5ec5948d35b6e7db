"""Register a pair in a QGIS that ``./run`` opened, and compare the two on the map.

``SOMA_SHOW`` names the pair as JSON: ``sar``, ``optical`` and the folder ``out``.
"""

import json
import os

from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QTimer
from qgis.utils import iface, plugins


def layer_of(role: str, path: str) -> QgsRasterLayer:
    """Return a file as layer of the project."""
    layer = QgsRasterLayer(path, os.path.splitext(os.path.basename(path))[0])
    if not layer.isValid():
        iface.messageBar().pushCritical("SOMA", layer.error().summary())
    elif role == "sar" and "soma" in plugins:
        from soma.ui.layers.renderers import show_grey

        show_grey(layer)
    return layer


def begin() -> None:
    """Load the pair and register it as the user would."""
    task = json.loads(os.environ["SOMA_SHOW"])
    optical = layer_of("optical", task["optical"])
    sar = layer_of("sar", task["sar"])
    QgsProject.instance().addMapLayers([optical, sar])
    QgsProject.instance().setCrs(optical.crs())
    iface.mapCanvas().setExtent(optical.extent())
    plugin = plugins.get("soma")
    # Without the plugin QGIS has told why, and has the layers at least.
    if plugin is None:
        return
    plugin.show_dock()
    form = plugin.dock.form
    form.sar.setLayer(sar)
    form.optical.setLayer(optical)
    form.folder.setFilePath(task["out"])
    plugin.dock.resultReady.connect(compare)
    plugin.dock.register()


def compare(result: dict) -> None:
    """Show optical and registered image in turn, once, where there is a result."""
    plugin = plugins["soma"]
    plugin.dock.resultReady.disconnect(compare)
    if result["status"] == "ok":
        # After the tools, which hear of the result as well, have chosen it.
        switch = plugin.tools.compare.switch
        QTimer.singleShot(0, lambda: switch.setChecked(True))


QTimer.singleShot(0, begin)
