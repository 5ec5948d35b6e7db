"""Sub-pixel maxima of correlation surfaces, and what their shape tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: A second maximum counts when it is further than this from the first.
_APART_PX = 3


@dataclass(frozen=True)
class Peaks:
    """Best shift per window.

    Args:
        shift: (n, 2) float64 xy.
        score: (n,) value at the peak.
        second: (n,) best value away from the peak.
        curvature: (n,) smaller principal curvature at the peak, per px^2.
        back_px: (n,) how far the way back from the peak ends from the start.
        inside: (n,) bool, whether the peak is not on the rim.
    """

    shift: np.ndarray
    score: np.ndarray
    second: np.ndarray
    curvature: np.ndarray
    back_px: np.ndarray
    inside: np.ndarray


def find_peaks(scores: np.ndarray, grid: tuple[int, int], block: int) -> Peaks:
    """Return the sub-pixel maximum of each surface.

    Args:
        scores: (rows * cols, k, k) float32.
        grid: (rows, cols).
        block: distance between neighbouring windows in px.
    """
    count, k, _ = scores.shape
    best = scores.reshape(count, -1).argmax(axis=1)
    row, col = np.divmod(best, k)
    inside = (row > 0) & (row < k - 1) & (col > 0) & (col < k - 1)
    r, c = np.clip(row, 1, k - 2), np.clip(col, 1, k - 2)
    offset, curvature, peak = quadratic_peak(scores, r, c)
    far_y, far_x = (np.abs(np.arange(k) - at[:, None]) > _APART_PX for at in (row, col))
    away = far_y[:, :, None] | far_x[:, None, :]
    second = np.where(away, scores, -np.inf).reshape(count, -1).max(axis=1)
    back = _back_px(scores.reshape(*grid, k, k), row, col, block)
    shift = np.stack([c, r], axis=1) - k // 2 + offset
    return Peaks(shift, peak, second, curvature, back, inside)


def _back_px(
    scores: np.ndarray, row: np.ndarray, col: np.ndarray, block: int
) -> np.ndarray:
    """Match each peak's place in the reference back to the moving image.

    The surface of a reference window at q for the way back by d is that of the
    moving window at q - d for the way there, so the nearest windows' surfaces
    hold it already.
    """
    rows, cols, k, _ = scores.shape
    t = np.arange(k) - k // 2
    y, x = np.divmod(np.arange(rows * cols), cols)
    at_y = y[:, None] + np.rint((row[:, None] - k // 2 - t) / block).astype(int)
    at_x = x[:, None] + np.rint((col[:, None] - k // 2 - t) / block).astype(int)
    at_y, at_x = np.clip(at_y, 0, rows - 1), np.clip(at_x, 0, cols - 1)
    surface = at_y[:, :, None] * cols + at_x[:, None, :]
    back = scores.reshape(-1)[surface * k * k + np.arange(k * k).reshape(k, k)]
    r, c = np.divmod(back.reshape(len(back), -1).argmax(axis=1), k)
    return np.hypot(r - row, c - col)


def quadratic_peak(
    scores: np.ndarray, row: np.ndarray, col: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sub-pixel offsets (n, 2), curvatures (n,) and values (n,) of peaks."""
    k = scores.shape[-1]
    step = np.arange(-1, 2)
    at = (np.arange(len(row)) * k + row) * k + col
    near = at + (step[:, None] * k + step).reshape(-1, 1)
    around = scores.reshape(-1)[near].astype(np.float64)
    nw, n, ne, w, here, e, sw, s, se = around
    gx, gy = (e - w) / 2, (s - n) / 2
    hxx, hyy = e + w - 2 * here, s + n - 2 * here
    hxy = (se + nw - ne - sw) / 4
    det = hxx * hyy - hxy * hxy
    good = (det > 1e-12) & (hxx < 0)
    safe = np.where(good, det, 1.0)
    dx = np.where(good, -(hyy * gx - hxy * gy) / safe, 0.0)
    dy = np.where(good, -(hxx * gy - hxy * gx) / safe, 0.0)
    offset = np.clip(np.stack([dx, dy], axis=1), -0.75, 0.75)
    half = np.sqrt(((hxx - hyy) / 2) ** 2 + hxy**2)
    curvature = np.where(good, -(hxx + hyy) / 2 - half, 0.0)
    peak = here + 0.5 * (gx * offset[:, 0] + gy * offset[:, 1])
    return offset, np.maximum(curvature, 0.0), peak
