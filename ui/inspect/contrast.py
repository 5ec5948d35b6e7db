"""A contrast in which a layer can be compared, whatever its own style.

Radar images often look black in QGIS: few bright targets set the upper end. The
layers themselves stay as they are.
"""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import (
    QgsBilinearRasterResampler,
    QgsContrastEnhancement,
    QgsMapLayer,
    QgsMultiBandColorRenderer,
    QgsRasterLayer,
    QgsRectangle,
    QgsSingleBandGrayRenderer,
)
from qgis.PyQt.QtCore import QObject

from ..engine.task import EngineTask
from ..qt.i18n import tr

#: Shares of the pixels that become black and white.
_LOW, _HIGH = 0.02, 0.98
#: Pixels that are looked at.
_SAMPLE = 250_000

#: So many pixels are read for one of the screen, each way, on small scales.
_OVERSAMPLING = 4.0

#: Lowest and highest value of a band.
Limits = tuple[float, float]


def wants_stretch(layer: QgsMapLayer | None) -> bool:
    """Return whether a layer is one band shown in grey, or should be.

    QGIS takes the two polarisations of a radar image for red and green, without blue.
    """
    if not isinstance(layer, QgsRasterLayer):
        return False
    renderer = layer.renderer()
    if isinstance(renderer, QgsMultiBandColorRenderer):
        return len(renderer.usesBands()) == 2 and renderer.blueBand() < 1
    return isinstance(renderer, QgsSingleBandGrayRenderer)


def find_limits(
    layer: QgsRasterLayer, done: Callable[[Limits | None], None], owner: QObject
) -> EngineTask:
    """Look for the limits of a layer's first band in another thread.

    Args:
        layer: see ``wants_stretch``.
        done: gets the limits, None when they cannot be told.
        owner: whose end makes ``done`` pointless.
    """
    source, provider = layer.source(), layer.providerType()
    band = layer.renderer().usesBands()[0]

    def work(task: Any) -> Limits | None:
        # Objects of this thread only; see QGIS's rules for tasks.
        own = QgsRasterLayer(source, "", provider)
        if not own.isValid():
            return None
        low, high = own.dataProvider().cumulativeCut(
            band, _LOW, _HIGH, QgsRectangle(), _SAMPLE
        )
        return (low, high) if high > low else None

    return EngineTask(
        tr("SOMA: looking at the contrast"),
        work,
        lambda task: done(task.value if task.error is None else None),
        owner,
        quiet=True,
    ).start()


def stretched(layer: QgsRasterLayer, limits: Limits) -> QgsRasterLayer:
    """Return a copy of a layer with its first band in grey between two values."""
    copy = layer.clone()
    band = copy.renderer().usesBands()[0]
    if not isinstance(copy.renderer(), QgsSingleBandGrayRenderer):
        copy.setRenderer(QgsSingleBandGrayRenderer(copy.dataProvider(), band))
    kind = copy.dataProvider().dataType(band)
    enhancement = QgsContrastEnhancement(kind)
    enhancement.setContrastEnhancementAlgorithm(
        QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum
    )
    enhancement.setMinimumValue(limits[0])
    enhancement.setMaximumValue(limits[1])
    copy.renderer().setContrastEnhancement(enhancement)
    # Single pixels of speckle would be black and white dots on a small scale.
    smooth = copy.resampleFilter()
    smooth.setZoomedOutResampler(QgsBilinearRasterResampler())
    smooth.setMaxOversampling(_OVERSAMPLING)
    return copy
