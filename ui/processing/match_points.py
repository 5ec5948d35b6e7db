"""Match points: tie points as a layer and as JSON, without warping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsFeature,
    QgsFeatureSink,
    QgsFields,
    QgsMapLayer,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFileDestination,
    QgsVectorLayer,
    QgsWkbTypes,
)

from ..layers import styles
from ..qt.i18n import tr
from .base import About, made_job, refusal, scratch_folder
from .loading import kept
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
                "between them. Gives a layer of points at their place in the image "
                "that stays, and JSON in pixels of the two files if you ask for it; "
                "warps nothing."
            ),
        )

    def initAlgorithm(self, config: dict[str, Any] | None = None) -> None:
        """Declare inputs and outputs."""
        self.add_pair()
        self.add_transform()
        self.add_search()
        # Optional: scripts and models that know the JSON alone go on to work.
        self.add(
            QgsProcessingParameterFeatureSink(
                "POINTS",
                tr("Match points"),
                QgsProcessing.SourceType.TypeVectorPoint,
                None,
                True,
                True,
            ),
            tr("A point for each match, with its residual and confidence."),
        )
        self.add(
            QgsProcessingParameterFileDestination(
                "OUTPUT",
                tr("Points and transform as JSON"),
                "JSON (*.json)",
                None,
                True,
                False,
            ),
            tr("The points and the transform as JSON, in pixels of the two files."),
        )
        self.addOutput(QgsProcessingOutputNumber("MATCHES", tr("Number of matches")))

    def work(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        """Match, write what is asked for, and raise when it is a refusal."""
        job = made_job(
            moving=self.parameterAsString(parameters, "MOVING", context),
            transform=self.parameterAsString(parameters, "TRANSFORM", context),
            # Points are given in pixels of the files themselves.
            **self.pair_values(parameters, context, shown=()),
        )
        path = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        points = ""
        if parameters.get("POINTS") is not None:
            points = str(scratch_folder() / "matches.gpkg")
            Path(points).parent.mkdir(parents=True)
        report = self.ask("match", feedback, job=job.__dict__, out=path, points=points)
        if report["status"] != "ok":
            raise refusal(report)
        found = {"MATCHES": len(report["matches"]["confidence"])}
        if path:
            found["OUTPUT"] = path
        if points:
            found["POINTS"] = self._as_layer(points, parameters, context)
        return found

    def _as_layer(
        self, points: str, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> str:
        """Copy the points to where they are wanted; returns the layer's id."""
        layer = QgsVectorLayer(f"{points}|layername=matches", "", "ogr")
        fields = QgsFields(layer.fields())
        # The key of the file they come from; the file they go to makes its own.
        fields.remove(fields.lookupField("fid"))
        sink, target = self.parameterAsSink(
            parameters,
            "POINTS",
            context,
            fields,
            QgsWkbTypes.Type.Point,
            layer.crs(),
        )
        if sink is None:
            raise QgsProcessingException(self.invalidSinkError(parameters, "POINTS"))
        for feature in layer.getFeatures():
            copied = QgsFeature(fields)
            copied.setGeometry(feature.geometry())
            copied.setAttributes([feature[field.name()] for field in fields])
            sink.addFeature(copied, QgsFeatureSink.Flag.FastInsert)
        del sink
        if context.willLoadLayerOnCompletion(target):
            details = context.layerToLoadOnCompletionDetails(target)
            moves = self.parameterAsString(parameters, "MOVING", context)
            moving = self.layer(parameters, moves.upper(), context).name()
            details.setPostProcessor(kept(_Styled(moving)))
        return target


class _Styled(QgsProcessingLayerPostProcessorInterface):
    """Shows points as those of a registration, and names them alike.

    Args:
        moving: name of the layer that moves.
    """

    def __init__(self, moving: str):
        super().__init__()
        self._moving = moving

    def postProcessLayer(
        self,
        layer: QgsMapLayer,
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> None:
        styles.style_points(layer)
        # The authors of models name their outputs themselves.
        if not context.expressionContext().hasVariable("model_name"):
            layer.setName(tr("{name}, match points").format(name=self._moving))
