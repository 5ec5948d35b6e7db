"""What algorithms about a SAR and an optical raster share: inputs and search."""

from __future__ import annotations

import sys
from typing import Any, get_args

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBand,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ...core.base.types import Modality
from ..layers.area import Area
from ..layers.inputs import is_file
from ..qt.i18n import tr
from ..words import sentences, terms, tips
from .base import NUMBER, WordyFeedback, scratch_folder
from .choices import choice, worded
from .online import drawn_reference
from .two import TwoRasters

#: QGIS's own: a number without an upper end.
_NO_LIMIT = sys.float_info.max


class PairAlgorithm(TwoRasters):
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
        told = WordyFeedback(feedback)
        return drawn_reference(sar, online, area, scratch_folder(), told)

    def add_pair(self) -> None:
        """Add the two rasters and their bands."""
        self.add_two(
            (
                tr("SAR layer"),
                tr("The radar image: a raster file, calibrated or not, dB or linear."),
            ),
            (
                tr("Optical layer"),
                tr("The photograph or satellite image of the same ground."),
            ),
        )
        told = tr("Which bands to match with. Empty: chosen by their kind and content.")
        for name, text in (
            ("SAR_BANDS", tr("Bands of the SAR layer")),
            ("OPTICAL_BANDS", tr("Bands of the optical layer")),
        ):
            side = name.split("_")[0]
            band = QgsProcessingParameterBand(name, text, None, side, True, True)
            self.add(band, told, advanced=True)

    def add_transform(self) -> None:
        """Add which raster moves, and how freely."""
        self.add(
            choice("MOVING", tr("Which one moves"), terms.moving()),
            tr("This image is warped; the other one stays as it is."),
        )
        self.add(
            choice("TRANSFORM", tr("Transform"), sentences.transforms()),
            tr(
                "How freely the image may be bent. Automatic takes the simplest one "
                "that predicts matches it has not seen."
            ),
        )

    def add_search(self) -> None:
        """Add model, device and search range."""
        self.add(
            choice("MODEL", tr("Model"), terms.models()),
            tr(
                "What finds the matches. Automatic takes gradient, and where that is "
                "unsure the network, if its packages are installed."
            ),
            advanced=True,
        )
        self.add(
            worded(
                QgsProcessingParameterString(
                    "DEVICE", tr("Device"), "auto", False, True
                ),
                terms.devices(),
            ),
            tr("What the network runs on; cuda:1 is the second of several cards."),
            advanced=True,
        )
        self.add(
            choice("SEARCH", tr("Search"), terms.searches()),
            tr(
                "Near looks around the present place of the image; anywhere looks for "
                "every rotation and place; automatic is near where both images have a "
                "georeference."
            ),
            advanced=True,
        )
        for name, text, most, told in _ranges():
            least = -1 if name == "MAX_ROTATION" else 0
            self.add(
                QgsProcessingParameterNumber(
                    name, text, NUMBER.Double, least, True, least, most
                ),
                told,
                advanced=True,
            )
        self.add(
            choice(
                "MAX_SHIFT_UNIT", tr("Unit of the largest shift"), terms.shift_units()
            ),
            tr("Pixels are those that are matched, the coarser ones of the two."),
            advanced=True,
        )
        self.add(
            choice("EFFORT", tr("Matching effort"), terms.efforts(), "normal"),
            tips.method()["effort"],
            advanced=True,
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
            "working_gsd": self.parameterAsDouble(parameters, "WORKING_GSD", context),
            "effort": self.parameterAsString(parameters, "EFFORT", context),
        }


def _ranges() -> list[tuple[str, str, float, str]]:
    """Return name, text, largest value and tooltip of each limit of the search."""
    return [
        (
            "MAX_SHIFT",
            tr("Largest shift (0: automatic)"),
            _NO_LIMIT,
            tr(
                "How far the image may be off. Automatic: a tenth of what both images "
                "cover, at least 64 pixels."
            ),
        ),
        (
            "MAX_ROTATION",
            tr("Largest rotation in degrees (-1: automatic)"),
            180,
            tr("How far the image may be turned. Automatic: 3 degrees when near."),
        ),
        (
            "MAX_SCALE",
            tr("Largest scale factor (0: automatic)"),
            8,
            tr("From 1 to 8: how wrong its size may be. Automatic: 1.03 when near."),
        ),
        (
            "WORKING_GSD",
            tr("Size of the matched pixels in metres (0: automatic)"),
            _NO_LIMIT,
            tr(
                "Larger pixels show less detail and less noise. Automatic: where "
                "matches err least."
            ),
        ),
    ]
