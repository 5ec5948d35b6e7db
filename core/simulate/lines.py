"""Roads, motorways, rivers and the sea."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas, Cover
from .layout import Sectors, band
from .noise import coverage, fractal, smooth, stream, uniform
from .terrain import Terrain

_ASPHALT = np.array((0.112, 0.110, 0.109), np.float32)
_SAND = np.array((0.270, 0.232, 0.172), np.float32)
_BANK = np.array((0.066, 0.078, 0.042), np.float32)
_MARK = np.array((0.40, 0.40, 0.39), np.float32)
_DEEP = np.array((0.010, 0.024, 0.042), np.float32)
_SHALLOW = np.array((0.034, 0.066, 0.072), np.float32)


@dataclass(frozen=True)
class Roads:
    """Where roads run.

    Args:
        beside_m: (h, w) float32, signed distance to the kerb of a through road.
        motorway_m: (h, w) float32, distance to the middle of a motorway.
    """

    beside_m: np.ndarray
    motorway_m: np.ndarray


def plan_roads(
    x: np.ndarray,
    y: np.ndarray,
    country: Sectors,
    terrain: Terrain,
    extent_m: float,
    seed: int,
) -> Roads:
    """Lay through roads along the borders of sectors, and one or two motorways."""
    kind = uniform(country.edge_key, 51)
    half = np.where(kind < 0.2, 6.5, np.where(kind < 0.7, 3.6, -99.0))
    beside = np.where(
        (terrain.sea_m > 15) & (terrain.slope < 0.25), country.edge_m - half, 99.0
    )
    middle = np.full(x.shape, 1e6, np.float32)
    rng = stream(seed, "motorway")
    if extent_m > 1500 or rng.random() < 0.5:
        for _ in range(1 + (rng.random() < 0.35)):
            lane = int(rng.integers(1 << 30))
            line = band(x, y, extent_m, 0.04 * extent_m, 0.9, lane)
            middle = np.minimum(middle, line)
    return Roads(beside.astype(np.float32), middle)


def paint_roads(
    canvas: Canvas, roads: Roads, edge_key: np.ndarray, trees: np.ndarray
) -> None:
    """Draw the through roads and clear what is in their way."""
    gsd = canvas.gsd_m
    verge = coverage(roads.beside_m - 2.5, gsd)
    near = np.flatnonzero(verge > 0)
    canvas.paint(near, 0.6 * verge.reshape(-1)[near], Cover.GRASS, _BANK * 1.3, -12.5)
    road = coverage(roads.beside_m, gsd)
    near = np.flatnonzero(road > 0)
    tone = 1 + 0.5 * (uniform(edge_key.reshape(-1)[near], 52) - 0.3)
    tone *= 1 + 0.12 * (uniform(near, 53) - 0.5)
    canvas.paint(
        near, road.reshape(-1)[near], Cover.ROAD, _ASPHALT * tone[:, None], -16.5
    )
    clear = roads.beside_m > 1.5
    canvas.building_m[:] *= clear
    trees *= clear


def paint_motorways(canvas: Canvas, roads: Roads, terrain: Terrain) -> None:
    """Lay the motorways across everything but the sea, bridges included."""
    middle, gsd = roads.motorway_m, canvas.gsd_m
    land = terrain.sea_m > 20
    ground = land & (terrain.river_m > 0)
    verge = coverage(middle - 20, gsd) * ground
    near = np.flatnonzero(verge > 0)
    canvas.paint(near, 0.8 * verge.reshape(-1)[near], Cover.GRASS, _BANK, -13.0)
    for offset, half, rgb, db in (
        (7.5, 5.6, _ASPHALT * 1.15, -17.5),
        (7.5, 0.14, _MARK, -17.5),
        (0.0, 0.4, _MARK * 0.7, -7.0),
    ):
        part = coverage(np.abs(middle - offset) - half, gsd) * land
        if half < gsd:
            part *= min(1.0, 2 * half / gsd)
        near = np.flatnonzero(part > 0)
        grain = 1 + 0.12 * (uniform(near, 54) - 0.5)
        canvas.paint(near, part.reshape(-1)[near], Cover.ROAD, rgb * grain[:, None], db)
    clear = (middle > 21) | ~land
    canvas.building_m[:] *= clear
    canvas.tree_m[:] *= clear


def paint_water(canvas: Canvas, terrain: Terrain, seed: int) -> None:
    """Fill the sea and the river, with beaches and banks."""
    rng = stream(seed, "water")
    shape, gsd = canvas.cover.shape, canvas.gsd_m
    wind = smooth(shape, 2500 / gsd, rng)
    ripple = fractal(shape, 80 / gsd, 0.1, rng)
    if terrain.river_m.min() < 0:
        _paint_river(canvas, terrain, wind, ripple, rng)
    if terrain.sea_m.min() < 0:
        _paint_beach(canvas, terrain, rng)
        _paint_sea(canvas, terrain, wind, ripple, rng)
    wet = (terrain.sea_m < 0) | (terrain.river_m < 0)
    canvas.tree_m[wet] = 0
    canvas.building_m[wet] = 0


def _paint_river(
    canvas: Canvas,
    terrain: Terrain,
    wind: np.ndarray,
    ripple: np.ndarray,
    rng: np.random.Generator,
) -> None:
    gsd = canvas.gsd_m
    land = terrain.sea_m.ravel() > 0
    bank = coverage(terrain.river_m - 9 - 7 * wind, gsd).ravel()
    near = np.flatnonzero((bank > 0) & land & (canvas.tree_m.ravel() < 1))
    tone = 1 + 0.15 * ripple.ravel()[near]
    canvas.paint(near, 0.75 * bank[near], Cover.GRASS, _BANK * tone[:, None], -11.0)
    river = coverage(terrain.river_m, gsd).ravel() * land
    near = np.flatnonzero(river > 0)
    mud = rng.uniform(0, 1)
    clear, brown = np.array((0.016, 0.030, 0.028)), np.array((0.068, 0.066, 0.046))
    rgb = (clear * (1 - mud) + brown * mud) * (1 + 0.05 * ripple.ravel()[near, None])
    db = -20.5 + 0.7 * ripple.ravel()[near] + wind.ravel()[near]
    canvas.paint(near, river[near], Cover.RIVER, rgb.astype(np.float32), db)


def _paint_beach(canvas: Canvas, terrain: Terrain, rng: np.random.Generator) -> None:
    shape, gsd = canvas.cover.shape, canvas.gsd_m
    width = 4 + 26 * np.clip(smooth(shape, 1400 / gsd, rng), 0, 1.3)
    beach = coverage(terrain.sea_m - width, gsd).ravel()
    near = np.flatnonzero(beach > 0)
    wet = np.clip(terrain.sea_m.ravel()[near] / 12, 0, 1)[:, None]
    drift = 1 + 0.07 * fractal(shape, 30 / gsd, 0.2, rng).reshape(-1)[near, None]
    sand = _SAND * (0.7 + 0.3 * wet) * drift
    canvas.paint(near, 0.9 * beach[near], Cover.BEACH, sand, -15.5)


def _paint_sea(
    canvas: Canvas,
    terrain: Terrain,
    wind: np.ndarray,
    ripple: np.ndarray,
    rng: np.random.Generator,
) -> None:
    shape, gsd = canvas.cover.shape, canvas.gsd_m
    sea = coverage(terrain.sea_m, gsd).ravel()
    near = np.flatnonzero(sea > 0)
    depth = terrain.sea_m.ravel()[near] / rng.uniform(25, 90)
    depth *= np.exp(0.7 * smooth(shape, 1600 / gsd, rng)).ravel()[near]
    blend = np.clip(np.exp(np.minimum(depth, 0)), 0, 1)[:, None]
    swell, gust = ripple.ravel()[near], wind.ravel()[near]
    rgb = _DEEP * (1 - blend) + _SHALLOW * blend
    rgb = rgb * (1 + 0.05 * swell + 0.06 * gust)[:, None]
    surf = np.clip(1 - np.abs(terrain.sea_m.ravel()[near] + 7) / 7, 0, 1)
    rgb += (0.10 * surf * (swell + 0.5 * gust > 0.8))[:, None]
    db = rng.uniform(-23, -17) + 1.5 * gust + 0.8 * swell + 4 * surf
    canvas.paint(near, sea[near], Cover.SEA, rgb.astype(np.float32), db)
