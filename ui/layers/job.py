"""From what the form says to a job for the engine; runs off the main thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal, ogr, osr
from qgis.PyQt.QtGui import QImage

from ...core.base.errors import BadInput
from ...core.base.job import Job
from ..qt.i18n import locale_name, tr
from ..qt.pool import repainted
from .choice import Choice
from .georeference import placed


@dataclass(frozen=True)
class Rendered:
    """A map picture that stands for a layer which is no file.

    Args:
        image: what was drawn, transparent where nothing is.
        box: (left, bottom, right, top).
        crs: of the box, as text.
    """

    image: QImage
    box: tuple[float, float, float, float]
    crs: str


@dataclass(frozen=True)
class Blank:
    """Where a layer lies that is no file, for what needs none of its pixels.

    Args:
        width: columns.
        height: rows.
        box: (left, bottom, right, top).
        crs: of the box, as text.
    """

    width: int
    height: int
    box: tuple[float, float, float, float]
    crs: str


def build_job(
    choice: Choice,
    out: Path,
    scratch: Path,
    rendered: Rendered | Blank | None = None,
    clicked: bool = False,
) -> Job:
    """Return the job for a choice, and write what it needs into ``scratch``.

    Args:
        choice: without a problem.
        out: folder of this run.
        scratch: folder for helper files, which is there already.
        rendered: the optical layer's picture, or its place, when it is no file.
        clicked: whether places on the map are given for both layers.
    """
    settings, area = choice.settings, choice.area
    sar_shown = clicked or settings.moving == "optical"
    optical_shown = clicked or settings.moving == "sar"
    moving_bands = (choice.sar_band,) if choice.sar_band else ()
    optical_bands = (choice.optical_band,) if choice.optical_band else ()
    if isinstance(rendered, Rendered):
        optical, optical_bands = write_rendered(rendered, scratch), ()
    elif isinstance(rendered, Blank):
        optical, optical_bands = _write_blank(rendered, scratch), ()
    else:
        optical = placed(choice.optical, scratch, optical_shown)
    mask = _outside(area.polygons, area.crs, scratch) if area.polygons else ""
    size = f"{settings.pixel_size:.12g}"
    reference_is_sar = settings.moving == "optical"
    return Job(
        sar=placed(choice.sar, scratch, sar_shown),
        optical=optical,
        out=str(out),
        moving=settings.moving,
        sar_bands=moving_bands,
        optical_bands=optical_bands,
        aoi=area.box,
        aoi_crs=area.crs,
        model=settings.model,
        transform=settings.transform,
        search=settings.search,
        max_shift=settings.max_shift,
        max_shift_unit=settings.max_shift_unit,
        working_gsd=settings.working_gsd,
        effort=settings.effort,
        grid=size if settings.grid == "size" else settings.grid,
        resampling=settings.resampling,
        sar_mask=mask if reference_is_sar else "",
        optical_mask="" if reference_is_sar else mask,
        device=settings.device,
        force=settings.force,
        language=locale_name(),
    )


def _outside(polygons: str, crs: str, scratch: Path) -> str:
    """Write a vector file of what lies outside the polygons; returns its path."""
    inside = ogr.CreateGeometryFromWkt(polygons)
    left, right, bottom, top = inside.GetEnvelope()
    margin = max(right - left, top - bottom)
    xs, ys = (left - margin, right + margin), (bottom - margin, top + margin)
    ring = ogr.Geometry(ogr.wkbLinearRing)
    for i, j in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)):
        ring.AddPoint_2D(xs[i], ys[j])
    frame = ogr.Geometry(ogr.wkbPolygon)
    frame.AddGeometry(ring)
    path = scratch / "outside.gpkg"
    reference = osr.SpatialReference()
    reference.SetFromUserInput(crs)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = source.CreateLayer("outside", reference, ogr.wkbUnknown)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(frame.Difference(inside))
    layer.CreateFeature(feature)
    feature = layer = source = None
    return str(path)


def nothing_came() -> str:
    """Return what is said of an online map that stays empty."""
    return tr(
        "The online map could not be drawn, nothing came of it: check that this "
        "computer is online, and that the map shows this place."
    )


def write_rendered(rendered: Rendered, scratch: Path) -> str:
    """Write a map picture as GeoTIFF with red, green, blue and alpha."""
    image = repainted(rendered.image, QImage.Format.Format_RGBA8888)
    width, height = image.width(), image.height()
    bits = image.constBits()
    bits.setsize(image.bytesPerLine() * height)
    pixels = bytes(bits)
    if not any(pixels[3::4]):
        raise BadInput(nothing_came())
    left, bottom, right, top = rendered.box
    path = scratch / "reference.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), width, height, 4, gdal.GDT_Byte, ["COMPRESS=DEFLATE", "TILED=YES"]
    )
    reference = osr.SpatialReference()
    reference.SetFromUserInput(rendered.crs)
    dataset.SetSpatialRef(reference)
    dataset.SetGeoTransform(
        (left, (right - left) / width, 0, top, 0, -(top - bottom) / height)
    )
    dataset.GetRasterBand(4).SetColorInterpretation(gdal.GCI_AlphaBand)
    dataset.WriteRaster(
        0,
        0,
        width,
        height,
        pixels,
        buf_pixel_space=4,
        buf_line_space=image.bytesPerLine(),
        buf_band_space=1,
    )
    dataset.FlushCache()
    dataset = None
    return str(path)


def _write_blank(blank: Blank, scratch: Path) -> str:
    """Write a raster of any size that is 1 everywhere; zeros would be no data."""
    pixel = gdal.GetDriverByName("GTiff").Create(str(scratch / "blank.tif"), 1, 1)
    pixel.GetRasterBand(1).Fill(1)
    pixel.FlushCache()
    left, bottom, right, top = blank.box
    path = scratch / "reference.vrt"
    gdal.Translate(
        str(path),
        pixel,
        format="VRT",
        width=blank.width,
        height=blank.height,
        outputBounds=[left, top, right, bottom],
        outputSRS=blank.crs,
    )
    return str(path)
