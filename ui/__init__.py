"""The QGIS side: the only place that imports qgis; never imports torch."""
