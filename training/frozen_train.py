"""Train a network on what the frozen encoders see; goes on where it was stopped.

    python -m soma.training.frozen_train --config training/configs/lightglue.toml \\
        --minutes 40

Takes up where the checkpoint in ``out`` ends. Writes ``last.pt``, ``train.csv`` and
``dev.csv``; the first row of the latter is the untrained network's.
"""

from __future__ import annotations

import importlib
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Mapping, Protocol

import torch
from torch import Tensor, nn

from ..core.base.about import VERSION
from ..core.base.errors import BadInput
from ..models.keypoints.pairing import OnKeypoints
from ..models.keypoints.types import Pairing
from ..models.keypoints.weights import FORMAT
from ..models.weights import opened
from .checkpoint import Ema, load, save
from .config import TrainConfig, load_config
from .curves import Curves, Meter
from .options import run_parser
from .state import heads_kept, set_training
from .train import learning_rate


class Pairs(Protocol):
    """What ``training.*_samples`` made: batches by number."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Any: ...


#: Of a network and a batch, with a source of what is random.
Loss = Callable[[Any, Any, torch.Generator], Tensor]


@dataclass(frozen=True)
class Lesson:
    """A kind of network and how it learns.

    Args:
        build: makes the network of its architecture; its ``begin_at`` takes the axes.
        read: the batches of a folder.
        loss: of a network and a batch, with a source of what is random.
        evaluate: figures of a network on batches.
        pairing: makes of a network what pairs places behind the seam.
        stages: losses of later stages, in which one part of the network learns and all
            else rests, by the name of that part; ``TrainConfig.only``.
    """

    build: Callable[..., Any]
    read: Callable[[Path], Pairs]
    loss: Loss
    evaluate: Callable[[Any, Any], dict[str, float]]
    pairing: Callable[[Any], Pairing]
    stages: Mapping[str, Loss] = field(default_factory=dict)

    def loss_of(self, config: TrainConfig) -> Loss:
        """Return the loss of a run; raises BadInput for a stage there is none of."""
        if not config.only:
            return self.loss
        if config.only not in self.stages:
            raise BadInput(f"{config.model} has no {config.only} to train alone.")
        return self.stages[config.only]


def _on_keypoints(name: str) -> Lesson:
    from . import keypoint_objective, keypoint_samples

    build = importlib.import_module(f"..models.{name}.network", __package__).build
    loss, evaluate = keypoint_objective.varied_loss, keypoint_objective.evaluate
    stages = (
        {}
        if name != "lightglue"
        else {"confidence": keypoint_objective.confidence_loss}
    )
    return Lesson(build, keypoint_samples.read, loss, evaluate, OnKeypoints, stages)


def _on_cells(_: str) -> Lesson:
    from ..models.loftr.network import build
    from . import loftr_objective, loftr_samples

    loss, evaluate = loftr_objective.step_loss, loftr_objective.evaluate
    return Lesson(build, loftr_samples.Folder, loss, evaluate, lambda net: net)


#: Networks by name, and what makes their lesson; only the one that is asked for is
#: imported.
LESSONS: dict[str, Callable[[str], Lesson]] = {
    "lightglue": _on_keypoints,
    "superglue": _on_keypoints,
    "loftr": _on_cells,
}
#: Architectures of the tests, named with ``-tiny``.
TINY: dict[str, dict[str, int]] = {
    "lightglue": {"width": 32, "layers": 2, "heads": 2},
    "superglue": {"width": 32, "layers": 1, "heads": 2},
    "loftr": {"width": 32, "layers": 1, "heads": 2, "fine": 32},
}


def lesson_of(model: str) -> Lesson:
    """Return how a configuration's model learns; raises BadInput for unknown ones."""
    name = model.removesuffix("-tiny")
    if name not in LESSONS:
        raise BadInput(f"model is one of {', '.join(LESSONS)}; got {model!r}.")
    return LESSONS[name](name)


def new_network(model: str, axes: Tensor | None = None) -> Any:
    """Return an untrained network; raises BadInput for unknown names."""
    build, name = lesson_of(model).build, model.removesuffix("-tiny")
    net = build(**(TINY[name] if name != model else {}))
    if axes is not None:
        net.begin_at(axes)
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
    lesson, data = lesson_of(config.model), Path(config.data)
    loss_of = lesson.loss_of(config)
    batches, held = lesson.read(data / "train"), lesson.read(data / "held")
    log, dev = Curves(out, "train", step), Curves(out, "dev", step)
    if not step:
        dev.add(0, lesson.evaluate(net, held))
    meter, average = Meter(), new_network(config.model)
    last = min(config.steps, until or config.steps)
    while step < last and time.monotonic() - begun < minutes * 60:
        set_training(net, config.only)
        draw = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        index = int(torch.randint(len(batches), (), generator=draw))
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(config, step)
        loss = loss_of(net, batches[index], draw)
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
            figures = lesson.evaluate(average, held)
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
            net.load_state_dict(heads_kept(net, opened(init, FORMAT)[0], config.only))
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

    parser = run_parser(__doc__)
    parser.add_argument("--init", type=Path, help="weights file to start from")
    options = parser.parse_args()
    config = load_config(options.config, options.overrides)
    axes = torch.from_numpy(np.load(Path(config.data) / "axes.npy"))
    train(config, axes, options.minutes, init=options.init)


if __name__ == "__main__":
    main()
