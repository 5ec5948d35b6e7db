"""Plan the tiles in which a large overlap is matched."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

import numpy as np

#: More tiles than this add time but hardly evidence; larger overlaps are
#: sampled by evenly spread tiles.
MAX_TILES = 200
#: Neighbours share at least so much, in pixels: windows around a match have to lie
#: inside of a tile, so that a strip along its edges stays without matches.
SHARED_PX = 48


@dataclass(frozen=True, slots=True)
class Window:
    """A window of the working grid, in whole pixels.

    Args:
        x0: first column.
        y0: first row.
        width: number of columns.
        height: number of rows.
    """

    x0: int
    y0: int
    width: int
    height: int


def plan_tiles(
    width: int, height: int, tile_px: int, max_tiles: int = MAX_TILES
) -> list[Window]:
    """Return windows of about ``tile_px`` a side, spread over the whole grid.

    Neighbours overlap by as much as makes all of one size, and are larger by up to
    ``SHARED_PX`` where they would hardly overlap; where more than ``max_tiles``
    would be needed, they have ``tile_px`` a side and gaps are left between them.
    """
    columns = max(1, math.ceil(width / tile_px))
    rows = max(1, math.ceil(height / tile_px))
    if columns * rows > max_tiles:
        shrink = math.sqrt(max_tiles / (columns * rows))
        columns = min(max(1, math.floor(columns * shrink)), max_tiles)
        rows = max(1, min(rows, max_tiles // columns))
    across, down = _side(width, tile_px, columns), _side(height, tile_px, rows)
    return [
        Window(x0, y0, across, down)
        for y0 in _starts(height, down, rows)
        for x0 in _starts(width, across, columns)
    ]


def spread_evenly(windows: Sequence[Window]) -> list[Window]:
    """Order windows so that the first few lie all over the ground, however few.

    The middle one is first, then always the one farthest from all before it.
    """
    if not windows:
        return []
    centres = np.array([(w.x0 + w.width / 2, w.y0 + w.height / 2) for w in windows])
    middle = 0.5 * (centres.min(axis=0) + centres.max(axis=0))
    order = [int(np.linalg.norm(centres - middle, axis=1).argmin())]
    nearest = np.full(len(windows), np.inf)
    while len(order) < len(windows):
        apart = np.linalg.norm(centres - centres[order[-1]], axis=1)
        nearest = np.minimum(nearest, apart)
        nearest[order] = -1.0
        order.append(int(nearest.argmax()))
    return [windows[i] for i in order]


def _side(length: int, tile: int, count: int) -> int:
    """Return the side of ``count`` tiles along a length."""
    if count * tile < length:
        return tile
    shared = math.ceil((length + (count - 1) * SHARED_PX) / count)
    return min(length, max(tile, shared))


def _starts(length: int, tile: int, count: int) -> list[int]:
    if count == 1:
        return [(length - tile) // 2]
    return [round(i * (length - tile) / (count - 1)) for i in range(count)]
