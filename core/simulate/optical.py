"""What a camera above the scene records: sunlight, cast shadow, haze, blur, noise."""

from __future__ import annotations

import cv2
import numpy as np

from .noise import smooth, stream
from .world import World

_HAZE = np.array((0.013, 0.018, 0.027), np.float32)
_SKY = np.array((0.20, 0.25, 0.34), np.float32)
_SUN = np.array((0.98, 0.92, 0.84), np.float32)
#: Share of the light on flat open ground below which ground lies in shadow.
_LIT = 0.5


def occlude(
    height_m: np.ndarray, step_px: tuple[float, float], drop_m: float, reach_m: float
) -> np.ndarray:
    """Return how high rays from one direction pass above each pixel.

    A ray that grazes a surface comes down by ``drop_m`` per step, so that the
    result minus ``height_m`` is positive exactly where a pixel is in shadow.

    Args:
        height_m: (h, w) float32.
        step_px: (x, y) from the light towards the shadow, the longer one being 1.
        drop_m: above 0.
        reach_m: largest height above its surroundings that casts a shadow.

    Returns:
        (h, w) float32 height of the highest grazing ray.
    """
    rays, count = _moved(height_m, step_px, drop_m, 1), 1
    while count * drop_m < reach_m and count < max(height_m.shape):
        # rays of 1 to n steps become rays of 1 to 2 n steps
        rays = np.maximum(rays, _moved(rays, step_px, drop_m, count))
        count *= 2
    return rays


def _moved(
    field: np.ndarray, step_px: tuple[float, float], drop_m: float, count: int
) -> np.ndarray:
    shift = np.array([[1, 0, count * step_px[0]], [0, 1, count * step_px[1]]])
    size = field.shape[::-1]
    moved = cv2.warpAffine(field, shift, size, borderMode=cv2.BORDER_REPLICATE)
    return moved - np.float32(count * drop_m)


def unit_step(azimuth_deg: float) -> tuple[tuple[float, float], float]:
    """Return a pixel step towards an azimuth, its longer part 1, and its length."""
    angle = np.radians(azimuth_deg)
    x, y = np.sin(angle), -np.cos(angle)
    longer = max(abs(x), abs(y))
    return (float(x / longer), float(y / longer)), float(1 / longer)


def render_optical(world: World, seed: int, haze: float | None = None) -> np.ndarray:
    """Photograph the world; returns (h, w, 3) float32 RGB from 0 to 1.

    Args:
        world: what to look at.
        seed: for haze and noise.
        haze: 0 for clear air to 1 for murky, None to draw it.
    """
    rng = stream(seed, "camera")
    haze = float(rng.uniform(0.05, 0.5)) if haze is None else haze
    light, dim = _sunlight(world)
    image = world.canvas.albedo * (
        light[..., None] * _SUN + (0.9 + 0.1 * dim)[..., None] * _SKY
    )
    shape = light.shape
    veil = haze * (1 + 0.25 * smooth(shape, max(shape) / 2, rng))
    image = image * (1 - 0.25 * veil)[..., None] + _HAZE * (0.5 + 2 * veil)[..., None]
    image = cv2.GaussianBlur(image, (0, 0), 0.62)
    gain = _exposure(image)
    image = np.clip((image - 0.9 * _HAZE) * gain, 0, None)
    image = image / (1 + 0.18 * image * image)
    image = np.power(image, np.float32(1 / 1.38))
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    return np.clip(image + 0.006 * noise, 0, 1)


def sunlit_ground(world: World) -> np.ndarray:
    """Return where the sun lights bare ground, (h, w) bool."""
    return world.bare & (_sunlight(world)[0] > _LIT)


def _exposure(image: np.ndarray) -> float:
    bright = float(np.quantile(image[::7, ::7], 0.97))
    return 0.85 / max(bright, 0.1)


def _sunlight(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return direct light (1 on flat open ground) and openness to the sky."""
    gsd = world.canvas.gsd_m
    elevation = np.radians(world.sun_elevation_deg)
    azimuth = np.radians(world.sun_azimuth_deg)
    relief = world.terrain_m + world.canvas.tree_m
    gy, gx = np.gradient(relief, np.float32(gsd))
    gx, gy = np.clip(gx, -1.2, 1.2), np.clip(gy, -1.2, 1.2)
    lean = np.float32(1 / np.tan(elevation))
    east, south = np.float32(np.sin(azimuth)), np.float32(-np.cos(azimuth))
    facing = (1 - lean * (gx * east + gy * south)) / np.sqrt(1 + gx * gx + gy * gy)
    surface = world.surface_m
    step, length = unit_step(world.sun_azimuth_deg + 180)
    drop = gsd * length * float(np.tan(elevation))
    reach = float(surface.max() - surface.min())
    depth = occlude(surface, step, drop, reach) - surface
    shade = np.clip(depth / np.float32(0.7 * drop), 0, 1)
    return np.clip(facing, 0.02, 2.2) * (1 - 0.93 * shade), 1 - shade
