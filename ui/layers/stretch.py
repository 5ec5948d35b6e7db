"""How a layer looks on the map, as plain values for the engine's pictures of it."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsContrastEnhancement,
    QgsMultiBandColorRenderer,
    QgsRasterLayer,
    QgsRasterMinMaxOrigin,
    QgsRasterRenderer,
    QgsSingleBandGrayRenderer,
)

#: What was drawn for the map is shown as it was drawn.
DRAWN = {"bands": [1, 2, 3], "low": [0.0] * 3, "high": [255.0] * 3}

Look = dict[str, Any]


def look_of(layer: QgsRasterLayer | None, colour: bool = True) -> Look | None:
    """Return the look of a layer, None where the engine has to choose one.

    Args:
        layer: of the project.
        colour: whether bands may be shown as colours. Those of a radar image are no
            colours: QGIS shows its two polarisations as red and green, and all of its
            range in grey, which a few bright targets leave black.
    """
    renderer = layer.renderer() if isinstance(layer, QgsRasterLayer) else None
    if isinstance(renderer, QgsSingleBandGrayRenderer):
        if not colour and _is_whole_range(renderer):
            return None
        ends = _ends(renderer.contrastEnhancement())
        if ends is None:
            return None
        white = QgsSingleBandGrayRenderer.Gradient.WhiteToBlack
        low, high = reversed(ends) if renderer.gradient() == white else ends
        return {"bands": renderer.usesBands()[:1], "low": [low], "high": [high]}
    if not colour or not isinstance(renderer, QgsMultiBandColorRenderer):
        return None
    bands = [renderer.redBand(), renderer.greenBand(), renderer.blueBand()]
    found = [
        _ends(renderer.redContrastEnhancement()),
        _ends(renderer.greenContrastEnhancement()),
        _ends(renderer.blueContrastEnhancement()),
    ]
    if min(bands) < 1 or None in found:
        return None
    lows, highs = zip(*found)
    return {"bands": bands, "low": list(lows), "high": list(highs)}


def _is_whole_range(renderer: QgsRasterRenderer) -> bool:
    """Return whether the contrast is all of the values, QGIS's way with one band."""
    limits = renderer.minMaxOrigin().limits()
    return QgsRasterMinMaxOrigin.limitsString(limits) == "MinMax"


def _ends(contrast: QgsContrastEnhancement | None) -> tuple[float, float] | None:
    """Return the values that become black and white, None where they are unknown."""
    kinds = QgsContrastEnhancement.ContrastEnhancementAlgorithm
    if (
        contrast is None
        or contrast.contrastEnhancementAlgorithm() == kinds.NoEnhancement
    ):
        # Only bytes can be shown without any.
        return 0.0, 255.0
    low, high = contrast.minimumValue(), contrast.maximumValue()
    return (low, high) if high > low else None
