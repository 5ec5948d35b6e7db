"""Train SOMA: one linear script that can be killed and started again.

    python -m soma.training.train --config training/configs/small.toml \
        --minutes 9 out=runs/small

Starts where the last checkpoint in ``out`` ends. Writes ``last.pt``,
``train.csv``, ``dev.csv``, TensorBoard files and ``train.png``.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.progress import Progress, TextColumn

from ..core.about import VERSION
from ..core.errors import BadInput
from ..models.soma import CONFIGS, Soma, SomaConfig
from .augment import Ranges
from .checkpoint import Ema, load, restore_rng, rng_state, save
from .config import TrainConfig, load_config
from .curves import Curves, plot
from .data import Mix, Pair, PairSampler, batches, load_pack, split_by_place
from .objective import errors, match, prepare, total_loss, truth_for

#: What may differ between a checkpoint and the run that resumes it.
FREE = {"data", "out", "workers", "threads", "device", "dev_every", "save_every",
        "log_every", "dev_pairs"}  # fmt: skip

#: Development pairs: what a georeferenced image typically needs.
DEV_RANGES = Ranges(
    rotation_deg=3, scale=1.02, shift_share=0.08, aniso=1.0, shear_deg=0,
    warp_chance=0, zoom=(0.95, 1.05),
)  # fmt: skip
DEV_SIZE = 192


def architecture(config: TrainConfig) -> SomaConfig:
    """Return the network that a training configuration asks for."""
    if config.model not in CONFIGS:
        known = ", ".join(CONFIGS)
        raise BadInput(f"model is one of {known}; got {config.model!r}.")
    chosen = CONFIGS[config.model]
    over = {k: getattr(config, k) for k in ("fge", "head") if getattr(config, k)}
    return replace(chosen, **over)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up, then half a cosine to zero."""
    if step < config.warmup:
        return config.lr * (step + 1) / config.warmup
    share = (step - config.warmup) / max(config.steps - config.warmup, 1)
    return config.lr * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))


def sampler_for(config: TrainConfig, pairs: list[Pair]) -> PairSampler:
    """Return the sampler of training examples."""
    ranges = Ranges(
        rotation_deg=config.rotation_deg,
        scale=config.scale,
        shift_share=config.shift_share,
        warp_px=config.warp_px,
        zoom=(config.zoom[0], config.zoom[1]),
    )
    until = round(config.real_from * config.steps) * config.batch
    mix = Mix(config.synthetic, config.unrelated, synthetic_until=until)
    return PairSampler(pairs, ranges, mix, config.seed)


@torch.no_grad()
def evaluate(
    net: Soma, sampler: PairSampler, count: int, device: torch.device
) -> dict[str, float]:
    """Return RMSE figures on development pairs, in px and shares."""
    net.eval()
    generator = torch.Generator(device).manual_seed(1)
    found = []
    for first in range(0, count, 8):
        batch = sampler.batch(first, min(8, count - first), DEV_SIZE)
        batch = prepare(batch, device, generator)
        found.append(errors(match(net, batch, None, None), truth_for(batch)))
    net.train()
    rmse = torch.cat(found)
    shares = {f"cmr@{t}": float((rmse < t).float().mean()) for t in (1, 2, 3, 5)}
    return {"median_px": float(rmse.median()), **shares}


def same_run(config: TrainConfig, stored: dict[str, Any]) -> None:
    """Refuse to resume a run with other settings; raises BadInput."""
    now = config.to_dict()
    stored = {**stored, "crops": tuple(stored["crops"])}
    stored["zoom"] = tuple(stored["zoom"])
    other = [k for k in now if k not in FREE and now[k] != stored.get(k)]
    if other:
        raise BadInput(
            f"{config.out} holds a run with another {', '.join(other)}; "
            "choose another out, or give the same settings."
        )


def train(
    config: TrainConfig, minutes: float, init: Path | None, until: int | None
) -> int:
    """Train until the schedule, the time or ``until`` steps end; return the step."""
    if config.threads:
        torch.set_num_threads(config.threads)
    cuda = config.device == "auto" and torch.cuda.is_available()
    device = torch.device(
        "cuda" if cuda else "cpu" if config.device == "auto" else config.device
    )
    torch.manual_seed(config.seed)
    out = Path(config.out)
    checkpoint = out / "last.pt"

    pairs, held = split_by_place(load_pack(Path(config.data)), config.dev_share)
    sampler = sampler_for(config, pairs)
    dev = PairSampler(held or pairs, DEV_RANGES, Mix(0, 0, 0), 7)

    net = Soma(architecture(config)).to(device, memory_format=torch.channels_last)
    if init is not None and not checkpoint.exists():
        net.load_state_dict(load(init, device)["ema"])
    optimiser = torch.optim.AdamW(
        net.parameters(), lr=config.lr, weight_decay=config.decay, fused=True
    )
    generator = torch.Generator(device).manual_seed(config.seed)
    ema, step = Ema(net, config.ema), 0
    if checkpoint.exists():
        state = load(checkpoint, device)
        same_run(config, state["config"])
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        ema.state, step = state["ema"], state["step"]
        generator.set_state(state["generator"].cpu())
        restore_rng(state["rng"])
    average = Soma(architecture(config)).to(device, memory_format=torch.channels_last)
    curves = Curves(out, "train", step), Curves(out, "dev", step)
    stream = batches(
        sampler, step * config.batch, config.batch, config.crops, config.workers
    )
    last = min(config.steps, until or config.steps)

    def keep() -> None:
        save(checkpoint, {
            "net": net.state_dict(), "ema": ema.state, "step": step,
            "optimiser": optimiser.state_dict(), "rng": rng_state(),
            "generator": generator.get_state(), "config": config.to_dict(),
            "architecture": net.config.to_dict(), "version": VERSION,
        })  # fmt: skip

    start = mark = time.monotonic()
    recent: list[torch.Tensor] = []
    sums: dict[str, float] = {}
    with Progress(
        *Progress.get_default_columns(), TextColumn("{task.fields[now]}")
    ) as bar:
        task = bar.add_task("training", total=last, completed=step, now="")
        while step < last and time.monotonic() - start < minutes * 60:
            batch = prepare(next(stream), device, generator)
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(config, step)
            truth = truth_for(batch)
            output = match(net, batch, truth, generator)
            loss, terms = total_loss(net, output, truth, config)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(net.parameters(), config.clip)
            if torch.isfinite(norm):
                optimiser.step()
                ema.update(net, step)
            step += 1
            recent.append(errors(output, truth))
            for name, value in {"loss": float(loss.detach()), **terms}.items():
                sums[name] = sums.get(name, 0.0) + value
            if step % config.log_every == 0:
                now = time.monotonic()
                count = config.log_every
                rmse = torch.cat(recent)
                figures = {name: value / count for name, value in sums.items()}
                for limit in (1, 3, 5):
                    figures[f"cmr@{limit}"] = float((rmse < limit).float().mean())
                figures["median_px"] = float(rmse.median())
                figures["samples_per_s"] = count * config.batch / (now - mark)
                curves[0].add(step, figures)
                shown = "loss cmr@1 cmr@3 cmr@5 median_px samples_per_s".split()
                text = " ".join(f"{name} {figures[name]:.3g}" for name in shown)
                bar.update(task, completed=step, now=text)
                recent, sums, mark = [], {}, now
            if step % config.dev_every == 0 or step == last:
                average.load_state_dict(ema.state)
                curves[1].add(step, evaluate(average, dev, config.dev_pairs, device))
                plot(curves[0], out / "train.png")
                mark = time.monotonic()
            if step % config.save_every == 0 or step == last:
                keep()
    keep()
    return step


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, help="TOML file with training options")
    parser.add_argument("--minutes", type=float, default=math.inf, help="time limit")
    parser.add_argument("--until", type=int, help="stop at this step")
    parser.add_argument("--init", type=Path, help="checkpoint to start weights from")
    parser.add_argument("overrides", nargs="*", help="key=value")
    options = parser.parse_args()
    config = load_config(options.config, options.overrides)
    train(config, options.minutes, options.init, options.until)


if __name__ == "__main__":
    main()
