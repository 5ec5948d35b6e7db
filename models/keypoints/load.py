"""Load a network on keypoints with the encoders that its weights were made for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Callable

from ...core.base.errors import BadInput
from ..weights import find, found_in_order, load_network
from . import weights
from .matcher import KeypointMatcher

#: Weights whose encoders describe keypoints.
ENCODERS = "soma-medium"


def load(
    name: str, path: Path, device: str, threads: int, build: Callable[..., Any]
) -> KeypointMatcher:
    """Return the matcher of a weights file; raises BadInput and ModelUnavailable.

    Args:
        name: what the user calls it, and of its network.
        path: of its weights.
        device: as in ``pick_device``.
        threads: torch threads on the CPU, 0 for torch's own choice.
        build: makes the network of its architecture.
    """
    net, record = weights.read(path, name, build)
    known = (at for at in found_in_order(ENCODERS) if encoder_of(at) == record.encoder)
    encoders = next(known, None)
    if encoders is None:
        first = find(ENCODERS)
        raise BadInput.of("weights_other_encoder", path=path, encoder=first)
    soma, _ = load_network(encoders)
    return KeypointMatcher(name, soma, net, device, record.confidence, threads)


def encoder_of(path: Path) -> str:
    """Return the SHA-256 of the weights that an encoder comes from."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
