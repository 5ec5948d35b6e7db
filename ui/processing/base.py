"""What the algorithms share: parameters, the call to the engine, its errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterBand,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingUtils,
    QgsRasterLayer,
)
from qgis.PyQt.QtGui import QIcon
from qgis.utils import iface

from ...core.errors import SomaError
from ...core.job import Job, SearchMode
from ...core.types import Modality
from .. import words
from ..area import Area
from ..engine import Engine
from ..i18n import tr
from ..icons import icon
from ..layers import is_file, show_anew, snapshot
from ..placement import placed
from ..sentences import translated
from .online import drawn_reference

ADVANCED = QgsProcessingParameterDefinition.Flag.FlagAdvanced
NUMBER = QgsProcessingParameterNumber.Type


class WordyFeedback:
    """Passes feedback on, and writes the names of stages into the log."""

    def __init__(self, feedback: QgsProcessingFeedback):
        self._feedback, self._text = feedback, ""

    def setProgress(self, percent: float) -> None:
        """Report overall progress, 0 to 100."""
        self._feedback.setProgress(percent)

    def setProgressText(self, text: str) -> None:
        """Name the stage that begins now."""
        if text != self._text:
            self._text = text
            self._feedback.setProgressText(words.stage(text))

    def isCanceled(self) -> bool:
        """Return whether the user wants to stop."""
        return self._feedback.isCanceled()


@dataclass(frozen=True)
class About:
    """Name and help of an algorithm."""

    name: str
    title: str
    help: str


class SomaAlgorithm(QgsProcessingAlgorithm):
    """An algorithm that asks the engine.

    Args:
        engine: what it asks; one that a window keeps stays loaded.
    """

    def __init__(self, engine: Engine):
        super().__init__()
        self.engine = engine
        self.written: list[str] = []

    def about(self) -> About:
        """Return name and help; every algorithm has its own."""
        raise NotImplementedError

    def createInstance(self) -> SomaAlgorithm:
        """Return another one, as QGIS asks for."""
        return type(self)(self.engine)

    def name(self) -> str:
        """Return the stable name."""
        return self.about().name

    def displayName(self) -> str:
        """Return the name in the toolbox."""
        return self.about().title

    def shortHelpString(self) -> str:
        """Return the text beside the parameters."""
        return self.about().help

    def icon(self) -> QIcon:
        """Return the plugin's icon."""
        return icon("soma")

    def postProcessAlgorithm(
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Let layers of files that were written anew show what is there now."""
        show_anew(self.written)
        return {}

    def ask(self, call: str, feedback: QgsProcessingFeedback, **values: Any) -> Any:
        """Call the engine; its errors become Processing's."""
        try:
            return self.engine.call(call, WordyFeedback(feedback), **values)
        except SomaError as error:
            raise QgsProcessingException(str(error)) from error
        finally:
            if iface is None:
                self.engine.stop()

    def raster(
        self,
        parameters: dict[str, Any],
        name: str,
        context: QgsProcessingContext,
        shown: bool = True,
    ) -> str:
        """Return what GDAL opens for a raster parameter, placed as in QGIS.

        Args:
            shown: as in ``placement.placed``.

        Raises ``QgsProcessingException`` for layers that are no files.
        """
        layer = self._layer(parameters, name, context)
        if not is_file(layer):
            raise QgsProcessingException(
                tr(
                    "{name} has to be a raster file; an online map can only be the "
                    "optical layer that does not move, in Register and in Assess "
                    "alignment."
                ).format(name=name)
            )
        try:
            return placed(snapshot(layer), _scratch(), shown)
        except SomaError as error:
            raise QgsProcessingException(str(error)) from error

    def _layer(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> QgsRasterLayer:
        layer = self.parameterAsRasterLayer(parameters, name, context)
        if layer is None:
            raise QgsProcessingException(self.invalidRasterError(parameters, name))
        return layer

    def draw_online(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        area: Area,
    ) -> str:
        """Return a drawing of the optical layer where it is an online map, else ""."""
        online = self._layer(parameters, "OPTICAL", context)
        if is_file(online):
            return ""
        sar = self._layer(parameters, "SAR", context)
        try:
            told = WordyFeedback(feedback)
            return drawn_reference(sar, online, area, _scratch(), told)
        except SomaError as error:
            raise QgsProcessingException(str(error)) from error

    def add(self, parameter: QgsProcessingParameterDefinition, text: str = "") -> None:
        """Add an advanced parameter with a tooltip."""
        parameter.setFlags(parameter.flags() | ADVANCED)
        parameter.setHelp(text)
        self.addParameter(parameter)

    def add_pair(self) -> None:
        """Add the two rasters and which of them moves."""
        self.addParameter(QgsProcessingParameterRasterLayer("SAR", tr("SAR layer")))
        self.addParameter(
            QgsProcessingParameterRasterLayer("OPTICAL", tr("Optical layer"))
        )
        for name, text in (
            ("SAR_BANDS", tr("Bands of the SAR layer")),
            ("OPTICAL_BANDS", tr("Bands of the optical layer")),
        ):
            self.add(
                QgsProcessingParameterBand(
                    name, text, None, name.split("_")[0], True, True
                )
            )

    def add_search(self) -> None:
        """Add model, device and search range."""
        self.add(
            choice("MODEL", tr("Model"), ("auto", "gradient", "soma")),
            tr("auto takes the network where torch and its weights are there"),
        )
        self.add(
            QgsProcessingParameterString("DEVICE", tr("Device"), "auto", False, True)
        )
        self.add(choice("SEARCH", tr("Search"), get_args(SearchMode)))
        self.add(
            QgsProcessingParameterNumber(
                "MAX_SHIFT",
                tr("Largest shift (0: automatic)"),
                NUMBER.Double,
                0,
                True,
                0,
            )
        )
        self.add(choice("MAX_SHIFT_UNIT", tr("Unit of the largest shift"), ("px", "m")))
        self.add(
            QgsProcessingParameterNumber(
                "MAX_ROTATION",
                tr("Largest rotation in degrees (-1: automatic)"),
                NUMBER.Double,
                -1,
                True,
                -1,
                180,
            )
        )
        self.add(
            QgsProcessingParameterNumber(
                "MAX_SCALE",
                tr("Largest scale factor (0: automatic)"),
                NUMBER.Double,
                0,
                True,
                0,
                8,
            )
        )

    def pair_values(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        shown: tuple[Modality, ...] = get_args(Modality),
        drawn: str = "",
    ) -> dict[str, Any]:
        """Return the values of ``add_pair`` and ``add_search`` as fields of a job.

        Args:
            shown: the rasters whose ground has to be where QGIS draws it.
            drawn: what ``draw_online`` returned.
        """
        bands = (
            () if drawn else self.parameterAsInts(parameters, "OPTICAL_BANDS", context)
        )
        return {
            "sar": self.raster(parameters, "SAR", context, "sar" in shown),
            "optical": drawn
            or self.raster(parameters, "OPTICAL", context, "optical" in shown),
            "sar_bands": tuple(self.parameterAsInts(parameters, "SAR_BANDS", context)),
            "optical_bands": tuple(bands),
            "model": self.parameterAsString(parameters, "MODEL", context),
            "device": self.parameterAsString(parameters, "DEVICE", context) or "auto",
            "search": self.parameterAsString(parameters, "SEARCH", context),
            "max_shift": self.parameterAsDouble(parameters, "MAX_SHIFT", context),
            "max_shift_unit": self.parameterAsString(
                parameters, "MAX_SHIFT_UNIT", context
            ),
            "max_rotation_deg": self.parameterAsDouble(
                parameters, "MAX_ROTATION", context
            ),
            "max_scale": self.parameterAsDouble(parameters, "MAX_SCALE", context),
        }


def _scratch() -> Path:
    """Return a folder for helper files, which QGIS deletes when it ends."""
    return Path(QgsProcessingUtils.generateTempFilename("soma"))


def choice(
    name: str, text: str, options: tuple[str, ...]
) -> QgsProcessingParameterEnum:
    """Return a parameter whose values are the engine's own words."""
    return QgsProcessingParameterEnum(
        name, text, list(options), False, options[0], False, True
    )


def moving() -> QgsProcessingParameterEnum:
    """Return the parameter that says which raster is warped."""
    return choice("MOVING", tr("Which one moves"), get_args(Modality))


def made_job(**values: Any) -> Job:
    """Return a job; what is wrong with it becomes Processing's error."""
    try:
        return Job(**values)
    except SomaError as error:
        raise QgsProcessingException(translated(str(error))) from error
