"""How matches, displacements and the quality raster look; made for QGIS 3.22."""

from __future__ import annotations

from qgis.core import (
    QgsColorRampLegendNodeSettings,
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

from ..qt import units
from ..qt.i18n import tr

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
_OUTLIER, _ARROW = "#808080", "#d6006c"
#: Size of a match point in legends, in mm.
_LEGEND_MM = "2.6"
#: Points and arrows are on average not closer to one another than this, in mm on the
#: screen: a quarter of the map at most is covered, and the image stays in sight.
_POINTS_APART_MM, _ARROWS_APART_MM = 4.0, 6.0
#: Length of an arrowhead, and width of its light rim, in mm.
_HEAD_MM, _RIM_MM = 3.2, 0.25


def style_points(layer: QgsVectorLayer) -> None:
    """Colour by residual, size by confidence, outliers hollow and small.

    On small scales only some of them are drawn, else the map is covered.
    """
    root = QgsRuleBasedRenderer.Rule(None)
    thinned = _thinned(layer, _POINTS_APART_MM)
    low = 0.0
    for high, colour in CLASSES:
        rule = QgsRuleBasedRenderer.Rule(_marker(colour, False))
        rule.setLabel(_class_label(low, high))
        rule.setFilterExpression(
            f'"inlier" AND "residual_px" >= {low:g} AND "residual_px" < {high:g}'
            f" AND {thinned}"
        )
        root.appendChild(rule)
        low = high
    outliers = QgsRuleBasedRenderer.Rule(_marker(_OUTLIER, True))
    outliers.setLabel(tr("Outlier, not used"))
    outliers.setFilterExpression(f'NOT "inlier" AND {thinned}')
    root.appendChild(outliers)
    layer.setRenderer(QgsRuleBasedRenderer(root))


def style_lines(layer: QgsVectorLayer) -> None:
    """Draw arrows from where a feature was to where it belongs; inliers only.

    On small scales only some of them are drawn, else the map is covered.
    """
    root = QgsRuleBasedRenderer.Rule(None)
    symbol = QgsLineSymbol.createSimple(
        {"line_color": "255,255,255,220", "line_width": f"{0.35 + 2 * _RIM_MM:g}"}
    )
    symbol.appendSymbolLayer(QgsSimpleLineSymbolLayer(QColor(_ARROW), 0.35))
    # The second name from QGIS 3.24 on.
    place = {"placement": "lastvertex", "placements": "LastVertex"}
    head = QgsMarkerLineSymbolLayer.create(place)
    head.setSubSymbol(
        QgsMarkerSymbol.createSimple(
            {
                "name": "filled_arrowhead",
                "color": _ARROW,
                "outline_color": "255,255,255,220",
                "outline_width": f"{_RIM_MM:g}",
                "size": f"{_HEAD_MM:g}",
            }
        )
    )
    symbol.appendSymbolLayer(head)
    rule = QgsRuleBasedRenderer.Rule(symbol)
    rule.setLabel(tr("Corrected displacement"))
    rule.setFilterExpression(f'"inlier" AND {_thinned(layer, _ARROWS_APART_MM)}')
    root.appendChild(rule)
    layer.setRenderer(QgsRuleBasedRenderer(root))


def name_fields(layer: QgsVectorLayer) -> None:
    """Name the fields of matches or control points in the user's language."""
    for field, name in (
        ("id", tr("Number")),
        ("mov_x", tr("Was at x, map units")),
        ("mov_y", tr("Was at y, map units")),
        ("ref_x", tr("Belongs at x, map units")),
        ("ref_y", tr("Belongs at y, map units")),
        ("east_m", tr("Moved to the east, m")),
        ("north_m", tr("Moved to the north, m")),
        ("residual_m", tr("Residual, m")),
        ("residual_px", tr("Residual, px")),
        ("confidence", tr("Confidence, 0 to 1")),
        ("inlier", tr("Agrees with the transform")),
        ("source", tr("Found by the model, or set by hand (manual)")),
        ("window_px", tr("Side of the window, px")),
        ("level", tr("Level from which the map shows it")),
    ):
        layer.setFieldAlias(layer.fields().indexOf(field), name)


def style_quality(layer: QgsRasterLayer) -> None:
    """Colour the first band by the classes of residuals."""
    if not layer.isValid():
        return
    ramp = QgsColorRampShader(0.0, _RAMP[-1][0])
    ramp.setColorRampType(QgsColorRampShader.Type.Interpolated)
    # The continuous legend of QGIS names its two ends only, and no unit.
    legend = QgsColorRampLegendNodeSettings()
    legend.setUseContinuousLegend(False)
    ramp.setLegendSettings(legend)
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


def _thinned(layer: QgsVectorLayer, apart_mm: float) -> str:
    """Return a filter for as many features, evenly spread, as a map can show."""
    box = layer.extent()
    metres = 111_320.0 if layer.crs().isGeographic() else 1.0
    side_mm = 1000.0 * metres * max(box.width(), box.height(), 1e-9)
    # Cells of a level are halves of those of the one before; see core's ``spread``.
    cells = f"{side_mm / apart_mm:g} / coalesce(@map_scale, 1)"
    return f'"level" <= log(2, {cells})'


def _marker(colour: str, hollow: bool) -> QgsMarkerSymbol:
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
    size = "1.2" if hollow else '1 + 1.2 * "confidence"'
    symbol.symbolLayer(0).setDataDefinedProperty(
        QgsSymbolLayer.Property.PropertySize,
        QgsProperty.fromExpression(
            # Legends have no feature; NULL gives them the symbol's own size.
            f'if("confidence" IS NULL, NULL, {size})'
        ),
    )
    return symbol


def _class_label(low: float, high: float) -> str:
    if high > 1e6:
        return tr("Residual above {low:g} px").format(low=low)
    return tr("Residual {low:g} to {high:g} px").format(low=low, high=high)
