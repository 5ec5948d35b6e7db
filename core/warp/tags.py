"""What a raster says of itself and of its bands, written into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping
from xml.etree import ElementTree  # nosec B405 - makes XML, reads none

from rasterio.io import DatasetWriter

from ..base.about import VERSION
from ..base.types import RESULT_TAG
from .bands import Bands

#: Names of tags that rasterio takes for its own arguments.
_RESERVED = ("ns", "bidx")


def write_tags(out: DatasetWriter, bands: Bands) -> None:
    """Write all but the tags of ``write_sidecar``."""
    out.update_tags(**_plain({**bands.tags, RESULT_TAG: VERSION}))
    for i, tags in enumerate(bands.band_tags, 1):
        out.update_tags(i, **_plain(tags))
    for i, text in enumerate(bands.descriptions, 1):
        if text:
            out.set_band_description(i, text)
    for i, unit in enumerate(bands.units, 1):
        if unit:
            out.set_band_unit(i, unit)
    if any(scale != 1.0 for scale in bands.scales):
        out.scales = bands.scales
    if any(offset != 0.0 for offset in bands.offsets):
        out.offsets = bands.offsets


def write_sidecar(path: Path, bands: Bands) -> Path | None:
    """Write what only GDAL's own file beside a raster can say; a copy has all in one.

    Returns the file, None where none is needed.
    """
    root = ElementTree.Element("PAMDataset")
    _add(root, bands.tags)
    for i, tags in enumerate(bands.band_tags, 1):
        if any(name in tags for name in _RESERVED):
            _add(ElementTree.SubElement(root, "PAMRasterBand", band=str(i)), tags)
    if not len(root):
        return None
    sidecar = path.with_name(f"{path.name}.aux.xml")
    sidecar.write_bytes(ElementTree.tostring(root, "utf-8"))
    return sidecar


def _plain(tags: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in tags.items() if name not in _RESERVED}


def _add(parent: ElementTree.Element, tags: Mapping[str, str]) -> None:
    odd = {name: tags[name] for name in _RESERVED if name in tags}
    if odd:
        listed = ElementTree.SubElement(parent, "Metadata")
        for name, value in odd.items():
            ElementTree.SubElement(listed, "MDI", key=name).text = value
