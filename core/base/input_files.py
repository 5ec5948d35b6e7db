"""Which files inputs are read from, so that no output replaces one of them."""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Iterable, Iterator, Sequence

from rasterio.errors import NotGeoreferencedWarning

from .errors import BadInput
from .gdal_errors import GDAL_ERRORS
from .opening import is_vrt, open_raster

#: What GDAL and QGIS put beside a raster; it is not true of the one that follows it.
SIDECARS = (".aux.xml", ".ovr", ".msk")
#: What says where a raster or vector file lies, or what it holds, in place of its end.
_COMPANIONS = (
    *(".tfw", ".wld", ".jgw", ".pgw", ".prj", ".hdr", ".rpb", ".imd", ".xml"),
    *(".shp", ".shx", ".dbf", ".cpg"),
)
#: Ends of the part of a name that may be a file of its own: archive, option, quote.
_BREAKS = frozenset('/!":{},=&?')
#: Longest name that is taken apart; paths of systems are shorter.
_LONGEST = 4096
#: Time of change in ns, size and number of a file.
Stamp = tuple[int, int, int]


def refuse_overwriting(
    inputs: Sequence[str | Path], outputs: Sequence[Path]
) -> set[str]:
    """Return the files that inputs are read from, none of which is an output.

    What lies beside an input and belongs to it counts as read, there or not: a mask,
    overviews or a world file would change what the input is.

    Raises ``BadInput`` for an output that is one of them.
    """
    names = files_behind(inputs)
    behind = {os.path.realpath(name) for name in names}
    guarded = behind | set(beside(behind))
    for out in outputs:
        # Written anew, an output loses what lay beside the old one.
        own = [os.path.realpath(str(out) + end) for end in ("", *SIDECARS)]
        if own[0] in guarded or not behind.isdisjoint(own):
            raise BadInput.of("would_overwrite_input", path=out)
        if os.path.exists(out) and any(_same_file(name, out) for name in behind):
            raise BadInput.of("would_overwrite_input", path=out)
    return names


def files_behind(inputs: Iterable[str | Path]) -> set[str]:
    """Return the files that inputs are read from: inside of VRTs, behind archives."""
    found: set[str] = set()
    todo = [str(source) for source in inputs if str(source)]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        if not os.path.isfile(name):
            todo.extend(_named_within(name))
        elif not is_vrt(name):
            found.update(_parts(name))
            continue
        todo.extend(_parts(name))
    return found


def stamps(names: Iterable[str]) -> dict[str, Stamp]:
    """Return what tells whether files have changed, of those that are there."""
    known = {}
    for name in names:
        if os.path.isfile(name):
            about = os.stat(name)
            known[name] = (about.st_mtime_ns, about.st_size, about.st_ino)
    return known


def check_unchanged(before: dict[str, Stamp]) -> None:
    """Raise ``BadInput`` for a file that is not what it was when it was read."""
    for name, stamp in before.items():
        try:
            about = os.stat(name)
        except OSError as error:
            raise BadInput.of("input_changed", path=name) from error
        if stamp != (about.st_mtime_ns, about.st_size, about.st_ino):
            raise BadInput.of("input_changed", path=name)


@contextmanager
def unchanged(inputs: Iterable[str]) -> Iterator[None]:
    """Raise ``BadInput`` at the end of a block for a file that changed meanwhile."""
    read = stamps(files_behind(inputs))
    yield
    check_unchanged(read)


def _parts(name: str) -> list[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with open_raster(name) as dataset:
                return list(dataset.files)
    except (*GDAL_ERRORS, BadInput, OSError, ValueError, TypeError):
        # Other kinds of files, and names that are none, stand for themselves.
        return []


def _named_within(name: str) -> Iterator[str]:
    """Yield the files that a name mentions, as ``/vsizip/a.zip/b.tif`` does a.zip."""
    if len(name) > _LONGEST:
        return
    starts = [0, *(i + 1 for i, sign in enumerate(name) if sign in _BREAKS)]
    ends = [i for i, sign in enumerate(name) if sign in _BREAKS]
    # A slash begins an absolute path as well as it ends a part.
    starts = sorted({*starts, *(i for i in ends if name[i] == "/")})
    for start in starts:
        for end in (*ends, len(name)):
            part = name[start:end]
            if end > start and part != name and os.path.isfile(part):
                yield part


def beside(names: Iterable[str]) -> Iterator[str]:
    """Yield the names that files would have that say more of those given."""
    for name in names:
        yield from (name + end for end in SIDECARS)
        root = os.path.splitext(name)[0]
        yield from (root + end for end in _COMPANIONS)
        yield root + "_rpc.txt"


def _same_file(a: str, b: Path) -> bool:
    try:
        return os.path.samefile(a, b)
    except OSError:
        return False
