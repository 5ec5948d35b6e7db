"""Load a network that pairs places with the encoders its weights were made for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Callable

from ...core.base.errors import BadInput
from ..weights import find, found_in_order, load_network
from . import weights
from .matcher import PairMatcher
from .pairing import OnKeypoints
from .types import Pairing

#: Weights whose encoders describe places.
ENCODERS = "soma-medium"


def load(
    name: str,
    path: Path,
    device: str,
    threads: int,
    build: Callable[..., Any],
    pairing: Callable[[Any], Pairing] = OnKeypoints,
) -> PairMatcher:
    """Return the matcher of a weights file; raises BadInput and ModelUnavailable.

    Args:
        name: what the user calls it, and of its network.
        path: of its weights.
        device: as in ``pick_device``.
        threads: torch threads on the CPU, 0 for torch's own choice.
        build: makes the network of its architecture.
        pairing: makes of it what pairs places.
    """
    net, record = weights.read(path, name, build)
    known = (at for at in found_in_order(ENCODERS) if encoder_of(at) == record.encoder)
    encoders = next(known, None)
    if encoders is None:
        first = find(ENCODERS)
        raise BadInput.of("weights_other_encoder", path=path, encoder=first)
    soma, _ = load_network(encoders)
    return PairMatcher(name, soma, pairing(net), device, record.confidence, threads)


def encoder_of(path: Path) -> str:
    """Return the SHA-256 of the weights that an encoder comes from."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
