"""What a user gets: rasters, report, comparison, tie points, what a raster is."""
