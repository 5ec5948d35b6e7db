"""Memory that is free and still the process's own."""

from __future__ import annotations

import ctypes
import sys
from typing import Callable

#: Names and numbers of glibc's settings, from its malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
#: Blocks up to this size lie side by side, the most that glibc takes itself; and free
#: memory is kept up to so many bytes a thread.
_SIDE_BY_SIDE, _KEPT = 32 << 20, 256 << 20


def keep_freed() -> None:
    """Keep memory that is free for what needs some next, until ``release_freed``.

    The arrays of a tile come and go by the hundred. Given back and fetched anew every
    time, 60 MB a tile, they took 5 % of a match of 1024 px in one thread; where several
    match side by side, hardly anything. Elsewhere than with glibc nothing is done.
    """
    setting = _of_glibc("mallopt")
    if setting is not None:
        setting(_MMAP_THRESHOLD, _SIDE_BY_SIDE)
        setting(_TRIM_THRESHOLD, _KEPT)


def release_freed() -> None:
    """Give memory that is free back to the system.

    What small arrays and tensors leave is kept for the next ones, some hundred MiB
    after tiles were matched by several threads or by a network; blocks of rasters lie
    elsewhere and would come on top of it. Elsewhere than with glibc nothing is done.
    """
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> Callable[..., int] | None:
    """Return a function of glibc, None where the C library is another one."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), name, None)
