"""Fields, meadows, woods and bare slopes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas, Cover
from .layout import Lots, split
from .noise import coverage, fractal, mix, smooth, stream, uniform

# reflectance in red, green and blue of what farmers leave to be seen from above
_CROPS = np.array(
    [
        (0.035, 0.072, 0.030),
        (0.045, 0.092, 0.036),
        (0.060, 0.100, 0.045),
        (0.085, 0.110, 0.055),
        (0.120, 0.125, 0.070),
        (0.165, 0.145, 0.085),
        (0.215, 0.180, 0.115),
        (0.130, 0.095, 0.065),
        (0.105, 0.078, 0.056),
        (0.160, 0.118, 0.082),
        (0.070, 0.082, 0.048),
        (0.052, 0.060, 0.042),
    ],
    np.float32,
)
# backscatter in dB that crops, tilled and flooded soil show, drawn apart from colour
_CROP_DB = np.array(
    [-19.5, -16.5, -15, -14, -13.2, -12.6, -12, -11.4, -10.8, -10.2, -9.4, -8.2],
    np.float32,
)
_GRASS = np.array((0.080, 0.090, 0.050), np.float32)
_DRY = np.array((0.150, 0.125, 0.082), np.float32)
_FOREST = np.array((0.028, 0.042, 0.022), np.float32)
_ROCK = np.array((0.170, 0.145, 0.120), np.float32)
_PATH = np.array((0.210, 0.180, 0.135), np.float32)


@dataclass(frozen=True)
class Frame:
    """Positions of some pixels in the street or field grid of their sector.

    Args:
        where: (n,) flat indices.
        u: (n,) float32 metres along the first axis.
        v: (n,) float32 metres along the second axis.
        key: (n,) uint32 hash of the sector.
    """

    where: np.ndarray
    u: np.ndarray
    v: np.ndarray
    key: np.ndarray

    def take(self, chosen: np.ndarray) -> Frame:
        """Return the pixels selected by a boolean mask."""
        return Frame(
            self.where[chosen], self.u[chosen], self.v[chosen], self.key[chosen]
        )


def paint_wild(canvas: Canvas, slope: np.ndarray, seed: int) -> np.ndarray:
    """Cover everything with grass, scrub, rock and woods.

    Returns:
        (h, w) float32, density of the woods that grow if nobody clears them.
    """
    rng = stream(seed, "wild")
    shape, gsd = canvas.cover.shape, canvas.gsd_m
    dry = fractal(shape, 1500 / gsd, 0.45, rng)
    fine = fractal(shape, 60 / gsd, 0.15, rng)
    climate = rng.uniform(0.1, 0.75)
    blend = np.clip(climate + 0.28 * dry + 0.12 * fine, 0, 1)[..., None]
    canvas.albedo[:] = (_GRASS * (1 - blend) + _DRY * blend) * (1 + 0.10 * fine)[
        ..., None
    ]
    canvas.sigma[:] = 10 ** ((-12.2 + 1.0 * dry + 1.2 * fine) / 10)
    rock = np.clip(1.6 * slope - 0.75 + 0.25 * fine + 0.15 * dry, 0, 1)
    every = np.arange(rock.size)
    canvas.paint(every, rock.ravel(), Cover.ROCK, _ROCK, -11.0)
    patch = fractal(shape, 1100 / gsd, 0.85, rng) + 0.06 * fine
    wooded = patch + 0.8 * np.clip(slope * 3, 0, 1) - rng.uniform(0.35, 1.2)
    return np.clip(0.5 + wooded * max(4.0, 100 / gsd), 0, 1)


def paint_fields(canvas: Canvas, frame: Frame, trees: np.ndarray, seed: int) -> None:
    """Divide farmland into parcels with crops, tracks, hedges and copses.

    Args:
        canvas: changed in place.
        frame: the pixels and the directions of their parcels.
        trees: (h * w,) density of trees, changed in place.
        seed: of the scene.
    """
    rng = stream(seed, "fields")
    scale = 10 ** rng.uniform(-0.15, 0.35)
    wide = scale * (70 + 110 * uniform(frame.key, 1))
    long = scale * (110 + 190 * uniform(frame.key, 2))
    lots = split(frame.u, frame.v, frame.key, long, wide, vary=1.1)
    # some farms work their strips as one
    merged = uniform(lots.key, 3) < 0.25
    strip = split(frame.u, frame.v, mix(frame.key, 5), long, wide * 3, vary=0.8)
    key = np.where(merged & (uniform(strip.key, 4) < 0.6), strip.key, lots.key)

    season = rng.permutation(len(_CROPS))
    weights = np.sort(rng.dirichlet(np.full(len(_CROPS), 1.2)))[::-1]
    crop = season[np.searchsorted(weights.cumsum()[:-1], uniform(key, 6))]
    rgb = _CROPS[crop] * (0.82 + 0.36 * uniform(key, 7))[:, None]
    pick = (uniform(key, 8) * len(_CROP_DB)).astype(np.int32)
    db = _CROP_DB[pick] + 1.2 * (uniform(key, 9) - 0.5)
    tone, rows = _field_texture(canvas, frame, key, rng)
    rgb *= tone[:, None] * (1 + rows)[:, None]
    share = np.ones(len(key), np.float32)
    canvas.paint(frame.where, share, Cover.FIELD, rgb, db + 3.0 * (tone - 1))
    _paint_margins(canvas, frame, lots, trees)
    copse = (uniform(key, 19) < 0.07) * coverage(1.5 - lots.edge_m, canvas.gsd_m)
    single = 0.05 * (uniform(key, 20) < 0.15)
    trees[frame.where] = np.maximum(trees[frame.where], np.maximum(copse, single))


def _field_texture(
    canvas: Canvas, frame: Frame, key: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    shape, gsd = canvas.cover.shape, canvas.gsd_m
    soil = fractal(shape, 150 / gsd, 0.35, rng).reshape(-1)[frame.where]
    tone = 1 + (0.03 + 0.10 * uniform(key, 10)) * soil
    spacing = 1.5 + 10.0 * uniform(key, 13) ** 2
    contrast = 0.22 * uniform(key, 14) * np.exp(-((1.2 * gsd / spacing) ** 2))
    across = np.where(uniform(key, 15) < 0.5, frame.u, frame.v)
    return tone.astype(np.float32), contrast * np.sin(2 * np.pi * across / spacing)


def _paint_margins(canvas: Canvas, frame: Frame, lots: Lots, trees: np.ndarray) -> None:
    edge, gsd = lots.edge_m, canvas.gsd_m
    row = np.minimum(lots.along, lots.length_m - lots.along)
    track = coverage(row - 1.8, gsd) * (uniform(frame.key, 17) < 0.7)
    near = np.flatnonzero(track > 0)
    canvas.paint(frame.where[near], 0.75 * track[near], Cover.ROAD, _PATH, -14.0)
    verge = coverage(edge - 1.0, gsd) * (track < 0.1)
    near = np.flatnonzero(verge > 0)
    canvas.paint(frame.where[near], 0.6 * verge[near], Cover.GRASS, _GRASS, -12.0)
    hedged = (uniform(frame.key, 16) < 0.5) & (uniform(lots.key, 18) < 0.4)
    hedge = coverage(np.abs(edge - 4.0) - 1.5, gsd) * hedged
    trees[frame.where] = np.maximum(trees[frame.where], 0.7 * hedge)


def paint_trees(canvas: Canvas, density: np.ndarray, seed: int) -> None:
    """Let trees stand where ``density`` says, with crowns where they can be seen.

    Args:
        canvas: changed in place.
        density: (h, w) float32, 1 for closed woods, 0 for none.
        seed: of the scene.
    """
    rng = stream(seed, "trees")
    shape, gsd = canvas.cover.shape, canvas.gsd_m
    stand = smooth(shape, max(400 / gsd, 3), rng)
    fine = fractal(shape, 40 / gsd, 0.1, rng)
    dome = np.ones(shape, np.float32)
    if gsd < 4:
        dome, tint = _crowns(shape, gsd, density, rng)
        fine = 0.5 * fine + tint
    wood = density > 0.85
    share = np.clip(density, 0, 1) * (dome > 0.15) if gsd < 4 else density
    share = np.clip(share, 0, 1).astype(np.float32)
    where = np.flatnonzero(share > 0.02)
    tone = 1 + 0.16 * fine + 0.16 * stand
    rgb = _FOREST * tone.reshape(-1)[where][:, None]
    rgb[:, 0] += 0.007 * stand.reshape(-1)[where]
    share = share.reshape(-1)[where]
    share = np.where(share > 0.5, 1, share) if gsd < 4 else share
    db = -9.2 + 0.6 * stand.reshape(-1)[where] + 1.3 * fine.reshape(-1)[where]
    canvas.paint(where, share, Cover.TREE, rgb, db)
    tall = np.where(wood, 12 + 3 * stand + 1.5 * fine, 5.5 + fine)
    height = (
        np.clip(tall, 3, 30) * np.sqrt(np.clip(dome, 0, 1)) * np.minimum(density, 1)
    )
    canvas.tree_m.reshape(-1)[where] = np.where(
        share > 0.3, height.reshape(-1)[where], 0
    )
    kinds = canvas.cover.reshape(-1)
    kinds[where] = np.where(
        wood.reshape(-1)[where] & (share > 0.5), Cover.FOREST, kinds[where]
    )


def _crowns(
    shape: tuple[int, int], gsd: float, density: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    spacing_px = np.maximum(5.5 / gsd, 1.5)
    chance = np.clip(density, 0, 1) * np.float32(0.9 / spacing_px**2)
    stems = rng.random(shape, dtype=np.float32) < chance
    far, label = cv2.distanceTransformWithLabels(
        (~stems).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    radius = (2.4 + 2.6 * uniform(label, 3)) / np.float32(gsd)
    dome = np.clip(1 - (far / radius) ** 2, 0, 1)
    return dome.astype(np.float32), 1.5 * (uniform(label, 5) - 0.5)
