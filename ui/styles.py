"""How matches, displacements and the quality raster look; made for QGIS 3.22."""

from __future__ import annotations

import math

from qgis.core import (
    QgsColorRampShader,
    QgsLineSymbol,
    QgsMarkerLineSymbolLayer,
    QgsMarkerSymbol,
    QgsProperty,
    QgsRasterLayer,
    QgsRasterShader,
    QgsRuleBasedRenderer,
    QgsSimpleLineSymbolLayer,
    QgsSingleBandPseudoColorRenderer,
    QgsSymbolLayer,
    QgsSymbolLayerUtils,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from . import units
from .i18n import tr

#: Upper ends of the classes of residuals, in working pixels, with their colours;
#: the colours stay apart for the colour-blind.
CLASSES = (
    (0.5, "#2c7bb6"),
    (1.0, "#00a6a6"),
    (2.0, "#f9c74f"),
    (5.0, "#f8961e"),
    (1e9, "#d7191c"),
)
#: The same colours along a ramp, for rasters.
_RAMP = (
    (0.0, "#2c7bb6"),
    (0.5, "#00a6a6"),
    (1.0, "#f9c74f"),
    (2.0, "#f8961e"),
    (5.0, "#d7191c"),
)
_OUTLIER, _ARROW = "#808080", "#1d3b53"
#: Size of a match point in legends, in mm.
_LEGEND_MM = "2.6"
#: Arrows are not drawn closer to one another than this, in mm on the screen.
_ARROWS_APART_MM = 4.0


def style_points(layer: QgsVectorLayer) -> None:
    """Colour by residual, size by confidence, outliers hollow and small."""
    root = QgsRuleBasedRenderer.Rule(None)
    most_mm = _most_mm(layer)
    low = 0.0
    for high, colour in CLASSES:
        rule = QgsRuleBasedRenderer.Rule(_marker(colour, False, most_mm))
        rule.setLabel(_class_label(low, high))
        rule.setFilterExpression(
            f'"inlier" AND "residual_px" >= {low:g} AND "residual_px" < {high:g}'
        )
        root.appendChild(rule)
        low = high
    outliers = QgsRuleBasedRenderer.Rule(_marker(_OUTLIER, True, most_mm))
    outliers.setLabel(tr("Outlier, not used"))
    outliers.setFilterExpression('NOT "inlier"')
    root.appendChild(outliers)
    layer.setRenderer(QgsRuleBasedRenderer(root))


def style_lines(layer: QgsVectorLayer) -> None:
    """Draw arrows from where a feature was to where it belongs; inliers only.

    On small scales only some of them are drawn, else the map is covered.
    """
    root = QgsRuleBasedRenderer.Rule(None)
    symbol = QgsLineSymbol.createSimple(
        {"line_color": "255,255,255,180", "line_width": "0.6"}
    )
    symbol.appendSymbolLayer(QgsSimpleLineSymbolLayer(QColor(_ARROW), 0.25))
    head = QgsMarkerLineSymbolLayer.create({"placement": "LastVertex"})
    head.setSubSymbol(
        QgsMarkerSymbol.createSimple(
            {"name": "filled_arrowhead", "color": _ARROW, "size": "1.4"}
        )
    )
    symbol.appendSymbolLayer(head)
    rule = QgsRuleBasedRenderer.Rule(symbol)
    rule.setLabel(tr("Corrected displacement"))
    rule.setFilterExpression(f'"inlier" AND {_thinned(layer)}')
    root.appendChild(rule)
    layer.setRenderer(QgsRuleBasedRenderer(root))


def style_quality(layer: QgsRasterLayer) -> None:
    """Colour the first band by the classes of residuals."""
    if not layer.isValid():
        return
    ramp = QgsColorRampShader(0.0, _RAMP[-1][0])
    ramp.setColorRampType(QgsColorRampShader.Type.Interpolated)
    ramp.setColorRampItemList(
        [
            QgsColorRampShader.ColorRampItem(
                value, QColor(colour), units.pixels(f"{value:g}")
            )
            for value, colour in _RAMP
        ]
    )
    shader = QgsRasterShader()
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader)
    renderer.setClassificationMin(0.0)
    renderer.setClassificationMax(_RAMP[-1][0])
    layer.setRenderer(renderer)


def _most_mm(layer: QgsVectorLayer) -> str:
    """Return an expression for the size that leaves the image in sight, in mm."""
    return f"{400.0 * _spacing_m(layer):g} / @map_scale"


def _thinned(layer: QgsVectorLayer) -> str:
    """Return a filter for as many features, evenly spread, as a map can show.

    Multiples of the golden ratio spread any number of successive features evenly.
    """
    apart = f"{1000.0 * _spacing_m(layer):g} / coalesce(@map_scale, 1)"
    share = f"({apart} / {_ARROWS_APART_MM:g}) ^ 2"
    return f'("id" * 0.6180339887) % 1 < {share}'


def _spacing_m(layer: QgsVectorLayer) -> float:
    """Return about how far features are apart on the ground."""
    box, count = layer.extent(), max(layer.featureCount(), 1)
    metres = 111_320.0 if layer.crs().isGeographic() else 1.0
    return metres * math.sqrt(max(box.width() * box.height(), 1e-12) / count)


def _marker(colour: str, hollow: bool, most_mm: str) -> QgsMarkerSymbol:
    fill = QColor(colour)
    edge = QColor(colour) if hollow else QColor("#ffffff")
    fill.setAlpha(0 if hollow else 255)
    symbol = QgsMarkerSymbol.createSimple(
        {
            "name": "circle",
            "color": QgsSymbolLayerUtils.encodeColor(fill),
            "outline_color": QgsSymbolLayerUtils.encodeColor(edge),
            "outline_width": "0.25" if hollow else "0.1",
            "size": _LEGEND_MM,
        }
    )
    size = "0.8" if hollow else '0.8 + 1.2 * "confidence"'
    symbol.symbolLayer(0).setDataDefinedProperty(
        QgsSymbolLayer.Property.PropertySize,
        QgsProperty.fromExpression(
            # Legends have no feature; NULL gives them the symbol's own size.
            f'if("confidence" IS NULL, NULL, max(0.3, min({size}, {most_mm})))'
        ),
    )
    return symbol


def _class_label(low: float, high: float) -> str:
    if high > 1e6:
        return tr("Residual above {low:g} px").format(low=low)
    return tr("Residual {low:g} to {high:g} px").format(low=low, high=high)
