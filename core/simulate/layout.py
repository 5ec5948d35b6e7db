"""Where things are: sectors with their own grid of lots, and winding bands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .noise import mix, stream, uniform


@dataclass(frozen=True)
class Sectors:
    """Pieces of country between the through roads, as Voronoi cells.

    Args:
        index: (h, w) int32, which sector a pixel is in, row of ``seeds_xy``.
        other: (h, w) int32, the sector across the nearest border.
        edge_m: (h, w) float32, distance to the border of the sector.
        edge_key: (h, w) uint32, hash that both sides of a border share.
        seeds_xy: (n, 2) float32, pixel positions of the sectors' centres.
    """

    index: np.ndarray
    other: np.ndarray
    edge_m: np.ndarray
    edge_key: np.ndarray
    seeds_xy: np.ndarray


def sectors(
    x: np.ndarray,
    y: np.ndarray,
    size_m: float,
    extent_m: float,
    gsd_m: float,
    seed: int,
) -> Sectors:
    """Divide the plane into sectors of about ``size_m``.

    Args:
        x: (h, w) float32, metres from the scene's left edge, possibly warped.
        y: the same from the top.
        size_m: spacing of the sectors.
        extent_m: length of the scene's longer side.
        gsd_m: pixel size, for ``seeds_xy``.
        seed: of the scene.
    """
    side = int(extent_m / size_m) + 7
    jitter = stream(seed, "sectors").uniform(0.1, 0.9, (side, side, 2))
    jy, jx = np.mgrid[0:side, 0:side].astype(np.float32)
    px = ((jx - 3 + jitter[..., 0]) * size_m).astype(np.float32)
    py = ((jy - 3 + jitter[..., 1]) * size_m).astype(np.float32)
    column = np.clip(np.floor(x / size_m).astype(np.int32) + 3, 1, side - 2)
    row = np.clip(np.floor(y / size_m).astype(np.int32) + 3, 1, side - 2)
    home = row * side + column

    first = np.full(x.shape, np.inf, np.float32)
    second = first.copy()
    index = np.zeros(x.shape, np.int32)
    other = np.zeros(x.shape, np.int32)
    for step in (0, -1, 1, -side, side, -side - 1, -side + 1, side - 1, side + 1):
        cell = home + step
        far = (px.ravel()[cell] - x) ** 2 + (py.ravel()[cell] - y) ** 2
        nearer, next_best = far < first, far < second
        second = np.where(nearer, first, np.where(next_best, far, second))
        other = np.where(nearer, index, np.where(next_best, cell, other))
        first = np.where(nearer, far, first)
        index = np.where(nearer, cell, index)

    gap = np.hypot(
        px.ravel()[index] - px.ravel()[other], py.ravel()[index] - py.ravel()[other]
    )
    edge = (second - first) / np.maximum(2 * gap, 1e-3)
    key = mix(np.minimum(index, other), np.maximum(index, other), seed)
    centres = np.column_stack([px.ravel(), py.ravel()]) / np.float32(gsd_m)
    return Sectors(index, other, edge.astype(np.float32), key, centres)


@dataclass(frozen=True)
class Lots:
    """Rectangles within sectors; every array is flat, one element per pixel.

    Args:
        key: uint32 hash that all pixels of a lot share.
        along: float32, metres from the lot's near edge along its first axis.
        across: the same along the second axis.
        length_m: extent of the lot along the first axis.
        width_m: extent of the lot along the second axis.
    """

    key: np.ndarray
    along: np.ndarray
    across: np.ndarray
    length_m: np.ndarray
    width_m: np.ndarray

    @property
    def edge_m(self) -> np.ndarray:
        """Distance to the nearest side of the lot."""
        u = np.minimum(self.along, self.length_m - self.along)
        return np.minimum(u, np.minimum(self.across, self.width_m - self.across))


def split(
    u: np.ndarray,
    v: np.ndarray,
    key: np.ndarray | int,
    length_m: np.ndarray | float,
    width_m: np.ndarray | float,
    vary: float = 0.0,
) -> Lots:
    """Cut a rotated plane into rows of rectangles.

    Args:
        u: metres along the first axis.
        v: metres along the second axis.
        key: hash that separates this plane from others.
        length_m: spacing of the rows along the first axis.
        width_m: spacing of the lots within a row.
        vary: how much the widths differ from row to row, 0 for a strict grid.
    """
    row = np.floor(u / length_m).astype(np.int32)
    wide = width_m * (1.0 + vary * (uniform(row, key, 11) - 0.5))
    shifted = v + wide * uniform(row, key, 12) if vary else v
    column = np.floor(shifted / wide).astype(np.int32)
    return Lots(
        mix(row, column, key),
        (u - row * length_m).astype(np.float32),
        (shifted - column * wide).astype(np.float32),
        np.broadcast_to(np.float32(length_m), u.shape),
        np.broadcast_to(wide.astype(np.float32), u.shape),
    )


def band(
    x: np.ndarray,
    y: np.ndarray,
    extent_m: float,
    bend_m: float,
    turns: float,
    seed: int,
) -> np.ndarray:
    """Return the distance in metres to one line that winds across the scene.

    Args:
        x: (h, w) float32 metres.
        y: (h, w) float32 metres.
        extent_m: length of the scene's longer side.
        bend_m: how far the line swings to either side.
        turns: number of swings over the scene.
        seed: of this line.
    """
    rng = stream(seed, "band")
    angle = rng.uniform(0, 2 * np.pi)
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    middle = extent_m / 2
    along = (x - middle) * c + (y - middle) * s
    aside = (y - middle) * c - (x - middle) * s
    t = np.linspace(-1.5 * extent_m, 1.5 * extent_m, 4096)
    line = np.full(t.shape, rng.uniform(-0.2, 0.2) * extent_m)
    for harmonic in (0.5, 1.0, 1.7, 3.1):
        wave = 2 * np.pi * harmonic * turns / extent_m
        line += bend_m * harmonic**-1.3 * np.sin(wave * t + rng.uniform(0, 2 * np.pi))
    slope = np.gradient(line, t)
    step = t[1] - t[0]
    place = np.clip((along - t[0]) / step, 0, len(t) - 1.001)
    low = place.astype(np.int32)
    part = (place - low).astype(np.float32)
    here = (
        line.astype(np.float32)[low] * (1 - part)
        + line.astype(np.float32)[low + 1] * part
    )
    secant = np.sqrt(1 + slope * slope).astype(np.float32)
    return np.abs(aside - here) / secant[low]
