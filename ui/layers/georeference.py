"""Files of layers as GDAL has to open them to see what QGIS draws."""

from __future__ import annotations

import re
from pathlib import Path

from osgeo import gdal, osr
from qgis.core import QgsProviderRegistry

from ...core.base.errors import BadInput
from ...core.base.types import DRAWN_DOMAIN
from ..qt.i18n import tr
from .inputs import RasterInput

_ANY_AXES = "IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"
#: How sources begin that no other process can open: files in memory, written-out VRTs.
_OF_QGIS_ALONE = ("/vsimem/", "MEM:", "<")


def placed(raster: RasterInput, scratch: Path, shown: bool = False) -> str:
    """Return a name that GDAL opens with the placement that the layer has in QGIS.

    A user can give a layer a CRS that its file lacks or has wrong, and QGIS draws
    control points in a simpler way than the engine reads them. Such a file is
    wrapped into a small VRT; all others are taken as they are.

    Args:
        raster: the layer.
        scratch: folder for helper files.
        shown: whether its ground has to be where QGIS draws it. A raster that is
            warped is better read by its own points.
    """
    dataset = _opened(raster)
    bare = dataset.GetGeoTransform(can_return_null=True) is None
    if shown and bare and raster.crs and dataset.GetGCPCount():
        as_drawn = gdal.Translate("", dataset, format="VRT")
        # The engine does it in the map it warps by, so that pixels are sampled once.
        as_drawn.SetMetadataItem("GCPS", "as drawn", DRAWN_DOMAIN)
        return _written(as_drawn, raster, scratch)
    if not raster.crs or bare or dataset.GetGCPCount() or dataset.GetMetadata("RPC"):
        return raster.path
    own, drawn = dataset.GetSpatialRef(), osr.SpatialReference()
    drawn.SetFromUserInput(raster.crs)
    if own is not None and own.IsSame(drawn, [_ANY_AXES]):
        return raster.path
    corrected = gdal.Translate("", dataset, format="VRT", outputSRS=raster.crs)
    return _written(corrected, raster, scratch)


def _opened(raster: RasterInput) -> gdal.Dataset:
    if raster.path.startswith(_OF_QGIS_ALONE):
        told = tr(
            "The layer {name} is in QGIS's memory alone; save it as a file with "
            "Export > Save As… in the Layers panel."
        )
        raise BadInput(told.format(name=raster.name))
    try:
        dataset = gdal.Open(raster.path)
    except RuntimeError:
        # Where another plugin told GDAL to raise; else it returns None.
        dataset = None
    if dataset is None:
        raise BadInput(_why_closed(raster))
    return dataset


def _why_closed(raster: RasterInput) -> str:
    """Return why a layer's file cannot be opened, as far as it is known."""
    parts = QgsProviderRegistry.instance().decodeUri("gdal", raster.path)
    file = Path(parts.get("path") or raster.path)
    is_virtual = raster.path.startswith("/vsi")
    if file.is_absolute() and not is_virtual and not file.exists():
        told = tr(
            "The file of the layer {name} is no longer there: {path} was moved, "
            "renamed or deleted. Choose another layer, or Change Data Source… in the "
            "Layers panel."
        )
        return told.format(name=raster.name, path=file)
    return tr("{name} cannot be opened.").format(name=raster.path)


def _written(dataset: gdal.Dataset, raster: RasterInput, scratch: Path) -> str:
    """Write a virtual raster; reports name it like the file behind it."""
    folder = scratch / re.sub(r"\W", "_", raster.layer_id)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{Path(raster.path).stem}.vrt"
    part = path.with_suffix(".part")
    gdal.GetDriverByName("VRT").CreateCopy(str(part), dataset).FlushCache()
    if path.exists() and part.read_bytes() == path.read_bytes():
        # Its time would tell of a change to who looks whether a result is still good.
        part.unlink()
    else:
        part.replace(path)
    return str(path)
