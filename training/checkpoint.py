"""Checkpoints that survive a kill at any moment and resume exactly."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..core.base.errors import BadInput
from ..models.network.soma import Soma
from .variants import built


class Ema:
    """Running average of weights, and of batch-norm statistics, of a network."""

    def __init__(self, net: nn.Module, decay: float):
        self.decay = decay
        self.state = {k: v.detach().clone() for k, v in net.state_dict().items()}

    @torch.no_grad()
    def update(self, net: nn.Module, step: int) -> None:
        """Move toward the network's weights; faster in the first steps."""
        decay = min(self.decay, (1 + step) / (10 + step))
        now = net.state_dict()
        moving = [name for name, value in now.items() if value.is_floating_point()]
        torch._foreach_lerp_(
            [self.state[name] for name in moving], [now[n] for n in moving], 1 - decay
        )
        for name in now.keys() - set(moving):
            self.state[name].copy_(now[name])


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint beside the old one, then swap."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    torch.save(state, draft)
    with open(draft, "rb") as file:
        os.fsync(file.fileno())
    os.replace(draft, path)


def load(path: Path, device: torch.device) -> dict[str, Any]:
    """Read a checkpoint; tensors and plain values only, no code. Raises BadInput."""
    try:
        state = torch.load(  # noqa: TID251 - tensors only, our own checkpoint
            path, map_location=device, weights_only=True
        )
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise BadInput(f"{path} is not a readable checkpoint: {error}.") from error
    return state


def rng_state() -> dict[str, Tensor]:
    """Return the state of torch's random generators."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def restore_rng(states: dict[str, Tensor]) -> None:
    """Put torch's random generators back."""
    torch.set_rng_state(states["cpu"].cpu())
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"].cpu())


def averaged(state: dict[str, Any]) -> Soma:
    """Return the network of the averaged weights in a checkpoint's content."""
    net = built(state["architecture"])
    net.load_state_dict(state["ema"])
    return net.eval()
