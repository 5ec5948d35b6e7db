"""What GDAL and PROJ raise through rasterio and pyproj, and what it says."""

from __future__ import annotations

from pyproj.exceptions import ProjError
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

#: Errors of GDAL reach us as ``RasterioError``, or as they are: rasterio does not
#: export their class. It reads what GDAL says as UTF-8, which names cut in two are not.
GDAL_ERRORS = (RasterioError, CPLE_BaseError, ProjError, UnicodeDecodeError)


def cause_of(error: BaseException) -> str:
    """Return the first line of what GDAL said first, without a full stop.

    Errors of rasterio refer to the ones before them ("See previous exception").
    """
    first = error
    while isinstance(first.__cause__, Exception):
        first = first.__cause__
    return first_line(first)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, without a full stop."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:300].rstrip(".")
