"""Where the network runs, and the memory it runs in."""

from __future__ import annotations

import ctypes
import sys

import torch

from ...core.base.errors import BadInput, ModelUnavailable


def pick_device(name: str) -> torch.device:
    """Return a device by name; "auto" takes cuda, then mps, then cpu.

    Raises:
        BadInput: not the name of a device.
        ModelUnavailable: the device is not there.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        mps = torch.backends.mps.is_available()
        return torch.device("mps" if mps else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadInput.of("device_value", value=name) from error
    count = torch.cuda.device_count()
    missing = device.type == "cuda" and (device.index or 0) >= count
    missing = missing or (
        device.type == "mps" and not torch.backends.mps.is_available()
    )
    if missing or device.type not in ("cpu", "cuda", "mps"):
        raise ModelUnavailable.of("no_such_device", value=name)
    return device


#: Freed memory in bytes that is kept for the next tensor, and the size of a single
#: tensor up to which it may be: the most that glibc allows.
KEPT, LARGEST = 1 << 27, 1 << 25
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names of glibc's malloc.h


def keep_memory() -> None:
    """Let glibc keep freed memory instead of giving it back with every tensor.

    The kernel clears what it hands out again page by page, which took a tenth to a
    sixth of the network's time. Elsewhere than on Linux with glibc nothing is done.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_MMAP_THRESHOLD, LARGEST)
            mallopt(_TRIM_THRESHOLD, KEPT)
