"""The dock's pair as the map tool needs it."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any, Callable

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
)

from ...core.base.errors import BadInput
from ..click.jobs import Ground, Ready
from ..layers import results
from ..layers.choice import Choice
from ..layers.job import Blank, Rendered, build_job
from ..layers.online_map import Renderer, Spot, blank_for, picture_for, window_for
from ..layers.out_folder import run_folder
from ..layers.stretch import DRAWN, look_of
from ..qt.i18n import tr
from .dock import RegisterDock
from .run import origin_of_choice


class DockJobs:
    """Jobs of whatever the dock's form says; see ``jobs.Jobs``."""

    def __init__(self, dock: RegisterDock):
        self._dock = dock
        self._scratch: Path | None = None
        self._numbers = itertools.count(1)
        self._known: tuple[Choice, dict[str, Any]] | None = None

    def pair(self) -> str:
        """Return the ids of both layers in the order moving, reference."""
        choice = self._dock.choice
        if choice.sar is None or choice.optical is None:
            return ""
        ids = [choice.sar.layer_id, choice.optical.layer_id]
        return "|".join(ids if choice.settings.moving == "sar" else reversed(ids))

    def names(self) -> tuple[str, str]:
        """Return the names of the moving layer and of the one it is moved onto."""
        choice = self._dock.choice
        sar, optical = (r.name if r else "" for r in (choice.sar, choice.optical))
        return (sar, optical) if choice.settings.moving == "sar" else (optical, sar)

    def problem(self) -> str:
        """Return why there can be no clicks, "" where there can."""
        if not self._dock.engine.is_set_up:
            return tr(
                "The engine is not set up yet: press Set up engine… in the Register "
                "tab."
            )
        return self._dock.choice.problem()

    def ground(self) -> Ground | None:
        """Return the area that clicks are limited to, None for none."""
        area = self._dock.choice.area
        if area.box is None:
            return None
        crs = QgsCoordinateReferenceSystem()
        crs.createFromUserInput(area.crs)
        if area.polygons:
            return QgsGeometry.fromWkt(area.polygons), crs
        return QgsGeometry.fromRect(QgsRectangle(*area.box)), crs

    def looks(self) -> dict[str, Any]:
        """Return how both layers are shown; see ``core.engine.looks``."""
        drawn = bool(self._dock.choice.optical and not self._dock.choice.optical.path)
        return {
            "sar": look_of(self._dock.sar_layer, colour=False),
            "optical": DRAWN if drawn else look_of(self._dock.optical_layer),
        }

    def job(self) -> dict[str, Any]:
        """Return the job's values; raises ``BadInput`` when there is no pair."""
        choice = self._dock.choice
        if self._known is not None and self._known[0] == choice:
            return self._known[1]
        problem = choice.problem()
        if problem:
            raise BadInput(problem)
        blank = None if choice.optical.path else self._blank(choice)
        job = build_job(choice, Path("out"), self._folder(), blank, clicked=True)
        values = job.__dict__
        self._known = choice, dict(values)
        return self._known[1]

    def draw(self, spot: Spot | None, done: Ready) -> Renderer | None:
        """Have the reference's pixels ready; see ``jobs.Jobs``."""
        choice, layer = self._dock.choice, self._dock.optical_layer
        if choice.optical.path:
            done(dict, "")
            return None
        if spot is None:
            picture, problem = picture_for(choice, layer)
        else:
            picture, problem = window_for(choice, layer, spot)
        if picture is None:
            done(None, problem)
            return None
        name, folder = "window_job" if spot else "job", self._folder()

        def drawn(rendered: Rendered | None, problem: str) -> None:
            def make() -> dict[str, Any]:
                job = build_job(choice, Path("out"), folder, rendered, clicked=True)
                return {name: dict(job.__dict__)}

            done(make if rendered else None, problem)

        renderer = Renderer()
        renderer.draw(picture, layer, drawn)
        return renderer

    def out_folder(self) -> str:
        """Return a new folder for results."""
        return str(run_folder(self._dock.choice))

    def moving_crs(self) -> QgsCoordinateReferenceSystem:
        """Return the CRS of the layer that moves, invalid for none."""
        layer = self._moving()
        return layer.crs() if layer else QgsCoordinateReferenceSystem()

    def opener(self) -> Callable[[dict[str, Any]], Any]:
        """Return what opens a result's files off the main thread."""
        origin = origin_of_choice(self._dock.choice)
        comparison = self._dock.choice.settings.load_comparison
        return lambda result: results.load(result["files"], origin, comparison)

    def add_result(self, opened: list[results.Loaded]) -> None:
        """Add the files that were opened to the project."""
        origin = origin_of_choice(self._dock.choice)
        title = tr("SOMA: {name}, by control points").format(name=origin.name)
        results.add_loaded(opened, title, origin)

    def close_down(self) -> None:
        """Delete helper files."""
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def _moving(self) -> Any:
        choice = self._dock.choice
        source = choice.sar if choice.settings.moving == "sar" else choice.optical
        return QgsProject.instance().mapLayer(source.layer_id) if source else None

    def _blank(self, choice: Choice) -> Blank:
        picture, problem = blank_for(choice, self._dock.optical_layer)
        if picture is None:
            raise BadInput(problem)
        return picture.blank()

    def _folder(self) -> Path:
        """Return a new folder for the helper files of one job."""
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="soma-click-"))
        folder = self._scratch / str(next(self._numbers))
        folder.mkdir()
        return folder
