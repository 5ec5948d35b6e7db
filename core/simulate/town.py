"""Streets, blocks, houses and works."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas, Cover
from .country import Frame
from .layout import Lots, split
from .noise import coverage, uniform

_ASPHALT = np.array((0.105, 0.105, 0.108), np.float32)
_PAVED = np.array((0.190, 0.180, 0.165), np.float32)
_LAWN = np.array((0.062, 0.085, 0.042), np.float32)
_YARD = np.array((0.145, 0.125, 0.098), np.float32)
_HOUSE_ROOFS = np.array(
    [
        (0.260, 0.155, 0.115),
        (0.215, 0.130, 0.100),
        (0.300, 0.190, 0.140),
        (0.150, 0.130, 0.120),
        (0.110, 0.108, 0.110),
        (0.240, 0.220, 0.200),
    ],
    np.float32,
)
_FLAT_ROOFS = np.array(
    [
        (0.320, 0.310, 0.295),
        (0.230, 0.220, 0.205),
        (0.170, 0.168, 0.165),
        (0.280, 0.255, 0.220),
        (0.480, 0.475, 0.460),
        (0.250, 0.160, 0.125),
    ],
    np.float32,
)
_HALL_ROOFS = np.array(
    [
        (0.520, 0.520, 0.510),
        (0.360, 0.365, 0.370),
        (0.250, 0.255, 0.262),
        (0.160, 0.230, 0.330),
        (0.440, 0.430, 0.410),
        (0.300, 0.180, 0.140),
    ],
    np.float32,
)


@dataclass(frozen=True)
class Style:
    """How one kind of quarter is built; lengths in metres.

    Args:
        block: (length, width) of a block with half a street on every side.
        street: width of the streets.
        lot: (depth, width) of a lot.
        fill: (least, most) share of the lot's sides that a building takes.
        storeys: (least, most) height of common buildings in metres.
        tower: share of buildings three times as high.
        gable: share of pitched roofs.
        empty: share of lots without a building.
        roofs: (k, 3) reflectance of the roofs.
        yard: how much of the open ground is paved, 0 to 1.
        trees: density of trees on the open ground, 0 to 1.
        wall: strength of the echo of the walls.
    """

    block: tuple[float, float]
    street: float
    lot: tuple[float, float]
    fill: tuple[float, float]
    storeys: tuple[float, float]
    tower: float
    gable: float
    empty: float
    roofs: np.ndarray
    yard: float
    trees: float
    wall: float


SUBURB = Style(
    (76, 180), 11, (32, 21), (0.42, 0.68), (4, 8), 0.0, 0.85, 0.10, _HOUSE_ROOFS,
    0.25, 0.34, 0.8,
)  # fmt: skip
TOWN = Style(
    (84, 130), 12, (24, 17), (0.60, 0.95), (7, 15), 0.03, 0.45, 0.07, _HOUSE_ROOFS,
    0.7, 0.12, 1.2,
)  # fmt: skip
CENTRE = Style(
    (110, 120), 17, (46, 38), (0.55, 0.92), (12, 28), 0.08, 0.05, 0.10, _FLAT_ROOFS,
    0.8, 0.10, 1.8,
)  # fmt: skip
WORKS = Style(
    (170, 230), 20, (75, 105), (0.45, 0.86), (7, 13), 0.0, 0.0, 0.18, _HALL_ROOFS,
    0.95, 0.03, 2.5,
)  # fmt: skip


def paint_quarter(
    canvas: Canvas, frame: Frame, style: Style, sun_uv: np.ndarray, trees: np.ndarray
) -> None:
    """Build one kind of quarter on the given pixels.

    Args:
        canvas: changed in place.
        frame: the pixels and their street grid.
        style: what is built.
        sun_uv: (n, 2) direction to the sun in the street grid, for pitched roofs.
        trees: (h * w,) density of trees, changed in place.
    """
    stretch = 0.8 + 0.5 * uniform(frame.key, 21)
    length, width = style.block[0] * np.float32(1), style.block[1] * stretch
    block = split(frame.u, frame.v, frame.key, length, width)
    half = style.street / 2
    street = coverage(block.edge_m - half, canvas.gsd_m)
    inner_u, inner_v = block.along - half, block.across - half
    rows = max(1, round((style.block[0] - style.street) / style.lot[0]))
    depth = (style.block[0] - style.street) / rows
    count = np.maximum(np.round((width - style.street) / style.lot[1]), 1)
    lots = split(inner_u, inner_v, block.key, depth, (width - style.street) / count)

    park = uniform(block.key, 22) < 0.06
    ground = np.clip(style.yard + 0.8 * (uniform(lots.key, 23) - 0.5), 0, 1)
    ground = np.where(park, 0.05, ground)[:, None]
    open_rgb = _LAWN * (1 - ground) + (_YARD + _PAVED) / 2 * ground
    open_rgb *= (0.8 + 0.4 * uniform(lots.key, 24))[:, None]
    one = np.ones(len(frame.where), np.float32)
    canvas.paint(frame.where, one, Cover.URBAN, open_rgb, -11.5 - 1.5 * ground[:, 0])
    trees[frame.where] = np.where(park, 0.6, style.trees * (1 - 0.7 * ground[:, 0]))
    trees[frame.where] *= street < 0.3

    built = (uniform(lots.key, 25) >= style.empty) & ~park
    _paint_roofs(canvas, frame, lots, style, built, sun_uv, trees)
    canvas.paint(frame.where, street, Cover.ROAD, _ASPHALT, -15.0)
    canvas.building_m.reshape(-1)[frame.where] *= street < 0.5


def _paint_roofs(
    canvas: Canvas,
    frame: Frame,
    lots: Lots,
    style: Style,
    built: np.ndarray,
    sun_uv: np.ndarray,
    trees: np.ndarray,
) -> None:
    key = lots.key
    low, high = style.fill
    side_u = lots.length_m * (low + (high - low) * uniform(key, 31)) / 2
    side_v = lots.width_m * (low + (high - low) * uniform(key, 32)) / 2
    free_u, free_v = lots.length_m / 2 - side_u, lots.width_m / 2 - side_v
    du = lots.along - lots.length_m / 2 - free_u * (uniform(key, 33) - 0.5)
    dv = lots.across - lots.width_m / 2 - free_v * (uniform(key, 34) - 0.5)
    outside = np.maximum(np.abs(du) - side_u, np.abs(dv) - side_v)
    outside = np.maximum(outside, _notch(du, dv, side_u, side_v, key))
    share = coverage(outside, canvas.gsd_m) * built

    pick = (uniform(key, 35) ** 1.3 * len(style.roofs)).astype(np.int32)
    rgb = style.roofs[pick] * (0.75 + 0.5 * uniform(key, 36))[:, None]
    gable = uniform(key, 37) < style.gable
    ridge_u = side_u < side_v
    lit = np.where(ridge_u, np.sign(du) * sun_uv[:, 0], np.sign(dv) * sun_uv[:, 1])
    fade = np.float32(1 / (1 + (canvas.gsd_m / 6) ** 2))
    rgb *= (1 + np.where(gable, 0.38 * lit * fade, 0))[:, None]
    spread = 3.5 * np.sqrt(-np.log(uniform(key, 38) * 0.999 + 1e-3)) - 3.5
    db = -9.5 + spread + 9.0 * (uniform(key, 39) < 0.05) * style.wall
    canvas.paint(frame.where, share, Cover.BUILDING, rgb, db)

    low, high = style.storeys
    height = low + (high - low) * uniform(key, 40) ** 1.5
    height = np.where(uniform(key, 41) < style.tower, 3 * height, height)
    rise = np.where(gable, 1 - 0.3 * np.minimum(np.abs(du) / side_u, 1), 1)
    where = frame.where
    canvas.building_m.reshape(-1)[where] = height * np.where(gable, rise, 1) * share
    loud = 10 ** (1.1 * (uniform(key, 42) + uniform(key, 43) - 1))
    canvas.wall.reshape(-1)[where] = style.wall * loud * built
    trees[where] *= share < 0.2


def _notch(
    du: np.ndarray,
    dv: np.ndarray,
    side_u: np.ndarray,
    side_v: np.ndarray,
    key: np.ndarray,
) -> np.ndarray:
    """Return the signed distance outside a corner that some buildings lack."""
    some = uniform(key, 44) < 0.45
    cut_u = du * np.where(uniform(key, 45) < 0.5, 1, -1) - side_u * 0.15
    cut_v = dv * np.where(uniform(key, 46) < 0.5, 1, -1) - side_v * 0.1
    return np.where(some, np.minimum(cut_u, cut_v), -1e3)
