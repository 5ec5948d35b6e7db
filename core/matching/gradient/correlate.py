"""Correlation surfaces of channel stacks by FFT, and their sub-pixel peaks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

from .channels import Channels

#: Samples that one batch of transforms may hold: some 1 MB, which stay in the cache.
_BATCH_SAMPLES = 1 << 17


@dataclass(frozen=True)
class Surfaces:
    """Correlation of each block of one stack with its surroundings in another.

    Args:
        product: (rows, cols, k, k) float32, sum of products for shifts of
            -radius..radius px in y and x.
        mov_energy: (rows, cols) float32, energy of the block.
        ref_energy: (h, w) float32, energy of every pixel of the reference.
        block: side of a block in px.
    """

    product: np.ndarray
    mov_energy: np.ndarray
    ref_energy: np.ndarray
    block: int

    @property
    def centres(self) -> np.ndarray:
        """(rows * cols, 2) float64 xy of the blocks' middles, as the rim cuts them."""
        counts, sides = self.mov_energy.shape, self.ref_energy.shape
        starts = [self.block * np.arange(count) for count in counts]
        y, x = (
            (start + np.minimum(start + self.block, side)) / 2
            for start, side in zip(starts, sides, strict=True)
        )
        return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


class BlockCorrelator:
    """A reference's transforms, shared by all placements of the moving tile.

    For tiles of 512 px 20 MB are held, while it works some 30 MB more.

    Args:
        ref: channels of the reference.
        block: side of the blocks in px.
        radius: largest shift in px.
        workers: threads of the transforms.
    """

    def __init__(self, ref: Channels, block: int, radius: int, workers: int):
        self._block, self._radius, self._workers = block, radius, workers
        height, width = ref.weight.shape
        self._grid = rows, cols = -(-height // block), -(-width // block)
        side = block + 2 * radius
        self._size = (fft.next_fast_len(side, real=True),) * 2
        fixed = _padded(ref.planes, rows * block, cols * block, radius)
        windows = sliding_window_view(fixed, (side, side), axis=(1, 2))
        windows = windows[:, ::block, ::block]
        samples = cols * len(fixed) * self._size[0] * self._size[1]
        step = max(1, _BATCH_SAMPLES // samples)
        parts = [slice(top, top + step) for top in range(0, rows, step)]
        self._fixed: list[tuple[slice, np.ndarray]] = []
        for part in parts:
            spectra = fft.rfft2(windows[:, part], self._size, workers=workers)
            self._fixed.append((part, np.conjugate(spectra, out=spectra)))
        self._energy = np.einsum("chw,chw->hw", ref.planes, ref.planes)

    def surfaces(self, mov: Channels) -> Surfaces:
        """Correlate each block of ``mov``, which lies on the reference's grid."""
        (rows, cols), block = self._grid, self._block
        k, side = 2 * self._radius + 1, self._size[0]
        moved = _padded(mov.planes, rows * block, cols * block, 0)
        parts = moved.reshape(len(moved), rows, block, cols, block)
        parts = parts.transpose(0, 1, 3, 2, 4)
        product = np.empty((rows, cols, k, k), np.float32)
        for part, fixed in self._fixed:
            # Rows of zeros are not transformed, nor those that nobody asks for.
            a = fft.rfft(parts[:, part], side, workers=self._workers)
            a = fft.fft(a, side, axis=-2, overwrite_x=True, workers=self._workers)
            cross = correlation_spectrum(a, fixed)
            cross = fft.ifft(cross, axis=-2, overwrite_x=True, workers=self._workers)
            whole = fft.irfft(cross[..., :k, :], side, workers=self._workers)
            product[part] = whole[..., :k]
        energy = np.einsum("cyxhw,cyxhw->yx", parts, parts)
        return Surfaces(product, energy, self._energy, block)


def correlation_spectrum(mov: np.ndarray, ref: np.ndarray) -> np.ndarray:
    """Return the sum over the first axis of conj(mov) * ref; overwrites ``mov``.

    ``ref`` is given as its complex conjugate.
    """
    np.multiply(mov, ref, out=mov)
    total = mov[0]
    for term in mov[1:]:
        total += term
    return np.conjugate(total, out=total)


def _padded(planes: np.ndarray, height: int, width: int, margin: int) -> np.ndarray:
    out = np.zeros((len(planes), height + 2 * margin, width + 2 * margin), planes.dtype)
    h, w = min(planes.shape[1], height + margin), min(planes.shape[2], width + margin)
    out[:, margin : margin + h, margin : margin + w] = planes[:, :h, :w]
    return out


def window_scores(surfaces: Surfaces, sigma_blocks: float) -> np.ndarray:
    """Return correlation coefficients (rows * cols, k, k) of Gaussian windows.

    Args:
        surfaces: of the blocks.
        sigma_blocks: standard deviation of the window, in blocks.
    """
    product = _blur_blocks(surfaces.product, sigma_blocks)
    mov_energy = _blur_blocks(surfaces.mov_energy, sigma_blocks)
    ref_energy = _window_energy(surfaces, sigma_blocks)
    energy = ref_energy * mov_energy[..., None, None]
    floor = 1e-3 * float(energy.mean()) + 1e-20
    product /= np.sqrt(np.maximum(energy, floor, out=energy), out=energy)
    return product.reshape(-1, *product.shape[2:])


def window_centres(surfaces: Surfaces, sigma_blocks: float) -> np.ndarray:
    """Return (rows * cols, 2) float64 xy, what Gaussian windows really look at.

    The centre of their energy: off the block's where windows are cut by the rim.
    """
    energy = surfaces.mov_energy[..., None].astype(np.float64)
    centres = surfaces.centres.reshape(*energy.shape[:2], 2)
    total = _blur_blocks(energy, sigma_blocks)
    moment = _blur_blocks(energy * centres, sigma_blocks)
    # Without energy the centre is as good as any.
    mean = np.where(total > 0, moment / np.maximum(total, 1e-30), centres)
    return mean.reshape(-1, 2)


def _blur_blocks(values: np.ndarray, sigma: float) -> np.ndarray:
    """Smooth along the first two axes, without normalising at the rim."""
    rows, cols = (_gaussian_band(n, sigma, values.dtype) for n in values.shape[:2])
    along = rows @ values.reshape(len(rows), -1)
    return np.reshape(cols @ along.reshape(*values.shape[:2], -1), values.shape)


def _gaussian_band(count: int, sigma: float, dtype: np.dtype) -> np.ndarray:
    """Return (count, count) weights of each block in the window of each."""
    apart = np.abs(np.arange(count)[:, None] - np.arange(count))
    weights = np.exp(-0.5 * (apart / sigma) ** 2)
    return np.where(apart <= np.ceil(3 * sigma), weights, 0.0).astype(dtype)


def _window_energy(surfaces: Surfaces, sigma_blocks: float) -> np.ndarray:
    """Return the reference's energy (rows, cols, k, k) under each shifted window.

    It varies slowly, so it is smoothed on a grid of quarter blocks.
    """
    rows, cols, k, _ = surfaces.product.shape
    block, radius = surfaces.block, k // 2
    cell = max(block // 4, 1)
    margin = -(-radius // cell) * cell
    padded = _padded(surfaces.ref_energy[None], rows * block, cols * block, margin)[0]
    height, width = padded.shape
    small = cv2.resize(
        padded, (width // cell, height // cell), interpolation=cv2.INTER_AREA
    )
    small *= cell * cell
    sigma = sigma_blocks * block / cell
    # Per block, as the blocks' sums: the kernel's sum over cells is that over blocks
    # times the cells of one block.
    gain = _kernel_sum(sigma) ** 2
    smooth = gain * cv2.GaussianBlur(
        small, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT
    )
    dense = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
    first = margin - radius + block // 2
    views = sliding_window_view(dense, (k, k))[first::block, first::block]
    return views[:rows, :cols]


def _kernel_sum(sigma: float) -> float:
    t = np.arange(-np.ceil(3 * sigma), np.ceil(3 * sigma) + 1)
    return float(np.exp(-0.5 * (t / sigma) ** 2).sum())
