"""Read the co-registered scenes that the protocols cut their windows from."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Callable

import cv2
import numpy as np

from ...core import simulate
from ...core.base.errors import BadInput
from ...core.simulate import Look, default_look

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

#: Sets of ``val/pairs.csv``; those of ``train/pairs.csv`` are named "train:SOURCE".
VALIDATION = ("delhi", "sen12", "ombria2021")

#: Pixel sizes of the simulated scenes, one each.
SIMULATED_GSD_M = (10, 10, 10, 10, 10, 10, 10, 10, 3, 3, 3, 3, 1, 1, 1, 1)
#: Sets to develop on, which may be looked at and tuned on, and what their scenes are.
DEVELOPMENT = {
    "full-speckle": "simulated scenes of 10 m, one radar look, exact truth",
    "los-angeles": (
        "Sentinel-1 of full speckle, tiles of 1004 px put together from the chips of "
        "training: networks may have seen them, and the truth is good to 1 or 2 px"
    ),
    "metre": "simulated scenes of 1 m seen at 20 to 50 degrees, exact truth",
}
#: Seeds far from the benchmark's own and from one another, for those: one radar look at
#: 10 m, and scenes of 1 m seen at 20 to 50 degrees.
SPECKLE_SEED, METRE_SEED = 740_000, 750_000
DEVELOPED = 8
#: Source of the tiles of Los Angeles, each cut into chips that reach into one another.
CHIPS = "train:volkov_LA_refined"
CHIP, CHIPS_PER_TILE = re.compile(r"volkov_(\d+)_(\d+)_(\d+)"), 16
METRE_INCIDENCE_DEG = (20.0, 50.0)
#: Leaves room for one window of every protocol.
SIMULATED_SIZE_PX = 1100
#: Far from the seeds that are natural for training.
SIMULATED_SEED = 730_000
SIMULATED_CACHE = Path(__file__).resolve().parents[2] / "predictions" / ".simulated"
SIMULATOR = Path(__file__).resolve().parents[2] / "core" / "simulate"

#: What tells the images of one place at several dates apart in their names.
DATE = re.compile(r"_(before|after)_")

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
        least_grid: windows per axis that the scene gives at least; more than it
            has room for overlap one another.
    """

    name: str
    optical: np.ndarray
    sar: np.ndarray
    offset_xy: tuple[float, float] = (0.0, 0.0)
    least_grid: int = 1

    @property
    def place(self) -> str:
        """What scenes of the same ground share, whatever their dates."""
        return DATE.sub("_", self.name)


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
    if set_name in SIMULATED:
        return SIMULATED[set_name]()
    if set_name == "los-angeles":
        return _los_angeles()
    source = set_name.rpartition(":")[2]
    least_grid = 4 if source == "delhi" else 1
    offset = OMBRIA_OFFSET_XY if source.startswith("ombria") else (0.0, 0.0)
    return [
        partial(_load, sar, optical, offset, least_grid)
        for sar, optical in scene_paths(set_name)
    ]


def data_version(set_name: str) -> str:
    """Return what tells versions of a set apart: a hash of the simulator, or ""."""
    if set_name not in SIMULATED:
        return ""
    digest = hashlib.sha256()
    for source in sorted(SIMULATOR.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _load(
    sar: Path, optical: Path, offset_xy: tuple[float, float], least_grid: int
) -> Scene:
    return Scene(sar.stem, read_rgb(optical), read_grey(sar), offset_xy, least_grid)


def _los_angeles() -> list[Callable[[], Scene]]:
    """Return what loads some tiles of Los Angeles: real radar of one look, at 10 m.

    Rounds of training held out some tiles each: networks may have seen any of them.
    """
    tiles: dict[str, dict[tuple[int, int], tuple[Path, Path]]] = {}
    for paths in scene_paths(CHIPS):
        found = CHIP.fullmatch(paths[0].stem)
        if found is not None:
            tiles.setdefault(found[1], {})[int(found[2]), int(found[3])] = paths
    whole = [name for name, chips in tiles.items() if len(chips) == CHIPS_PER_TILE]
    keep = np.linspace(0, len(whole) - 1, min(DEVELOPED, len(whole))).round()
    return [
        partial(_joined, f"los_angeles_{name}", tuple(tiles[name].items()))
        for name in np.array(whole)[keep.astype(int)].tolist()
    ]


@lru_cache(maxsize=2)
def _joined(
    name: str, chips: tuple[tuple[tuple[int, int], tuple[Path, Path]], ...]
) -> Scene:
    """Return a tile from its chips, each with the (x, y) of its corner."""
    first = np.min([corner for corner, _ in chips], axis=0)
    parts = [
        (np.array(corner) - first, read_grey(sar), read_rgb(optical))
        for corner, (sar, optical) in chips
    ]
    width, height = np.max([at + sar.shape[::-1] for at, sar, _ in parts], axis=0)
    whole = np.zeros((height, width), np.uint8), np.zeros((height, width, 3), np.uint8)
    for (x, y), sar, optical in parts:
        for image, part in zip(whole, (sar, optical), strict=True):
            image[y : y + part.shape[0], x : x + part.shape[1]] = part
    return Scene(name, whole[1], whole[0])


@lru_cache(maxsize=2)
def _simulated(number: int) -> Scene:
    """Return one of the benchmark's simulated scenes."""
    gsd_m = SIMULATED_GSD_M[number]
    name = f"simulated_{number:02d}_{gsd_m:g}m"
    return simulated(name, SIMULATED_SEED + number, gsd_m)


def _full_speckle(number: int) -> Scene:
    """Return a scene of 10 m with the speckle of a single look."""
    seed = SPECKLE_SEED + number
    look = replace(default_look(10.0, seed), looks=1.0)
    return simulated(f"full_speckle_{number:02d}_10m", seed, 10.0, look)


def _metre(number: int) -> Scene:
    """Return a scene of 1 m; relief is in its place, houses and trees are not."""
    seed, (first, last) = METRE_SEED + number, METRE_INCIDENCE_DEG
    incidence_deg = first + (last - first) * number / (DEVELOPED - 1)
    look = replace(default_look(1.0, seed), incidence_deg=incidence_deg)
    return simulated(f"metre_{number:02d}_1m", seed, 1.0, look)


#: What loads each scene of the simulated sets, in order.
SIMULATED: dict[str, Callable[[], list[Callable[[], Scene]]]] = {
    "simulated": lambda: [partial(_simulated, n) for n in range(len(SIMULATED_GSD_M))],
    "full-speckle": lambda: [partial(_full_speckle, n) for n in range(DEVELOPED)],
    "metre": lambda: [partial(_metre, n) for n in range(DEVELOPED)],
}


def simulated(name: str, seed: int, gsd_m: float, look: Look | None = None) -> Scene:
    """Return a simulated scene of ``SIMULATED_SIZE_PX``, from the cache if it is there.

    The cache goes by the simulator's source, so that it is never stale.

    Args:
        name: under which it is kept, one for each of the other arguments.
        seed: of world and radar.
        gsd_m: size of a pixel.
        look: radar geometry and quality, None for what suits the pixels.
    """
    path = SIMULATED_CACHE / data_version("simulated") / f"{name}.npz"
    if not path.exists():
        optical, power, _ = simulate.simulate_arrays(
            SIMULATED_SIZE_PX, seed, gsd_m, look
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, optical=optical, sar=_shown(power))
        part.replace(path)
    with np.load(path) as arrays:
        return Scene(name, arrays["optical"], arrays["sar"])


def _shown(power: np.ndarray) -> np.ndarray:
    """Return SAR power as uint8 amplitude, stretched as image archives do."""
    amplitude = np.sqrt(power)
    low, high = np.percentile(amplitude, (0.5, 99))
    return np.rint(np.clip((amplitude - low) / (high - low), 0, 1) * 255).astype("u1")


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
