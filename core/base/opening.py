"""Open rasters that strangers may have made: files, and what they name, not more.

A file that holds a VRT, whatever it is called, can make GDAL ask servers, wait for a
pipe or show the bytes of any file as pixels. Read are the files that somebody named and
local rasters that these name in turn; ``SOMA_TRUST_FILES=1`` lifts that for those who
need more and know where their files come from.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Iterator
from xml.etree import ElementTree  # nosec B405 - entities are refused first

import rasterio
from rasterio._path import _parse_path
from rasterio.io import DatasetReader

from .errors import BadInput
from .foreign import restrict, trusts_files
from .text_file import MOST_BYTES

_REMOTE = re.compile(
    r"/vsi(curl|s3|gs|az|adls|oss|swift|hdfs|webhdfs)|https?:|ftps?:"
    r"|^\s*<|^(wms|wmts|wcs|pg|postgresql|stacit|stacta|eedai|plmosaic|daas|mrf):",
    re.IGNORECASE,
)
_VRT_HEAD, _HEAD_BYTES = b"<VRTDataset", 4096
_SOURCES = ("SourceFilename", "SourceDataset")


# Before rasterio registers drivers, which it does when something is first opened.
restrict(os.environ)


def open_raster(path: str) -> DatasetReader:
    """Open a raster for reading; any thread may call.

    Raises ``BadInput`` for pipes and devices, and for a VRT that reaches out; what
    GDAL makes of all others is raised as ``GDAL_ERRORS``.
    """
    check_openable(path)
    if path.startswith("/vsi") or re.match(r"[a-z+]{3,}://", path, re.IGNORECASE):
        if not trusts_files(os.environ) and not path.startswith("vrt://"):
            # Nobody looked into a VRT there.
            with rasterio.Env() as environment:
                others = [name for name in environment.drivers() if name != "VRT"]
                return DatasetReader(_parse_path(path), driver=others)
    return rasterio.open(path)


def check_openable(path: str) -> None:
    """Raise ``BadInput`` for what would wait for ever, or reach out."""
    _check(path, path, set())


def is_vrt(path: str) -> bool:
    """Return whether a file holds a VRT, whatever it is called."""
    try:
        with open(path, "rb") as file:
            return _VRT_HEAD in file.read(_HEAD_BYTES)
    except (OSError, ValueError):
        return False


def _check(path: str, named: str, seen: set[str]) -> None:
    if path in seen:
        return
    seen.add(path)
    if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
        raise BadInput.of("no_plain_file", path=path)
    if trusts_files(os.environ):
        return
    if os.path.isfile(path):
        if not is_vrt(path) or os.path.getsize(path) > MOST_BYTES:
            return
        text, folder = Path(path).read_bytes(), os.path.dirname(path)
    elif path.lstrip().startswith("<"):
        text, folder = path.encode(), "."
    else:
        return
    for source in _sources(text, folder, named):
        if _REMOTE.search(source):
            raise BadInput.of("reaches_out", name=Path(named).name, source=source)
        if not path.lower().endswith(".vrt") and not _is_below(source, folder):
            raise BadInput.of("reads_elsewhere", name=Path(path).name, source=source)
        _check(source, named, seen)


def _sources(text: bytes, folder: str, named: str) -> Iterator[str]:
    """Yield what a VRT reads, as GDAL would open it.

    Raises ``BadInput`` for what only a parser more lenient than this one could read:
    nobody could say then what it reads.
    """
    name = Path(named).name
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise BadInput.of("not_a_raster", name=name, why="XML with entities")
    try:
        root = ElementTree.fromstring(text)  # nosec B314 - it has no entities
    except ElementTree.ParseError as error:
        raise BadInput.of("not_a_raster", name=name, why=str(error)) from error
    for part in root.iter():
        if part.get("subClass") == "VRTRawRasterBand":
            raise BadInput.of("raw_band", name=name)
        if part.tag.rpartition("}")[2] not in _SOURCES:
            continue
        source = (part.text or "").strip()
        relative = part.get("relativeToVRT", part.get("relativetoVRT", "0")) == "1"
        yield os.path.join(folder, source) if relative else source


def _is_below(source: str, folder: str) -> bool:
    inner = os.path.realpath(source), os.path.realpath(folder or ".")
    return os.path.commonpath(inner) == inner[1]
