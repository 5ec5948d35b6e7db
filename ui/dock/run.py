"""One registration off the main thread: job, engine, and layers of what it wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import QgsProject

from ..engine.engine import Engine
from ..engine.task import EngineTask
from ..layers import results
from ..layers.choice import Choice
from ..layers.job import Rendered, build_job
from ..qt import settings
from .plots import PlotPoint, read_points


@dataclass(frozen=True)
class Outcome:
    """What a run brings to the main thread: its result, and layers to add."""

    result: dict[str, Any]
    points: list[PlotPoint]
    loaded: list[results.Loaded]
    origin: results.Origin


def origin_of_choice(choice: Choice) -> results.Origin:
    """Return the layer that results are of; in the main thread."""
    radar = choice.settings.moving == "sar"
    moving, reference = choice.moving, choice.reference
    return results.origin_of(
        QgsProject.instance().mapLayer(moving.layer_id) if moving else None,
        radar,
        choice.sar_band if radar else choice.optical_band,
        moving.name if moving else "",
        reference.layer_id if reference else "",
    )


class Run:
    """What a task does for one registration.

    Args:
        engine: what is asked.
        choice: of the form.
        out: folder of the results, which is not there yet.
        scratch: folder for helper files.
        rendered: the online map as it was drawn, None where both are files.
    """

    def __init__(
        self,
        engine: Engine,
        choice: Choice,
        out: Path,
        scratch: Path,
        rendered: Rendered | None,
    ):
        self.choice, self.out = choice, out
        self.parents = results.new_parents(out)
        self._engine, self._scratch, self._rendered = engine, scratch, rendered
        self._origin = origin_of_choice(choice)

    def work(self, task: EngineTask) -> Outcome:
        """Register; for the thread of a task."""
        # The disk may let this wait for longer than a window should.
        settings.remember(self.choice.settings)
        task.setProgressText("Preparing the layers")
        job = build_job(self.choice, self.out, self._scratch, self._rendered)
        result = self._engine.call("register", task, job=job.__dict__)
        files = result["files"]
        if result["status"] != "ok":
            return Outcome(result, [], [], self._origin)
        task.setProgressText("Loading the results")
        points = read_points(files["matches_csv"])
        comparison = self.choice.settings.load_comparison
        loaded = results.load(files, self._origin, comparison)
        return Outcome(result, points, loaded, self._origin)

    def discard(self) -> None:
        """Delete what it left, when it was stopped or broke down."""
        results.discard(self.out, self.parents)
