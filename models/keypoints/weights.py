"""Weights of the networks on keypoints: safetensors with all that a reader must know.

They hold no encoder: descriptors come from the one that is published, which the file
names by its checksum, since weights fit no other.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import torch

from ...core.base.errors import BadInput
from ..weights import filled, opened, other_weights

FORMAT = "soma-keypoints-1"
#: Largest number in an architecture, some times those of the largest network here.
MOST = 4096


@dataclass(frozen=True)
class Record:
    """What a weights file says about itself.

    Args:
        kind: of the network, "lightglue" or "superglue".
        architecture: keyword arguments of its configuration.
        encoder: SHA-256 of the weights whose features it was trained on.
        confidence: coefficients of a match's confidence.
        training: the training configuration.
        version: of the code that trained it.
        figures: validation figures.
    """

    kind: str
    architecture: dict[str, Any]
    encoder: str
    confidence: tuple[float, ...]
    training: dict[str, Any]
    version: str
    figures: dict[str, Any]


def write(path: Path, state: dict[str, torch.Tensor], record: Record) -> None:
    """Write a state dict as fp16 with its record, atomically."""
    from safetensors.torch import save_file

    tensors = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in state.items()
    }
    told = {name: json.dumps(value) for name, value in record.__dict__.items()}
    draft = path.with_suffix(".tmp")
    save_file(tensors, str(draft), metadata={"format": FORMAT, **told})
    draft.chmod(0o644)  # safetensors makes files that only their owner can read
    os.replace(draft, path)


def read(path: Path, kind: str, build: Callable[..., Any]) -> tuple[Any, Record]:
    """Return the network of a file, filled, and its record; raises BadInput.

    Args:
        path: of the file.
        kind: of the network that is asked for.
        build: makes it of its architecture.
    """
    state, header = opened(path, FORMAT)
    try:
        told = {name: json.loads(header[name]) for name in Record.__annotations__}
        record = Record(**{**told, "confidence": tuple(map(float, told["confidence"]))})
        sizes = [float(value) for value in record.architecture.values()]
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput.of("weights_header", path=path, why=error) from error
    if record.kind != kind:
        raise other_weights(path)

    def made() -> Any:
        if not all(0 < size <= MOST for size in sizes):
            raise ValueError(f"its architecture asks for {max(sizes)}")
        return build(**record.architecture)

    return filled(path, state, made), record
