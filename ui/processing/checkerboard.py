"""Checkerboard: one picture that compares two rasters."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
)

from .. import terms
from ..i18n import tr
from .base import NUMBER, About, SomaAlgorithm, choice


class Checkerboard(SomaAlgorithm):
    """Compare two rasters in one picture."""

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

    def initAlgorithm(self, config: dict[str, Any] | None = None) -> None:
        """Declare inputs and outputs."""
        self.addParameter(QgsProcessingParameterRasterLayer("A", tr("First raster")))
        self.addParameter(QgsProcessingParameterRasterLayer("B", tr("Second raster")))
        self.addParameter(choice("MODE", tr("Mode"), terms.comparisons()))
        self.addParameter(
            QgsProcessingParameterNumber(
                "CELL", tr("Cell size in pixels"), NUMBER.Integer, 64, False, 1
            )
        )
        self.addParameter(
            QgsProcessingParameterRasterDestination("OUTPUT", tr("Comparison"))
        )

    def processAlgorithm(
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
        return {"OUTPUT": out}
