"""Apply transform: warp further rasters with a transform found before."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputMultipleLayers,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsRasterLayer,
)

from ..engine import Engine
from ..i18n import tr
from ..layers import file_path, looks_like_sar
from ..results import Origin, opened_rasters, origin_of
from .base import About, SomaAlgorithm
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
                "Warps further rasters of the moving image's frame (other bands, "
                "polarisations, dates) with the transform.json of a registration. Each "
                "result is named after its file."
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

    def processAlgorithm(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        """Warp all rasters."""
        layers = self.parameterAsLayerList(parameters, "RASTERS", context)
        paths = [file_path(layer) for layer in layers]
        if not all(paths):
            raise QgsProcessingException(tr("Only raster files can be warped."))
        folder = self.parameterAsString(parameters, "OUTPUT", context)
        self.written = self.ask(
            "apply",
            feedback,
            transform=self.parameterAsFile(parameters, "TRANSFORM", context),
            rasters=paths,
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
