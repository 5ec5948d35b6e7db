"""Checkerboard: one picture that compares two rasters."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsRasterLayer,
)

from ..layers.layer_group import latest_result
from ..qt.i18n import tr
from ..words import terms
from .base import NUMBER, About
from .choices import choice
from .loading import name_output
from .two import TwoRasters


class Checkerboard(TwoRasters):
    """Compare two rasters in one picture."""

    two = ("A", "B")

    def about(self) -> About:
        """Return name and help."""
        return About(
            "checkerboard",
            tr("Checkerboard"),
            tr(
                "Shows two rasters in alternating cells, or as swipe, blend or red-"
                "cyan picture, on the grid of the first one."
            ),
        )

    def likely(self) -> tuple[QgsRasterLayer | None, QgsRasterLayer | None]:
        """Return the reference and the registered image of the latest run, if any."""
        return latest_result() or (None, None)

    def initAlgorithm(self, config: dict[str, Any] | None = None) -> None:
        """Declare inputs and outputs."""
        self.add_two(
            (tr("First raster"), tr("The reference: the picture has its pixels.")),
            (
                tr("Second raster"),
                tr("The registered image, resampled to the pixels of the first one."),
            ),
        )
        self.add(
            choice("MODE", tr("Mode"), terms.comparisons()),
            tr("How the two rasters are put into one picture."),
        )
        self.add(
            QgsProcessingParameterNumber(
                "CELL", tr("Cell size in pixels"), NUMBER.Integer, 64, False, 1
            ),
            tr("Side of a cell of the checkerboard, in pixels of the first raster."),
        )
        self.add(
            QgsProcessingParameterRasterDestination("OUTPUT", tr("Comparison")),
            tr("The picture, a GeoTIFF in colours or grey."),
        )

    def work(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        """Write the picture."""
        out = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        self.ask(
            "compare",
            feedback,
            a=self.raster(parameters, "A", context),
            b=self.raster(parameters, "B", context),
            out=out,
            mode=self.parameterAsString(parameters, "MODE", context),
            cell=self.parameterAsInt(parameters, "CELL", context),
        )
        self.written = [out]
        first, second = (self.layer(parameters, name, context) for name in "AB")
        shown = tr("{a} – {b}, comparison").format(a=first.name(), b=second.name())
        name_output(context, out, shown)
        return {"OUTPUT": out}
