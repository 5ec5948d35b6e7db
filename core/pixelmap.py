"""Positions of target pixels in the source, from few exact ones in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

from .geo import Grid

#: Target pixels (n, 2) to source pixels (n, 2), corner origin, NaN where undefined.
PixelMap = Callable[[np.ndarray], np.ndarray]

#: Largest error of an interpolated position, in source pixels.
TOLERANCE_PX = 0.02
#: Spacing of exact positions that is tried first, in target pixels.
COARSE_PX = 32


@dataclass(frozen=True)
class Lattice:
    """Exact source positions at the corners of squares of target pixels.

    Args:
        xy: (2, ny, nx) float64.
        spacing: side of the squares in target pixels.
    """

    xy: np.ndarray
    spacing: int

    def shifted(self, left: int, top: int) -> Lattice:
        """Return the same positions counted from another pixel of the source."""
        origin = np.array([left, top], np.float64)[:, None, None]
        return Lattice(self.xy - origin, self.spacing)

    def expand(self, size: int, density: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y at the centres of all pixels of the cell.

        Args:
            size: side of the cell in target pixels, a multiple of the spacing.
            density: positions per target pixel and axis.

        Returns:
            Two (size * density, size * density) float64 arrays.
        """
        step = self.spacing * density
        part = (np.arange(step) + 0.5) / step
        return (
            _expand(self.xy[0], part, size * density),
            _expand(self.xy[1], part, size * density),
        )


def _expand(nodes: np.ndarray, part: np.ndarray, size: int) -> np.ndarray:
    count = len(nodes) - 1
    rows = np.diff(nodes, axis=0)[:, None, :] * part[None, :, None]
    rows += nodes[:-1, None, :]
    rows = rows.reshape(size, count + 1)
    out = np.diff(rows, axis=1)[:, :, None] * part[None, None, :]
    out += rows[:, :-1, None]
    return out.reshape(size, size)


def lattice_of(mapping: PixelMap, col: int, row: int, size: int) -> Lattice:
    """Return exact positions dense enough to interpolate between them.

    The spacing is halved until positions midway between those of the next
    wider spacing are off by less than ``TOLERANCE_PX``. It depends on the cell
    alone, so that the same cell always gets the same positions.

    Args:
        mapping: target pixels to source pixels.
        col: column of the cell's first target pixel.
        row: row of the cell's first target pixel.
        size: side of the cell in pixels, a power of two.
    """
    spacing = min(COARSE_PX, size // 2)
    while True:
        nodes = _evaluate(mapping, col, row, size, spacing)
        if spacing == 1 or _midpoint_error(nodes) < TOLERANCE_PX:
            return Lattice(nodes, spacing)
        spacing //= 2


def _evaluate(
    mapping: PixelMap, col: int, row: int, size: int, spacing: int
) -> np.ndarray:
    at = np.arange(0, size + 1, spacing, dtype=np.float64)
    x, y = np.meshgrid(col + at, row + at)
    xy = mapping(np.stack([x.ravel(), y.ravel()], axis=1))
    return np.ascontiguousarray(xy.T).reshape(2, len(at), len(at))


def _midpoint_error(nodes: np.ndarray) -> float:
    """Return by how far every second node is off the line between its neighbours."""
    if not np.isfinite(nodes).all():
        return float(not np.isnan(nodes).all())
    along = (nodes[:, :, :-2:2] + nodes[:, :, 2::2]) / 2 - nodes[:, :, 1::2]
    down = (nodes[:, :-2:2] + nodes[:, 2::2]) / 2 - nodes[:, 1::2]
    return float(max(np.abs(along).max(), np.abs(down).max()))


def shrinking(mapping: PixelMap, target: Grid, width: int, height: int) -> float:
    """Return how many source pixels one target pixel spans along its longer axis.

    Args:
        mapping: target pixels to source pixels.
        target: grid of the target.
        width: columns of the source.
        height: rows of the source.

    Returns:
        The median over the target's pixels that lie in the source, 1 when none
        does.
    """
    x, y = np.meshgrid(
        (np.arange(17) + 0.5) / 17 * target.width,
        (np.arange(17) + 0.5) / 17 * target.height,
    )
    at = np.stack([x.ravel(), y.ravel()], axis=1)
    here = mapping(at)
    right = mapping(at + np.array([1.0, 0.0])) - here
    down = mapping(at + np.array([0.0, 1.0])) - here
    jacobian = np.stack([right, down], axis=2)
    known = np.isfinite(jacobian).all(axis=(1, 2)) & np.isfinite(here).all(axis=1)
    inside = known & ((here >= 0) & (here < [width, height])).all(axis=1)
    chosen = jacobian[inside] if inside.any() else jacobian[known]
    if not len(chosen):
        return 1.0
    return float(np.median(np.linalg.svd(chosen, compute_uv=False)[:, 0]))
