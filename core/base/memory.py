"""Memory that is free and still the process's own."""

from __future__ import annotations

import ctypes
import sys


def release_freed() -> None:
    """Give memory that is free back to the system.

    What small arrays and tensors leave is kept for the next ones, some hundred MiB
    after tiles were matched by several threads or by a network; blocks of rasters lie
    elsewhere and would come on top of it. Elsewhere than with glibc nothing is done.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
