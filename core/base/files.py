"""Outputs that appear complete or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Collection, Iterator, Sequence

from .errors import BadInput
from .gdal_errors import GDAL_ERRORS, cause_of
from .input_files import SIDECARS, check_unchanged, refuse_overwriting, stamps
from .own_files import refuse_foreign
from .scratch import new_name, remove_left
from .types import OUTPUTS_LIST

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: Of libraries that do not tell a full disk from other faults.
_UNTOLD = (None, 0, errno.EIO)
#: What to say where one may not write, and where a name is not to be had.
_ADVICE = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "may_not_write"),
    errno.ENAMETOOLONG: "name_too_long",
}
#: Beside a GeoPackage while changes are on their way into it.
_JOURNALS = ("-wal", "-journal")

#: What GDAL leaves out of a name before it asks SQLite for the file.
_LEFT_OUT = re.compile(r"[\t\n\r]")
#: Names that GDAL takes apart itself; one letter before the colon is a drive.
_VIRTUAL = re.compile(r"/vsi|[A-Za-z][A-Za-z0-9_]+:")


@contextmanager
def write_errors(target: Path) -> Iterator[None]:
    """Turn failures to write below ``target`` into one ``BadInput`` sentence."""
    try:
        yield
    except GDAL_ERRORS as error:
        raise _perhaps_full(target, cause_of(error)) from error
    except OSError as error:
        raise _not_written(target, error) from error


@contextmanager
def scratch_beside(target: Path) -> Iterator[Path]:
    """Yield a new folder on the disk of ``target``, removed at the end.

    It lies beside the target, or inside of one that is a folder where files cannot
    move into it from beside: a mounted disk, a folder whose parent is not ours.
    Parents of the target that were missing go as well when they are empty then.
    Folders that a killed run left for the same target are removed first.

    Raises:
        BadInput: the parent folder cannot be made or written.
    """
    target = Path(os.path.abspath(target))
    new = [folder for folder in target.parents if not os.path.exists(folder)]
    with write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_left(target)
        folder = _new_folder(target)
    try:
        yield folder
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _not_written(target, error) from error
    except BadInput as error:
        raise _renamed(error, folder, target) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            for parent in new:
                parent.rmdir()


def _renamed(error: BadInput, folder: Path, target: Path) -> BadInput:
    """Return an error about a file in scratch as one about what it would become."""
    about = error.message
    path = Path(str(about.values.get("path", ""))) if about is not None else Path()
    if about is None or folder not in path.parents:
        return error
    meant = target.joinpath(*path.relative_to(folder).parts[1:])
    return BadInput.of(about.code, **{**about.values, "path": meant})


def _new_folder(target: Path) -> Path:
    name = new_name(target)
    beside = target.parent / name
    if not target.is_dir():
        beside.mkdir()
        return beside
    if target == target.parent:  # the root of a disk has nothing beside it
        beside.mkdir()
        return beside
    # Only trying tells: one disk may be mounted twice, rights are not all there is.
    with suppress(OSError):
        beside.mkdir()
        os.replace(beside, target / name)
        os.replace(target / name, beside)
        return beside
    with suppress(OSError):
        beside.rmdir()
    (target / name).mkdir()
    return target / name


@contextmanager
def output_file(
    target: str | Path, inputs: Sequence[str | Path] = (), overwrite: bool = True
) -> Iterator[Path]:
    """Yield a path to write to; it becomes ``target`` when the block ends well.

    An existing file is replaced in one step, and stays as it is on an error.

    Args:
        target: the file.
        inputs: files that must not be overwritten.
        overwrite: whether a file that this program did not write may be replaced;
            one may come while the block works.

    Raises:
        BadInput: ``target`` is an input or a folder, or cannot be written; an input
            was changed in between, or a file may not be replaced.
    """
    target = Path(os.path.abspath(target))
    behind = refuse_overwriting(inputs, [target])
    if os.path.isdir(target):
        raise BadInput.of("is_folder", path=target)
    read = stamps(behind)
    with scratch_beside(target) as folder:
        yield folder / target.name
        check_unchanged(read)
        refuse_foreign([target], overwrite)
        with write_errors(target):
            _replace(folder / target.name, target)


@contextmanager
def output_folder(
    target: str | Path,
    names: Collection[str],
    inputs: Sequence[str | Path] = (),
) -> Iterator[Path]:
    """Yield a scratch folder whose files appear in ``target`` when all is well.

    A new target appears in one step. In an existing folder each file is
    replaced in one step; files of an earlier run under ``names`` that were not
    written again are removed, so that the folder always shows one run. Files
    that this program did not write are never touched.

    Args:
        target: the folder to make or to update.
        names: every file name that may be written.
        inputs: files that must not be overwritten.

    Raises:
        BadInput: the folder's name holds a line break, a name belongs to an input or
            to a foreign file, a file is held open by another program, the folder cannot
            be written, or an input was changed in between.
    """
    if not str(target).strip():
        raise BadInput.of("no_output_name")
    target = Path(os.path.abspath(target))
    if any(name.endswith(".gpkg") for name in names):
        refuse_broken_name(target)
    # A link to nothing, or in a circle, is no place for a folder either.
    if os.path.lexists(target) and not os.path.isdir(target):
        raise BadInput.of("is_file", path=target)
    behind = refuse_overwriting(inputs, [target / name for name in names])
    _check_replaceable(target, names)
    read = stamps(behind)
    with scratch_beside(target) as folder:
        content = folder / (target.name or "content")
        content.mkdir()
        yield content
        check_unchanged(read)
        with write_errors(target):
            _publish(content, target, names)


def refuse_broken_name(path: Path) -> None:
    """Raise ``BadInput`` for a folder in which GDAL could not open a GeoPackage."""
    name = str(path)
    if _LEFT_OUT.search(name):
        shown = _LEFT_OUT.sub(lambda sign: repr(sign[0])[1:-1], name)
        raise BadInput.of("broken_name", path=shown)


def _publish(content: Path, target: Path, names: Collection[str]) -> None:
    written = sorted(p.name for p in content.iterdir())
    unnamed = sorted(set(written) - set(names))
    if unnamed:
        raise ValueError(f"files written but not announced: {unnamed}")
    kept = sorted(_own_files(target) - set(names))
    (content / OUTPUTS_LIST).write_text(json.dumps({"files": sorted(kept + written)}))
    if not target.exists():
        os.rename(content, target)
        return
    _check_replaceable(target, names)
    gone = (_own_files(target) & set(names)) - set(written)
    for name in written:
        _replace(content / name, target / name)
    for name in sorted(gone):
        (target / name).unlink(missing_ok=True)
        _remove_sidecars(target / name)
    os.replace(content / OUTPUTS_LIST, target / OUTPUTS_LIST)


def _replace(part: Path, target: Path) -> None:
    os.replace(part, target)
    _remove_sidecars(target)


def _remove_sidecars(target: Path) -> None:
    for end in SIDECARS:
        target.with_name(target.name + end).unlink(missing_ok=True)


def _check_replaceable(target: Path, names: Collection[str]) -> None:
    own = _own_files(target)
    for name in names:
        path = target / name
        if not os.path.lexists(path):
            continue
        if name not in own:
            raise BadInput.of("not_own_file", path=path)
        if not _can_be_replaced(path):
            raise BadInput.of("file_open_elsewhere", path=path)


def _can_be_replaced(path: Path) -> bool:
    """Return whether nobody is writing to a file, or keeps it from being replaced."""
    if any(path.with_name(path.name + end).exists() for end in _JOURNALS):
        return False
    try:
        os.replace(path, path)
    except PermissionError:
        return False
    return True


def _own_files(target: Path) -> set[str]:
    try:
        values = json.loads((target / OUTPUTS_LIST).read_text())
        return {str(name) for name in values["files"]}
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return set()


def check_ending(target: str | Path, endings: Sequence[str]) -> None:
    """Raise ``BadInput`` for a file name that ends as another kind of file does."""
    end = Path(target).suffix
    if end and end.lower() not in endings:
        raise BadInput.of("wrong_ending", path=target, endings=list(endings))


def _not_written(target: Path, error: OSError) -> BadInput:
    """Return what to say where a target cannot be written, as the system tells it."""
    if error.errno in _FULL:
        return BadInput.of("disk_full", path=target, free=_free_mib(target))
    why = error.strerror or str(error)
    if error.errno in _UNTOLD:
        return _perhaps_full(target, why)
    why = why.strip().rstrip(".")
    code = _ADVICE.get(error.errno or 0, "cannot_be_written")
    return BadInput.of(code, path=target, why=why)


def _perhaps_full(target: Path, why: str) -> BadInput:
    """Return what to say where nobody tells whether the disk is full."""
    why, free = why.strip().rstrip("."), _free_mib(target)
    return BadInput.of("could_not_write", path=target, why=why, free=free)


def _free_mib(target: Path) -> float:
    parent = target.parent
    while not os.path.exists(parent) and parent != parent.parent:
        parent = parent.parent
    return shutil.disk_usage(parent).free / 2**20


def absolute(path: str) -> str:
    """Return a name that means the same raster from every folder."""
    return path if is_virtual(path) else os.path.abspath(path)


def is_virtual(path: str) -> bool:
    """Return whether a name is one that GDAL takes apart, and no plain path."""
    return bool(_VIRTUAL.match(path))
