"""Assess alignment: how well two rasters lie on one another right now."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)

from ..layers.area import Area
from ..qt.i18n import tr
from ..words.sentences import said
from .base import About, made_job, rounded
from .pair import PairAlgorithm


class AssessAlignment(PairAlgorithm):
    """Measure local displacements and give a verdict."""

    def about(self) -> About:
        """Return name and help."""
        return About(
            "assessalignment",
            tr("Assess alignment"),
            tr(
                "Measures how far two rasters lie apart, as they are now, and says so "
                "in words and figures. Writes nothing."
            ),
        )

    def initAlgorithm(self, config: dict[str, Any] | None = None) -> None:
        """Declare inputs and outputs."""
        self.add_pair()
        self.add_search()
        self.addOutput(QgsProcessingOutputString("STATUS", tr("Status")))
        self.addOutput(QgsProcessingOutputString("VERDICT", tr("Verdict")))
        for name, text in (
            ("MATCHES", tr("Number of matches")),
            ("INLIERS", tr("Matches that agree")),
            ("SHIFT_PX", tr("Shift that is the same everywhere, px")),
            ("MEDIAN_PX", tr("Median displacement, px")),
            ("CE90_PX", tr("90 % below, px")),
        ):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        """Measure."""
        drawn = self.draw_online(parameters, context, feedback, Area())
        job = made_job(**self.pair_values(parameters, context, drawn=drawn))
        found = self.ask("assess", feedback, job=job.__dict__)
        found["verdict"] = said(found.pop("message"), found["verdict"])
        feedback.pushInfo(found["verdict"])
        named = {name.upper(): rounded(value) for name, value in found.items()}
        declared = [output.name() for output in self.outputDefinitions()]
        return {name: named[name] for name in declared if name in named}
