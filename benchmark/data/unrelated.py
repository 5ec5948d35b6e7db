"""Pairs that must be refused, and true pairs that must not, drawn from stored seeds.

Every number of a pair follows from (pool, kind, size, search, seed).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from ...core.base.types import Search
from . import patterns
from .patterns import (
    OVERLAYS,
    cloudy,
    fields,
    in_tiles,
    lattice,
    seaway,
    speckled,
)
from .pools import PoolName, any_scene, least_side, scene_of, scenes_of, sets_of
from .protocols import Case, Draw, Protocol, cut
from .sets import Scene

SearchName = Literal["near", "any"]

SIZES_PX = (96, 128, 192, 256, 384, 512, 768, 1024)
#: Largest size that images of 256 px give, moved and unmoved.
MOVED_PX, WHOLE_PX = 192, 256

UNRELATED = (
    "other place", "other source", "blurred", "sea", "clouds", "clouds over ground",
    "speckle", "speckle over ground", "fields", "grid", "tiles", "mirrored",
    "beyond the range", *OVERLAYS,
)  # fmt: skip
TRUE = "true"
#: True pairs whose images share an overlay that stands still: refused or right.
COVERED = tuple(f"true, {name}" for name in OVERLAYS)


@dataclass(frozen=True)
class Pair:
    """One pair with what may be answered.

    Args:
        name: what it follows from.
        ref: (h, w[, 3]) uint8, optical.
        mov: (h, w) uint8, SAR.
        search: range, as the product plans it.
        case: the true pair, None where no answer is right.
    """

    name: str
    ref: np.ndarray
    mov: np.ndarray
    search: Search
    case: Case | None


def search_of(name: SearchName, side_px: float) -> Search:
    """Return the product's own range for images of this side; see ``plan_search``."""
    if name == "any":
        return Search(0.5 * side_px, 180.0, 1.5)
    return Search(min(max(64.0, 0.1 * side_px), 0.4 * side_px), 3.0, 1.03)


def draw(
    pool: PoolName,
    kind: str,
    size: int,
    search: SearchName,
    seed: int,
    source: str = "",
) -> Pair | None:
    """Return one pair, None where the pool has no images for it.

    Args:
        pool: where images come from.
        kind: of ``UNRELATED``, ``TRUE`` or ``COVERED``.
        size: side of both images, px.
        search: the range that is searched.
        seed: any number.
        source: the set to draw from; "" for one by chance.
    """
    key = f"{pool}/{kind}/{size}/{search}/{source}"
    rng = np.random.default_rng(
        np.random.SeedSequence([zlib.crc32(key.encode()), seed])
    )
    reach = search_of(search, size)
    name = f"{key}/{seed}"
    if kind == TRUE or kind in COVERED:
        case = _true(pool, size, search, source, rng)
        if case is None:
            return None
        ref, mov = case.ref.copy(), case.mov.copy()
        if kind in COVERED:
            _cover(OVERLAYS[kind.split(", ")[1]], ref, mov, rng)
        return Pair(name, ref, mov, reach, case)
    if kind == "beyond the range":
        case = _beyond(pool, size, reach, rng)
        return case and Pair(name, case.ref, case.mov, reach, case)
    if kind == "mirrored":
        case = _true(pool, size, search, source, rng)
        if case is None:
            return None
        return Pair(
            name, case.ref, np.ascontiguousarray(case.mov[:, ::-1]), reach, None
        )
    images = _made(kind, size, rng, pool) or _places(pool, size, kind, source, rng)
    if images is None:
        return None
    ref, mov = images
    if kind in OVERLAYS:
        _cover(OVERLAYS[kind], ref, mov, rng)
    return Pair(name, ref, mov, reach, None)


def _true(
    pool: PoolName, size: int, search: SearchName, source: str, rng: np.random.Generator
) -> Case | None:
    """Return a true pair, displaced by up to half of the range."""
    _, _, scene = any_scene(pool, size, MOVED_PX, source, rng)
    reach = search_of(search, size)
    side = min(scene.sar.shape)
    turn, scale, shift = reach.rotation_deg, 1.02, 0.5 * reach.shift_px
    quarter = 0
    if search == "any":
        scale = 1.2
        if 0.75 * size * scale + 6 > side / 2:
            # There is room for quarter turns only.
            turn, scale, quarter = 3.0, 1.02, int(rng.integers(4))
    rule = Protocol(size, size, 0.0, turn, scale)
    half = size / 2 * scale * (1.42 if turn > 45 else np.cos(0.06) + np.sin(0.06))
    room = side / 2 - half - 4
    if room < 0:
        return None
    rule = replace(rule, shift_px=min(shift, room))
    case = cut(scene, rule, _numbers(scene, rule, half, rng), scene.name)
    if not quarter:
        return case
    to_ref = case.mov_to_ref @ _quarter(quarter, size)
    mov = np.ascontiguousarray(np.rot90(case.mov, quarter))
    return replace(case, mov=mov, mov_to_ref=to_ref)


def _quarter(times: int, size: int) -> np.ndarray:
    """Return (3, 3), pixels of ``np.rot90(image, times)`` to those of the image."""
    once = np.array([[0.0, -1.0, size], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    return np.linalg.matrix_power(once, times)


def _numbers(
    scene: Scene, rule: Protocol, half: float, rng: np.random.Generator
) -> Draw:
    shift = rng.uniform(-1, 1, 2) * rule.shift_px
    turn = float(rng.uniform(-1, 1) * rule.rotation_deg)
    scale = float(np.exp(rng.uniform(-1, 1) * np.log(rule.scale)))
    size = np.array(scene.sar.shape[1::-1], float)
    margin = max(half + rule.shift_px + 3, rule.size_px / 2)
    low, high = np.full(2, margin), np.maximum(size - margin, margin)
    centre = np.rint(rng.uniform(low, high) - rule.size_px / 2) + rule.size_px / 2
    return Draw(
        (float(centre[0]), float(centre[1])),
        (float(shift[0]), float(shift[1])), turn, scale, -1,
    )  # fmt: skip


def _beyond(
    pool: PoolName, size: int, reach: Search, rng: np.random.Generator
) -> Case | None:
    """Return a true pair displaced by 1.4 to 2.5 times the range, if there is room."""
    least = 1.4 * reach.shift_px + 8
    fits = [s for s in sets_of(pool, size, 128, "") if least_side(s) > size + least + 8]
    if not fits:
        return None
    name = fits[int(rng.integers(len(fits)))]
    scene = scene_of(name, int(rng.integers(len(scenes_of(name)))))
    height, width = scene.sar.shape
    angle = rng.uniform(-0.2, 0.2) + rng.integers(4) * np.pi / 2
    ways = np.array([np.cos(angle), np.sin(angle)])
    room = np.abs((np.array([width, height]) - size - 8) / (np.abs(ways) + 1e-9)).min()
    length = rng.uniform(least, min(2.5 * reach.shift_px + 8, max(room, least)))
    shift = length * ways
    low = size / 2 + 4 + np.maximum(-shift, 0)
    high = np.array([width, height]) - size / 2 - 4 - np.maximum(shift, 0)
    if (high < low).any():
        return None
    centre = np.rint(rng.uniform(low, high) - size / 2) + size / 2
    draw = Draw(tuple(centre.tolist()), tuple(shift.tolist()), 0.0, 1.0, -1)
    return cut(scene, Protocol(size, size, length, 0.0, 1.0), draw, scene.name)


def _places(
    pool: PoolName, size: int, kind: str, source: str, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the optical image of one place and the SAR image of another."""
    name, number, here = any_scene(pool, size, WHOLE_PX, source, rng)
    if kind == "other source":
        names = [n for n in sets_of(pool, size, WHOLE_PX, "") if n != name] or [name]
        name = names[int(rng.integers(len(names)))]
    count = len(scenes_of(name))
    other = (number + 1 + int(rng.integers(max(count - 1, 1)))) % count
    there = scene_of(name, other)
    ref = _window(here.optical, size, rng, 0.0, 0.45)
    mov = _window(there.sar, size, rng, 0.55, 1.0)
    if ref is None or mov is None or (there is here and min(here.sar.shape) < 3 * size):
        return None
    mov = np.ascontiguousarray(np.rot90(mov, int(rng.integers(4))))
    if kind == "blurred":
        width = rng.uniform(2.0, 6.0)
        ref = cv2.GaussianBlur(ref, (0, 0), width)
        if rng.integers(2):
            mov = cv2.GaussianBlur(mov, (0, 0), width)
    return ref, mov


def _window(
    image: np.ndarray, size: int, rng: np.random.Generator, low: float, high: float
) -> np.ndarray | None:
    """Return a window whose left edge lies within a share of the image's room."""
    room = np.array(image.shape[1::-1]) - size
    if room.min() < 0:
        return None
    x = int(room[0] * rng.uniform(low, high))
    y = int(room[1] * rng.uniform(0, 1))
    return image[y : y + size, x : x + size].copy()


def _made(
    kind: str, size: int, rng: np.random.Generator, pool: PoolName
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return images of the kinds that are made, None for all others."""
    shape = (size, size)
    simple = {"sea": seaway, "clouds": cloudy, "speckle": speckled}
    if kind in simple:
        mov = simple[kind](shape, rng)
        if kind == "sea" and rng.integers(2):
            mov = speckled(shape, rng)
        return simple[kind](shape, rng), mov
    if kind.endswith("over ground"):
        found = _places(pool, size, "other place", "", rng)
        return found and (
            (cloudy(shape, rng), found[1])
            if kind.startswith("clouds")
            else (found[0], speckled(shape, rng))
        )
    if kind in ("fields", "grid"):
        period = tuple(rng.uniform(9, max(size / 6, 12), 2).tolist())
        angle = float(rng.uniform(0, np.pi / 2))
        phases = rng.uniform(0, 50, (2, 2))
        if kind == "fields":
            first, second = (fields(shape, period, angle, p, rng) for p in phases)
            noisy = second * np.sqrt(rng.gamma(4.0, 0.25, shape))
            return first, np.clip(noisy, 0, 255).astype(np.uint8)
        lines = [lattice(shape, period, angle, p) for p in phases]
        optical = 90 + 120 * lines[0] + 6 * rng.standard_normal(shape)
        radar = (50 + 120 * lines[1]) * np.sqrt(rng.gamma(4.0, 0.25, shape))
        return tuple(np.clip(x, 0, 255).astype(np.uint8) for x in (optical, radar))
    if kind == "tiles":
        side = int(rng.integers(24, max(size // 3, 32)))
        case = _true(pool, min(side, MOVED_PX), "near", "", rng)
        firsts = rng.integers(0, side, (2, 2))
        return case and (
            in_tiles(case.ref, shape, firsts[0]),
            in_tiles(case.mov, shape, firsts[1]),
        )
    return None


def _cover(
    overlay: patterns.Draw, ref: np.ndarray, mov: np.ndarray, rng: np.random.Generator
) -> None:
    """Draw one overlay alike over both images."""
    seed = int(rng.integers(1 << 31))
    for image in (ref, mov):
        overlay(image, np.random.default_rng(seed))
