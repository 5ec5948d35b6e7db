"""Resample one source onto any regular tile, once, from its original pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import cv2
import numpy as np

from ..base.feedback import SILENT, Feedback, check
from ..base.grid import apply_affine, outline, translation
from .source import READ_PX, Source

#: Distance in tile pixels between nodes at which positions are computed exactly.
NODE_PX = 32
#: Positions that an affine reproduces this well, in original pixels, are affine.
AFFINE_TOLERANCE_PX = 1e-3
#: Pixels are valid when at least about half of what they are made of is.
LEAST_WEIGHT = 0.49
#: Position, in cells, of what has no counterpart in the raster.
FAR_PX = -1e6


@dataclass(frozen=True)
class Positions:
    """Where a tile lies in a raster's original pixels.

    Args:
        affine: (3, 3) float64, tile pixels to original pixels; a best fit where
            there are ``nodes``, else exact.
        nodes: (ny, nx, 2) float64 positions, evenly spaced from border to border
            of the tile and bilinear in between, or None.
        width: columns of the tile.
        height: rows of the tile.
    """

    affine: np.ndarray
    nodes: np.ndarray | None
    width: int
    height: int

    @property
    def steps(self) -> tuple[float, float]:
        """Return the original pixels per tile pixel along original x and y."""
        x, y = self.affine[:2, :2]
        return float(np.hypot(*x)), float(np.hypot(*y))

    def box(self) -> tuple[float, float, float, float]:
        """Return (left, top, right, bottom) of the tile in original pixels."""
        if self.nodes is None:
            at = apply_affine(self.affine, outline(self.width, self.height, 2))
        else:
            at = self.nodes.reshape(-1, 2)
        at = at[np.isfinite(at).all(axis=1)]
        if len(at) == 0:
            return 0.0, 0.0, -1.0, -1.0
        (left, top), (right, bottom) = at.min(axis=0), at.max(axis=0)
        return float(left), float(top), float(right), float(bottom)


def locate(
    to_raw: Callable[[np.ndarray], np.ndarray], width: int, height: int
) -> Positions:
    """Find where a tile lies.

    Args:
        to_raw: maps (n, 2) tile pixels to (n, 2) original pixels; smooth.
        width: columns of the tile.
        height: rows of the tile.
    """
    x, y = _nodes(width), _nodes(height)
    at = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
    raw = np.asarray(to_raw(at), np.float64)
    good = np.isfinite(raw).all(axis=1)
    affine = np.eye(3)
    if good.sum() >= 3:
        terms = np.column_stack([at[good], np.ones(good.sum())])
        affine[:2] = np.linalg.lstsq(terms, raw[good], rcond=None)[0].T
    misfit = np.abs(apply_affine(affine, at) - raw)
    if good.all() and misfit.max() < AFFINE_TOLERANCE_PX:
        return Positions(affine, None, width, height)
    return Positions(affine, raw.reshape(len(y), len(x), 2), width, height)


def sample(
    source: Source,
    bands: tuple[int, ...],
    at: Positions,
    overviews: bool = False,
    feedback: Feedback = SILENT,
) -> tuple[np.ndarray, np.ndarray]:
    """Resample the grey value: area mean down to the tile's step, then bilinear.

    Args:
        source: where pixels come from.
        bands: 1-based bands whose mean is taken.
        at: where the tile lies.
        overviews: allow the file's own overviews, whose filter is unknown.
        feedback: asked before every read; raises ``Cancelled``.

    Returns:
        (h, w) in the file's units, as ``Source.read`` has them, 0 where invalid, and
        (h, w) bool.
        Memory: some ten times the tile, and one read of at most 8 million pixels.
    """
    factor, window = _footprint(source, at, overviews)
    shape = (at.height, at.width)
    if window[2] <= 0 or window[3] <= 0:
        return np.zeros(shape, np.float32), np.zeros(shape, bool)
    values, weight = _averaged(source, bands, window, factor, overviews, feedback)
    to_cells = np.diag([1 / factor[0], 1 / factor[1], 1.0])
    to_cells = to_cells @ translation(-window[0], -window[1])
    whole = _whole_shift(to_cells @ at.affine, at)
    if whole is not None:
        values, weight = _cut(values, whole, shape), _cut(weight, whole, shape)
    else:
        values, weight = _interpolate(values, weight, at, to_cells)
    valid = weight > LEAST_WEIGHT
    values[~valid] = 0
    return values, valid


def _footprint(
    source: Source, at: Positions, overviews: bool
) -> tuple[tuple[int, int], tuple[int, int, int, int]]:
    """Return the pixels to average per cell, and the window that holds the tile."""
    sides = (source.width, source.height)
    fx, fy = (
        min(max(1, round(step)), n) for step, n in zip(at.steps, sides, strict=True)
    )
    if overviews and source.overviews:
        fx, fy = (1 << (f.bit_length() - 1) for f in (fx, fy))
    left, top, right, bottom = at.box()
    while True:
        x0 = max(0, int(np.floor(left / fx) - 1) * fx)
        y0 = max(0, int(np.floor(top / fy) - 1) * fy)
        x1 = min(source.width, int(np.ceil(right / fx) + 1) * fx)
        y1 = min(source.height, int(np.ceil(bottom / fy) + 1) * fy)
        cells = max(0, x1 - x0) * max(0, y1 - y0) // (fx * fy)
        # Only a mapping that is far from affine gets here: keep memory bounded.
        if cells <= 8 * at.width * at.height + 1_000_000:
            return (fx, fy), (x0, y0, x1 - x0, y1 - y0)
        fx, fy = 2 * fx, 2 * fy


def _interpolate(
    values: np.ndarray, weight: np.ndarray, at: Positions, to_cells: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return values and weights of cells, bilinear, at the tile's pixel centres."""
    if values.dtype == np.float64:
        # OpenCV rounds positions of float64 to 1/32 px; the cells' own range has no
        # need of it.
        known = values[weight > 0]
        low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
        span = (high - low) or 1.0
        flat = np.where(weight > 0, (values - low) / span, 0).astype(np.float32)
        flat, share = _interpolate(flat, weight, at, to_cells)
        return low + span * flat.astype(np.float64), share
    # One channel at a time: OpenCV rounds positions to 1/32 px for two.
    size = (at.width, at.height)
    images = (values * weight, weight)
    if at.nodes is None:
        half = translation(0.5, 0.5)
        m = np.linalg.inv(half) @ to_cells @ at.affine @ half
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        total, share = (cv2.warpAffine(i, m[:2], size, flags=flags) for i in images)
    else:
        cells = apply_affine(to_cells, at.nodes.reshape(-1, 2)) - 0.5
        cells[~np.isfinite(cells)] = FAR_PX
        nodes = cells.reshape(at.nodes.shape).astype(np.float32)
        x, y = (_upsample(nodes[:, :, axis], *size) for axis in (0, 1))
        total, share = (cv2.remap(i, x, y, cv2.INTER_LINEAR) for i in images)
    return total / np.maximum(share, 1e-6), share


def _averaged(
    source: Source,
    bands: tuple[int, ...],
    window: tuple[int, int, int, int],
    factor: tuple[int, int],
    overviews: bool,
    feedback: Feedback,
) -> tuple[np.ndarray, np.ndarray]:
    """Return area means over cells of ``factor`` pixels and the valid share of each."""
    (x0, y0, width, height), (fx, fy) = window, factor
    skip = _overview(source, fx, fy) if overviews else 1
    if fx == fy == 1:
        values, valid = source.read(bands, window)
        return values, valid.astype(np.float32)
    rows = -(-height // fy)
    means, weights = [], []
    stride = max(1, READ_PX * skip * skip // (len(bands) * width * fy))
    for row in range(0, rows, stride):
        check(feedback)
        top = row * fy
        strip = (x0, y0 + top, width, min(stride * fy, height - top))
        values, valid = source.read(bands, strip, skip)
        cells = (fx // skip, fy // skip)
        weight = _cell_means(valid.astype(np.float32), cells)
        means.append(_cell_means(values, cells) / np.maximum(weight, 1e-6))
        weights.append(weight)
    return np.concatenate(means), np.concatenate(weights)


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


def _whole_shift(to_cells: np.ndarray, at: Positions) -> tuple[int, int] | None:
    """Return the tile's first cell when its pixels are exactly cells, else None."""
    if at.nodes is not None:
        return None
    span = max(at.width, at.height)
    if np.abs(to_cells[:2, :2] - np.eye(2)).max() * span > AFFINE_TOLERANCE_PX:
        return None
    first = apply_affine(to_cells, np.array([[0.5, 0.5]]))[0] - 0.5
    whole = np.round(first)
    if np.abs(first - whole).max() > AFFINE_TOLERANCE_PX:
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


def _upsample(nodes: np.ndarray, width: int, height: int) -> np.ndarray:
    """Interpolate (ny, nx) float32 nodes bilinearly at (h, w) pixel centres.

    OpenCV before version 5 would round positions to 1/32 of the nodes' distance.
    """
    rows = _between(nodes, height)
    return np.ascontiguousarray(_between(rows.T, width).T)


def _between(nodes: np.ndarray, size: int) -> np.ndarray:
    """Interpolate (n, m) nodes along the first axis at ``size`` pixel centres."""
    place = (np.arange(size) + 0.5) * ((len(nodes) - 1) / size)
    low = place.astype(np.intp)
    part = (place - low).astype(np.float32)[:, None]
    return nodes[low] + part * (nodes[low + 1] - nodes[low])
