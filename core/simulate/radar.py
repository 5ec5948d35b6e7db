"""What a side-looking radar sees of a world, before speckle and point spread."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..base.errors import BadInput
from .canvas import Cover
from .noise import stream
from .optical import occlude, unit_step
from .world import World

_REFERENCE_DEG = 35.0
#: Echo that is too weak to be one, linear.
_FAINT = 1e-6


@dataclass(frozen=True)
class Look:
    """Geometry and quality of a radar image.

    Args:
        incidence_deg: of flat ground, from the vertical, 15 to 65.
        look_azimuth_deg: direction in which the radar looks, clockwise from north;
            about 80 for an ascending, 280 for a descending right-looking orbit.
        looks: equivalent number of looks, at least 1.
        resolution_px: width of a point at half power, in pixels of the SAR image.
        noise_db: noise floor.
        terrain_corrected: whether relief is left in its place; buildings and
            trees lay over in any case.
    """

    incidence_deg: float = 38.0
    look_azimuth_deg: float = 81.0
    looks: float = 4.4
    resolution_px: float = 1.7
    noise_db: float = -24.0
    terrain_corrected: bool = True

    def __post_init__(self) -> None:
        if not 15 <= self.incidence_deg <= 65:
            raise BadInput.of("incidence_range", value=self.incidence_deg)
        if self.looks < 1:
            raise BadInput.of("looks_range", value=self.looks)
        if not 1 <= self.resolution_px <= 8:
            raise BadInput.of("resolution_range", value=self.resolution_px)


def render_mean_power(world: World, look: Look, seed: int) -> np.ndarray:
    """Return the expected backscatter in ground range, (h, w) float32, linear.

    Echoes from a height h lie h / tan(incidence) nearer to the radar (layover);
    what no ray reaches keeps only the noise floor (shadow).
    """
    lit, open_power, near_px, away = _view(world, look)
    image = _splat(open_power * lit, near_px, away)
    image += _walls(world, look, lit, away, seed)
    return image + np.float32(10 ** (look.noise_db / 10))


def ground_share(world: World, look: Look, mean_power: np.ndarray) -> np.ndarray:
    """Return how much of each pixel's echo is bare ground's, (h, w) float32, 0 to 1.

    It is less than 1 under layover, where the ground lies in shadow, and where
    something stands. Ground that answers weakly, like water, counts in full.

    Args:
        world: what was looked at.
        look: how.
        mean_power: what ``render_mean_power`` made of them.
    """
    lit, open_power, near_px, away = _view(world, look)
    bare_power = open_power * world.bare
    ground = _splat(bare_power * lit, near_px, away)
    unshadowed = _splat(bare_power, near_px, away)
    echo = mean_power - np.float32(10 ** (look.noise_db / 10))
    whole = np.maximum(echo - ground, 0) + unshadowed
    return np.clip(ground / (whole + np.float32(_FAINT)), 0, 1)


def _view(
    world: World, look: Look
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return what is lit, all power if it were, its layover in px, and the way out."""
    gsd = world.canvas.gsd_m
    tan = float(np.tan(np.radians(look.incidence_deg)))
    objects = world.objects_m
    raised = objects if look.terrain_corrected else objects + world.terrain_m
    step, length = unit_step(look.look_azimuth_deg)
    lit = _lit(raised, step, gsd * length / tan)
    open_power = world.canvas.sigma * _slope_gain(world, look)
    near_px = _echo_height(world, look) / np.float32(tan * gsd)
    return lit, open_power, near_px, np.array(step) / length


def _lit(raised: np.ndarray, step: tuple[float, float], drop: float) -> np.ndarray:
    reach = float(raised.max() - raised.min())
    if reach <= 0:
        return np.ones_like(raised)
    depth = occlude(raised, step, drop, reach) - raised
    return 1 - np.clip(depth / np.float32(drop), 0, 1)


def _echo_height(world: World, look: Look) -> np.ndarray:
    """Return the height by which most of a pixel's echo is displaced, (h, w) float32.

    Crowns let the wave in to about half their height, and the surface models
    that serve terrain correction contain most of the rest.
    """
    built = np.float32(_roof_share(world.canvas.gsd_m)) * world.canvas.building_m
    if look.terrain_corrected:
        return np.maximum(built, np.float32(0.2) * world.canvas.tree_m)
    return world.terrain_m + np.maximum(built, np.float32(0.5) * world.canvas.tree_m)


def _roof_share(gsd_m: float) -> float:
    """Return how much of a house's layover shows: the foot outshines small roofs."""
    return 1.0 / (1.0 + (gsd_m / 5.0) ** 2)


def _slope_gain(world: World, look: Look) -> np.ndarray:
    """Return the gain of slopes towards the radar and of the incidence angle."""
    gsd = world.canvas.gsd_m
    ground = cv2.GaussianBlur(world.terrain_m, (0, 0), 1.0)
    gy, gx = np.gradient(ground, np.float32(gsd))
    angle = np.radians(look.look_azimuth_deg)
    rise = gx * np.float32(np.sin(angle)) - gy * np.float32(np.cos(angle))
    theta = np.float32(np.radians(look.incidence_deg))
    local = np.clip(theta - np.arctan(rise), 0.10, 1.45)
    # smooth surfaces fall off quickly with incidence, volumes slowly
    power = np.full(256, 2.0, np.float32)
    power[[Cover.SEA, Cover.RIVER, Cover.ROAD]] = 5.0
    power[[Cover.FOREST, Cover.TREE]] = 1.0
    power[[Cover.URBAN, Cover.BUILDING]] = 1.2
    fall = power[world.canvas.cover]
    base = np.float32(np.cos(np.radians(_REFERENCE_DEG)))
    gain = (np.cos(local) / base) ** fall * np.sin(theta) / np.sin(local)
    return np.clip(gain, 0.02, 6.0)


def _splat(power: np.ndarray, near_px: np.ndarray, away: np.ndarray) -> np.ndarray:
    """Move every pixel's power ``near_px`` towards the radar, bilinearly."""
    stays = near_px < 0.02
    image = np.where(stays, power, 0).astype(np.float64).ravel()
    moves = np.flatnonzero(~stays & (power > 0))
    rows, cols = power.shape
    row, col = np.divmod(moves, cols)
    far = near_px.reshape(-1)[moves]
    _add(image, power.shape, col - far * away[0], row - far * away[1],
         power.reshape(-1)[moves])  # fmt: skip
    return image.reshape(rows, cols).astype(np.float32)


def _add(
    image: np.ndarray,
    shape: tuple[int, int],
    x: np.ndarray,
    y: np.ndarray,
    power: np.ndarray,
) -> None:
    """Add power at fractional pixel indices to a flat float64 image."""
    rows, cols = shape
    x0, y0 = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = x - x0, y - y0
    for dy, wy in ((0, 1 - fy), (1, fy)):
        for dx, wx in ((0, 1 - fx), (1, fx)):
            px, py = x0 + dx, y0 + dy
            good = (px >= 0) & (px < cols) & (py >= 0) & (py < rows)
            flat = py[good] * cols + px[good]
            image += np.bincount(flat, (power * wx * wy)[good], image.size)


def _walls(
    world: World, look: Look, lit: np.ndarray, away: np.ndarray, seed: int
) -> np.ndarray:
    """Return the echo of walls: smeared from foot to eaves, bright at the foot."""
    canvas, gsd = world.canvas, world.canvas.gsd_m
    built = canvas.building_m
    shape = built.shape
    image = np.zeros(built.size)
    smooth_built = cv2.GaussianBlur(built, (0, 0), 0.8)
    gy, gx = np.gradient(smooth_built)
    rise = gx * np.float32(away[0]) + gy * np.float32(away[1])
    where = np.flatnonzero((rise.ravel() > 0.4) & (lit.ravel() > 0.3))
    if not where.size:
        return image.reshape(shape).astype(np.float32)
    rise = rise.reshape(-1)[where]
    steep = np.hypot(gx.reshape(-1)[where], gy.reshape(-1)[where])
    squint = np.clip(rise / np.maximum(steep, 1e-6), 0, 1)
    top = cv2.dilate(built, np.ones((3, 3), np.uint8)).reshape(-1)[where]
    loud = cv2.dilate(canvas.wall, np.ones((3, 3), np.uint8)).reshape(-1)[where]
    row, col = np.divmod(where, shape[1])
    tan = np.tan(np.radians(look.incidence_deg))
    reach = top * _roof_share(gsd) / (tan * gsd)
    count = int(np.clip(np.ceil(reach.max()), 1, 40))
    glitter = stream(seed, "walls").exponential(1.0, (count, len(where)))
    for part in range(count):
        far = reach * (part + 0.5) / count
        storey = 1 + 0.8 * np.cos(2 * np.pi * top * (part + 0.5) / count / 3.2)
        power = 0.16 * loud * rise / gsd * glitter[part] * storey / count * tan
        _add(image, shape, col - far * away[0], row - far * away[1], power)
    # the dihedral of wall and street answers only when it faces the radar
    double = 1.5 * loud * rise / gsd * (0.05 + squint**24)
    foot = min(0.5, 0.5 / gsd)
    _add(image, shape, col - foot * away[0], row - foot * away[1], double)
    return image.reshape(shape).astype(np.float32)
