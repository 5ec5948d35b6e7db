"""Files elsewhere: names as GDAL and as fsspec know them, what tells of a change."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ..base.errors import BadInput
from .table import needed

#: What fsspec calls a store, what GDAL does, and the package that fsspec needs for it.
_STORES = (
    ("s3://", "/vsis3/", "s3fs"),
    ("gs://", "/vsigs/", "gcsfs"),
    ("gcs://", "/vsigs/", "gcsfs"),
    ("az://", "/vsiaz/", "adlfs"),
    ("abfs://", "/vsiaz/", "adlfs"),
)
_WEB = ("http://", "https://")
_CURL = "/vsicurl/"
#: Under what stores tell that an object is another one, the surest first.
_MARKS = ("ETag", "etag", "md5Hash", "content_md5", "LastModified", "mtime")


def is_url(path: str) -> bool:
    """Return whether a name is a URL and no path."""
    return "://" in path


def is_remote(path: str) -> bool:
    """Return whether a name is one of GDAL's for a file in a store or on the web."""
    return path.startswith((_CURL, *(vsi for _, vsi, _ in _STORES)))


def as_gdal(url: str) -> str:
    """Return what GDAL calls a file; paths stay as they are."""
    for scheme, vsi, _ in _STORES:
        if url.startswith(scheme):
            return vsi + url.removeprefix(scheme)
    if url.startswith("file://"):
        return url.removeprefix("file://")
    return _CURL + url if url.startswith(_WEB) else url


def as_url(path: str) -> str:
    """Return what fsspec calls a file that GDAL knows by a name in a store."""
    if path.startswith(_CURL):
        return path.removeprefix(_CURL)
    for scheme, vsi, _ in _STORES:
        if path.startswith(vsi):
            return scheme + path.removeprefix(vsi)
    return path


def file_system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path in it.

    Raises ``BadInput`` for one that is not known, or whose package is missing.
    """
    fsspec = needed("fsspec")
    for scheme, _, package in _STORES:
        if url.startswith(scheme):
            needed(package)
    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise BadInput.of("store_unknown", url=url, why=error) from error
    return system, str(path)


@lru_cache(maxsize=100_000)
def stamp(path: str) -> tuple[int, str]:
    """Return size and mark of a remote file that GDAL knows by this name.

    Asked once a process for each file. Raises ``BadInput`` where it is not there.
    """
    url = as_url(path)
    system, inside = file_system(url)
    try:
        about = system.info(inside)
    except FileNotFoundError as error:
        raise BadInput.of("not_found", name=url.rpartition("/")[2], path=url) from error
    except Exception as error:
        raise BadInput.of("store_failed", url=url, why=error) from error
    mark = next((str(about[key]) for key in _MARKS if about.get(key)), "")
    return int(about.get("size") or 0), mark


def read_bytes(url: str) -> bytes:
    """Return what a file holds, anywhere; raises ``BadInput``."""
    system, inside = file_system(url)
    try:
        data: bytes = system.cat_file(inside)
    except FileNotFoundError as error:
        raise BadInput.of("not_found", name=url.rpartition("/")[2], path=url) from error
    except Exception as error:
        raise BadInput.of("store_failed", url=url, why=error) from error
    return data


def files_below(url: str) -> list[str]:
    """Return the URLs of all files below one, sorted; raises ``BadInput``."""
    system, inside = file_system(url)
    try:
        found = system.find(inside)
    except Exception as error:
        raise BadInput.of("store_failed", url=url, why=error) from error
    return sorted(system.unstrip_protocol(path) for path in found)


def put_files(folder: Path, url: str, last: str) -> None:
    """Copy the files of a folder to a store, one of them at the end.

    Whoever finds ``last`` there finds all others. Raises ``BadInput``.
    """
    system, inside = file_system(url)
    names = sorted((p.name for p in folder.iterdir()), key=lambda name: name == last)
    try:
        for name in names:
            system.put_file(str(folder / name), f"{inside.rstrip('/')}/{name}")
    except Exception as error:
        raise BadInput.of("store_failed", url=url, why=error) from error
