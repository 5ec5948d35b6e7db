"""Copies of a raster that QGIS places in its own way, and where QGIS shows them."""

import itertools
import math

import numpy as np
from osgeo import gdal, osr
from qgis.core import (
    QgsContrastEnhancement,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
    QgsSingleBandGrayRenderer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage

gdal.UseExceptions()


def placed_by_gcps(source, path):
    """Copy a raster and tie it to the ground by control points alone."""
    data = gdal.Open(source)
    transform = data.GetGeoTransform()
    points = []
    for i in range(4):
        for j in range(4):
            col, row = data.RasterXSize * i / 3, data.RasterYSize * j / 3
            x, y = gdal.ApplyGeoTransform(transform, col, row)
            points.append(gdal.GCP(x, y, 0, col, row))
    copy = _bare_copy(data, path)
    copy.SetGCPs(points, data.GetProjection())


def placed_by_bent_gcps(source, path, most_px=3.0):
    """The same with control points that no polynomial of order 2 meets.

    Those of a Sentinel-1 GRD are of that kind; QGIS draws it some pixels off.
    """
    data = gdal.Open(source)
    transform = data.GetGeoTransform()
    points = []
    for i in range(8):
        for j in range(8):
            u, v = i / 7, j / 7
            col, row = data.RasterXSize * u, data.RasterYSize * v
            bend = most_px * math.sin(2 * math.pi * u) * math.cos(2 * math.pi * v)
            x, y = gdal.ApplyGeoTransform(transform, col + bend, row - bend)
            points.append(gdal.GCP(x, y, 0, col, row))
    copy = _bare_copy(data, path)
    copy.SetGCPs(points, data.GetProjection())


def placed_by_rpcs(source, path):
    """Copy a raster and tie it to the ground by rational polynomials.

    The pixels lie where they belong at sea level; each metre of height moves them
    by 0.01 px, so that it shows at which height they are drawn.
    """
    data = gdal.Open(source)
    width, height = data.RasterXSize, data.RasterYSize
    transform = data.GetGeoTransform()
    to_lonlat = _change(data.GetSpatialRef(), 4326)
    raw = np.array(
        [(c, r) for c in np.linspace(0, width, 7) for r in np.linspace(0, height, 7)]
    )
    at = np.array(
        [
            to_lonlat.TransformPoint(*gdal.ApplyGeoTransform(transform, *p))[:2]
            for p in raw
        ]
    )
    middle, scale = (at.max(axis=0) + at.min(axis=0)) / 2, np.ptp(at, axis=0) / 2
    x, y = ((at - middle) / scale).T
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=1)
    # RPCs count from the centre of the first pixel.
    half = np.array([width, height]) / 2
    fits = np.linalg.lstsq(terms, (raw - 0.5 - half) / half, rcond=None)[0].T
    model = {
        "LONG_OFF": middle[0],
        "LONG_SCALE": scale[0],
        "LAT_OFF": middle[1],
        "LAT_SCALE": scale[1],
        "HEIGHT_OFF": 500.0,
        "HEIGHT_SCALE": 500.0,
        "SAMP_OFF": half[0],
        "SAMP_SCALE": half[0],
        "LINE_OFF": half[1],
        "LINE_SCALE": half[1],
    }
    for name, fit in zip(("SAMP", "LINE"), fits, strict=True):
        up = [0.0] * 20
        up[0], up[1], up[2], up[4], up[7], up[8] = fit
        if name == "SAMP":
            up[3] = 0.01 * 500 / half[0]
            up[0] += 0.01 * 500 / half[0]
        model[f"{name}_NUM_COEFF"] = " ".join(f"{value:.12g}" for value in up)
        model[f"{name}_DEN_COEFF"] = " ".join(["1"] + ["0"] * 19)
    copy = _bare_copy(data, path)
    copy.SetMetadata({key: str(value) for key, value in model.items()}, "RPC")


def south_up(source, path):
    """Copy a raster with its last row first."""
    data = gdal.Open(source)
    x, a, _, y, _, e = data.GetGeoTransform()
    copy = gdal.GetDriverByName("GTiff").CreateCopy(path, data)
    for band in range(1, data.RasterCount + 1):
        pixels = data.GetRasterBand(band).ReadAsArray()
        copy.GetRasterBand(band).WriteArray(pixels[::-1])
    copy.SetGeoTransform((x, a, 0, y + e * data.RasterYSize, 0, -e))


def rotated(source, path):
    """Resample a raster to a grid that is turned by 20 degrees."""
    data = gdal.Open(source)
    x, a, _, y, _, e = data.GetGeoTransform()
    width, height = data.RasterXSize, data.RasterYSize
    cos, sin = math.cos(math.radians(20)), math.sin(math.radians(20))
    middle = (x + a * width / 2, y + e * height / 2)
    turned = (a * cos, a * sin, a * sin, -a * cos)
    left = middle[0] - turned[0] * width / 2 - turned[1] * height / 2
    top = middle[1] - turned[2] * width / 2 - turned[3] * height / 2
    kind, bands = data.GetRasterBand(1).DataType, data.RasterCount
    out = gdal.GetDriverByName("GTiff").Create(path, width, height, bands, kind)
    out.SetGeoTransform((left, turned[0], turned[1], top, turned[2], turned[3]))
    out.SetProjection(data.GetProjection())
    gdal.Warp(out, data, resampleAlg="bilinear")
    for band in range(1, bands + 1):
        out.GetRasterBand(band).SetNoDataValue(0)


def in_degrees(source, path):
    """Resample a raster to longitude and latitude."""
    gdal.Warp(path, source, dstSRS="EPSG:4326", resampleAlg="cubic", dstNodata=0)


def in_next_zone(source, path):
    """Resample a raster to the UTM zone east of its own."""
    zone = int(gdal.Open(source).GetSpatialRef().GetAuthorityCode(None)) + 1
    gdal.Warp(path, source, dstSRS=f"EPSG:{zone}", resampleAlg="cubic", dstNodata=0)


def offsets_in_qgis(one, two, box_layer, crs="EPSG:3857", side_px=1200):
    """Return how far QGIS shows a layer beside another one, in nine places.

    Both are drawn as QGIS draws them, on the same map, and correlated.

    Args:
        one: a raster layer.
        two: a raster layer with the same content.
        box_layer: whose extent is drawn.
        crs: of the map.
        side_px: longer side of the drawings, in pixels.

    Returns:
        (9, 2) right and down in units of the map's CRS.
    """
    first, unit = drawn(one, box_layer, crs, side_px)
    second, _ = drawn(two, box_layer, crs, side_px)
    edges = [np.linspace(0.1 * n, 0.9 * n, 4).astype(int) for n in first.shape]
    found = []
    for top, bottom in itertools.pairwise(edges[0]):
        for left, right in itertools.pairwise(edges[1]):
            part = slice(top, bottom), slice(left, right)
            found.append(_shift(first[part], second[part]))
    return np.array(found) * unit


def drawn(layer, box_layer, crs, side_px):
    """Return a layer's first band on a map as (h, w) float32, and the pixel size."""
    shown = layer.clone()
    stretch = QgsContrastEnhancement(shown.dataProvider().dataType(1))
    statistics = shown.dataProvider().bandStatistics(1)
    stretch.setMinimumValue(statistics.mean - 2 * statistics.stdDev)
    stretch.setMaximumValue(statistics.mean + 2 * statistics.stdDev)
    stretch.setContrastEnhancementAlgorithm(
        QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum
    )
    renderer = QgsSingleBandGrayRenderer(shown.dataProvider(), 1)
    renderer.setContrastEnhancement(stretch)
    shown.setRenderer(renderer)
    where = QgsCoordinateReferenceSystem(crs)
    change = QgsCoordinateTransform(box_layer.crs(), where, QgsProject.instance())
    box = change.transformBoundingBox(box_layer.extent())
    unit = max(box.width(), box.height()) / side_px
    settings = QgsMapSettings()
    settings.setDestinationCrs(where)
    settings.setLayers([shown])
    settings.setExtent(box)
    settings.setOutputSize(QSize(round(box.width() / unit), round(box.height() / unit)))
    settings.setBackgroundColor(QColor(0, 0, 0))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return _grey(job.renderedImage()), unit


def _grey(image):
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    bits = image.constBits()
    bits.setsize(image.bytesPerLine() * image.height())
    rows = np.frombuffer(bytes(bits), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width()].astype(np.float32)


def _shift(one, two):
    """Return (columns, rows) of ``two`` against ``one``, both (h, w)."""
    one, two = (part - part.mean() for part in (one, two))
    power = np.fft.ifft2(np.conj(np.fft.fft2(one)) * np.fft.fft2(two)).real
    at = np.unravel_index(power.argmax(), power.shape)
    found = []
    for axis, place in enumerate(at):
        line = np.take(power, at[1 - axis], axis=1 - axis)
        low, top, high = (line[(place + k) % len(line)] for k in (-1, 0, 1))
        exact = place + 0.5 * (low - high) / (low - 2 * top + high)
        found.append(exact - len(line) if exact > len(line) / 2 else exact)
    return float(found[1]), float(found[0])


def _bare_copy(data, path):
    copy = gdal.GetDriverByName("GTiff").Create(
        path,
        data.RasterXSize,
        data.RasterYSize,
        data.RasterCount,
        data.GetRasterBand(1).DataType,
    )
    for band in range(1, data.RasterCount + 1):
        copy.GetRasterBand(band).WriteArray(data.GetRasterBand(band).ReadAsArray())
    return copy


def _change(source, code):
    target = osr.SpatialReference()
    target.ImportFromEPSG(code)
    for reference in (source, target):
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return osr.CoordinateTransformation(source, target)


def layer_of(make, source, folder, name):
    """Return a layer of a changed copy of a raster."""
    path = str(folder / f"{name}.tif")
    make(source, path)
    layer = QgsRasterLayer(path, name)
    assert layer.isValid() and layer.crs().isValid()
    return layer
