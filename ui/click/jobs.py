"""What the map tool asks about the pair of layers that it works on."""

from __future__ import annotations

from typing import Any, Callable, Protocol

from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry

from ..layers.online_map import Renderer, Spot

#: Makes further values of a request, off the main thread.
More = Callable[[], dict[str, Any]]
#: Gets what makes further values, or None and why there are none.
Ready = Callable[["More | None", str], None]
#: Ground that a pair is limited to, and its CRS.
Ground = tuple[QgsGeometry, QgsCoordinateReferenceSystem]


class Jobs(Protocol):
    """Where clicks and warps learn which pair they work on."""

    def pair(self) -> str:
        """Return what tells this pair of layers from others, "" for none."""

    def names(self) -> tuple[str, str]:
        """Return the names of the moving layer and of the one it is moved onto."""

    def problem(self) -> str:
        """Return why there can be no clicks, "" where there can."""

    def ground(self) -> Ground | None:
        """Return the area that clicks are limited to, None for none."""

    def looks(self) -> dict[str, Any]:
        """Return how both layers are shown; see ``core.engine.looks``."""

    def job(self) -> dict[str, Any]:
        """Return the job's values; raises ``SomaError`` when there is no pair."""

    def draw(self, spot: Spot | None, done: Ready) -> Renderer | None:
        """Have the reference's pixels ready around a place, or all of them.

        Files are ready at once. Online maps are drawn first; what is returned
        then stops that.
        """

    def out_folder(self) -> str:
        """Return a new folder for results."""

    def moving_crs(self) -> QgsCoordinateReferenceSystem:
        """Return the CRS of the layer that moves, invalid for none."""

    def opener(self) -> Callable[[dict[str, Any]], Any]:
        """Return what opens a result's files; it is called off the main thread."""

    def add_result(self, opened: Any) -> None:
        """Show the files that were opened."""
