"""Algorithms that compare two rasters: which two at first, and never the same."""

from __future__ import annotations

import os
from typing import Any

from qgis.core import (
    QgsMapLayer,
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
        """Add the two rasters; dialogs begin with those that ``likely`` returns.

        Args:
            described: name for the user and tooltip of each.
        """
        application, likely = QCoreApplication.instance(), (None, None)
        # The project is the main thread's.
        if application is not None and QThread.currentThread() is application.thread():
            likely = self.likely()
        for name, (text, told), layer in zip(self.two, described, likely):
            parameter = QgsProcessingParameterRasterLayer(name, text)
            # No default: models and scripts have to name their layers. QGIS would show
            # the first layer of the project where a dialog is to show none.
            shown = layer.id() if layer is not None else choose_a_layer()
            parameter.setGuiDefaultValueOverride(shown)
            self.add(parameter, told)

    def likely(self) -> tuple[QgsRasterLayer | None, QgsRasterLayer | None]:
        """Return the two that a dialog begins with: the pair that the dock would take.

        None for what the user has to choose; in the main thread.
        """
        return guess_pair()

    def checkParameterValues(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Refuse one and the same raster twice, as well as what QGIS refuses."""
        for name in self.two:
            if parameters.get(name) == choose_a_layer():
                text = self.parameterDefinition(name).description()
                return False, tr("{name}: choose a layer.").format(name=text)
        good, why = super().checkParameterValues(parameters, context)
        first, second = (self._source(parameters, name, context) for name in self.two)
        if good and first and first == second:
            texts = [self.parameterDefinition(name).description() for name in self.two]
            told = tr("{first} and {second} are the same image; choose two.")
            return False, told.format(first=texts[0], second=texts[1])
        return good, why

    def given(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> Any:
        """Return what a parameter says: the text of an expression, or a layer."""
        return self.parameterAsString(parameters, name, context) or parameters.get(name)

    def known(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> QgsMapLayer | None:
        """Return the layer that a parameter names, if it is there; opens no file."""
        return known_layer(self.given(parameters, name, context), context)

    def _source(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> str:
        """Return what a raster is read from, "" for nothing; opens no file."""
        layer = self.known(parameters, name, context)
        text = self.parameterAsString(parameters, name, context)
        source = layer.source() if layer else text
        return os.path.realpath(source) if os.path.exists(source) else source


def choose_a_layer() -> str:
    """Return what a dialog shows in place of a layer that has to be chosen."""
    return tr("(choose a layer)")
