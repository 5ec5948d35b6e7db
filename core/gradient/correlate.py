"""Correlation surfaces of channel stacks by FFT, and their sub-pixel peaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

from .channels import Channels

#: Samples that one batch of transforms may hold (about 64 MiB in complex64).
_BATCH_SAMPLES = 1 << 21


@dataclass(frozen=True)
class Surfaces:
    """Correlation of each block of one stack with its surroundings in another.

    Args:
        product: (rows, cols, k, k) float32, sum of products for shifts of
            -radius..radius px in y and x.
        mov_energy: (rows, cols) float32, energy of the block.
        ref_energy: (rows, cols, k, k) float32, energy under the shifted block.
        centres: (rows, cols, 2) float64, xy of the blocks' centres.
    """

    product: np.ndarray
    mov_energy: np.ndarray
    ref_energy: np.ndarray
    centres: np.ndarray

    @property
    def radius(self) -> int:
        """Largest shift in px."""
        return self.product.shape[-1] // 2


def block_surfaces(
    mov: Channels, ref: Channels, block: int, radius: int, workers: int
) -> Surfaces:
    """Correlate each ``block`` x ``block`` part of ``mov`` with ``ref`` around it.

    Both stacks lie on one pixel grid; the result covers the blocks inside both.
    """
    height, width = mov.weight.shape
    rows, cols = -(-height // block), -(-width // block)
    side, k = block + 2 * radius, 2 * radius + 1
    size = fft.next_fast_len(side, real=True)
    moved = _padded(mov.planes, rows * block, cols * block, 0)
    fixed = _padded(ref.planes, rows * block, cols * block, radius)
    energy = np.einsum("chw,chw->hw", fixed, fixed)
    product = np.empty((rows, cols, k, k), np.float32)
    ref_energy = np.empty((rows, cols, k, k), np.float32)
    box = _box_sums(energy, block)
    step = max(1, _BATCH_SAMPLES // (cols * len(moved) * size * size))
    windows = sliding_window_view(fixed, (side, side), axis=(1, 2))
    windows = windows[:, ::block, ::block]
    parts = moved.reshape(len(moved), rows, block, cols, block).transpose(0, 1, 3, 2, 4)
    for top in range(0, rows, step):
        part = slice(top, top + step)
        a = fft.rfft2(parts[:, part], (size, size), workers=workers)
        b = fft.rfft2(windows[:, part], (size, size), workers=workers)
        np.conjugate(a, out=a)
        cross = np.einsum("cyxhw,cyxhw->yxhw", a, b)
        whole = fft.irfft2(cross, (size, size), workers=workers)
        product[part] = whole[..., :k, :k]
    views = sliding_window_view(box, (k, k))
    ref_energy[:] = views[::block, ::block]
    mov_energy = np.einsum("cyxhw,cyxhw->yx", parts, parts)
    y, x = np.mgrid[:rows, :cols] * float(block) + block / 2
    return Surfaces(product, mov_energy, ref_energy, np.stack([x, y], axis=-1))


def _padded(planes: np.ndarray, height: int, width: int, margin: int) -> np.ndarray:
    out = np.zeros((len(planes), height + 2 * margin, width + 2 * margin), planes.dtype)
    h, w = min(planes.shape[1], height + margin), min(planes.shape[2], width + margin)
    out[:, margin : margin + h, margin : margin + w] = planes[:, :h, :w]
    return out


def _box_sums(values: np.ndarray, side: int) -> np.ndarray:
    total = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    np.cumsum(np.cumsum(values, axis=0, dtype=np.float64), axis=1, out=total[1:, 1:])
    sums = total[side:, side:] - total[:-side, side:]
    sums += total[:-side, :-side] - total[side:, :-side]
    return sums.astype(np.float32)


def window_scores(surfaces: Surfaces, sigma_blocks: float) -> np.ndarray:
    """Return correlation coefficients (rows, cols, k, k) of Gaussian windows."""
    product = _blur_blocks(surfaces.product, sigma_blocks)
    ref_energy = _blur_blocks(surfaces.ref_energy, sigma_blocks)
    mov_energy = _blur_blocks(surfaces.mov_energy, sigma_blocks)
    energy = ref_energy * mov_energy[..., None, None]
    floor = 1e-4 * float(energy.mean()) + 1e-20
    return product / np.sqrt(np.maximum(energy, floor))


def _blur_blocks(values: np.ndarray, sigma: float) -> np.ndarray:
    for axis in (0, 1):
        matrix = _gauss_matrix(values.shape[axis], sigma)
        values = np.moveaxis(np.tensordot(matrix, values, axes=(1, axis)), 0, axis)
    return values


def _gauss_matrix(count: int, sigma: float) -> np.ndarray:
    if sigma <= 0:
        return np.eye(count, dtype=np.float32)
    t = np.arange(count)
    weights = np.exp(-0.5 * ((t[:, None] - t[None, :]) / sigma) ** 2)
    return weights.astype(np.float32)


@dataclass(frozen=True)
class Peaks:
    """Best shift per window.

    Args:
        shift: (n, 2) float64 xy.
        score: (n,) value at the peak.
        second: (n,) best value away from the peak.
        curvature: (n,) smaller principal curvature at the peak, per px^2.
        spread: (n,) standard deviation of the surface.
        inside: (n,) bool, whether the peak is not on the rim.
    """

    shift: np.ndarray
    score: np.ndarray
    second: np.ndarray
    curvature: np.ndarray
    spread: np.ndarray
    inside: np.ndarray


def find_peaks(scores: np.ndarray, apart: int = 3) -> Peaks:
    """Return the sub-pixel maximum of each (k, k) surface in ``scores`` (n, k, k)."""
    count, k, _ = scores.shape
    flat = scores.reshape(count, -1)
    best = flat.argmax(axis=1)
    row, col = np.divmod(best, k)
    inside = (row > 0) & (row < k - 1) & (col > 0) & (col < k - 1)
    r, c = np.clip(row, 1, k - 2), np.clip(col, 1, k - 2)
    offset, curvature, peak = quadratic_peak(scores, r, c)
    away = np.maximum(
        np.abs(np.arange(k)[None, :, None] - row[:, None, None]),
        np.abs(np.arange(k)[None, None, :] - col[:, None, None]),
    )
    second = np.where(away > apart, scores, -np.inf).reshape(count, -1).max(axis=1)
    shift = np.stack([c, r], axis=1) - k // 2 + offset
    return Peaks(shift, peak, second, curvature, flat.std(axis=1), inside)


def quadratic_peak(
    scores: np.ndarray, row: np.ndarray, col: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sub-pixel offsets (n, 2), curvatures (n,) and values (n,) of peaks."""
    n = np.arange(len(row))

    def at(dy: int, dx: int) -> np.ndarray:
        return scores[n, row + dy, col + dx].astype(np.float64)

    gx, gy = (at(0, 1) - at(0, -1)) / 2, (at(1, 0) - at(-1, 0)) / 2
    hxx = at(0, 1) + at(0, -1) - 2 * at(0, 0)
    hyy = at(1, 0) + at(-1, 0) - 2 * at(0, 0)
    hxy = (at(1, 1) + at(-1, -1) - at(1, -1) - at(-1, 1)) / 4
    det = hxx * hyy - hxy * hxy
    good = (det > 1e-12) & (hxx < 0)
    safe = np.where(good, det, 1.0)
    dx = np.where(good, -(hyy * gx - hxy * gy) / safe, 0.0)
    dy = np.where(good, -(hxx * gy - hxy * gx) / safe, 0.0)
    offset = np.clip(np.stack([dx, dy], axis=1), -0.75, 0.75)
    half = np.sqrt(((hxx - hyy) / 2) ** 2 + hxy**2)
    curvature = np.where(good, -(hxx + hyy) / 2 - half, 0.0)
    peak = at(0, 0) + 0.5 * (gx * offset[:, 0] + gy * offset[:, 1])
    return offset, np.maximum(curvature, 0.0), peak
