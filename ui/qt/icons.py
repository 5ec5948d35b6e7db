"""Icons by path: there is no compiled resource module in Qt 6."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtGui import QIcon

FOLDER = Path(__file__).resolve().parents[1] / "icons"


def icon(name: str) -> QIcon:
    """Return an icon that ``resources.qrc`` lists, by its name without ending."""
    return QIcon(icon_path(name))


def icon_path(name: str) -> str:
    """Return where the file of an icon is."""
    return str(FOLDER / f"{name}.svg")
