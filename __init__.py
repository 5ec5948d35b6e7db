"""SOMA: register SAR images to optical images."""


def classFactory(iface):  # noqa: ANN001, ANN201 - QGIS types
    """Return the plugin object for QGIS; nothing is imported before this call."""
    from .plugin import SomaPlugin

    return SomaPlugin(iface)
