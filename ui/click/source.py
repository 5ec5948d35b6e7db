"""The dock's pair as the map tool needs it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsProject

from ...core.errors import BadInput
from .. import results
from ..dock import RegisterDock, run_folder
from ..form import Choice
from ..i18n import tr
from ..prepare import build_job


class DockJobs:
    """Jobs of whatever the dock's form says; see ``session.Jobs``."""

    def __init__(self, dock: RegisterDock):
        self._dock = dock
        self._scratch: Path | None = None
        self._known: tuple[Choice, dict[str, Any]] | None = None

    def pair(self) -> str:
        """Return the ids of both layers in the order moving, reference."""
        choice = self._dock.choice
        if choice.sar is None or choice.optical is None:
            return ""
        ids = [choice.sar.layer_id, choice.optical.layer_id]
        return "|".join(ids if choice.settings.moving == "sar" else reversed(ids))

    def job(self) -> dict[str, Any]:
        """Return the job's values; raises ``BadInput`` when there is no pair."""
        choice = self._dock.choice
        if self._known is not None and self._known[0] == choice:
            return self._known[1]
        problem = choice.problem()
        if problem:
            raise BadInput(problem)
        if not choice.optical.path:
            raise BadInput(
                tr(
                    "Clicking needs files; export the online map as a raster and "
                    "choose that, or use Register."
                )
            )
        job = build_job(choice, Path("out"), self._folder(), clicked=True)
        values = job.__dict__
        self._known = choice, dict(values)
        return self._known[1]

    def out_folder(self) -> str:
        """Return a new folder for results."""
        return str(run_folder(self._dock.choice))

    def moving_crs(self) -> QgsCoordinateReferenceSystem:
        """Return the CRS of the layer that moves, invalid for none."""
        layer = self._moving()
        return layer.crs() if layer else QgsCoordinateReferenceSystem()

    def add_result(self, result: dict[str, Any]) -> None:
        """Add the files of a result to the project."""
        layer = self._moving()
        title = tr("SOMA: {name}, by control points").format(
            name=layer.name() if layer else ""
        )
        comparison = self._dock.choice.settings.load_comparison
        results.add_group(result, title, layer.id() if layer else "", comparison)

    def close_down(self) -> None:
        """Delete helper files."""
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def _moving(self) -> Any:
        choice = self._dock.choice
        source = choice.sar if choice.settings.moving == "sar" else choice.optical
        return QgsProject.instance().mapLayer(source.layer_id) if source else None

    def _folder(self) -> Path:
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="soma-click-"))
        return self._scratch
