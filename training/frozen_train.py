"""Train LightGlue or SuperGlue on described keypoints; goes on where it was stopped.

    python -m soma.training.keypoint_train --config training/configs/lightglue.toml \\
        --minutes 40

Takes up where the checkpoint in ``out`` ends. Writes ``last.pt``, ``train.csv`` and
``dev.csv``; the first row of the latter is the untrained network's.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import torch
from torch import Tensor, nn

from ..core.base.about import VERSION
from ..core.base.errors import BadInput
from ..models.keypoints.weights import FORMAT
from ..models.weights import opened
from .checkpoint import Ema, load, save
from .config import TrainConfig, load_config
from .curves import Curves, Meter
from .keypoint_objective import REACH, evaluate, step_loss, thinned
from .keypoint_samples import read
from .train import learning_rate


def _lightglue(**sizes: int) -> nn.Module:
    from ..models.lightglue.network import build

    return build(**sizes)


def _superglue(**sizes: int) -> nn.Module:
    from ..models.superglue.network import build

    return build(**sizes)


#: Names for ``model``, to what makes the network; ``-tiny`` is that of the tests.
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "lightglue": _lightglue,
    "superglue": _superglue,
    "lightglue-tiny": lambda: _lightglue(width=32, layers=2, heads=2),
    "superglue-tiny": lambda: _superglue(width=32, layers=1, heads=2),
}


def new_network(name: str, axes: Tensor | None = None) -> nn.Module:
    """Return an untrained network; raises BadInput for unknown names."""
    if name not in NETWORKS:
        raise BadInput(f"model is one of {', '.join(NETWORKS)}; got {name!r}.")
    net = NETWORKS[name]()
    if axes is not None:
        net.basis.copy_(axes[:, : net.config.width])
    return net


def train(
    config: TrainConfig,
    axes: Tensor,
    minutes: float = math.inf,
    until: int | None = None,
    init: Path | None = None,
) -> int:
    """Train until the schedule, the time or ``until`` steps end; return the step.

    Args:
        config: how to train.
        axes: (D, width) what descriptors were reduced by.
        minutes: time limit.
        until: the last step of this call.
        init: exported weights that a new run starts from.
    """
    begun, out = time.monotonic(), Path(config.out)
    run, checkpoint = begin(config, axes, init), out / "last.pt"
    net, optimiser, ema, step = run.net, run.optimiser, run.ema, run.step
    batches, held = read(Path(config.data) / "train"), read(Path(config.data) / "held")
    log, dev = Curves(out, "train", step), Curves(out, "dev", step)
    if not step:
        dev.add(0, evaluate(net, held))
    meter, average = Meter(), new_network(config.model)
    last = min(config.steps, until or config.steps)
    while step < last and time.monotonic() - begun < minutes * 60:
        net.train()
        draw = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        index = int(torch.randint(len(batches), (), generator=draw))
        reach = REACH[0] + (REACH[1] - REACH[0]) * float(torch.rand((), generator=draw))
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(config, step)
        loss = step_loss(net, thinned(batches[index], draw), reach)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), config.clip)
        if torch.isfinite(norm):
            optimiser.step()
            ema.update(net, step)
        step += 1
        meter.add({"loss": loss.detach()}, loss.new_zeros(0), config.batch)
        if step % config.log_every == 0:
            log.add(step, meter.read())
        if step % config.dev_every == 0 or step == config.steps:
            average.load_state_dict(ema.state)
            figures = evaluate(average, held)
            dev.add(step, figures)
            print(step, {k: round(v, 4) for k, v in figures.items()}, flush=True)
            save(checkpoint, _state(net, ema, optimiser, step, config))
    save(checkpoint, _state(net, ema, optimiser, step, config))
    return step


@dataclass
class Run:
    """A training run between two steps: network, optimiser, averaged weights, step."""

    net: nn.Module
    optimiser: torch.optim.Optimizer
    ema: Ema
    step: int


def begin(config: TrainConfig, axes: Tensor, init: Path | None = None) -> Run:
    """Start a run, or take up the one whose checkpoint lies in ``config.out``.

    Raises BadInput when the checkpoint or ``init`` holds another network.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    net = new_network(config.model, axes)
    if init is not None:
        try:
            net.load_state_dict(opened(init, FORMAT)[0])
        except RuntimeError as error:
            raise BadInput(f"{init} holds another network.") from error
    optimiser = torch.optim.AdamW(
        net.parameters(), lr=config.lr, weight_decay=config.decay
    )
    run = Run(net, optimiser, Ema(net, config.ema), 0)
    checkpoint = Path(config.out) / "last.pt"
    if checkpoint.exists():
        state = load(checkpoint, torch.device("cpu"))
        if state["config"]["model"] != config.model:
            raise BadInput(
                f"{config.out} holds a run of another model; choose another."
            )
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        run.ema.state, run.step = state["ema"], state["step"]
    return run


def _state(
    net: nn.Module, ema: Ema, optimiser: Any, step: int, config: TrainConfig
) -> dict[str, Any]:
    return {
        "net": net.state_dict(),
        "ema": ema.state,
        "optimiser": optimiser.state_dict(),
        "step": step,
        "config": config.to_dict(),
        "architecture": net.config.to_dict(),
        "version": VERSION,
    }


def main() -> None:
    """Train from the command line."""
    import numpy as np

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=math.inf, help="time limit")
    parser.add_argument("--init", type=Path, help="weights file to start from")
    parser.add_argument("overrides", nargs="*", help="key=value")
    options = parser.parse_args()
    config = load_config(options.config, options.overrides)
    axes = torch.from_numpy(np.load(Path(config.data) / "axes.npy"))
    train(config, axes, options.minutes, init=options.init)


if __name__ == "__main__":
    main()
