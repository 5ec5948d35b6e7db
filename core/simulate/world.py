"""A piece of country from a seed: heights, land cover, colours and backscatter."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..feedback import SILENT, Feedback, Steps
from .canvas import Canvas, Cover
from .country import Frame, paint_fields, paint_trees, paint_wild
from .layout import Sectors, band, sectors
from .noise import coverage, fractal, smooth, stream, uniform
from .terrain import Terrain, make_terrain
from .town import CENTRE, SUBURB, TOWN, WORKS, paint_quarter

_ASPHALT = np.array((0.115, 0.114, 0.115), np.float32)
_SAND = np.array((0.290, 0.250, 0.185), np.float32)
_BANK = np.array((0.060, 0.075, 0.040), np.float32)


@dataclass(frozen=True)
class World:
    """Everything that the sensors look at, on one north-up grid.

    Args:
        terrain_m: (h, w) float32, bare ground above sea level.
        canvas: land cover, reflectance, backscatter and object heights.
        sun_azimuth_deg: where the sun stands, clockwise from north.
        sun_elevation_deg: above the horizon.
    """

    terrain_m: np.ndarray
    canvas: Canvas
    sun_azimuth_deg: float
    sun_elevation_deg: float

    @property
    def surface_m(self) -> np.ndarray:
        """Height of the ground with all that stands on it, (h, w) float32."""
        return self.terrain_m + np.maximum(self.canvas.building_m, self.canvas.tree_m)


def make_world(
    shape: tuple[int, int], gsd_m: float, seed: int, feedback: Feedback = SILENT
) -> World:
    """Make a landscape of ``shape`` pixels; memory about 200 bytes per pixel."""
    steps = Steps(feedback, [2, 2, 5, 2])
    steps.next("Shaping the ground")
    rng = stream(seed, "world")
    sun = float(rng.uniform(110, 170)), float(rng.uniform(33, 58))
    extent_m = max(shape) * gsd_m
    x = np.broadcast_to(np.arange(shape[1], dtype=np.float32) * gsd_m, shape)
    y = np.broadcast_to(np.arange(shape[0], dtype=np.float32)[:, None] * gsd_m, shape)
    terrain = make_terrain(x, y, gsd_m, extent_m, seed)
    canvas = Canvas.blank(shape, gsd_m)
    steps.next("Planting")
    trees = paint_wild(canvas, terrain.slope, seed).astype(np.float32)
    bend = max(600.0, 0.06 * extent_m) / gsd_m
    x = x + np.float32(45) * smooth(shape, bend, rng)
    y = y + np.float32(45) * smooth(shape, bend, rng)
    size_m = float(np.clip(extent_m / 5, 260, 850))
    plan = sectors(x, y, size_m, extent_m, gsd_m, seed)
    steps.next("Building")
    _settle(canvas, plan, terrain, x, y, sun[0], trees, seed)
    steps.next("Drawing roads and water")
    dry = (terrain.sea_m > 8) & (terrain.river_m > 8)
    canvas.building_m[~dry] = 0
    _paint_roads(canvas, plan, terrain, x, y, extent_m, trees, seed)
    trees *= dry
    paint_trees(canvas, trees, seed)
    _paint_water(canvas, terrain, seed)
    _paint_motorway(canvas, terrain, x, y, extent_m, seed)
    return World(terrain.height_m, canvas, *sun)


def _settle(
    canvas: Canvas,
    plan: Sectors,
    terrain: Terrain,
    x: np.ndarray,
    y: np.ndarray,
    sun_azimuth_deg: float,
    trees: np.ndarray,
    seed: int,
) -> None:
    """Decide what every sector is used for, and paint it."""
    rng = stream(seed, "use")
    count = len(plan.seeds_xy)
    shape = canvas.cover.shape
    urban = smooth(shape, max(shape) / 2.2, rng)
    px = np.clip(plan.seeds_xy.astype(np.int32), 0, np.array(shape)[::-1] - 1)
    pull = urban[px[:, 1], px[:, 0]] + 0.25 * rng.standard_normal(count)
    slope = cv2.blur(terrain.slope, (15, 15))[px[:, 1], px[:, 0]]
    pull -= 2.0 * np.clip(slope - 0.10, 0, 1)
    seen = np.unique(plan.index)
    rank = np.zeros(count)
    rank[seen] = np.argsort(np.argsort(pull[seen])) / max(len(seen) - 1, 1)
    share = rng.uniform(0.12, 0.6)
    depth = (rank - (1 - share)) / share
    use = np.where(depth < 0, 0, np.digitize(depth, [0.35, 0.8]) + 1)
    works = (rng.random(count) < 0.16) & (depth > -0.3) & (depth < 0.7)
    use = np.where(works, 4, use)
    use = np.where((use == 0) & (slope > 0.22), 5, use)
    angle = rng.uniform(0, np.pi / 2, count)
    # neighbouring quarters often share their direction
    angle = np.where(rng.random(count) < 0.4, angle[0], angle).astype(np.float32)

    sun = np.radians(sun_azimuth_deg)
    here = use[plan.index].ravel()
    flat_trees, wood = trees.reshape(-1), trees.reshape(-1) > 0.5
    land = ((terrain.sea_m > 12) & (terrain.river_m > 12)).ravel()
    for kind, style in ((0, None), (1, SUBURB), (2, TOWN), (3, CENTRE), (4, WORKS)):
        chosen = (here == kind) & land
        if kind == 0:
            chosen &= ~wood
        where = np.flatnonzero(chosen)
        if not where.size:
            continue
        turn = angle[plan.index.reshape(-1)[where]]
        c, s = np.cos(turn), np.sin(turn)
        px, py = x.reshape(-1)[where], y.reshape(-1)[where]
        frame = Frame(
            where, px * c + py * s, py * c - px * s,
            plan.index.reshape(-1)[where].astype(np.uint32) * np.uint32(7919)
            + np.uint32(seed),
        )  # fmt: skip
        if style is None:
            paint_fields(canvas, frame, seed)
            continue
        east, south = np.float32(np.sin(sun)), np.float32(-np.cos(sun))
        sun_uv = np.column_stack([east * c + south * s, south * c - east * s])
        paint_quarter(canvas, frame, style, sun_uv, flat_trees)


def _paint_roads(
    canvas: Canvas,
    plan: Sectors,
    terrain: Terrain,
    x: np.ndarray,
    y: np.ndarray,
    extent_m: float,
    trees: np.ndarray,
    seed: int,
) -> None:
    """Draw the through roads along the borders of the sectors."""
    kind = uniform(plan.edge_key, 51)
    half = np.where(kind < 0.25, 9.0, np.where(kind < 0.75, 5.0, -99.0))
    road = coverage(plan.edge_m - half, canvas.gsd_m)
    road *= (terrain.sea_m > 15) & (terrain.slope < 0.5)
    near = np.flatnonzero(road > 0)
    tone = 1 + 0.5 * (uniform(plan.edge_key.reshape(-1)[near], 52) - 0.3)
    canvas.paint(
        near, road.reshape(-1)[near], Cover.ROAD, _ASPHALT * tone[:, None], -16.5
    )
    clear = plan.edge_m > half + 2
    canvas.building_m[:] *= clear
    trees *= clear


def _paint_motorway(
    canvas: Canvas,
    terrain: Terrain,
    x: np.ndarray,
    y: np.ndarray,
    extent_m: float,
    seed: int,
) -> None:
    """Lay one or two wide roads across everything but the sea, bridges included."""
    for lane in range(1 + seed % 2):
        middle = band(x, y, extent_m, 0.05 * extent_m, 1.2, seed * 31 + 7 + lane)
        land = terrain.sea_m > 20
        verge = coverage(middle - 22, canvas.gsd_m) * land * (terrain.river_m > 0)
        near = np.flatnonzero(verge > 0)
        canvas.paint(near, 0.8 * verge.reshape(-1)[near], Cover.GRASS, _BANK, -13.0)
        road = coverage(np.abs(middle - 8) - 6.5, canvas.gsd_m) * land
        near = np.flatnonzero(road > 0)
        canvas.paint(near, road.reshape(-1)[near], Cover.ROAD, _ASPHALT * 1.2, -17.5)
        clear = (middle > 24) | ~land
        canvas.building_m[:] *= clear
        canvas.tree_m[:] *= clear


def _paint_water(canvas: Canvas, terrain: Terrain, seed: int) -> None:
    rng = stream(seed, "water")
    shape, gsd = canvas.cover.shape, canvas.gsd_m
    wind = smooth(shape, 2500 / gsd, rng)
    ripple = fractal(shape, 80 / gsd, 0.1, rng)
    if terrain.sea_m.min() < 0:
        width = 18 + 22 * np.clip(0.5 + smooth(shape, 900 / gsd, rng), 0, 1)
        beach = coverage(terrain.sea_m - width, gsd).ravel()
        near = np.flatnonzero(beach > 0)
        canvas.paint(near, 0.9 * beach[near], Cover.BEACH, _SAND, -15.5)
        sea = coverage(terrain.sea_m, gsd).ravel()
        near = np.flatnonzero(sea > 0)
        shallow = np.exp(terrain.sea_m.ravel()[near] / rng.uniform(60, 250))
        deep = np.array((0.012, 0.030, 0.050), np.float32)
        pale = np.array((0.060, 0.120, 0.125), np.float32)
        blend = np.clip(shallow, 0, 1)[:, None]
        swell = ripple.ravel()[near]
        rgb = (deep * (1 - blend) + pale * blend) * (1 + 0.06 * swell)[:, None]
        surf = np.clip(1 - np.abs(terrain.sea_m.ravel()[near] + 6) / 6, 0, 1)
        rgb += (0.12 * surf * (swell > 0.3))[:, None]
        calm = rng.uniform(-21, -16)
        db = calm + 1.5 * wind.ravel()[near] + 1.0 * swell + 4 * surf
        canvas.paint(near, sea[near], Cover.SEA, rgb, db)
        canvas.tree_m.reshape(-1)[near] *= sea[near] < 0.5
    if terrain.river_m.min() < 0:
        bank = coverage(terrain.river_m - 14 - 10 * wind, gsd).ravel()
        near = np.flatnonzero(bank * (canvas.tree_m.ravel() < 1) > 0)
        canvas.paint(near, 0.7 * bank[near], Cover.GRASS, _BANK, -11.0)
        river = coverage(terrain.river_m, gsd).ravel()
        river *= terrain.sea_m.ravel() > 0
        near = np.flatnonzero(river > 0)
        mud = rng.uniform(0, 1)
        rgb = np.array((0.022 + 0.05 * mud, 0.038 + 0.035 * mud, 0.034 + 0.012 * mud))
        canvas.paint(near, river[near], Cover.RIVER, rgb.astype(np.float32), -20.5)
        canvas.tree_m.reshape(-1)[near] *= river[near] < 0.5
