"""What algorithms about a SAR and an optical raster share: inputs and search."""

from __future__ import annotations

from typing import Any, get_args

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterBand,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)

from ...core.errors import SomaError
from ...core.types import Modality
from .. import terms
from ..area import Area
from ..i18n import tr
from ..layers import is_file
from .base import NUMBER, SomaAlgorithm, WordyFeedback, choice, scratch_folder
from .online import drawn_reference


class PairAlgorithm(SomaAlgorithm):
    """An algorithm that compares a SAR raster with an optical one."""

    def draw_online(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        area: Area,
    ) -> str:
        """Return a drawing of the optical layer where it is an online map, else ""."""
        online = self.layer(parameters, "OPTICAL", context)
        if is_file(online):
            return ""
        sar = self.layer(parameters, "SAR", context)
        try:
            told = WordyFeedback(feedback)
            return drawn_reference(sar, online, area, scratch_folder(), told)
        except SomaError as error:
            raise QgsProcessingException(str(error)) from error

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
        self.add(choice("MODEL", tr("Model"), terms.models()))
        self.add(
            QgsProcessingParameterString("DEVICE", tr("Device"), "auto", False, True)
        )
        self.add(choice("SEARCH", tr("Search"), terms.searches()))
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
        self.add(
            choice(
                "MAX_SHIFT_UNIT", tr("Unit of the largest shift"), terms.shift_units()
            )
        )
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


def moving() -> QgsProcessingParameterEnum:
    """Return the parameter that says which raster is warped."""
    return choice("MOVING", tr("Which one moves"), terms.moving())
