"""The scenes that drawn pairs come from.

Pools ``tuning`` (training places and simulated scenes of their own) and ``held``
(validation places and the benchmark's simulated scenes) have no ground in common.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np

from .sets import Scene, simulated, sources

PoolName = Literal["tuning", "held"]

#: Sets of single images of 256 px, and of scenes that give any size.
SMALL = {
    "tuning": ("train:ombria", "train:ombria_cross", "train:volkov_LA_refined"),
    "held": ("sen12", "ombria2021"),
}
LARGE = {"tuning": ("own",), "held": ("delhi", "simulated")}
#: Simulated scenes for tuning alone, far from the seeds of training and benchmark.
OWN_SEED, OWN_GSD_M = 910_000, (10, 10, 10, 3, 3, 1)


@lru_cache(maxsize=64)
def scenes_of(set_name: str) -> tuple:
    """Return what gives the scenes of a set, one each."""
    if set_name == "own":
        return tuple(range(len(OWN_GSD_M)))
    return tuple(sources(set_name))


@lru_cache(maxsize=6)
def _own(number: int) -> Scene:
    gsd_m = OWN_GSD_M[number]
    return simulated(f"own_{number}_{gsd_m:g}m", OWN_SEED + number, gsd_m)


def scene_of(set_name: str, number: int) -> Scene:
    """Return one scene of a set."""
    return _own(number) if set_name == "own" else scenes_of(set_name)[number]()


def sets_of(pool: PoolName, size: int, most_px: int, source: str) -> tuple[str, ...]:
    """Return the sets of a pool that hold a size; ``source`` where it is named."""
    if source:
        return (source,)
    return LARGE[pool] + (SMALL[pool] if size <= most_px else ())


def any_scene(
    pool: PoolName, size: int, most_px: int, source: str, rng: np.random.Generator
) -> tuple[str, int, Scene]:
    """Return a scene by chance, the set that it is of and its number there."""
    names = sets_of(pool, size, most_px, source)
    name = names[int(rng.integers(len(names)))]
    number = int(rng.integers(len(scenes_of(name))))
    return name, number, scene_of(name, number)


@lru_cache(maxsize=16)
def least_side(set_name: str) -> int:
    """Return the shorter side of the first scene of a set, px."""
    return min(scene_of(set_name, 0).sar.shape)
