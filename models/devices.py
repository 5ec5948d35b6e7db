"""Where the network runs."""

from __future__ import annotations

import torch

from ..core.errors import BadInput, ModelUnavailable


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
        raise BadInput(
            f"device is auto, cpu, cuda, cuda:N or mps; got {name!r}."
        ) from error
    count = torch.cuda.device_count()
    missing = device.type == "cuda" and (device.index or 0) >= count
    missing = missing or (
        device.type == "mps" and not torch.backends.mps.is_available()
    )
    if missing or device.type not in ("cpu", "cuda", "mps"):
        raise ModelUnavailable(f"There is no device {name} here; choose auto or cpu.")
    return device
