"""Apply transform: warp further rasters with a transform found before."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputMultipleLayers,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsRasterLayer,
)

from ..engine.engine import Engine
from ..layers.georeference import placed
from ..layers.inputs import is_file, looks_like_sar, snapshot
from ..layers.results import Origin, opened_rasters, origin_of
from ..qt.i18n import tr
from ..words.sentences import said
from .base import About, SomaAlgorithm, scratch_folder
from .loading import hand_over, is_asked, known_layer, load_parameter


class ApplyTransform(SomaAlgorithm):
    """Warp rasters with a transform.json."""

    def __init__(self, engine: Engine):
        super().__init__(engine)
        # Of the layers that will be warped and are in the project, by their id.
        self._origins: dict[str, Origin] = {}

    def about(self) -> About:
        """Return name and help."""
        return About(
            "applytransform",
            tr("Apply transform"),
            tr(
                "Warps further rasters like an image that was registered: other bands, "
                "polarisations or dates on the same pixels. A raster on other pixels "
                "is refused by name, for the transform may be wrong for it."
            ),
        )

    def initAlgorithm(self, config: dict[str, Any] | None = None) -> None:
        """Declare inputs and outputs."""
        self.add(
            QgsProcessingParameterFile("TRANSFORM", tr("Transform"), extension="json"),
            tr("The transform.json that a registration wrote into its folder."),
        )
        self.add(
            QgsProcessingParameterMultipleLayers(
                "RASTERS", tr("Rasters"), QgsProcessing.SourceType.TypeRaster
            ),
            tr(
                "Rasters on the same pixels as the image that was registered: its "
                "other bands, polarisations or dates."
            ),
        )
        self.add_grid()
        self.add(
            QgsProcessingParameterFolderDestination("OUTPUT", tr("Folder for results")),
            tr("Where the warped rasters go; each is named after its file."),
        )
        self.addParameter(load_parameter())
        self.add(
            QgsProcessingParameterBoolean(
                "OTHER_PIXELS", tr("Allow rasters on other pixels"), False
            ),
            tr(
                "Also warps rasters of the same ground whose size or place differs "
                "from the image that was registered. The transform may be wrong for "
                "them."
            ),
            advanced=True,
        )
        self.addOutput(
            QgsProcessingOutputMultipleLayers("LAYERS", tr("Warped rasters"))
        )

    def prepareAlgorithm(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> bool:
        """Look in the main thread how the layers are shown; it opens no file."""
        given = parameters.get("RASTERS")
        given = given if isinstance(given, list) else [given]
        layers = [known_layer(value, context) for value in given]
        self._origins = {
            layer.id(): origin_of(layer, looks_like_sar(layer))
            for layer in layers
            if layer
        }
        return True

    def work(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        """Warp all rasters."""
        layers = self.parameterAsLayerList(parameters, "RASTERS", context)
        if not all(is_file(layer) for layer in layers):
            raise QgsProcessingException(tr("Only raster files can be warped."))
        scratch = scratch_folder()
        paths = [placed(snapshot(layer), scratch) for layer in layers]
        transform = self.parameterAsFile(parameters, "TRANSFORM", context)
        allowed = self.parameterAsBool(parameters, "OTHER_PIXELS", context)
        self._warn(transform, paths, feedback)
        folder = self.parameterAsString(parameters, "OUTPUT", context)
        self.written = self.ask(
            "apply",
            feedback,
            transform=transform,
            rasters=paths,
            other_pixels=allowed,
            out=folder,
            grid=self.parameterAsString(parameters, "GRID", context),
            resampling=self.parameterAsString(parameters, "RESAMPLING", context),
        )
        if is_asked(self, parameters, context):
            origins = [self._origin(layer) for layer in layers]
            loaded = opened_rasters(self.written, origins)
            title = tr("SOMA: further layers")
            hand_over(context, loaded, title, ["LAYERS"] * len(loaded), origins)
        return {"OUTPUT": folder, "LAYERS": self.written}

    def _origin(self, layer: QgsRasterLayer) -> Origin:
        """Return what is known of a layer that was opened to be warped."""
        known = self._origins.get(layer.id())
        return known or Origin(layer.name(), radar=looks_like_sar(layer))

    def _warn(
        self, transform: str, paths: list[str], feedback: QgsProcessingFeedback
    ) -> None:
        """Say for which rasters the transform may be wrong, and what is assumed."""
        answers = self.ask("fits", feedback, transform=transform, rasters=paths)
        for answer in answers:
            if answer["text"]:
                feedback.pushWarning(said(answer.get("message"), answer["text"]))
