"""Read the co-registered scenes that the protocols cut their windows from."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Callable

import cv2
import numpy as np

from ..core.errors import BadInput

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

#: Sets of ``val/pairs.csv``; those of ``train/pairs.csv`` are named "train:SOURCE".
VALIDATION = ("delhi", "sen12", "ombria2021")

#: OMBRIA's SAR pixel (x, y) shows the ground of its optical pixel (x, y) + this.
OMBRIA_OFFSET_XY = (0.4, 0.2)


@dataclass(frozen=True)
class Scene:
    """One co-registered pair.

    Args:
        name: file stem.
        optical: (h, w, 3) uint8 RGB, or (h, w) uint8.
        sar: (h, w) uint8, same height and width.
        offset_xy: SAR pixel xy shows the ground of optical pixel xy + offset.
    """

    name: str
    optical: np.ndarray
    sar: np.ndarray
    offset_xy: tuple[float, float] = (0.0, 0.0)


def scene_paths(set_name: str) -> list[tuple[Path, Path]]:
    """Return (sar, optical) paths of a set, in the order of its list.

    Raises BadInput when the data folder is absent or the set unknown.
    """
    part, _, source = set_name.rpartition(":")
    listing = DATA / (part or "val") / "pairs.csv"
    if not listing.is_file():
        raise BadInput(
            f"{listing} is absent: the benchmark reads real pairs from "
            "shared/data beside the repository, see benchmark/README.md."
        )
    with listing.open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["source"] == source]
    if not rows:
        raise BadInput(f"{listing} has no pairs of a set called {source!r}.")
    return [(DATA / row["sar"], DATA / row["optical"]) for row in rows]


def sources(set_name: str) -> list[Callable[[], Scene]]:
    """Return what loads each scene of a set, in order; raises BadInput.

    Loading is cheap to repeat, so that a set need not fit into memory.
    """
    source = set_name.rpartition(":")[2]
    offset = OMBRIA_OFFSET_XY if source.startswith("ombria") else (0.0, 0.0)
    return [
        partial(_load, sar, optical, offset) for sar, optical in scene_paths(set_name)
    ]


def _load(sar: Path, optical: Path, offset_xy: tuple[float, float]) -> Scene:
    return Scene(sar.stem, read_rgb(optical), read_grey(sar), offset_xy)


@lru_cache(maxsize=4)
def read_grey(path: Path) -> np.ndarray:
    """Read an image as (h, w) uint8; raises BadInput."""
    return _read(path, cv2.IMREAD_GRAYSCALE)


@lru_cache(maxsize=4)
def read_rgb(path: Path) -> np.ndarray:
    """Read an image as (h, w, 3) uint8 RGB; raises BadInput."""
    return np.ascontiguousarray(_read(path, cv2.IMREAD_COLOR)[..., ::-1])


def _read(path: Path, flag: int) -> np.ndarray:
    image = cv2.imread(str(path), flag)
    if image is None:
        raise BadInput(f"{path} cannot be read as an image; restore the file.")
    return image
