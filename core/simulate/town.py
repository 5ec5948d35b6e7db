"""Streets, blocks, houses and works."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas, Cover
from .country import Frame
from .layout import Lots, split
from .noise import coverage, mix, uniform

_ASPHALT = np.array((0.105, 0.105, 0.108), np.float32)
_PAVED = np.array((0.190, 0.180, 0.165), np.float32)
_LAWN = np.array((0.062, 0.085, 0.042), np.float32)
_YARD = np.array((0.145, 0.125, 0.098), np.float32)
_HOUSE_ROOFS = np.array(
    [
        (0.195, 0.138, 0.112),
        (0.165, 0.122, 0.104),
        (0.150, 0.125, 0.112),
        (0.225, 0.165, 0.135),
        (0.120, 0.116, 0.114),
        (0.260, 0.245, 0.225),
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
        (0.300, 0.302, 0.300),
        (0.235, 0.238, 0.240),
        (0.480, 0.480, 0.470),
        (0.185, 0.185, 0.188),
        (0.150, 0.205, 0.270),
        (0.230, 0.165, 0.135),
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
    (72, 170), 9, (31, 20), (0.42, 0.70), (3.5, 7), 0.0, 0.85, 0.10, _HOUSE_ROOFS,
    0.25, 0.40, 0.8,
)  # fmt: skip
TOWN = Style(
    (76, 120), 10, (22, 16), (0.62, 0.98), (6, 13), 0.02, 0.45, 0.07, _HOUSE_ROOFS,
    0.7, 0.14, 1.1,
)  # fmt: skip
CENTRE = Style(
    (96, 110), 14, (41, 32), (0.55, 0.95), (9, 24), 0.05, 0.08, 0.12, _FLAT_ROOFS,
    0.8, 0.16, 1.5,
)  # fmt: skip
WORKS = Style(
    (150, 210), 16, (66, 80), (0.40, 0.88), (6, 11), 0.0, 0.0, 0.25, _HALL_ROOFS,
    0.85, 0.04, 2.0,
)  # fmt: skip
FARM = Style(
    (260, 300), 0, (260, 300), (0.05, 0.12), (4, 9), 0.0, 0.7, 0.86, _HOUSE_ROOFS,
    0.5, 0.3, 1.5,
)  # fmt: skip


@dataclass(frozen=True)
class Plot:
    """The pixels to build on.

    Args:
        frame: positions in the street grid.
        free: (n,) bool, where a building may stand.
        sun_uv: (n, 2) direction to the sun in the street grid, for pitched roofs.
    """

    frame: Frame
    free: np.ndarray
    sun_uv: np.ndarray


def paint_quarter(canvas: Canvas, plot: Plot, style: Style, trees: np.ndarray) -> None:
    """Build streets, yards, parks and houses of one kind of quarter.

    Args:
        canvas: changed in place.
        plot: where to build.
        style: what is built.
        trees: (h * w,) density of trees, changed in place.
    """
    frame = plot.frame
    stretch = 0.8 + 0.5 * uniform(frame.key, 21)
    length, width = style.block[0], style.block[1] * stretch
    block = split(frame.u, frame.v, frame.key, length, width)
    half = style.street / 2
    street = coverage(block.edge_m - half, canvas.gsd_m)
    rows = max(1, round((style.block[0] - style.street) / style.lot[0]))
    depth = (style.block[0] - style.street) / rows
    count = np.maximum(np.round((width - style.street) / style.lot[1]), 1)
    lots = split(
        block.along - half, block.across - half, block.key, depth,
        (width - style.street) / count,
    )  # fmt: skip

    park = uniform(block.key, 22) < 0.04
    ground = np.clip(style.yard + 0.8 * (uniform(lots.key, 23) - 0.5), 0, 1)
    ground = np.where(park, 0.05, ground)[:, None]
    open_rgb = _LAWN * (1 - ground) + (_YARD + _PAVED) / 2 * ground
    grit = 1 + 0.2 * (uniform(frame.where, 26) - 0.5)
    open_rgb *= ((0.7 + 0.6 * uniform(lots.key, 24)) * grit)[:, None]
    one = np.ones(len(frame.where), np.float32)
    canvas.paint(frame.where, one, Cover.URBAN, open_rgb, -11.5 - 1.5 * ground[:, 0])
    trees[frame.where] = np.where(
        park, 0.1 + 0.5 * uniform(block.key, 27), style.trees * (1 - 0.7 * ground[:, 0])
    )
    trees[frame.where] *= street < 0.3

    built = (uniform(lots.key, 25) >= style.empty) & ~park
    _paint_roofs(canvas, plot, lots, style, built, trees)
    asphalt = _ASPHALT * grit[:, None]
    canvas.paint(frame.where, street, Cover.ROAD, asphalt, -15.0)
    canvas.building_m.reshape(-1)[frame.where] *= street < 0.5
    if canvas.gsd_m < 2.5:
        _park_cars(canvas, frame, block, half)


def paint_farms(canvas: Canvas, plot: Plot, trees: np.ndarray) -> None:
    """Scatter farm buildings over fields."""
    frame = plot.frame
    lots = split(frame.u, frame.v, frame.key, *FARM.block, vary=0.5)
    built = uniform(lots.key, 25) >= FARM.empty
    _paint_roofs(canvas, plot, lots, FARM, built, trees)


def _park_cars(canvas: Canvas, frame: Frame, block: Lots, half: float) -> None:
    beside = np.minimum(block.along, block.length_m - block.along) < half
    place = np.where(beside, block.across, block.along)
    bay = np.floor(place / 5.8).astype(np.int32)
    side = np.where(beside, block.along < half, block.across < half)
    key = mix(block.key, bay, side)
    kerb = np.abs(block.edge_m - (half - 2.2)) - 0.95
    outside = np.maximum(kerb, np.abs(place - (bay + 0.5) * 5.8) - 2.2)
    share = coverage(outside, canvas.gsd_m) * (uniform(key, 1) < 0.3)
    near = np.flatnonzero(share > 0)
    grey = 0.03 + 0.5 * uniform(key[near], 2) ** 2
    tint = np.where(uniform(key[near], 3) < 0.15, 0.4, 0.95)
    rgb = np.column_stack([grey, grey * tint, grey * tint]).astype(np.float32)
    canvas.paint(frame.where[near], 0.9 * share[near], Cover.ROAD, rgb, -8.0)


def _paint_roofs(
    canvas: Canvas,
    plot: Plot,
    lots: Lots,
    style: Style,
    built: np.ndarray,
    trees: np.ndarray,
) -> None:
    key, where = lots.key, plot.frame.where
    low, high = style.fill
    side_u = lots.length_m * (low + (high - low) * uniform(key, 31)) / 2
    side_v = lots.width_m * (low + (high - low) * uniform(key, 32)) / 2
    free_u, free_v = lots.length_m / 2 - side_u, lots.width_m / 2 - side_v
    du = lots.along - lots.length_m / 2 - 2 * free_u * (uniform(key, 33) - 0.5)
    dv = lots.across - lots.width_m / 2 - 2 * free_v * (uniform(key, 34) - 0.5)
    outside = np.maximum(np.abs(du) - side_u, np.abs(dv) - side_v)
    outside = np.maximum(outside, _notch(du, dv, side_u, side_v, key))
    share = coverage(outside, canvas.gsd_m) * built
    share *= ~_touched(key, (share > 0) & ~plot.free)

    gable = uniform(key, 37) < style.gable
    rgb = _roof_rgb(canvas, plot, style, key)
    lit = np.where(
        side_u < side_v,
        np.sign(du) * plot.sun_uv[:, 0],
        np.sign(dv) * plot.sun_uv[:, 1],
    )
    fade = np.float32(1 / (1 + (canvas.gsd_m / 6) ** 2))
    rgb *= (1 + np.where(gable, 0.38 * lit * fade, 0))[:, None]
    spread = 7.0 * (uniform(key, 38) - 0.5) + 4.0 * (uniform(where, 47) - 0.5)
    spark = (uniform(where, 48) < 0.02) * (12.0 * uniform(key, 39))
    # walls too small for the grid answer as part of the roof
    echo = 4.5 * min(canvas.gsd_m / 20, 1.3) * style.wall
    canvas.paint(where, share, Cover.BUILDING, rgb, -13.5 + spread + spark + echo)

    low, high = style.storeys
    height = low + (high - low) * uniform(key, 40) ** 1.5
    height = np.where(uniform(key, 41) < style.tower, 2.6 * height, height)
    across = np.where(side_u < side_v, np.abs(du) / side_u, np.abs(dv) / side_v)
    rise = np.where(gable, 1.15 - 0.3 * np.minimum(across, 1), 1)
    tall = canvas.building_m.reshape(-1)
    tall[where] = np.maximum(tall[where], height * rise * share)
    loud = 10 ** (1.1 * (uniform(key, 42) + uniform(key, 43) - 1))
    canvas.wall.reshape(-1)[where] = style.wall * loud * built
    trees[where] *= share < 0.2


def _roof_rgb(canvas: Canvas, plot: Plot, style: Style, key: np.ndarray) -> np.ndarray:
    pick = (uniform(key, 35) ** 1.3 * len(style.roofs)).astype(np.int32)
    rgb = style.roofs[pick] * (0.70 + 0.6 * uniform(key, 36) ** 2)[:, None]
    # plant, stains and hatches, by cells of some metres
    size = np.float32(max(3.0, canvas.gsd_m))
    cell = mix(
        np.floor(plot.frame.u / size).astype(np.int32),
        np.floor(plot.frame.v / size).astype(np.int32),
        key,
    )
    spot = 1 + 0.16 * (uniform(cell, 1) - 0.5) - 0.35 * (uniform(cell, 2) < 0.05)
    grain = 1 + 0.14 * (uniform(plot.frame.where, 49) - 0.5)
    return rgb * (spot * grain)[:, None]


def _touched(key: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """Return which pixels belong to a lot that has a bad pixel.

    Lots share a table by their hash; a rare collision costs one house.
    """
    table = np.zeros(1 << 22, bool)
    place = key >> np.uint32(10)
    table[place[bad]] = True
    return table[place]


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
