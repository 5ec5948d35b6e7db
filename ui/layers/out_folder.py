"""Where the files of a run go."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from qgis.core import QgsProject

from . import results
from .choice import Choice


def run_folder(choice: Choice) -> Path:
    """Return the folder of the next run: always a new one."""
    stem = re.sub(r"[^\w-]+", "_", choice.moving.name).strip("_") or "image"
    base = Path(choice.settings.out_folder or _beside(choice))
    return results.free_folder(base, f"{stem}_registered")


def _beside(choice: Choice) -> Path:
    """Return the folder of the moving file, or of the project, or the user's own."""
    project = Path(QgsProject.instance().absolutePath())
    places = [Path(choice.moving.path).parent, project]
    for place in places:
        if place.is_absolute() and _is_writable(place):
            return place / "soma"
    return Path.home() / "soma"


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
