"""What QGIS 4 hands through: PyQt6, nothing added and nothing taken away."""
