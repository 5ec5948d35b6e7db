"""Folders for files that are under way, and what is left of them after a kill.

QGIS's own Python imports this as well: whoever kills the engine cleans up after it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import zlib
from pathlib import Path

_LEFT = re.compile(r"\.(?P<name>.+)\.soma-(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-\w+")
#: Letters of a target's name in that of its folder: names end at 255 bytes.
_NAME_PART = 40
_WINDOWS_STILL_ACTIVE = 259
_WINDOWS_QUERY_LIMITED = 0x1000


def new_name(target: Path) -> str:
    """Return a new name for a folder of this process, for files of a target."""
    tag = f"{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
    return f".{target.name[:_NAME_PART]}.soma-{tag}"


def remove_left(target: Path, pid: int = 0) -> None:
    """Remove what killed runs of this machine left beside a target, or inside of it.

    Args:
        target: file or folder; folders left for it are known by their names and by
            their process being gone.
        pid: of a process that was killed: what it left goes, for whatever target.
    """
    for place in (target.parent, target):
        if not place.is_dir() or not os.access(place, os.R_OK):
            continue
        for path in place.iterdir():
            found = _LEFT.fullmatch(path.name)
            if found is None or found["host"] != _host():
                continue
            left_by = int(found["pid"])
            own = left_by == pid if pid else found["name"] == target.name[:_NAME_PART]
            if own and not _is_running(left_by):
                shutil.rmtree(path, ignore_errors=True)


def _is_running(pid: int) -> bool:
    if os.name == "nt":
        return _is_running_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_running_windows(pid: int) -> bool:
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent elsewhere
    handle = kernel.OpenProcess(_WINDOWS_QUERY_LIMITED, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == _WINDOWS_STILL_ACTIVE


def _host() -> str:
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"
