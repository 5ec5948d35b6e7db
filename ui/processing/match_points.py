"""Match points: tie points and the transform as JSON, without warping."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
)

from ..i18n import tr
from ..words import said
from .base import About, made_job
from .pair import PairAlgorithm


class MatchPoints(PairAlgorithm):
    """Find tie points between two rasters."""

    def about(self) -> About:
        """Return name and help."""
        return About(
            "matchpoints",
            tr("Match points"),
            tr(
                "Finds points that two images have in common, and the transform "
                "between them, in pixels of the two files. Writes JSON; warps nothing."
            ),
        )

    def initAlgorithm(self, config: dict[str, Any] | None = None) -> None:
        """Declare inputs and outputs."""
        self.add_pair()
        self.add_transform()
        self.add_search()
        self.add(
            QgsProcessingParameterFileDestination(
                "OUTPUT", tr("Matches"), "JSON (*.json)"
            ),
            tr("The points and the transform as JSON, in pixels of the two files."),
        )
        self.addOutput(QgsProcessingOutputNumber("MATCHES", tr("Number of matches")))

    def processAlgorithm(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        """Match, write the report, and raise when it is a refusal."""
        job = made_job(
            moving=self.parameterAsString(parameters, "MOVING", context),
            transform=self.parameterAsString(parameters, "TRANSFORM", context),
            # Points are given in pixels of the files themselves.
            **self.pair_values(parameters, context, shown=()),
        )
        path = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        report = self.ask("match", feedback, job=job.__dict__, out=path)
        if report["status"] != "ok":
            raise QgsProcessingException(
                tr("Refused: {reason}").format(
                    reason=said(report.get("message"), report["reason"])
                )
            )
        return {"OUTPUT": path, "MATCHES": len(report["matches"]["confidence"])}
