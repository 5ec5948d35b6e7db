"""Any raster onto one working grid, tile by tile, with what of it is valid."""
