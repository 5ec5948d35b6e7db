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
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingUtils,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QThread
from qgis.PyQt.QtGui import QIcon
from qgis.utils import iface

from ...core.base.errors import Cancelled, SomaError
from ...core.base.job import Job
from ..engine.engine import Engine, EngineMissing
from ..engine.installer import set_up_without_window
from ..layers.georeference import placed
from ..layers.inputs import is_file, show_anew, snapshot
from ..qt.help import page_url
from ..qt.i18n import locale_name, tr
from ..qt.icons import icon, icon_path
from ..qt.pool import out_of_pool
from ..words import sentences, terms
from .choices import choice, coded, worded

ADVANCED = QgsProcessingParameterDefinition.Flag.FlagAdvanced
NUMBER = QgsProcessingParameterNumber.Type
#: Of lengths in pixels; a hundredth of one is the least that means anything.
_DIGITS = 3


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
            self._feedback.setProgressText(sentences.stage(text))

    def isCanceled(self) -> bool:
        """Return whether the user wants to stop; a window that waits here is served.

        QGIS 3.22 runs batches and models in its main thread.
        """
        main = QCoreApplication.instance().thread()
        if iface is not None and QThread.currentThread() == main:
            QCoreApplication.processEvents()
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

    def work(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        """Do what the algorithm is for, and return its outputs.

        Raises ``SomaError`` or ``QgsProcessingException``, each with one sentence.
        """
        raise NotImplementedError

    def processAlgorithm(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        """Do ``work``; who stops it is told so, and gets no error."""
        try:
            with out_of_pool():
                found = self.work(self.coded(parameters), context, feedback)
                return {name: _plain(value) for name, value in found.items()}
        except Cancelled:
            feedback.pushInfo(tr("Stopped; no output was written."))
            return {}
        except SomaError as error:
            told = sentences.error_text(error)
            if isinstance(error, EngineMissing) and iface is None:
                told = set_up_without_window()
            raise QgsProcessingException(told) from error

    def checkParameterValues(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Refuse what QGIS refuses; choices may be given by their numbers, too."""
        return super().checkParameterValues(self.coded(parameters), context)

    def coded(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return parameters with the engine's word for every choice."""
        return coded(self.parameterDefinitions(), parameters)

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

    def svgIconPath(self) -> str:
        """Return the same for models, which draw it."""
        return icon_path("soma")

    def postProcessAlgorithm(
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Let layers of files that were written anew show what is there now."""
        show_anew(self.written)
        return {}

    def ask(self, call: str, feedback: QgsProcessingFeedback, **values: Any) -> Any:
        """Call the engine, which ends with it where nobody will ask it again."""
        try:
            return self.engine.call(call, WordyFeedback(feedback), **values)
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
            shown: as in ``georeference.placed``.

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
        return placed(snapshot(layer), scratch_folder(), shown)

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
            worded(
                QgsProcessingParameterString("GRID", tr("Output grid"), "reference"),
                {name: terms.grids()[name] for name in ("reference", "own")},
            ),
            tr(
                "Where the pixels of the result lie: on those of the image that stays, "
                "or in the coordinate system and pixel size that the raster has now. "
                "A number is a pixel size, in the units of the image that stays."
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


def refusal(outcome: dict[str, Any]) -> QgsProcessingException:
    """Return how an algorithm ends when the engine refused, with the reason."""
    reason = sentences.said(outcome.get("message"), outcome["reason"])
    return QgsProcessingException(tr("Refused: {reason}").format(reason=reason))


def rounded(value: Any) -> Any:
    """Return a figure without the digits that say nothing, and texts as they are."""
    return round(value, _DIGITS) if isinstance(value, float) else value


def _plain(value: Any) -> Any:
    """Return an output as scripts expect it: only windows have lines to break."""
    return value.replace("\u00a0", " ") if isinstance(value, str) else value


def scratch_folder() -> Path:
    """Return a folder for helper files, which QGIS deletes when it ends."""
    return Path(QgsProcessingUtils.generateTempFilename("soma"))


def made_job(**values: Any) -> Job:
    """Return a job whose report is in the user's language; raises ``SomaError``."""
    return Job(**values, language=locale_name())
