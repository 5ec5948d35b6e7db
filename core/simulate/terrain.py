"""Relief, coast and river of a simulated scene."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .layout import band
from .noise import fractal, ridged, smooth, stream


@dataclass(frozen=True)
class Terrain:
    """The bare ground.

    Args:
        height_m: (h, w) float32 above sea level; water is flat.
        slope: (h, w) float32 rise over run.
        sea_m: (h, w) float32, signed distance to the coast: negative at sea.
        river_m: (h, w) float32, signed distance to the bank: negative in the river.
    """

    height_m: np.ndarray
    slope: np.ndarray
    sea_m: np.ndarray
    river_m: np.ndarray


def make_terrain(
    x: np.ndarray, y: np.ndarray, gsd_m: float, extent_m: float, seed: int
) -> Terrain:
    """Shape the ground; about one scene in three has a coast, two in three a river."""
    rng = stream(seed, "terrain")
    relief = 10.0 ** rng.uniform(1.0, 2.5)
    has_sea, has_river = rng.random() < 0.4, rng.random() < 0.7
    outer_m = 5000.0
    # a scene smaller than the outer scale sees only part of the relief
    relief *= min(1.0, extent_m / outer_m) ** 0.9
    base = fractal(x.shape, outer_m / gsd_m, 0.95, rng)
    crests = ridged(x.shape, outer_m / 1.5 / gsd_m, rng)
    wander = [smooth(x.shape, 700 / gsd_m, rng) for _ in "xy"]
    crests = _warped(crests, wander, 110 / gsd_m)
    steep = _step(smooth(x.shape, max(extent_m / 2, 800) / gsd_m, rng), -0.6, 0.9)
    height = relief * (0.3 * base + steep * (0.4 * base + 1.2 * crests))
    height += np.float32(2.0 - float(height.min()))

    sea = _coast(x, y, height, extent_m, relief, rng) if has_sea else None
    sea_m = _signed(sea, gsd_m, x.shape)
    height = height * _step(sea_m, 0.0, 350.0 + 0.02 * extent_m) + np.clip(
        sea_m * 0.02, 0, 4
    )
    river_m = np.full(x.shape, 1e6, np.float32)
    if has_river:
        width = float(np.clip(rng.uniform(25, 140), 2.5 * gsd_m, 0.06 * extent_m))
        bends = 12.0 * smooth(x.shape, max(250.0, 8 * gsd_m) / gsd_m, rng)
        middle = band(x + bends, y - bends, extent_m, 0.06 * extent_m, 2.5, seed)
        river_m = middle - 0.5 * width * (1 + 0.2 * smooth(x.shape, 900 / gsd_m, rng))
        valley = _step(river_m, 0.0, 300.0 + 3 * relief)
        height = height * valley + np.clip(river_m * 0.03, 0, 5) * (1 - valley)
    height[(sea_m < 0) | (river_m < 0)] = 0.0
    gy, gx = np.gradient(cv2.GaussianBlur(height, (0, 0), 1.0), np.float32(gsd_m))
    return Terrain(height, np.hypot(gx, gy), sea_m, river_m)


def _coast(
    x: np.ndarray,
    y: np.ndarray,
    height: np.ndarray,
    extent_m: float,
    relief: float,
    rng: np.random.Generator,
) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi)
    tilt = (x * np.cos(angle) + y * np.sin(angle)) / extent_m
    level = 1.6 * tilt + 0.35 * height / relief
    level += 0.18 * fractal(x.shape, x.shape[0] / 4, 0.85, rng)
    sea = level < np.quantile(level[::8, ::8], rng.uniform(0.15, 0.4))
    return _without_specks(_without_specks(sea, 0.05), 0.002, keep=False)


def _without_specks(mask: np.ndarray, share: float, keep: bool = True) -> np.ndarray:
    """Drop pieces of the sea (or islands in it) below a share of the scene."""
    look_for = mask if keep else ~mask
    _, label, stats, _ = cv2.connectedComponentsWithStats(look_for.astype(np.uint8))
    large = stats[:, cv2.CC_STAT_AREA] > share * mask.size
    large[0] = False
    return large[label] if keep else ~large[label]


def _warped(field: np.ndarray, wander: list[np.ndarray], reach_px: float) -> np.ndarray:
    rows, cols = field.shape
    x = np.arange(cols, dtype=np.float32)[None, :] + np.float32(reach_px) * wander[0]
    y = np.arange(rows, dtype=np.float32)[:, None] + np.float32(reach_px) * wander[1]
    return cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _signed(sea: np.ndarray | None, gsd_m: float, shape: tuple[int, int]) -> np.ndarray:
    if sea is None or not sea.any():
        return np.full(shape, 1e6, np.float32)
    water = sea.astype(np.uint8)
    inside = cv2.distanceTransform(water, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - water, cv2.DIST_L2, 5)
    signed = np.where(sea, 0.5 - inside, outside - 0.5).astype(np.float32)
    return cv2.GaussianBlur(signed, (0, 0), 1.0) * np.float32(gsd_m)


def _step(value: np.ndarray, low: float, high: float) -> np.ndarray:
    t = np.clip((value - low) / np.float32(high - low), 0, 1)
    return t * t * (3 - 2 * t)
