"""How a layer is drawn, as plain values: what a person would see to have changed."""

from qgis.core import QgsRasterLayer, QgsRenderContext

#: Contrast is told to so many digits: projects store it as text.
_DIGITS = 6


def look(layer):
    """Return the renderer of a layer, its bands and contrast, or its symbols."""
    found = {"opacity": round(layer.opacity(), 3)}
    found["scales"] = (
        [layer.minimumScale(), layer.maximumScale()]
        if layer.hasScaleBasedVisibility()
        else []
    )
    renderer = layer.renderer()
    if renderer is None:
        return found
    found["renderer"] = renderer.type()
    if isinstance(layer, QgsRasterLayer):
        found["bands"] = renderer.usesBands()
        found["contrast"] = [_stretch(c) for c in _contrasts(renderer)]
        found["legend"] = [
            [name, color.name()] for name, color in renderer.legendSymbologyItems()
        ]
        found["mixed"] = int(layer.blendMode())
        return found
    found["symbols"] = [
        [symbol.dump() for symbol in renderer.symbols(QgsRenderContext())],
        [[i.label(), i.ruleKey()] for i in renderer.legendSymbolItems()],
    ]
    return found


def _contrasts(renderer):
    """Return the contrast enhancements of a renderer of bands."""
    names = ("", "red", "green", "blue")
    names = [f"{n}ContrastEnhancement" if n else "contrastEnhancement" for n in names]
    made = [getattr(renderer, name)() for name in names if hasattr(renderer, name)]
    return [contrast for contrast in made if contrast is not None]


def _stretch(contrast):
    ends = (contrast.minimumValue(), contrast.maximumValue())
    kind = int(contrast.contrastEnhancementAlgorithm())
    return [kind, *(float(f"{end:.{_DIGITS}g}") for end in ends)]
