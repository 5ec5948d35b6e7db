"""Networks (torch); knows neither QGIS nor rasterio."""
