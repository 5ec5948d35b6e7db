"""Registration core: numpy, rasterio, OpenCV; knows neither QGIS nor torch."""
