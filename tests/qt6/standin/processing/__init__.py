"""QGIS's own plugin for algorithms: the little that the product extends."""
