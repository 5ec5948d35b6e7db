"""The plugin as QGIS sees it: what ``initGui`` adds, ``unload`` removes."""

from __future__ import annotations


class SomaPlugin:
    """Placeholder until the dock arrives; loads in QGIS without side effects."""

    def __init__(self, iface):  # noqa: ANN001 - QGIS's own type
        self.iface = iface

    def initGui(self) -> None:
        """Add nothing yet: the command line is the first way in."""

    def unload(self) -> None:
        """Undo ``initGui``."""
