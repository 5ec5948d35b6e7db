"""Train OSR-Net on packed pairs; goes on where it was stopped.

    python -m soma.training.osr_train --config training/configs/osrnet.toml --minutes 55

Takes up where the checkpoint in ``out`` ends. Writes ``last.pt``, ``best.pt`` (the
averaged weights that were best on held-out places), ``train.csv`` and ``dev.csv``; the
first row of the latter is the untrained network's.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..core.base.about import VERSION
from ..core.base.errors import BadInput
from ..models.osrnet.network import FULL, OsrConfig, OsrNet
from .augment import Ranges
from .checkpoint import Ema, load, save
from .config import TrainConfig, load_config
from .curves import Curves, Meter
from .data import Mix, PairSampler
from .loader import batches
from .objective import prepare
from .options import run_parser
from .osr_objective import rmse_px, stages_of, step_loss, truth_of
from .pairs import load_pack, split_by_place
from .train import learning_rate

#: Names for ``model``: the one for a CPU, the paper's size, and that of the tests.
ARCHITECTURES = {
    "osrnet": OsrConfig(),
    "osrnet-full": FULL,
    "osrnet-tiny": OsrConfig(width=16, projected=16),
}
#: Side of the development pairs in px.
DEV_SIZE = 192
CPU = torch.device("cpu")


def new_network(name: str) -> OsrNet:
    """Return an untrained network; raises BadInput for unknown names."""
    if name not in ARCHITECTURES:
        raise BadInput(f"model is one of {', '.join(ARCHITECTURES)}; got {name!r}.")
    return OsrNet(ARCHITECTURES[name])


def perturbations(config: TrainConfig) -> Ranges:
    """Return the paper's: rotation, shift and isotropic scale, and nothing else."""
    return Ranges(
        rotation_deg=config.rotation_deg,
        scale=config.scale,
        shift_share=config.shift_share,
        aniso=1.0,
        shear_deg=0.0,
        warp_chance=0.0,
        zoom=(config.zoom[0], config.zoom[1]),
    )


@torch.no_grad()
def evaluate(net: OsrNet, sampler: PairSampler, count: int) -> dict[str, float]:
    """Return figures of the pairs' RMSE on development pairs, in px and shares."""
    net.eval()
    generator, found = torch.Generator().manual_seed(1), []
    for first in range(0, count, 8):
        batch = sampler.batch(first, min(8, count - first), DEV_SIZE)
        batch = prepare(batch, CPU, generator)
        theta = stages_of(net, batch)[-1].theta
        found.append(rmse_px(theta, truth_of(batch), DEV_SIZE))
    rmse = torch.cat(found)
    shares = {f"cmr@{t}": float((rmse < t).float().mean()) for t in (1, 2, 3, 5)}
    # Far misses count as far, not by how far.
    capped = float(rmse.clamp(max=5.0).mean())
    return {"median_px": float(rmse.median()), "capped_px": capped, **shares}


@dataclass
class Run:
    """A training run between two steps.

    Args:
        config: how to train.
        net: the network.
        optimiser: of its weights.
        ema: their running average.
        step: number of steps done.
        best: lowest capped error on held-out places so far, px.
    """

    config: TrainConfig
    net: OsrNet
    optimiser: torch.optim.Optimizer
    ema: Ema
    step: int = 0
    best: float = math.inf

    def keep(self, name: str) -> None:
        """Write a checkpoint: all that the next step depends on."""
        state = {
            "net": self.net.state_dict(),
            "ema": self.ema.state,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": self.best,
            "config": self.config.to_dict(),
            "architecture": self.net.config.to_dict(),
            "version": VERSION,
        }
        save(Path(self.config.out) / name, state)


def begin(config: TrainConfig) -> Run:
    """Start a run, or take up the one whose checkpoint lies in ``config.out``.

    Raises BadInput when the checkpoint holds another network, or crops do not fit it.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    net = new_network(config.model)
    odd = [side for side in config.crops if side % net.multiple]
    if odd:
        raise BadInput(
            f"crops of {config.model} are multiples of {net.multiple} px, got {odd[0]}."
        )
    optimiser = torch.optim.AdamW(
        net.parameters(), lr=config.lr, weight_decay=config.decay
    )
    run = Run(config, net, optimiser, Ema(net, config.ema))
    checkpoint = Path(config.out) / "last.pt"
    if checkpoint.exists():
        state: dict[str, Any] = load(checkpoint, CPU)
        if state["config"]["model"] != config.model:
            raise BadInput(
                f"{config.out} holds a run of another model; choose another out."
            )
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        run.ema.state = state["ema"]
        run.step, run.best = state["step"], state["best"]
    return run


def train(
    config: TrainConfig, minutes: float = math.inf, until: int | None = None
) -> int:
    """Train until the schedule, the time or ``until`` steps end; return the step."""
    begun, run = time.monotonic(), begin(config)
    net, last = run.net, min(config.steps, until or config.steps)
    pairs, held = split_by_place(load_pack(Path(config.data)), config.dev_share)
    mix = Mix(config.synthetic, 0.0, simulated=config.simulated)
    sampler = PairSampler(pairs, perturbations(config), mix, config.seed)
    dev = PairSampler(held or pairs, perturbations(config), Mix(0, 0, 0), 7)
    log = Curves(Path(config.out), "train", run.step)
    dev_log = Curves(Path(config.out), "dev", run.step)
    average, meter = new_network(config.model), Meter()
    if not run.step:
        dev_log.add(0, evaluate(net, dev, config.dev_pairs))
    first = run.step * config.batch
    stream = batches(sampler, first, config.batch, config.crops, config.workers)
    while run.step < last and time.monotonic() - begun < minutes * 60:
        net.train()
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + run.step)
        batch = prepare(next(stream), CPU, generator)
        for group in run.optimiser.param_groups:
            group["lr"] = learning_rate(config, run.step)
        loss, terms, rmse = step_loss(net, batch, run.step / config.steps)
        run.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), config.clip)
        if torch.isfinite(norm):
            run.optimiser.step()
            run.ema.update(net, run.step)
        run.step += 1
        meter.add(terms, rmse, config.batch)
        if run.step % config.log_every == 0:
            log.add(run.step, meter.read())
        if run.step % config.dev_every == 0 or run.step == config.steps:
            average.load_state_dict(run.ema.state)
            figures = evaluate(average, dev, config.dev_pairs)
            dev_log.add(run.step, figures)
            print(run.step, {k: round(v, 4) for k, v in figures.items()}, flush=True)
            meter.restart()
            if figures["capped_px"] < run.best:
                run.best = figures["capped_px"]
                run.keep("best.pt")
        if run.step % config.save_every == 0:
            run.keep("last.pt")
    run.keep("last.pt")
    return run.step


def main() -> None:
    """Train from the command line."""
    options = run_parser(__doc__).parse_args()
    train(load_config(options.config, options.overrides), options.minutes)


if __name__ == "__main__":
    main()
