"""What a raster's bands are, to be carried over to a new raster."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Mapping, Sequence

import numpy as np
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.io import DatasetReader

from ..base.errors import BadInput
from ..base.types import holds
from ..raster.reader import common_type
from ..raster.validity import palette_of

#: Metadata that describes the place or the storage of the source raster.
_PLACE_DOMAINS = {
    "IMAGE_STRUCTURE",
    "DERIVED_SUBDATASETS",
    "SUBDATASETS",
    "RPC",
    "GEOLOCATION",
    "COLOR_PROFILE",
}
_PLACE_TAGS = ("AREA_OR_POINT", "STATISTICS_", "OVR_RESAMPLING_ALG", "LAYOUT")

#: Tags of a band by which CF says that its values are names or bits.
_FLAG_TAGS = ("flag_values", "flag_masks", "flag_meanings")
#: How GDAL's sidecar file and VRTs say that values are names of something.
_NAMED = ("<CategoryNames", 'tableType="thematic"')
#: A sidecar is read to this many characters.
_SIDECAR_CHARS = 1 << 20

_TYPES = "int8 uint8 int16 uint16 int32 uint32 float32 float64".split()
#: Programs older than GDAL 3.5 cannot read integers of 64 bits; ``Reader`` sees to it
#: that floating-point numbers hold their values.
_WIDE = {"int64": "float64", "uint64": "float64"}


@dataclass(frozen=True)
class Bands:
    """What a raster's bands are, apart from their place and pixels.

    Args:
        dtype: data type of all bands, as rasterio names it.
        count: number of bands.
        nodata: value of pixels without data, or None.
        has_mask: whether a mask band says which pixels are valid.
        colorinterp: one per band, or empty.
        descriptions: one per band, "" where unknown, or empty.
        units: the same for the units of the pixel values.
        scales: factors to physical values, one per band, or empty.
        offsets: summands to physical values, one per band, or empty.
        colormaps: palettes by 1-based band.
        tags: metadata of the raster; names of other domains than the usual one
            begin with their domain and "#".
        band_tags: metadata of each band, or empty.
        classes: whether values are names or bits, which have no values in between.
    """

    dtype: str
    count: int = 1
    nodata: float | None = None
    has_mask: bool = False
    colorinterp: tuple[ColorInterp, ...] = ()
    descriptions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    scales: tuple[float, ...] = ()
    offsets: tuple[float, ...] = ()
    colormaps: Mapping[int, dict[int, tuple[int, ...]]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    band_tags: tuple[dict[str, str], ...] = ()
    classes: bool = False

    @property
    def alpha(self) -> int | None:
        """0-based index of the alpha band, or None."""
        found = [i for i, c in enumerate(self.colorinterp) if c == ColorInterp.alpha]
        return found[0] if found else None


def describe(src: DatasetReader, bands: Sequence[int] = ()) -> Bands:
    """Return what the given 1-based bands are, all of them by default.

    Bands of different types get the one that holds all their values; integers of
    64 bits become float64.
    """
    index = [b - 1 for b in bands or src.indexes]
    dtype = common_type({src.dtypes[i] for i in index})
    palettes = [(n, palette_of(src, i + 1)) for n, i in enumerate(index, 1)]
    # rasterio asks all bands each time that it is asked for any.
    kinds, texts, units = src.colorinterp, src.descriptions, src.units
    scales, offsets, flags = src.scales, src.offsets, src.mask_flag_enums[index[0]]
    tags = _without_place(src.tags())
    for domain in src.tag_namespaces():
        if domain and not _is_place_domain(domain):
            items = src.tags(ns=domain).items()
            # Copies of GDAL keep one domain; netCDF files name theirs like this too.
            tags |= {f"{domain}#{key}": value for key, value in items}
    return Bands(
        dtype=_WIDE.get(dtype, dtype),
        count=len(index),
        nodata=src.nodatavals[index[0]],
        has_mask=MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags,
        colorinterp=tuple(kinds[i] for i in index),
        descriptions=tuple(texts[i] or "" for i in index),
        units=tuple(units[i] or "" for i in index),
        scales=tuple(scales[i] for i in index),
        offsets=tuple(offsets[i] for i in index),
        colormaps={n: colours for n, colours in palettes if colours is not None},
        tags=tags,
        band_tags=tuple(_without_place(src.tags(i + 1)) for i in index),
        classes=any(_is_classes(src, i + 1, kinds[i]) for i in index) or _is_named(src),
    )


def _is_classes(src: DatasetReader, band: int, kind: ColorInterp) -> bool:
    """Return whether a file says that a band holds classes or bits."""
    if kind == ColorInterp.palette:
        return True
    tags = {key.rpartition("#")[2].lower(): v for key, v in src.tags(band).items()}
    single_bit = src.tags(band, ns="IMAGE_STRUCTURE").get("NBITS") == "1"
    thematic = tags.get("layer_type", "").lower() == "thematic"
    return single_bit or thematic or any(name in tags for name in _FLAG_TAGS)


def _is_named(src: DatasetReader) -> bool:
    """Return whether a file's sidecar, or the VRT itself, names its values."""
    text = "".join(src.tags(ns="xml:VRT"))
    sidecar = Path(f"{src.name}.aux.xml")
    with suppress(OSError), sidecar.open(encoding="utf-8", errors="replace") as file:
        text += file.read(_SIDECAR_CHARS)
    return any(mark in text for mark in _NAMED)


def _is_place_domain(domain: str) -> bool:
    return domain in _PLACE_DOMAINS or domain.lower().startswith("xml:")


def _without_place(tags: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in tags.items() if not k.startswith(_PLACE_TAGS)}


def warped_bands(source: Bands, nodata: float | None, name: str) -> Bands:
    """Decide how a warped raster says which of its pixels are valid.

    By its nodata value, else its alpha band (with a mask band as well where it is not
    the last of two or four bands), else its mask band; without any,
    floating-point rasters get NaN as nodata, others a mask band, because 0 may
    be a real value.

    Args:
        source: the bands that are warped.
        nodata: value that takes the place of the source's own, or None.
        name: the source, for messages.

    Raises:
        BadInput: the type cannot be warped, or cannot hold ``nodata``.
    """
    if source.dtype.startswith("complex"):
        raise BadInput.of("complex_pixels", name=name)
    if source.dtype not in _TYPES:
        raise BadInput.of("pixel_type", name=name, dtype=source.dtype)
    if nodata is not None and not holds(source.dtype, nodata):
        raise BadInput.of("nodata_value", value=nodata, dtype=source.dtype, name=name)
    value = source.nodata if nodata is None else nodata
    if value is not None and holds(source.dtype, value):
        return replace(source, nodata=value, has_mask=False)
    if source.alpha is not None:
        # GDAL, which makes the overviews, knows an alpha band by its place.
        known = source.count in (2, 4) and source.alpha == source.count - 1
        return replace(source, nodata=None, has_mask=not known)
    if source.dtype.startswith("float") and not source.has_mask:
        return replace(source, nodata=float("nan"))
    return replace(source, nodata=None, has_mask=True)


def encode(
    values: np.ndarray,
    ok: np.ndarray | None,
    dtype: np.dtype | str,
    nodata: float | None,
) -> np.ndarray:
    """Return values as pixels; halves round up, excess is clipped.

    A valid value that would read as nodata moves to the next one.

    Args:
        values: (h, w) float32 or float64; changed in place.
        ok: (h, w) bool, None when all are valid.
        dtype: data type of the result.
        nodata: what invalid pixels hold and valid ones must not; 0 and no
            reserved value where None.
    """
    dtype = np.dtype(dtype)
    whole = np.issubdtype(dtype, np.integer)
    if whole:
        values += 0.5
        np.floor(values, out=values)
    info = np.iinfo(dtype) if whole else np.finfo(dtype)
    np.clip(values, info.min, info.max, out=values)
    with np.errstate(invalid="ignore"):
        out = values.astype(dtype)
    if nodata is not None and not np.isnan(nodata):
        out[out == dtype.type(nodata)] = _beside(nodata, dtype)
    if ok is not None:
        out[~ok] = 0 if nodata is None else nodata
    return out


def _beside(nodata: float, dtype: np.dtype) -> float | int:
    if not np.issubdtype(dtype, np.integer):
        return np.nextafter(dtype.type(nodata), dtype.type(0) if nodata else 1)
    # Towards zero, as above: what is 0 or more stays so.
    value = int(nodata)
    return value - 1 if value > 0 else value + 1
