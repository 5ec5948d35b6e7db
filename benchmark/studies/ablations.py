"""What is SOMA without one of its parts?

    python -m soma.benchmark.studies.ablations --set data=runs/clean

Trains every variant alike and exports it. Each row starts from the same seed and sees
the same pairs in the same order, as often and at the same rates, which
``training/configs/ablation.toml`` states; only what the row leaves out differs, see
``training.variants``. A row that was stopped goes on where
it was, a finished one is left alone. The weights go to ``runs/ablations``, which git
ignores.

Answer: the table of ``ablation_table``.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Sequence

from ...core.base.errors import BadInput
from ..methods import variants
from ..methods.variants import ABLATIONS
from ..stages.command import run_command

if TYPE_CHECKING:
    from ...training.config import TrainConfig

CONFIG = variants.ROOT / "training" / "configs" / "ablation.toml"


def budget() -> str:
    """Return what every row was trained with, in words."""
    from ...training.config import load_config

    config = load_config(CONFIG)
    crops = ", ".join(str(side) for side in config.crops)
    return f"{config.steps} steps of {config.batch} pairs of {crops} px each"


def config_of(name: str, base: Path, steps: int, more: Sequence[str]) -> TrainConfig:
    """Return the configuration of a row, ``steps`` 0 for the file's; BadInput."""
    from ...training.config import load_config

    own = [f"out={variants.FOLDER / name}", *ABLATIONS[name].changes]
    own += [f"steps={steps}"] if steps else []
    return load_config(base, [*more, *own])


def make(name: str, config: TrainConfig, minutes: float, pairs: int) -> int:
    """Train a row for some minutes and export it once it is done; return its step.

    Raises BadInput when weights or a checkpoint of other settings are in the way.
    """
    from ...models import weights
    from ...training.export import export
    from ...training.state import FREE
    from ...training.train import train

    path = variants.FOLDER / f"{name}.safetensors"
    if path.is_file():
        stored = weights.read(path)[1].training
        other = differing(stored, config.to_dict(), FREE)
        if other:
            raise BadInput(
                f"{path} was trained with another {', '.join(other)}; delete it and "
                f"{variants.FOLDER / name}, or give the same settings."
            )
        return config.steps
    step = train(config, minutes)
    if step >= config.steps:
        summary = f"An ablation: {ABLATIONS[name].text}."
        export(variants.FOLDER / name / "last.pt", path, {}, summary, pairs)
    return step


def differing(one: dict[str, Any], other: dict[str, Any], free: set[str]) -> list[str]:
    """Return the options in which two trainings differ, but for free ones."""
    one, other = (json.loads(json.dumps(values)) for values in (one, other))
    keys = sorted((set(one) | set(other)) - set(free))
    return [key for key in keys if one.get(key) != other.get(key)]


def main() -> int:
    """Train and export; 0 when all asked-for rows are complete, 1 when not yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=0, help="of every row")
    parser.add_argument("--only", nargs="+", choices=list(ABLATIONS), metavar="ROW")
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--minutes", type=float, default=math.inf, help="for all rows")
    parser.add_argument("--pairs", type=int, default=96, help="pairs to calibrate on")
    parser.add_argument(
        "--set", nargs="+", default=[], dest="more", metavar="KEY=VALUE",
        help="further training options, the same for every row",
    )  # fmt: skip
    args = parser.parse_args()
    end, open_rows = time.monotonic() + 60 * args.minutes, 0
    for name in args.only or ABLATIONS:
        left = (end - time.monotonic()) / 60
        config = config_of(name, args.config, args.steps, args.more)
        step = make(name, config, left, args.pairs) if left > 0 else 0
        open_rows += step < config.steps
        print(f"{name}: {step} of {config.steps} steps", flush=True)
    if open_rows:
        print(f"{open_rows} rows are not complete: give the same command again.")
    return int(open_rows > 0)


if __name__ == "__main__":
    run_command(main)
