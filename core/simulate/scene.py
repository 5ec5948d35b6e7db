"""Scenes as arrays on one grid: photograph, radar image, heights and classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.errors import BadInput
from ..base.feedback import SILENT
from .noise import stream
from .optical import render_optical, sunlit_ground
from .radar import Look, ground_share, render_mean_power
from .speckle import form_image
from .world import World, make_world

MAX_SIZE = 8192
REFLECTOR_POWER = 150.0


@dataclass(frozen=True)
class Scene:
    """One piece of ground seen by both sensors, without misalignment.

    Args:
        gsd_m: pixel size in metres.
        optical: (h, w, 3) uint8 RGB.
        sar: (h, w) float32, linear intensity, speckled, in ground range.
        sar_mean: (h, w) float32, its expectation before point spread.
        height_m: (h, w) float32, surface with buildings and trees.
        terrain_m: (h, w) float32, bare ground.
        cover: (h, w) uint8, values of ``Cover``.
        optical_ground: (h, w) bool, where the photograph shows bare ground in the sun.
        sar_ground: (h, w) float32, the share of bare ground in the echo, from 0 to 1;
            see ``radar.ground_share``.
    """

    gsd_m: float
    optical: np.ndarray
    sar: np.ndarray
    sar_mean: np.ndarray
    height_m: np.ndarray
    terrain_m: np.ndarray
    cover: np.ndarray
    optical_ground: np.ndarray
    sar_ground: np.ndarray


def simulate_scene(
    size_px: int = 1024,
    seed: int = 0,
    gsd_m: float = 10.0,
    look: Look | None = None,
) -> Scene:
    """Simulate a square scene on one grid; same arguments, same arrays.

    Args:
        size_px: side of the images, 64 to 8192.
        seed: which scene, 0 to 2147483647.
        gsd_m: pixel size, 0.5 to 40 metres.
        look: radar geometry and quality, None for ``default_look(gsd_m, seed)``.

    Memory is about 250 bytes per pixel. Raises BadInput.
    """
    look = look or default_look(gsd_m, seed)
    pad = edge_margin(gsd_m)
    check_size(size_px, gsd_m, seed)
    side = size_px + 2 * pad
    world = make_world((side, side), gsd_m, seed, SILENT)
    inner = slice(pad, pad + size_px)
    optical = to_uint8(render_optical(world, seed, None)[inner, inner])
    whole = render_mean_power(world, look, seed)
    share = ground_share(world, look, whole)[inner, inner]
    mean = whole[inner, inner]
    sar = form_image(
        mean, look.looks, look.resolution_px, look.look_azimuth_deg, np.zeros((0, 3)),
        stream(seed, "speckle"), SILENT,
    )  # fmt: skip
    return Scene(
        gsd_m,
        optical,
        sar,
        np.ascontiguousarray(mean),
        np.ascontiguousarray(world.surface_m[inner, inner]),
        np.ascontiguousarray(world.terrain_m[inner, inner]),
        np.ascontiguousarray(world.canvas.cover[inner, inner]),
        np.ascontiguousarray(sunlit_ground(world)[inner, inner]),
        np.ascontiguousarray(share),
    )


def simulate_arrays(
    size_px: int = 512, seed: int = 0, gsd_m: float = 10.0, look: Look | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return an aligned training sample.

    Returns:
        (h, w, 3) uint8 optical RGB, (h, w) float32 linear SAR intensity and
        (h, w) float32 surface height in metres.
    """
    scene = simulate_scene(size_px, seed, gsd_m, look)
    return scene.optical, scene.sar, scene.height_m


def default_look(gsd_m: float, seed: int) -> Look:
    """Return a radar that suits the pixel size: GRD-like above 4 m, else spotlight."""
    rng = stream(seed, "look")
    azimuth = float(rng.choice([81.0, 279.0]) + rng.uniform(-4, 4))
    incidence = float(rng.uniform(30, 45))
    looks = 4.4 if gsd_m >= 4 else 2.0
    return Look(incidence, azimuth, looks, 1.7 if gsd_m >= 4 else 1.4)


def edge_margin(gsd_m: float) -> int:
    """Return the pixels by which a world exceeds the image, for shadows and layover."""
    return int(np.clip(150.0 / gsd_m, 16, 128))


def place_reflectors(
    world: World, pad: int, size_px: int, count: int, seed: int
) -> np.ndarray:
    """Return (count, 2) pixels in the inner window, on quiet ground where possible."""
    rng = stream(seed, "reflectors")
    low = 0.08 * size_px
    spots = rng.uniform(low, size_px - low, (max(count, 1) * 40, 2))
    col, row = (spots + pad).astype(np.int64).T
    loud = world.canvas.sigma[row, col] + world.canvas.building_m[row, col]
    loud += 9.0 * (world.canvas.cover[row, col] <= 1)
    chosen: list[int] = []
    for place in np.argsort(loud):
        away = np.abs(spots[chosen] - spots[place]).max(axis=1)
        if len(chosen) < count and (away > 0.12 * size_px).all():
            chosen.append(int(place))
    return spots[chosen].reshape(-1, 2)


def check_size(size_px: int, gsd_m: float, seed: int) -> None:
    """Raise BadInput when a scene of this kind cannot be made."""
    if not 64 <= size_px <= MAX_SIZE:
        raise BadInput.of("size_range", most=MAX_SIZE, value=size_px)
    if not 0.5 <= gsd_m <= 40:
        raise BadInput.of("gsd_range", value=gsd_m)
    if not 0 <= seed < 2**31:
        raise BadInput.of("seed_range", value=seed)


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Return an image of 0 to 1 as uint8."""
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
