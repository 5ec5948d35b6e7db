"""What a raster is and how it will be used, for people and for programs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..base.grid import BARE, pixel_size_m
from ..base.types import Modality
from ..raster.band_choice import Bands, choose_bands, holds_data
from ..raster.open import Source, open_source
from ..raster.stretch import sar_kind

_SAR_WORDS = {"vv", "vh", "hh", "hv", "sar"}
_OPTICAL_WORDS = {"opt", "optical", "rgb", "tci"}

#: Sensors by what their file names and tags contain.
_SENSORS = (
    (r"sentinel-?1.*grd|s1[a-d]?[-_].*grd", "Sentinel-1 GRD"),
    (r"sentinel-?1.*slc|s1[a-d]?[-_].*slc", "Sentinel-1 SLC"),
    (r"sentinel-?1|\bs1[a-d][-_]", "Sentinel-1"),
    (r"sentinel-?2|\bs2[a-c]?_msi|\bt\d\d[a-z]{3}_\d{8}t\d{6}_", "Sentinel-2"),
    (r"landsat|\bl[ceo]0[4-9]_", "Landsat"),
    (r"capella", "Capella"),
    (r"umbra", "Umbra"),
    (r"iceye", "ICEYE"),
    (r"terrasar|tsx1_sar|tdx1_sar", "TerraSAR-X"),
    (r"radarsat", "RADARSAT"),
    (r"alos.?2|palsar", "ALOS PALSAR"),
    (r"gaofen|\bgf[1-7]_", "Gaofen"),
)
_SAR_SENSORS = (
    "Sentinel-1",
    "Capella",
    "Umbra",
    "ICEYE",
    "TerraSAR",
    "RADARSAT",
    "ALOS",
)


def describe(path: str, nodata: float | None = None) -> dict[str, Any]:
    """Describe a raster as a JSON-ready dictionary.

    Args:
        path: a file, or any name GDAL opens.
        nodata: value to treat as missing, None for what the file says.

    Figures come from a copy thinned to 1024 pixels a side, one band at a time,
    so memory does not grow with the raster. Raises ``BadInput``.
    """
    with open_source(path, nodata) as source:
        dataset = source.reader.dataset
        empty = [b for b in source.bands if not holds_data(source, b)]
        held = [b for b in source.bands if b not in empty]
        # None at all ends here, as it would in a registration.
        grey, valid = source.survey(tuple(held[:1]) or source.bands[:1])
        sensor = _sensor(source.path, dataset.tags())
        modality = _modality(source, sensor, grey[valid])
        bands = choose_bands(source, modality or "optical")
        sar = source.bands if modality == "sar" else ()
        return {
            "path": source.path,
            "driver": dataset.driver,
            "width": source.width,
            "height": source.height,
            "bands": [_band(source, dataset, b, b in sar) for b in dataset.indexes],
            "complex": source.is_complex,
            "overviews": list(source.overviews),
            "nodata": _nodata(source),
            "nodata_why": _nodata_why(source, nodata is not None),
            **_extent(source, valid),
            **_place(source, dataset),
            "sensor": sensor,
            "modality": modality,
            "empty_bands": empty,
            "matching_bands": list(bands.used),
            "use": _use(source, modality, bands),
        }


def _band(source: Source, dataset: Any, band: int, is_sar: bool) -> dict[str, Any]:
    about: dict[str, Any] = {
        "band": band,
        "dtype": dataset.dtypes[band - 1],
        "description": source.descriptions[band - 1],
        "color": dataset.colorinterp[band - 1].name,
    }
    if band not in source.bands:
        return about
    grey, valid = source.thinned((band,))
    values = grey[valid]
    if len(values) == 0:
        return about
    names = ("min", "p2", "median", "p98", "max")
    figures = np.percentile(values, (0, 2, 50, 98, 100))
    about.update(zip(names, (float(f) for f in figures), strict=True))
    if is_sar:
        about["values"] = sar_kind(values, source.dtype)
    return about


def _extent(source: Source, valid: np.ndarray) -> dict[str, Any]:
    rows, columns = np.flatnonzero(valid.any(axis=1)), np.flatnonzero(valid.any(axis=0))
    fy, fx = source.height / valid.shape[0], source.width / valid.shape[1]
    return {
        "valid_share": float(valid.mean()),
        "valid_window": [
            round(columns[0] * fx),
            round(rows[0] * fy),
            round((columns[-1] + 1) * fx),
            round((rows[-1] + 1) * fy),
        ],
    }


def _place(source: Source, dataset: Any) -> dict[str, Any]:
    grid, gcps = source.grid, dataset.gcps[0]
    about: dict[str, Any] = {
        "crs": grid.named_crs.to_string() if grid.named_crs else None,
        "transform": list(grid.transform)[:6] if grid.transform != BARE else None,
        "frame_size": [grid.width, grid.height],
        "geotransform": _geotransform(source),
        "gcp_count": len(gcps),
        "has_rpc": bool(dataset.tags(ns="RPC")),
        "placed_by": source.placement.note,
        "gcp_rms_px_by_order": [
            None if np.isnan(v) else v for v in source.placement.order_rms_px
        ],
        "gsd_m": None,
    }
    if grid.crs is not None:
        centre = (0.5 * grid.width, 0.5 * grid.height)
        about["gsd_m"] = list(pixel_size_m(grid, centre))
    return about


def _geotransform(source: Source) -> str:
    if not source.has_georeference:
        return "none"
    return source.needs_normalising or "north-up"


def _nodata(source: Source) -> float | str | None:
    if source.nodata is None:
        return None
    return float(source.nodata) if np.isfinite(source.nodata) else str(source.nodata)


def _nodata_why(source: Source, given: bool) -> str:
    if given:
        return "given by the user"
    if source.has_mask:
        return "alpha or mask band"
    if source.nodata is not None:
        return "declared in the file"
    if source.grey_levels is not None:
        return "not declared; every palette entry that is not transparent is valid"
    return "not declared; zeros connected to the border count as missing"


def _sensor(path: str, tags: dict[str, str]) -> str:
    text = " ".join([path.replace("\\", "/"), *tags.values()]).lower()
    return next((name for pattern, name in _SENSORS if re.search(pattern, text)), "")


def _modality(source: Source, sensor: str, values: np.ndarray) -> Modality | None:
    """Guess what the raster shows, None where nothing tells."""
    texts = (*source.descriptions, source.name)
    words = set(re.split(r"[^a-z]+", " ".join(texts).lower()))
    if sensor:
        return "sar" if sensor.startswith(_SAR_SENSORS) else "optical"
    if source.is_complex or words & _SAR_WORDS:
        return "sar"
    if source.count > 2 or source.grey_levels is not None or words & _OPTICAL_WORDS:
        return "optical"
    decibel = "float" in source.dtype and sar_kind(values, source.dtype) == "dB"
    return "sar" if decibel or source.count == 2 else None


def _use(source: Source, modality: Modality | None, bands: Bands) -> str:
    parts = []
    if source.placement.note:
        parts.append(f"placed by {source.placement.note}")
    elif source.needs_normalising:
        parts.append(f"{source.needs_normalising} geotransform, taken exactly")
    elif not source.has_georeference:
        parts.append("no georeference: matched in its own pixels")
    else:
        parts.append("placed by its geotransform")
    if source.is_complex:
        parts.append("amplitude used for matching, cannot be warped itself")
    if source.grey_levels is not None:
        parts.append("palette turned into grey for matching")
    used = bands.used
    named = "band" if len(used) == 1 else "mean of bands"
    parts.append(
        f"{named} {', '.join(map(str, used))} as {modality or 'SAR or optical'} image"
    )
    return "; ".join(parts) + "."
