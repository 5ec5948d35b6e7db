"""Positions of target pixels in the source, from few exact ones in between."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Callable

import numpy as np

from ..base.grid import Grid

#: Target pixels (n, 2) to source pixels (n, 2), corner origin, NaN where undefined.
PixelMap = Callable[[np.ndarray], np.ndarray]

#: Largest error of an interpolated position, in source pixels.
TOLERANCE_PX = 0.02
#: Spacing of exact positions that is tried first, in target pixels.
COARSE_PX = 32
#: Largest error at a probe. Half the tolerance, as no probe need hit the worst place.
PROBE_PX = TOLERANCE_PX / 2
#: Fractions whose multiples fill the unit square evenly and never repeat, so that
#: probes keep no step with the lattice (powers of the root of x^3 = x + 1).
_PROBE_STEP = (0.7548776662466927, 0.5698402909980532)


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
    wider spacing are off by less than ``TOLERANCE_PX``, and so are probes at
    irregular places between them: a wave as long as the spacing is the same at
    all corners. It depends on the cell alone, so that the same cell always gets
    the same positions.

    Args:
        mapping: target pixels to source pixels.
        col: column of the cell's first target pixel.
        row: row of the cell's first target pixel.
        size: side of the cell in pixels, a power of two.
    """
    spacing = min(COARSE_PX, size // 2)
    at = _probe_places(size, spacing)
    probes = mapping(at + np.array([col, row])).T
    while True:
        nodes = _evaluate(mapping, col, row, size, spacing)
        if spacing == 1 or _fits(nodes, spacing, at, probes):
            return Lattice(nodes, spacing)
        spacing //= 2


@lru_cache(maxsize=16)
def _probe_places(size: int, spacing: int) -> np.ndarray:
    """Return one place within each square of the lattice, (n, 2), from the cell."""
    count = size // spacing
    corner = np.stack(np.meshgrid(*2 * [np.arange(count)]), axis=-1).reshape(-1, 2)
    part = (np.arange(1, count**2 + 1)[:, None] * _PROBE_STEP) % 1.0
    return (corner + part) * spacing


def _evaluate(
    mapping: PixelMap, col: int, row: int, size: int, spacing: int
) -> np.ndarray:
    at = np.arange(0, size + 1, spacing, dtype=np.float64)
    x, y = np.meshgrid(col + at, row + at)
    xy = mapping(np.stack([x.ravel(), y.ravel()], axis=1))
    return np.ascontiguousarray(xy.T).reshape(2, len(at), len(at))


def _fits(nodes: np.ndarray, spacing: int, at: np.ndarray, probes: np.ndarray) -> bool:
    """Return whether positions between the nodes are as good as they have to be."""
    if not (np.isfinite(nodes).all() and np.isfinite(probes).all()):
        return bool(np.isnan(nodes).all() and np.isnan(probes).all())
    if _midpoint_error(nodes) >= TOLERANCE_PX:
        return False
    return float(np.abs(_between(nodes, spacing, at) - probes).max()) < PROBE_PX


def _midpoint_error(nodes: np.ndarray) -> float:
    """Return by how far every second node is off the line between its neighbours."""
    along = (nodes[:, :, :-2:2] + nodes[:, :, 2::2]) / 2 - nodes[:, :, 1::2]
    down = (nodes[:, :-2:2] + nodes[:, 2::2]) / 2 - nodes[:, 1::2]
    return float(max(np.abs(along).max(), np.abs(down).max()))


def _between(nodes: np.ndarray, spacing: int, at: np.ndarray) -> np.ndarray:
    """Return the positions, (2, n), that the lattice gives places within the cell."""
    square, part = np.divmod(at / spacing, 1.0)
    (col, row), (x, y) = square.T.astype(int), part.T
    above = nodes[:, row, col] * (1 - x) + nodes[:, row, col + 1] * x
    below = nodes[:, row + 1, col] * (1 - x) + nodes[:, row + 1, col + 1] * x
    return above * (1 - y) + below * y


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
