"""What somebody may have meant who gave a file that holds no pixels itself."""

from __future__ import annotations

import re
import zipfile
from itertools import islice
from pathlib import Path
from typing import Iterable

from affine import Affine

from ..base.gdal_errors import GDAL_ERRORS
from ..base.grid import is_placed
from ..base.opening import open_raster

#: Endings of files that hold pixels, as people keep them in folders and archives.
_PIXELS = (".tif", ".tiff", ".img", ".jp2", ".nc", ".h5", ".vrt", ".png", ".jpg")
#: Endings of data files beside an ENVI header, which may also have none.
_ENVI = ("", ".img", ".dat", ".bin", ".raw", ".bsq", ".bil", ".bip")
#: A folder is searched to this depth, and as many names are looked at.
_LEVELS, _LOOKED_AT = 3, 2000
#: As many files are named.
NAMED = 3

_HEAD_BYTES = 512
_HDF5 = re.compile(r'HDF5:"?(?P<path>.+?)"?:/+(?P<part>.+)', re.IGNORECASE)


def files_meant(path: str) -> list[str]:
    """Return up to ``NAMED`` files whose pixels may be meant by one without any.

    That is the data file of an ENVI header or of a product of SNAP, and what lies in
    a folder or a zip archive.
    """
    here = Path(path)
    try:
        if here.is_dir():
            return _some(str(file) for file in _below(here))
        if here.suffix.lower() == ".hdr":
            beside = (here.with_suffix(end) for end in _ENVI)
            return _some(str(file) for file in beside if file.is_file())
        if here.suffix.lower() == ".dim":
            return _some(str(file) for file in _below(here.with_suffix(".data")))
        if zipfile.is_zipfile(here):
            with zipfile.ZipFile(here) as archive:
                inside = filter(_has_pixels, archive.namelist())
                return _some(f"/vsizip/{path}/{name}" for name in inside)
    except (OSError, ValueError, zipfile.BadZipFile):
        pass
    return []


def nothing_in(path: str) -> str:
    """Return the code of the sentence on a file that was never downloaded, or ""."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_BYTES).strip().lower()
    except OSError:
        return ""
    if not head:
        return "file_empty"
    if head.startswith(b"version https://git-lfs"):
        return "file_lfs_pointer"
    pages = (b"<!doctype html", b"<html")
    return "file_web_page" if head.startswith(pages) else ""


def placed_name(path: str) -> str:
    """Return the name by which a part of an HDF5 file is opened with its place, or "".

    GDAL's driver for HDF5 does not read where a netCDF file says that it lies.
    """
    found = _HDF5.fullmatch(path)
    if found is None:
        return ""
    name = f'NETCDF:"{found["path"]}":{found["part"]}'
    try:
        with open_raster(name) as other:
            placed = is_placed(other.crs) and other.transform != Affine.identity()
    except GDAL_ERRORS:
        return ""
    return name if placed else ""


def _below(folder: Path) -> Iterable[Path]:
    """Return files with pixels in a folder, those of the upper levels first."""
    for level in range(1, _LEVELS + 1):
        files = islice(folder.glob("/".join("*" * level)), _LOOKED_AT)
        yield from sorted(f for f in files if _has_pixels(f.name) and f.is_file())


def _has_pixels(name: str) -> bool:
    return name.lower().endswith(_PIXELS)


def _some(files: Iterable[str]) -> list[str]:
    return list(islice(files, NAMED))
