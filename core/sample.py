"""Resample one source onto any regular tile, once, from its original pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import cv2
import numpy as np

from .geo import apply_affine
from .source import READ_PX, Source

#: Distance in tile pixels between nodes at which positions are computed exactly.
NODE_PX = 32
#: Positions that an affine reproduces this well, in original pixels, are affine.
AFFINE_TOLERANCE_PX = 1e-3


@dataclass(frozen=True)
class Positions:
    """Where the pixel centres of a tile lie in a raster's original pixels.

    Args:
        xy: (h, w, 2) float64, or None where ``affine`` says it all.
        affine: (3, 3) float64, tile pixels to original pixels, best fit.
        width: columns of the tile.
        height: rows of the tile.
    """

    xy: np.ndarray | None
    affine: np.ndarray
    width: int
    height: int

    @property
    def steps(self) -> tuple[float, float]:
        """Return the original pixels per tile pixel along original x and y."""
        rows = np.abs(self.affine[:2, :2])
        return float(np.hypot(*rows[0])), float(np.hypot(*rows[1]))

    def box(self) -> tuple[float, float, float, float]:
        """Return (left, top, right, bottom) of all centres, in original pixels."""
        if self.xy is None:
            x, y = (0.5, self.width - 0.5), (0.5, self.height - 0.5)
            corners = np.array([(a, b) for a in x for b in y])
            at = apply_affine(self.affine, corners)
        else:
            at = self.xy.reshape(-1, 2)
        at = at[np.isfinite(at).all(axis=1)]
        if len(at) == 0:
            return 0.0, 0.0, -1.0, -1.0
        (left, top), (right, bottom) = at.min(axis=0), at.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def dense(self) -> np.ndarray:
        """Return the (h, w, 2) float64 positions."""
        if self.xy is not None:
            return self.xy
        x = np.arange(self.width) + 0.5
        y = np.arange(self.height)[:, None] + 0.5
        a = self.affine
        return np.stack([a[i, 0] * x + a[i, 1] * y + a[i, 2] for i in (0, 1)], axis=2)


def locate(
    to_raw: Callable[[np.ndarray], np.ndarray], width: int, height: int
) -> Positions:
    """Find the positions of a tile's pixels.

    Args:
        to_raw: maps (n, 2) tile pixels to (n, 2) original pixels; smooth.
        width: columns of the tile.
        height: rows of the tile.
    """
    x, y = _nodes(width), _nodes(height)
    at = np.stack(np.meshgrid(x, y), axis=2)
    raw = np.asarray(to_raw(at.reshape(-1, 2)), np.float64)
    good = np.isfinite(raw).all(axis=1)
    affine = np.eye(3)
    if good.sum() >= 3:
        terms = np.column_stack([at.reshape(-1, 2)[good], np.ones(good.sum())])
        affine[:2] = np.linalg.lstsq(terms, raw[good], rcond=None)[0].T
        error = np.abs(apply_affine(affine, at.reshape(-1, 2)) - raw)
        if good.all() and error.max() < AFFINE_TOLERANCE_PX:
            return Positions(None, affine, width, height)
    dense = _upsample(raw.reshape(len(y), len(x), 2), x, y, width, height)
    return Positions(dense, affine, width, height)


def sample(
    source: Source, bands: tuple[int, ...], at: Positions, overviews: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Resample the grey value: area mean down to the tile's step, then bilinear.

    Args:
        source: where pixels come from.
        bands: 1-based bands whose mean is taken.
        at: positions of the tile's pixels.
        overviews: allow the file's own overviews, whose filter is unknown.

    Returns:
        (h, w) float32 in the file's units, 0 where invalid, and (h, w) bool.
        Memory: the tile, its footprint after averaging, and one read of at most
        8 million pixels.
    """
    fx, fy = (max(1, round(step)) for step in at.steps)
    if overviews and source.overviews:
        fx, fy = (1 << (f.bit_length() - 1) for f in (fx, fy))
    left, top, right, bottom = at.box()
    x0 = max(0, int(np.floor(left / fx) - 2) * fx)
    y0 = max(0, int(np.floor(top / fy) - 2) * fy)
    x1 = min(source.width, int(np.ceil(right / fx) + 2) * fx)
    y1 = min(source.height, int(np.ceil(bottom / fy) + 2) * fy)
    shape = (at.height, at.width)
    if x1 <= x0 or y1 <= y0:
        return np.zeros(shape, np.float32), np.zeros(shape, bool)
    values, weight = _averaged(
        source, bands, (x0, y0, x1 - x0, y1 - y0), (fx, fy), overviews
    )
    whole = _whole_shift(at, (x0, y0), (fx, fy))
    if whole is not None:
        values, weight = _cut(values, whole, shape), _cut(weight, whole, shape)
    else:
        map_xy = (at.dense() - (x0, y0)) / (fx, fy) - 0.5
        map_xy[~np.isfinite(map_xy)] = -9
        both = np.dstack([values * weight, weight])
        grid = map_xy.astype(np.float32)
        moved = cv2.remap(both, grid, None, cv2.INTER_LINEAR, borderValue=0)
        weight = moved[:, :, 1]
        values = moved[:, :, 0] / np.maximum(weight, 1e-6)
    valid = weight > 0.49
    return np.where(valid, values, 0), valid


def _averaged(
    source: Source,
    bands: tuple[int, ...],
    window: tuple[int, int, int, int],
    factor: tuple[int, int],
    overviews: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return area means over cells of ``factor`` pixels and the valid share of each."""
    (x0, y0, width, height), (fx, fy) = window, factor
    skip = _overview(source, fx, fy) if overviews else 1
    if fx == fy == 1:
        values, valid = source.read(bands, window)
        return values, valid.astype(np.float32)
    columns, rows = -(-width // fx), -(-height // fy)
    out = np.zeros((2, rows, columns), np.float32)
    stride = max(1, READ_PX * skip * skip // (len(bands) * width * fy))
    for row in range(0, rows, stride):
        top = row * fy
        strip = (x0, y0 + top, width, min(stride * fy, height - top))
        values, valid = source.read(bands, strip, skip)
        cells = (fx // skip, fy // skip)
        stop = row + -(-strip[3] // fy)
        weight = _cell_means(valid.astype(np.float32), cells)
        mean = _cell_means(values, cells)
        out[0, row:stop] = mean / np.maximum(weight, 1e-6)
        out[1, row:stop] = weight
    return out[0], out[1]


def _cell_means(image: np.ndarray, cells: tuple[int, int]) -> np.ndarray:
    """Average cells of (columns, rows); partial cells count as padded with zero."""
    fx, fy = cells
    height, width = image.shape
    rows, columns = -(-height // fy), -(-width // fx)
    if (rows * fy, columns * fx) != (height, width):
        padding = ((0, rows * fy - height), (0, columns * fx - width))
        image = np.pad(image, padding)
    return cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)


def _overview(source: Source, fx: int, fy: int) -> int:
    """Return the coarsest overview that still leaves two pixels to average."""
    least = min(fx, fy)
    fits = [o for o in source.overviews if fx % o == fy % o == 0 and 2 * o <= least]
    return max(fits, default=1)


def _whole_shift(
    at: Positions, origin: tuple[int, int], factor: tuple[int, int]
) -> tuple[int, int] | None:
    """Return the tile's first cell when its pixels are exactly cells, else None."""
    if at.xy is not None:
        return None
    linear = at.affine[:2, :2] / np.array(factor)[:, None]
    span = max(at.width, at.height)
    if np.abs(linear - np.eye(2)).max() * span > 2e-3:
        return None
    first = (apply_affine(at.affine, np.array([[0.5, 0.5]]))[0] - origin) / factor - 0.5
    whole = np.round(first)
    if np.abs(first - whole).max() > 2e-3:
        return None
    return int(whole[0]), int(whole[1])


def _cut(
    image: np.ndarray, first: tuple[int, int], shape: tuple[int, int]
) -> np.ndarray:
    """Return a window of an image, zero where it reaches beyond."""
    (x, y), (height, width) = first, shape
    out = np.zeros(shape, image.dtype)
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + width, image.shape[1]), min(y + height, image.shape[0])
    if x0 < x1 and y0 < y1:
        out[y0 - y : y1 - y, x0 - x : x1 - x] = image[y0:y1, x0:x1]
    return out


def _nodes(size: int) -> np.ndarray:
    """Return node positions from border to border of ``size`` pixels."""
    return np.linspace(0.0, size, max(2, -(-size // NODE_PX) + 1))


def _upsample(
    nodes: np.ndarray, x: np.ndarray, y: np.ndarray, width: int, height: int
) -> np.ndarray:
    """Interpolate (ny, nx, 2) node values bilinearly at (h, w) pixel centres."""
    u = (np.arange(width) + 0.5) / (x[1] - x[0])
    v = (np.arange(height) + 0.5) / (y[1] - y[0])
    i = np.minimum(u.astype(int), len(x) - 2)
    j = np.minimum(v.astype(int), len(y) - 2)
    u, v = (u - i)[None, :, None], (v - j)[:, None, None]
    rows = nodes[:, i] * (1 - u) + nodes[:, i + 1] * u
    return rows[j] * (1 - v) + rows[j + 1] * v
