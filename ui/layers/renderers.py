"""How rasters that were written are drawn: like their source, or radar in grey."""

from __future__ import annotations

import math

from osgeo import gdal
from qgis.core import (
    QgsContrastEnhancement,
    QgsMapLayer,
    QgsRasterLayer,
    QgsSingleBandGrayRenderer,
)
from qgis.PyQt.QtXml import QDomDocument, QDomElement

from ..qt.compat import ALPHA, COLOURS

#: Values of two styles count as one when they differ by less than this share:
#: statistics of a file are written as text and read again.
_SAME_SHARE = 1e-4
#: Shares of the pixels below black, below the middle and below white.
_SHARES = (0.02, 0.5, 0.98)
#: Where half of the grey values are darker than this share of white, they get a gamma;
#: and the largest one.
_DARK, _MOST_GAMMA = 0.25, 3.0
#: Windows along a side that are looked at, and the side of each in pixels.
_WINDOWS, _SIDE = 5, 80


def style_of(layer: QgsMapLayer | None) -> str:
    """Return how a raster layer looks, as text that may cross threads."""
    if not isinstance(layer, QgsRasterLayer):
        return ""
    document = QDomDocument()
    layer.exportNamedStyle(document)
    return document.toString()


def has_own_style(style: str, source: str, provider: str = "gdal") -> bool:
    """Return whether a style is another one than QGIS gives a file by itself.

    Reading statistics takes a while, so this may run in any thread.

    Args:
        style: by ``style_of``.
        source: of the layer that has it.
        provider: of the same layer.
    """
    options = QgsRasterLayer.LayerOptions(False)
    plain = QgsRasterLayer(source, "", provider, options)
    found, usual = QDomDocument(), QDomDocument()
    if not style or not plain.isValid() or not found.setContent(style):
        return bool(style)
    usual.setContent(style_of(plain))
    return not _same(_pipe(found), _pipe(usual))


def take_style(layer: QgsRasterLayer, style: str) -> None:
    """Draw a layer like another one.

    Args:
        layer: of a warped raster.
        style: of its source, by ``style_of``; "" leaves QGIS's own.
    """
    document = QDomDocument()
    if style and document.setContent(style):
        layer.importNamedStyle(document)
    _be_transparent(layer)


def show_grey(layer: QgsRasterLayer, band: int = 1) -> None:
    """Draw one band in grey between the 2nd and the 98th percentile.

    QGIS takes the two polarisations of radar for red and green, and its full range
    of values for one, which a few bright targets leave black. Intensities get a gamma
    as well, for most of them lie at the dark end. Colours that the file itself names
    stay.

    Args:
        layer: of a radar image.
        band: 1-based.
    """
    provider = layer.dataProvider()
    if not layer.isValid() or provider.colorInterpretation(1) in COLOURS:
        return
    renderer = QgsSingleBandGrayRenderer(provider, band)
    stretch = QgsContrastEnhancement(provider.dataType(band))
    stretch.setContrastEnhancementAlgorithm(
        QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum
    )
    low, middle, high = percentiles(layer.source().split("|")[0], band)
    stretch.setMinimumValue(low)
    stretch.setMaximumValue(high)
    renderer.setContrastEnhancement(stretch)
    layer.setRenderer(renderer)
    layer.brightnessFilter().setGamma(_gamma((middle - low) / (high - low)))
    _be_transparent(layer)


def percentiles(path: str, band: int) -> tuple[float, float, float]:
    """Return the 2nd, the 50th and the 98th percentile of a band at full resolution.

    QGIS itself looks at overviews, where averages have taken most of the speckle
    away: what it cuts there leaves little but black and white on larger scales.

    Args:
        path: what GDAL opens.
        band: 1-based.
    """
    # Held here: a band is of no use without its file.
    file = gdal.Open(path)
    raster = file.GetRasterBand(band)
    values: list[float] = []
    for row in _starts(raster.YSize):
        for column in _starts(raster.XSize):
            window = column, row, min(_SIDE, raster.XSize), min(_SIDE, raster.YSize)
            read = raster.ReadRaster(*window, buf_type=gdal.GDT_Float64)
            mask = raster.GetMaskBand().ReadRaster(*window, buf_type=gdal.GDT_Byte)
            pixels = zip(memoryview(read).cast("d"), memoryview(mask))
            values += [v for v, valid in pixels if valid and math.isfinite(v)]
    if not values:
        return 0.0, 0.5, 1.0
    values.sort()
    low, middle, high = (values[round(s * (len(values) - 1))] for s in _SHARES)
    return (low, middle, high) if high > low else (low, low + 0.5, low + 1.0)


def _gamma(middle: float) -> float:
    """Return what brings a middle value, 0 to 1, out of the dark."""
    if middle >= _DARK:
        return 1.0
    # QGIS raises grey values to the power of 1 / gamma.
    return min(math.log(max(middle, 1e-6)) / math.log(_DARK), _MOST_GAMMA)


def _starts(length: int) -> list[int]:
    """Return where windows begin that are spread over a side."""
    room = max(length - _SIDE, 0)
    return sorted({round(i * room / (_WINDOWS - 1)) for i in range(_WINDOWS)})


def _be_transparent(layer: QgsRasterLayer) -> None:
    """Let what lies outside of a raster be seen through, whatever style it took.

    QGIS shows a mask in the file as one more band, of which the style of a raster
    without one knows nothing.
    """
    provider, renderer = layer.dataProvider(), layer.renderer()
    if not layer.isValid() or renderer is None or renderer.alphaBand() > 0:
        return
    bands = range(1, provider.bandCount() + 1)
    alpha = [n for n in bands if provider.colorInterpretation(n) == ALPHA]
    if alpha:
        renderer.setAlphaBand(alpha[0])


def _pipe(document: QDomDocument) -> QDomElement:
    return document.documentElement().firstChildElement("pipe")


def _same(a: QDomElement, b: QDomElement) -> bool:
    """Return whether two parts of styles say the same."""
    left, right = _attributes(a), _attributes(b)
    if a.tagName() != b.tagName() or left.keys() != right.keys():
        return False
    if not all(_close(left[key], right[key]) for key in left):
        return False
    one, other = a.firstChildElement(), b.firstChildElement()
    if one.isNull() and other.isNull():
        return _close(a.text(), b.text())
    while not one.isNull() and not other.isNull():
        if not _same(one, other):
            return False
        one, other = one.nextSiblingElement(), other.nextSiblingElement()
    return one.isNull() and other.isNull()


def _attributes(element: QDomElement) -> dict[str, str]:
    found = element.attributes()
    items = (found.item(i).toAttr() for i in range(found.count()))
    return {item.name(): item.value() for item in items}


def _close(a: str, b: str) -> bool:
    if a == b:
        return True
    try:
        return math.isclose(float(a), float(b), rel_tol=_SAME_SHARE)
    except ValueError:
        return False
