"""Files elsewhere: names as GDAL and as fsspec know them, what tells of a change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Iterable

from ..base.errors import BadInput
from .table import required_module

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
_MARKS: tuple[str, ...] = (
    "ETag",
    "etag",
    "md5Hash",
    "content_md5",
    "LastModified",
    "mtime",
)
#: Files that are asked for at the same time: an answer takes some 30 ms of waiting.
_AT_ONCE = 32


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
    fsspec = required_module("fsspec")
    for scheme, _, package in _STORES:
        if url.startswith(scheme):
            required_module(package)
    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise BadInput.of("store_unknown", url=url, why=error) from error
    return system, str(path)


class Stamps:
    """What stores say of files, asked once for each.

    Args:
        paths: names of GDAL that will be asked for; those in stores are looked up many
            at a time.
    """

    def __init__(self, paths: Iterable[str] = ()):
        remote = [path for path in dict.fromkeys(paths) if is_remote(path)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(_stamp_or_error, remote))
        self._known = dict(zip(remote, found, strict=True))

    def of(self, path: str) -> tuple[int, str]:
        """Return size and mark of a file; raises ``BadInput`` where it is not there."""
        if path not in self._known:
            self._known[path] = _stamp_or_error(path)
        found = self._known[path]
        if isinstance(found, BadInput):
            raise found
        return found


def _stamp_or_error(path: str) -> tuple[int, str] | BadInput:
    try:
        return _stamp(path)
    except BadInput as error:
        return error


def _stamp(path: str) -> tuple[int, str]:
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
