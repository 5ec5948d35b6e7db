"""Everything a run consists of, made new or taken up where it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..core.base.about import VERSION
from ..core.base.errors import BadInput
from ..models import weights
from ..models.network.soma import CONFIGS, Soma, SomaConfig
from .checkpoint import Ema, load, restore_rng, rng_state, save
from .config import TrainConfig
from .variants import architecture, build, described

#: Name of the heads that weights from before they were thought of lack.
HEAD = "ground"
#: What may differ between a checkpoint and the run that resumes it.
FREE = {
    "data", "out", "workers", "threads", "device", "dev_every", "dev_pairs",
    "save_every", "log_every",
}  # fmt: skip


def size_of(config: TrainConfig) -> SomaConfig:
    """Return the network that a training configuration asks for."""
    if config.model not in CONFIGS:
        known = ", ".join(CONFIGS)
        raise BadInput(f"model is one of {known}; got {config.model!r}.")
    return CONFIGS[config.model]


def new_network(config: TrainConfig, device: torch.device) -> Soma:
    """Return an untrained network on a device."""
    net = build(size_of(config), config.variant)
    return net.to(device, memory_format=torch.channels_last)


@dataclass
class Run:
    """A training run between two steps.

    Args:
        config: how to train.
        device: where.
        net: the network.
        optimiser: of its weights.
        ema: their running average.
        generator: randomness of the steps, apart from torch's global one.
        step: number of steps done.
    """

    config: TrainConfig
    device: torch.device
    net: Soma
    optimiser: torch.optim.Optimizer
    ema: Ema
    generator: torch.Generator
    step: int

    @property
    def checkpoint(self) -> Path:
        """Path of the checkpoint."""
        return Path(self.config.out) / "last.pt"

    def keep(self) -> None:
        """Write the checkpoint: all that the next step depends on."""
        state = {
            "net": self.net.state_dict(),
            "ema": self.ema.state,
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "rng": rng_state(),
            "step": self.step,
            "config": self.config.to_dict(),
            "architecture": architecture(self.net.config, self.config.variant),
            "version": VERSION,
        }
        save(self.checkpoint, state)


def begin(config: TrainConfig, init: Path | None = None) -> Run:
    """Start a run, or take up the one whose checkpoint lies in ``config.out``.

    Args:
        config: how to train.
        init: checkpoint whose averaged weights a new run starts from, or an
            exported weights file.

    Raises:
        BadInput: the checkpoint belongs to a run with other settings, or ``init``
            holds another network.
    """
    if config.only not in ("", HEAD):
        raise BadInput(f"{config.model} has no {config.only} to train alone.")
    if config.threads:
        torch.set_num_threads(config.threads)
    name = config.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    torch.manual_seed(config.seed)
    net = new_network(config, device)
    set_training(net, config.only)
    optimiser = torch.optim.AdamW(
        net.parameters(), lr=config.lr, weight_decay=config.decay, fused=True
    )
    generator = torch.Generator(device).manual_seed(config.seed)
    run = Run(config, device, net, optimiser, Ema(net, config.ema), generator, 0)
    if run.checkpoint.exists():
        _resume(run, load(run.checkpoint, device))
    elif init is not None:
        _start_from(run, init)
    return run


def _start_from(run: Run, init: Path) -> None:
    """Fill a new run's network with other weights; heads they lack stay as new."""
    if init.suffix == ".safetensors":
        state = weights.read(init)[0]
    else:
        state = load(init, run.device)["ema"]
    try:
        run.net.load_state_dict(heads_kept(run.net, state, HEAD))
    except RuntimeError as error:
        raise BadInput(
            f"{init} holds a network that is not {run.config.model}; choose its model, "
            "or start without it."
        ) from error
    run.ema = Ema(run.net, run.config.ema)


def heads_kept(
    net: nn.Module, state: dict[str, Tensor], head: str
) -> dict[str, Tensor]:
    """Return weights, with a network's own parts of a name where they lack those."""
    new = {k: v for k, v in net.state_dict().items() if head in k.split(".")}
    return {**new, **state}


def set_training(net: nn.Module, only: str) -> None:
    """Let everything learn, or only the parts of that name while all else rests."""
    net.train(not only)
    for name, module in net.named_modules():
        if only and name.split(".")[-1] == only:
            module.train()
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(not only or only in name.split("."))


def _resume(run: Run, state: dict[str, Any]) -> None:
    _same_run(run.config, state["config"])
    try:
        same = described(state["architecture"])[0] == run.net.config
    except ValueError:  # keys of another version
        same = False
    if not same:
        raise BadInput(
            f"{run.checkpoint} holds the network of another version; choose another "
            "out and start from it with --init."
        )
    run.net.load_state_dict(state["net"])
    run.optimiser.load_state_dict(state["optimiser"])
    run.ema.state, run.step = state["ema"], state["step"]
    own = state["generator"].cpu()
    # Generators of a CPU and of a GPU have nothing in common; a run that moves from
    # one to the other goes on with other random numbers.
    if own.shape == run.generator.get_state().shape:
        run.generator.set_state(own)
    restore_rng(state["rng"])


def _same_run(config: TrainConfig, stored: dict[str, Any]) -> None:
    # An option that is younger than the checkpoint had its default's effect.
    stored = {**TrainConfig().to_dict(), **stored}
    now = config.to_dict()
    other = [k for k, v in now.items() if k not in FREE and v != stored[k]]
    if other:
        raise BadInput(
            f"{config.out} holds a run with another {', '.join(other)}; "
            "choose another out, or give the same settings."
        )
