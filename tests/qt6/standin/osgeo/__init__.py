"""GDAL's Python comes with QGIS; nothing here opens a raster."""

from typing import Any

from qgis.core import Anything

gdal: Any = Anything()
ogr: Any = Anything()
osr: Any = Anything()
