"""Algorithms that compare two rasters: which two at first, and never the same."""

from __future__ import annotations

import os
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterRasterLayer,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QThread

from ..layers.inputs import guess_pair
from ..qt.i18n import tr
from .base import SomaAlgorithm
from .loading import known_layer


class TwoRasters(SomaAlgorithm):
    """An algorithm that compares two rasters."""

    #: Names of their parameters, SAR first where that matters.
    two = ("SAR", "OPTICAL")

    def add_two(self, *described: tuple[str, str]) -> None:
        """Add the two rasters; dialogs begin with the pair that the dock would take.

        Args:
            described: name for the user and tooltip of each.
        """
        for name, (text, told), layer in zip(self.two, described, _guessed()):
            parameter = QgsProcessingParameterRasterLayer(name, text)
            if layer is not None:
                # No default: models and scripts have to name their layers.
                parameter.setGuiDefaultValueOverride(layer.id())
            self.add(parameter, told)

    def checkParameterValues(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Refuse one and the same raster twice, as well as what QGIS refuses."""
        good, why = super().checkParameterValues(parameters, context)
        first, second = (self._source(parameters, name, context) for name in self.two)
        if good and first and first == second:
            texts = [self.parameterDefinition(name).description() for name in self.two]
            told = tr("{first} and {second} are the same image; choose two.")
            return False, told.format(first=texts[0], second=texts[1])
        return good, why

    def _source(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> str:
        """Return what a raster is read from, "" for nothing; opens no file."""
        # Text where it is an expression; nothing where it is a layer.
        text = self.parameterAsString(parameters, name, context)
        layer = known_layer(text or parameters.get(name), context)
        source = layer.source() if layer else text
        return os.path.realpath(source) if os.path.exists(source) else source


def _guessed() -> tuple[QgsRasterLayer | None, QgsRasterLayer | None]:
    """Return the project's likeliest SAR and optical layers, in the main thread."""
    application = QCoreApplication.instance()
    if application is None or QThread.currentThread() is not application.thread():
        return None, None
    return guess_pair()
