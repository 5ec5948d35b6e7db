"""Options that several commands of training share."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Callable


def run_parser(description: str, required: bool = True) -> argparse.ArgumentParser:
    """Return the parser of a command that trains; whether it needs a configuration."""
    parser = argparse.ArgumentParser(description=description)
    about = "TOML file with training options"
    parser.add_argument("--config", type=Path, required=required, help=about)
    parser.add_argument("--minutes", type=float, default=math.inf, help="time limit")
    parser.add_argument("overrides", nargs="*", help="key=value")
    return parser


def samples_parser(description: str, held: int) -> argparse.ArgumentParser:
    """Return the parser of a command that makes what frozen encoders see.

    Args:
        description: of the command.
        held: pairs of held-out places unless more are asked for.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("out", type=Path, help="folder; its train and held are filled")
    parser.add_argument("--data", type=Path, default=Path("runs/pack"))
    parser.add_argument("--count", type=int, default=4096, help="training pairs")
    parser.add_argument(
        "--held", type=int, default=held, help="pairs of held-out places"
    )
    return parser


def make_samples(
    write: Callable[[Path, int, bool], None], out: Path, count: int, held: int
) -> None:
    """Make pairs to train on, those held out, then the rest: training can begin early.

    Args:
        write: makes samples in a folder until there are so many, held out or not.
        out: the folder of both.
        count: pairs to train on.
        held: pairs of held-out places.
    """
    write(out / "train", min(count, 512), False)
    write(out / "held", held, True)
    write(out / "train", count, False)


def export_parser(description: str) -> argparse.ArgumentParser:
    """Return the parser of a command that makes weights and card of a checkpoint."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument(
        "--out", type=Path, help="weights file, the model's own if none"
    )
    parser.add_argument("--data", type=Path, default=Path("runs/pack"))
    parser.add_argument("--pairs", type=int, default=120, help="crops to calibrate on")
    return parser
