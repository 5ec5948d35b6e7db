"""What all algorithms share: help, parameters, the call to the engine, its errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingUtils,
    QgsRasterLayer,
)
from qgis.PyQt.QtGui import QIcon
from qgis.utils import iface

from ...core.base.errors import SomaError
from ...core.base.job import Job
from .. import terms, words
from ..engine import Engine
from ..help import page_url
from ..i18n import locale_name, tr
from ..icons import icon
from ..layers import is_file, show_anew, snapshot
from ..placement import placed

ADVANCED = QgsProcessingParameterDefinition.Flag.FlagAdvanced
#: In the metadata of a choice: what each of its values is called.
MEANINGS = "soma_meanings"
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
        """Return the text beside the parameters: what it does."""
        return self.about().help

    def helpUrl(self) -> str:
        """Return the address of the page about it, which ships with the plugin."""
        return page_url(self.name()).toString()

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
        layer = self.layer(parameters, name, context)
        if not is_file(layer):
            raise QgsProcessingException(
                tr(
                    "{name} has to be a raster file; an online map can only be the "
                    "optical layer that does not move, in Register and in Assess "
                    "alignment."
                ).format(name=self.parameterDefinition(name).description())
            )
        try:
            return placed(snapshot(layer), scratch_folder(), shown)
        except SomaError as error:
            raise QgsProcessingException(str(error)) from error

    def layer(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> QgsRasterLayer:
        """Return the layer of a raster parameter; raises for what is none."""
        layer = self.parameterAsRasterLayer(parameters, name, context)
        if layer is None:
            raise QgsProcessingException(self.invalidRasterError(parameters, name))
        return layer

    def add(
        self,
        parameter: QgsProcessingParameterDefinition,
        told: str,
        advanced: bool = False,
    ) -> None:
        """Add a parameter.

        Args:
            parameter: the parameter.
            told: what it is for, as tooltip and in the help page.
            advanced: whether it is folded away at first.
        """
        parameter.setHelp(told)
        if advanced:
            parameter.setFlags(parameter.flags() | ADVANCED)
        self.addParameter(parameter)

    def add_grid(self) -> None:
        """Add on which pixels a warped raster is written, and how they are made."""
        self.add(
            QgsProcessingParameterString("GRID", tr("Output grid"), "reference"),
            tr(
                "reference: on the pixels of the image that stays. own: with the "
                "coordinate system and pixel size that the raster has now. A number: "
                "pixels of this size, in the units of the image that stays."
            ),
            advanced=True,
        )
        self.add(
            choice("RESAMPLING", tr("Resampling"), terms.resamplings(), "cubic"),
            tr(
                "How new pixels are made from the old ones: nearest neighbour for "
                "classes, average for a much coarser output, else cubic."
            ),
            advanced=True,
        )


def scratch_folder() -> Path:
    """Return a folder for helper files, which QGIS deletes when it ends."""
    return Path(QgsProcessingUtils.generateTempFilename("soma"))


def choice(
    name: str, text: str, meanings: dict[str, str], default: str = ""
) -> QgsProcessingParameterEnum:
    """Return a parameter whose values are the engine's own words.

    Scripts, models and ``qgis_process`` give and keep these; lists show what they mean.

    Args:
        name: of the parameter.
        text: its name for the user.
        meanings: what each value is called.
        default: a value, "" for the first one.
    """
    values = list(meanings)
    found = QgsProcessingParameterEnum(
        name, text, values, False, default or values[0], False, True
    )
    found.setMetadata({MEANINGS: meanings})
    return found


def made_job(**values: Any) -> Job:
    """Return a job; what is wrong with it becomes Processing's error."""
    try:
        return Job(**values, language=locale_name())
    except SomaError as error:
        raise QgsProcessingException(words.error_text(error)) from error
