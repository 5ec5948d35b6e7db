"""Settings of other installations in the environment, which would be taken for ours.

PROJ_LIB of an old PostGIS or GDAL_DATA of a QGIS makes our own PROJ and GDAL read the
wrong tables, and GTIFF_POINT_GEO_IGNORE or OSR_DEFAULT_AXIS_MAPPING_STRATEGY moves what
is read by half a pixel or swaps its axes. And what GDAL must not do for files of
strangers: fetch what they name.
"""

from __future__ import annotations

from typing import Mapping, MutableMapping

_PREFIXES = ("PROJ_", "GDAL_", "GTIFF_", "OSGEO", "OSR_", "OGR_")
_NAMES = ("CPL_ZIP_ENCODING", "GEOTIFF_CSV")
#: How the network is reached is a matter of this machine, and not of an installation.
_KEPT = ("GDAL_HTTP_", "GDAL_PROXY_AUTH")


def is_foreign(name: str) -> bool:
    """Return whether a variable sets up GDAL or PROJ, the network apart."""
    if name.startswith(_KEPT):
        return False
    return name.startswith(_PREFIXES) or name in _NAMES


def scrub(environment: MutableMapping[str, str]) -> None:
    """Take out what is foreign; before rasterio and pyproj are imported."""
    for name in list(environment):
        if is_foreign(name):
            del environment[name]


#: Drivers that fetch what a small local file names, or run another program.
_FETCHING = (
    *("WMS", "WMTS", "WCS", "HTTP", "OGCAPI", "STACIT", "STACTA", "PLMOSAIC", "DAAS"),
    *("EEDA", "EEDAI", "NGW", "GTI", "GDALG", "MRF", "OGR_VRT", "CSW", "Carto", "WFS"),
    *("OAPIF", "Elasticsearch", "AmigoCloud", "PLSCENES", "GPSBabel", "ADBC", "MapML"),
)
TRUST = "SOMA_TRUST_FILES"


def trusts_files(environment: Mapping[str, str]) -> bool:
    """Return whether somebody said that files may name whatever they like."""
    return environment.get(TRUST, "") not in ("", "0")


def restrict(environment: MutableMapping[str, str]) -> None:
    """Leave out GDAL's drivers that fetch things; before anything is opened."""
    if not trusts_files(environment):
        environment["GDAL_SKIP"] = " ".join(_FETCHING)
