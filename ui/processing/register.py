"""Register: the same files as ``soma register``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputString,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
)

from ...core.base.types import Modality
from ..layers.area import Area
from ..layers.inputs import crs_text
from ..layers.results import Origin, opened, origin_of
from ..qt.i18n import tr
from ..words import sentences
from ..words.sentences import said
from .base import NUMBER, About, made_job, refusal, rounded
from .loading import hand_over, is_asked, load_parameter
from .pair import PairAlgorithm

#: Output name by role of the file.
_FILES = {
    "REGISTERED": "registered",
    "MATCHES": "matches",
    "CHECKERBOARD": "checkerboard",
    "QUALITY": "quality",
    "TRANSFORM_FILE": "transform",
    "REPORT": "report",
}
#: Outputs that are loaded, in the order of ``results.opened``.
_LOADED = ("MATCHES", "MATCHES", "QUALITY", "CHECKERBOARD", "REGISTERED")


class Register(PairAlgorithm):
    """Register a SAR raster to an optical raster, or the reverse."""

    #: The layer that moves; with its style when it is one of the project.
    _origin = Origin("")

    def about(self) -> About:
        """Return name and help."""
        return About(
            "register",
            tr("Register"),
            tr(
                "Finds where a SAR image belongs on an optical image of the same "
                "ground and warps it there. Writes the registered raster, match "
                "points, a checkerboard, a raster of local residuals, the transform "
                "and a report into one folder. Fails with the reason when the "
                "evidence is too weak."
            ),
        )

    def initAlgorithm(self, config: dict[str, Any] | None = None) -> None:
        """Declare inputs and outputs."""
        self.add_pair()
        self.add_transform()
        self.add(
            QgsProcessingParameterExtent("AREA", tr("Area to match in"), None, True),
            tr(
                "Only here matches are looked for, to leave out sea, snow or cloud. "
                "The whole image is warped in any case. Empty: all that both images "
                "cover."
            ),
        )
        self.add_search()
        self._add_output_options()
        self.add(
            QgsProcessingParameterFolderDestination("OUTPUT", tr("Folder for results")),
            tr("Where all files of the registration go."),
        )
        self.addParameter(load_parameter())
        self.addOutput(
            QgsProcessingOutputRasterLayer("REGISTERED", tr("Registered image"))
        )
        self.addOutput(QgsProcessingOutputVectorLayer("MATCHES", tr("Match points")))
        self.addOutput(
            QgsProcessingOutputRasterLayer("CHECKERBOARD", tr("Checkerboard"))
        )
        self.addOutput(QgsProcessingOutputRasterLayer("QUALITY", tr("Local residual")))
        self.addOutput(QgsProcessingOutputFile("TRANSFORM_FILE", tr("Transform")))
        # Not declared as HTML: QGIS's batch dialog breaks down on such outputs.
        self.addOutput(QgsProcessingOutputFile("REPORT", tr("Report")))
        for name, text in (
            ("INLIERS", tr("Matches that agree")),
            ("BEFORE_PX", tr("Median distance of the matches before, px")),
            ("AFTER_PX", tr("Median held-out error, px")),
            ("EXPECTED_ERROR_PX", tr("Error of the transform, 9 of 10 below, px")),
        ):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.addOutput(QgsProcessingOutputString("REASON", tr("Why this transform")))

    def prepareAlgorithm(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> bool:
        """Look in the main thread how the layer that will be warped is shown."""
        moves = self.parameterAsString(self.coded(parameters), "MOVING", context)
        layer = self.known(parameters, moves.upper(), context)
        given = self.given(parameters, moves.upper(), context)
        name = layer.name() if layer else Path(str(given)).stem
        bands = self.parameterAsInts(parameters, f"{moves.upper()}_BANDS", context)
        band = bands[0] if bands else 0
        stays = "OPTICAL" if moves == "sar" else "SAR"
        reference = self.known(parameters, stays, context)
        reference_id = reference.id() if reference else ""
        self._origin = origin_of(layer, moves == "sar", band, name, reference_id)
        return True

    def work(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        """Run, and return files and figures; raises when refused."""
        moves = self.parameterAsString(parameters, "MOVING", context)
        stays: Modality = "optical" if moves == "sar" else "sar"
        area = self._area(parameters, context)
        drawn = ""
        if moves == "sar":
            drawn = self.draw_online(parameters, context, feedback, area)
        values = self.pair_values(parameters, context, (stays,), drawn)
        values.update(aoi=area.box, aoi_crs=area.crs)
        values.update(self._output_values(parameters, context))
        folder = self.parameterAsString(parameters, "OUTPUT", context)
        job = made_job(
            out=folder,
            moving=moves,
            transform=self.parameterAsString(parameters, "TRANSFORM", context),
            **values,
        )
        result = self.ask("register", feedback, job=job.__dict__)
        if result["status"] != "ok":
            raise refusal(result)
        self.written = list(result["files"].values())
        quality = result["quality"]
        reason = said(result.get("message"), result["reason"])
        headline, lines = sentences.verdict(result)
        for line in (headline, *lines, reason):
            feedback.pushInfo(line)
        if is_asked(self, parameters, context):
            loaded = opened(result["files"], self._origin)
            title = self._title(parameters, context)
            hand_over(context, loaded, title, _LOADED, [self._origin])
        return {
            "OUTPUT": folder,
            **{name: result["files"][role] for name, role in _FILES.items()},
            "INLIERS": quality["n_inliers"],
            "BEFORE_PX": rounded(quality["before"]["median_px"]),
            "AFTER_PX": rounded(quality["median_px"]),
            "EXPECTED_ERROR_PX": rounded(quality["expected_error_px"]),
            "REASON": reason,
        }

    def _title(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        layers = (self.layer(parameters, name, context) for name in ("SAR", "OPTICAL"))
        return "SOMA: " + " – ".join(layer.name() for layer in layers)

    def _add_output_options(self) -> None:
        self.add_grid()
        for side, text in (("SAR", tr("SAR")), ("OPTICAL", tr("optical"))):
            self.add(
                QgsProcessingParameterNumber(
                    f"{side}_NODATA",
                    tr("Nodata value of the {image} image").format(image=text),
                    NUMBER.Double,
                    None,
                    True,
                ),
                tr("A value that means no data, where the file does not say it."),
                advanced=True,
            )
            self.add(
                QgsProcessingParameterFile(
                    f"{side}_MASK",
                    tr("Areas not to match in the {image} image").format(image=text),
                    optional=True,
                ),
                tr(
                    "A vector file of areas, or a raster: nothing is matched in them, "
                    "such as clouds or water. In a raster 0 is good; any other value, "
                    "no data and NaN are bad. Where it has no 0 at all, its values are "
                    "bad and what has no data is good."
                ),
                advanced=True,
            )
        self.add(
            QgsProcessingParameterBoolean(
                "FORCE", tr("Warp anyway, even where nothing improves"), False
            ),
            tr(
                "Writes the warped image although the two already lie on one another "
                "better than that. Other refusals stay refusals."
            ),
            advanced=True,
        )

    def _output_values(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> dict[str, Any]:
        values = {
            "grid": self.parameterAsString(parameters, "GRID", context),
            "resampling": self.parameterAsString(parameters, "RESAMPLING", context),
            "sar_mask": self.parameterAsFile(parameters, "SAR_MASK", context),
            "optical_mask": self.parameterAsFile(parameters, "OPTICAL_MASK", context),
            "force": self.parameterAsBool(parameters, "FORCE", context),
        }
        for side in ("SAR", "OPTICAL"):
            if parameters.get(f"{side}_NODATA") is not None:
                value = self.parameterAsDouble(parameters, f"{side}_NODATA", context)
                values[f"{side.lower()}_nodata"] = value
        return values

    def _area(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Area:
        if not parameters.get("AREA"):
            return Area()
        box = self.parameterAsExtent(parameters, "AREA", context)
        crs = self.parameterAsExtentCrs(parameters, "AREA", context)
        corners = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
        return Area(corners, crs_text(crs))
