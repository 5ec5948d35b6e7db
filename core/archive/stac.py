"""A pair as an item of a SpatioTemporal Asset Catalog (STAC 1.0)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Mapping

import rasterio
import shapely
from rasterio.crs import CRS
from rasterio.enums import WktVersion

from ..base.files import absolute, is_virtual
from ..base.words.message import Message

_VERSION = "1.0.0"
_SCHEMAS = "https://stac-extensions.github.io"
_PROJECTION = f"{_SCHEMAS}/projection/v2.0.0/schema.json"
_RASTER = f"{_SCHEMAS}/raster/v1.1.0/schema.json"
_COG = "image/tiff; application=geotiff; profile=cloud-optimized"
#: Files of a pair by role: their media type, and what they are to a catalogue.
_ASSETS = {
    "registered": (_COG, "data"),
    "checkerboard": (_COG, "overview"),
    "quality": (_COG, "metadata"),
    "transform": ("application/json", "metadata"),
    "matches": ("application/geopackage+sqlite3", "metadata"),
    "matches_csv": ("text/csv", "metadata"),
    "points": ("text/plain", "metadata"),
    "report": ("text/html", "overview"),
    "thumbnail": ("image/jpeg", "thumbnail"),
}
#: What the raster extension calls types of pixels that rasterio names otherwise.
_COMPLEX = {
    "complex_int16": "cint16",
    "complex_int32": "cint32",
    "complex64": "cfloat32",
    "complex128": "cfloat64",
}
#: Figures of a result that an item has among its properties.
_FIGURES = (
    *("expected_error_px", "expected_error_m", "median_px", "ce90_px"),
    *("coverage_share", "n_inliers", "n_matches", "gsd_m"),
)


def item_of(record: Mapping[str, Any], content: Path) -> dict[str, Any]:
    """Return the item of a pair that was registered or refused.

    Its files are named relative to it. A pair whose SAR image has no date gets the time
    when it was made.

    Args:
        record: what came of the pair.
        content: the folder of its files.
    """
    footprint = record["footprint"]
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": _VERSION,
        "stac_extensions": [_PROJECTION, _RASTER],
        "id": record["name"],
        "geometry": footprint,
        "properties": _properties(record),
        "links": [_source(record["sar"]), _source(record["optical"])],
        "assets": {
            role: _asset(role, content / name, record["grid"])
            for role, name in record["files"].items()
        },
    }
    if footprint is not None:
        item["bbox"] = list(shapely.geometry.shape(footprint).bounds)
    return item


def _properties(record: Mapping[str, Any]) -> dict[str, Any]:
    quality = record["quality"]
    moved = quality.get("moved") or {}
    figures = {key: quality[key] for key in _FIGURES if key in quality}
    figures |= {k: moved[k] for k in ("distance_px", "distance_m") if k in moved}
    about = {
        "status": record["status"],
        "verdict": record["grade"],
        "reason": record["reason"],
        "code": record["code"],
        "model": record["model"],
        "transform": record["transform"],
        "version": record["version"],
        "seconds": record["seconds"].get("total"),
    }
    stack = record.get("stack")
    if stack:
        about["stack"] = stack["how"]
        about["stack_note"] = str(Message.from_dict(stack["message"]))
    return {
        "datetime": record["time"].replace("+00:00", "Z") or record["made"],
        "created": record["made"],
        **{f"soma:{key}": value for key, value in (about | figures).items()},
        **_projection(record["grid"]),
    }


def _projection(grid: Mapping[str, Any] | None) -> dict[str, Any]:
    if grid is None:
        return {"proj:code": None}
    return _crs(CRS.from_wkt(grid["crs"])) | {
        "proj:shape": [grid["height"], grid["width"]],
        "proj:transform": list(grid["transform"]),
    }


def _crs(crs: CRS) -> dict[str, Any]:
    code = crs.to_authority()
    if code:
        return {"proj:code": ":".join(code)}
    return {"proj:wkt2": crs.to_wkt(version=WktVersion.WKT2_2019)}


def _source(path: str) -> dict[str, str]:
    place = absolute(path)
    href = place if is_virtual(place) else Path(place).as_uri()
    return {"rel": "derived_from", "href": href}


def _asset(role: str, path: Path, grid: Mapping[str, Any] | None) -> dict[str, Any]:
    kind, purpose = _ASSETS[role]
    asset: dict[str, Any] = {
        "href": f"./{path.name}",
        "type": kind,
        "roles": [purpose],
        "title": role,
    }
    if path.suffix == ".tif":
        with rasterio.open(path) as dataset:
            asset["raster:bands"] = [_band(dataset, i) for i in dataset.indexes]
            asset |= _own_projection(dataset, grid)
    return asset


def _own_projection(dataset: Any, grid: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a raster must say of its place, as the item's would be wrong for it.

    That of the quality map has larger pixels.
    """
    own: dict[str, Any] = {
        "proj:shape": list(dataset.shape),
        "proj:transform": list(dataset.transform)[:6],
    }
    item = _projection(grid)
    own |= _crs(dataset.crs) if dataset.crs else {"proj:code": None}
    return own if any(item.get(key) != value for key, value in own.items()) else {}


def _band(dataset: Any, index: int) -> dict[str, Any]:
    nodata, kind = dataset.nodatavals[index - 1], dataset.dtypes[index - 1]
    band: dict[str, Any] = {"data_type": _COMPLEX.get(kind, kind)}
    if nodata is not None:
        # JSON has no other numbers; the extension names these "nan", "inf" and "-inf".
        band["nodata"] = nodata if math.isfinite(nodata) else str(nodata)
    return band
