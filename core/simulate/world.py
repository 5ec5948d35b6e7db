"""A piece of country from a seed: heights, land cover, colours and backscatter."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..base.feedback import SILENT, Feedback, Steps, track
from .canvas import Canvas
from .country import Frame, paint_fields, paint_trees, paint_wild
from .layout import Sectors, sectors
from .lines import Roads, paint_motorways, paint_roads, paint_water, plan_roads
from .noise import smooth, stream
from .terrain import Terrain, make_terrain
from .town import (
    CENTRE,
    SUBURB,
    TOWN,
    WORKS,
    Plot,
    paint_farms,
    paint_quarter,
)

#: What stands higher than this is no ground, metres.
RAISED_M = 1.0
_WILD, _FIELDS = 0, 1
_STYLES = {2: SUBURB, 3: TOWN, 4: CENTRE, 5: WORKS}


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
        return self.terrain_m + self.objects_m

    @property
    def objects_m(self) -> np.ndarray:
        """Height of what stands on the ground, (h, w) float32."""
        return np.maximum(self.canvas.building_m, self.canvas.tree_m)

    @property
    def bare(self) -> np.ndarray:
        """Return where nothing stands on the ground, (h, w) bool."""
        return self.objects_m < RAISED_M


@dataclass(frozen=True)
class _Plan:
    """What lies where: streets' directions, use of the land, roads."""

    x: np.ndarray
    y: np.ndarray
    country: Sectors
    quarters: Sectors
    use: np.ndarray
    turn: np.ndarray
    roads: Roads


def make_world(
    shape: tuple[int, int], gsd_m: float, seed: int, feedback: Feedback = SILENT
) -> World:
    """Make a landscape of ``shape`` pixels; memory about 200 bytes per pixel."""
    steps = Steps(feedback, [2, 2, 5, 2])
    steps.next("Shaping the ground")
    rng = stream(seed, "world")
    sun = float(rng.uniform(110, 170)), float(rng.uniform(35, 60))
    extent_m = max(shape) * gsd_m
    x = np.broadcast_to(np.arange(shape[1], dtype=np.float32) * gsd_m, shape)
    y = np.broadcast_to(np.arange(shape[0], dtype=np.float32)[:, None] * gsd_m, shape)
    terrain = make_terrain(x, y, gsd_m, extent_m, seed)
    canvas = Canvas.blank(shape, gsd_m)
    steps.next("Planting")
    trees = paint_wild(canvas, terrain.slope, seed)
    plan = _make_plan(x, y, terrain, gsd_m, extent_m, seed)
    part = steps.next("Building")
    _settle(canvas, plan, terrain, sun[0], trees, seed, part)
    steps.next("Drawing roads and water")
    paint_roads(canvas, plan.roads, plan.country.edge_key, trees)
    trees *= (terrain.sea_m > 8) & (terrain.river_m > 8)
    paint_trees(canvas, trees, seed)
    paint_water(canvas, terrain, seed)
    paint_motorways(canvas, plan.roads, terrain)
    return World(terrain.height_m, canvas, *sun)


def _make_plan(
    x: np.ndarray,
    y: np.ndarray,
    terrain: Terrain,
    gsd_m: float,
    extent_m: float,
    seed: int,
) -> _Plan:
    rng = stream(seed, "plan")
    bend = max(900.0, 0.1 * extent_m) / gsd_m
    x = x + np.float32(40) * smooth(x.shape, bend, rng)
    y = y + np.float32(40) * smooth(x.shape, bend, rng)
    size_m = float(np.clip(extent_m / 4, 330, 900))
    country = sectors(x, y, size_m, extent_m, gsd_m, seed)
    quarters = sectors(x, y, max(size_m / 2.3, 220.0), extent_m, gsd_m, seed + 1)
    count = len(country.seeds_xy)
    turn = rng.uniform(0, np.pi / 2, count)
    # neighbouring quarters often share their direction
    turn = np.where(rng.random(count) < 0.4, turn[0], turn).astype(np.float32)
    use = _assign(quarters, terrain, rng)
    roads = plan_roads(x, y, country, terrain, extent_m, seed)
    return _Plan(x, y, country, quarters, use, turn, roads)


def _assign(
    quarters: Sectors, terrain: Terrain, rng: np.random.Generator
) -> np.ndarray:
    """Decide what every quarter is used for, (n,) keys of ``_STYLES``, 0 or 1."""
    shape, count = quarters.index.shape, len(quarters.seeds_xy)
    urban = smooth(shape, max(shape) / 2.2, rng)
    urban += 0.35 * smooth(shape, max(shape) / 6, rng)
    px = np.clip(quarters.seeds_xy.astype(np.int32), 0, np.array(shape)[::-1] - 1)
    slope = cv2.blur(terrain.slope, (15, 15))[px[:, 1], px[:, 0]]
    pull = urban[px[:, 1], px[:, 0]] + 0.3 * rng.standard_normal(count)
    pull -= 3.0 * np.clip(slope - 0.10, 0, 1)
    seen = np.unique(quarters.index)
    rank = np.zeros(count)
    rank[seen] = np.argsort(np.argsort(pull[seen])) / max(len(seen) - 1, 1)
    share = rng.uniform(0.12, 0.62)
    depth = (rank - (1 - share)) / share
    use = np.where(depth < 0, _FIELDS, np.digitize(depth, [0.4, 0.82]) + 2)
    works = (rng.random(count) < 0.13) & (depth > -0.2) & (depth < 0.7)
    use = np.where(works, 5, use)
    village = (rng.random(count) < 0.04) & (depth < 0)
    use = np.where(village, 2, use)
    return np.where(slope > 0.2, _WILD, use)


def _settle(
    canvas: Canvas,
    plan: _Plan,
    terrain: Terrain,
    sun_azimuth_deg: float,
    trees: np.ndarray,
    seed: int,
    feedback: Feedback,
) -> None:
    """Paint fields and towns, sector by sector's own direction."""
    here = plan.use[plan.quarters.index]
    border = (here != plan.use[plan.quarters.other]) & (
        plan.quarters.edge_m < max(2.0, 0.5 * canvas.gsd_m)
    )
    land = (terrain.sea_m > 14) & (terrain.river_m > 14)
    open_m = np.minimum(plan.roads.beside_m, plan.roads.motorway_m - 24)
    wood = trees > 0.5
    for kind in track((_FIELDS, *_STYLES), feedback):
        chosen = (here == kind) & land
        if kind == _FIELDS:
            chosen &= ~wood
        where = np.flatnonzero(chosen)
        if not where.size:
            continue
        free = chosen & ~border & (open_m > 3)
        free = cv2.erode(free.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        plot = _plot(plan, where, free, sun_azimuth_deg, seed)
        if kind == _FIELDS:
            paint_fields(canvas, plot.frame, trees.reshape(-1), seed)
            paint_farms(canvas, plot, trees.reshape(-1))
        else:
            paint_quarter(canvas, plot, _STYLES[kind], trees.reshape(-1))


def _plot(
    plan: _Plan, where: np.ndarray, free: np.ndarray, sun_azimuth_deg: float, seed: int
) -> Plot:
    sector = plan.country.index.reshape(-1)[where]
    c, s = np.cos(plan.turn[sector]), np.sin(plan.turn[sector])
    px, py = plan.x.reshape(-1)[where], plan.y.reshape(-1)[where]
    key = sector.astype(np.uint32) * np.uint32(7919) + np.uint32(seed % 2**32)
    sun = np.radians(sun_azimuth_deg)
    east, south = np.float32(np.sin(sun)), np.float32(-np.cos(sun))
    sun_uv = np.column_stack([east * c + south * s, south * c - east * s])
    frame = Frame(where, px * c + py * s, py * c - px * s, key)
    return Plot(frame, free.reshape(-1)[where], sun_uv)
