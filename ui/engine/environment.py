"""Where the engine's Python is, and the environment its processes get."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from qgis.PyQt.QtCore import QProcessEnvironment, QStandardPaths

from ...core.base.foreign import is_foreign
from ..qt import settings

ROOT = Path(__file__).resolve().parents[2]
BOOTSTRAP = ROOT / "core" / "engine" / "bootstrap.py"
#: Written into an engine folder when everything in it is installed.
READY_MARK = ".soma-engine.json"

#: What QGIS or its launcher sets for its own Python and libraries; the engine's Python
#: brings its own, and would load the wrong ones with these. Of GDAL and PROJ the core
#: knows.
_FOREIGN_PREFIXES = ("PYTHON", "QT_", "VIRTUAL_")
_FOREIGN = (
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "QGIS_PREFIX_PATH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "__PYVENV_LAUNCHER__",
)


def scrubbed_environment() -> QProcessEnvironment:
    """Return the system's environment without what belongs to QGIS."""
    environment = QProcessEnvironment.systemEnvironment()
    for name in environment.keys():
        own = name.startswith(_FOREIGN_PREFIXES) or name in _FOREIGN
        if own or is_foreign(name):
            environment.remove(name)
    environment.insert("PYTHONSAFEPATH", "1")
    environment.insert("PYTHONUTF8", "1")
    return environment


def data_folder() -> Path:
    """Return the folder for private engines; it outlives updates of the plugin."""
    asked = os.environ.get("SOMA_ENGINE_DIR", "")
    if asked:
        return Path(asked)
    place = QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.GenericDataLocation
    )
    return Path(place) / "soma-registration"


def engine_folder() -> Path:
    """Return the folder of the private environment in use, or of the first to come."""
    ready = [folder for folder in _engine_folders() if is_ready(folder)]
    return (ready or _engine_folders())[0]


def next_engine_folder() -> Path:
    """Return where a set-up works: beside the environment that is in use, if any.

    That one stays until the new one has answered, so that a set-up that is cancelled
    or fails, perhaps far from any network, costs nobody an engine.
    """
    used = engine_folder()
    return next(
        folder for folder in _engine_folders() if folder != used or not is_ready(folder)
    )


def is_ready(folder: Path) -> bool:
    """Return whether a set-up came to its good end in a folder."""
    return (folder / READY_MARK).exists()


def _engine_folders() -> tuple[Path, Path]:
    return data_folder() / "engine", data_folder() / "engine-2"


def venv_python(folder: Path) -> Path:
    """Return the Python of a virtual environment."""
    if sys.platform == "win32":
        return folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"


def find_python() -> str:
    """Return the engine's Python, "" where there is none yet.

    The user's own choice comes first, then a developer's ``.venv`` in the
    plugin folder, then the private engine if it was set up completely.
    """
    chosen = settings.load().engine_python
    if chosen:
        return chosen if Path(chosen).exists() else ""
    beside = venv_python(ROOT / ".venv")
    if beside.exists():
        return str(beside)
    private = venv_python(engine_folder())
    if private.exists() and is_ready(engine_folder()):
        return str(private)
    return ""


def worker_command(python: str) -> list[str]:
    """Return the command line of the worker of this copy of the plugin."""
    return [python, "-P", "-X", "utf8", str(BOOTSTRAP)]
