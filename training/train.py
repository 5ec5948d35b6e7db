"""Train SOMA: one linear script that can be killed and started again.

    python -m soma.training.train --config training/configs/small.toml \\
        --minutes 9 out=runs/small

Starts where the last checkpoint in ``out`` ends. Writes ``last.pt``,
``train.csv``, ``dev.csv``, TensorBoard files and ``train.png``.
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import torch
from rich.progress import Progress, TextColumn

from ..models.network.soma import Soma
from .augment import Ranges
from .config import TrainConfig, load_config
from .curves import Curves, Meter, plot
from .data import Mix, PairSampler
from .loader import batches
from .objective import describe, errors, match, prepare, step_loss, truth_for
from .options import run_parser
from .pairs import Pair, load_pack, split_by_place
from .state import begin, new_network

#: Development pairs: what a georeferenced image typically needs.
DEV_RANGES = Ranges(
    rotation_deg=3, scale=1.02, shift_share=0.08, aniso=1.0, shear_deg=0,
    warp_chance=0, zoom=(0.95, 1.05),
)  # fmt: skip
DEV_SIZE = 192
SHOWN = (
    "loss",
    "told",
    "placed",
    "cmr@1",
    "cmr@3",
    "cmr@5",
    "median_px",
    "samples_per_s",
)


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
    shares = config.synthetic, config.unrelated
    mix = Mix(*shares, synthetic_until=until, simulated=config.simulated)
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
        output = match(net, *describe(net, batch), None, None)
        found.append(errors(output, truth_for(batch)))
    rmse = torch.cat(found)
    shares = {f"cmr@{t}": float((rmse < t).float().mean()) for t in (1, 2, 3, 5)}
    return {"median_px": float(rmse.median()), **shares}


def train(
    config: TrainConfig,
    minutes: float = math.inf,
    init: Path | None = None,
    until: int | None = None,
) -> int:
    """Train until the schedule, the time or ``until`` steps end; return the step."""
    begun = time.monotonic()
    run = begin(config, init)
    out, last = Path(config.out), min(config.steps, until or config.steps)
    pairs, held = split_by_place(load_pack(Path(config.data)), config.dev_share)
    sampler = sampler_for(config, pairs)
    dev = PairSampler(held or pairs, DEV_RANGES, Mix(0, 0, 0), 7)
    average = new_network(config, run.device)
    log, dev_log = Curves(out, "train", run.step), Curves(out, "dev", run.step)
    meter = Meter()
    stream = batches(
        sampler, run.step * config.batch, config.batch, config.crops, config.workers
    )
    columns = *Progress.get_default_columns(), TextColumn("{task.fields[now]}")
    with Progress(*columns) as bar:
        task = bar.add_task("training", total=last, completed=run.step, now="")
        while run.step < last and time.monotonic() - begun < minutes * 60:
            batch = prepare(next(stream), run.device, run.generator)
            for group in run.optimiser.param_groups:
                group["lr"] = learning_rate(config, run.step)
            loss, terms, rmse = step_loss(run.net, batch, config, run.generator)
            run.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(run.net.parameters(), config.clip)
            if torch.isfinite(norm):
                run.optimiser.step()
                run.ema.update(run.net, run.step)
            run.step += 1
            meter.add(terms, rmse, config.batch)
            if run.step % config.log_every == 0:
                figures = meter.read()
                log.add(run.step, figures)
                shown = [name for name in SHOWN if name in figures]
                text = " ".join(f"{name} {figures[name]:.3g}" for name in shown)
                bar.update(task, completed=run.step, now=text)
            if run.step % config.dev_every == 0 or run.step == last:
                average.load_state_dict(run.ema.state)
                figures = evaluate(average, dev, config.dev_pairs, run.device)
                dev_log.add(run.step, figures)
                plot(log, out / "train.png")
                meter.restart()
            if run.step % config.save_every == 0:
                run.keep()
    run.keep()
    return run.step


def main() -> None:
    """Train from the command line."""
    parser = run_parser(__doc__, required=False)
    parser.add_argument("--until", type=int, help="stop at this step")
    parser.add_argument("--init", type=Path, help="checkpoint or weights to start from")
    options = parser.parse_args()
    config = load_config(options.config, options.overrides)
    train(config, options.minutes, options.init, options.until)


if __name__ == "__main__":
    main()
