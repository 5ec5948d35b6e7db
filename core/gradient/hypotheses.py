"""Whole-tile placements: rotation and scale by hypotheses, translation by FFT."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import fft

from ..feedback import Feedback, check
from ..types import Search
from .channels import COUNT, Channels

#: Half a step between hypotheses moves the rim of a tile by this share of its
#: half side; peaks of whole tiles tolerate about 5 %.
_STEP = 0.045


@dataclass(frozen=True)
class Placement:
    """One place of the moving tile.

    Args:
        mov_to_ref: (3, 3) float64 in pixels of the level.
        score: correlation in units of the noise's standard deviation.
    """

    mov_to_ref: np.ndarray
    score: float


def search_placements(
    mov: Channels,
    ref: Channels,
    search: Search,
    count: int,
    workers: int,
    feedback: Feedback,
) -> list[Placement]:
    """Return the ``count`` best placements within ``search``, best first.

    Every rotation and scale on a grid is tried; ``search.shift_px`` is in pixels
    of this level. Memory is a few stacks of the padded reference's size.
    """
    correlator = _Correlator(mov, ref, search.shift_px, workers)
    angles, scales = hypothesis_grid(search)
    found: list[tuple[float, float, float, np.ndarray]] = []
    surfaces_sq, samples = 0.0, 0
    for scale in scales:
        for angle in angles:
            check(feedback)
            surface = correlator.surface(angle, scale)
            surfaces_sq += float(np.square(surface).sum())
            samples += surface.size
            found += [
                (score, angle, scale, shift) for score, shift in _maxima(surface, 3)
            ]
    noise = np.sqrt(surfaces_sq / max(samples, 1)) + 1e-20
    found.sort(key=lambda item: -item[0])
    placements = []
    for score, angle, scale, shift in found[: 4 * count]:
        matrix = correlator.placement(angle, scale, shift)
        if any(distance(matrix, p.mov_to_ref, mov) < 2.0 for p in placements):
            continue
        placements.append(Placement(matrix, score / noise))
    return placements[:count]


def hypothesis_grid(search: Search) -> tuple[np.ndarray, np.ndarray]:
    """Return the rotations in degrees and the scales to try."""
    step = np.rad2deg(2 * _STEP)
    if search.rotation_deg >= 180 - step / 2:
        angles = np.arange(0, 360, 360 / np.ceil(360 / step))
    else:
        half = int(np.ceil(max(search.rotation_deg / step - 0.5, 0)))
        angles = np.linspace(-1, 1, 2 * half + 1) * search.rotation_deg if half else [0]
    log_scale = np.log(max(search.scale, 1.0))
    half = int(np.ceil(max(log_scale / (2 * _STEP) - 0.5, 0)))
    scales = np.exp(np.linspace(-1, 1, 2 * half + 1) * log_scale) if half else [1]
    return np.asarray(angles, float), np.asarray(scales, float)


def distance(a: np.ndarray, b: np.ndarray, mov: Channels) -> float:
    """Return how far apart two placements put the tile, RMS over it in px."""
    height, width = mov.weight.shape
    x, y = np.meshgrid(np.array([0.2, 0.8]) * width, np.array([0.2, 0.8]) * height)
    corners = np.stack([x.ravel(), y.ravel(), np.ones(4)])
    return float(np.sqrt((((a - b) @ corners)[:2] ** 2).sum(axis=0).mean()))


def rotated_planes(planes: np.ndarray, angle_rad: float) -> np.ndarray:
    """Turn the harmonics' phases of (COUNT, ...) planes by an angle, in place."""
    for first, order in ((1, 2), (3, 4)):
        c, s = np.cos(order * angle_rad), np.sin(order * angle_rad)
        real = c * planes[first] - s * planes[first + 1]
        planes[first + 1] = s * planes[first] + c * planes[first + 1]
        planes[first] = real
    return planes


class _Correlator:
    """The reference's transforms, shared by all hypotheses."""

    def __init__(self, mov: Channels, ref: Channels, shift: float, workers: int):
        self._radius = max(int(np.ceil(shift)), 1)
        self._workers = workers
        height, width = ref.weight.shape
        self._shape = tuple(
            fft.next_fast_len(side + 2 * self._radius + 1, real=True)
            for side in (height, width)
        )
        self._mov = np.ascontiguousarray(np.moveaxis(mov.planes, 0, -1))
        self._mov_centre = np.array(mov.weight.shape[::-1]) / 2
        self._ref_centre = np.array([width, height]) / 2
        fixed = np.zeros((COUNT, *self._shape), np.float32)
        r = self._radius
        fixed[:, r : r + height, r : r + width] = ref.planes
        self._fixed = fft.rfft2(fixed, workers=workers)

    def _hypothesis(self, angle_deg: float, scale: float) -> np.ndarray:
        a = np.deg2rad(angle_deg)
        turn = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
        out = np.eye(3)
        out[:2, :2] = turn
        out[:2, 2] = self._ref_centre - turn @ self._mov_centre
        return out

    def placement(self, angle: float, scale: float, shift: np.ndarray) -> np.ndarray:
        """Return the (3, 3) matrix of a hypothesis moved by ``shift`` (x, y)."""
        out = self._hypothesis(angle, scale)
        out[:2, 2] += shift
        return out

    def surface(self, angle_deg: float, scale: float) -> np.ndarray:
        """Return scores (2r+1, 2r+1) for shifts -r..r of a hypothesis."""
        m = self._hypothesis(angle_deg, scale)
        m[:2, 2] += self._radius
        m[:2, 2] += m[:2, :2] @ [0.5, 0.5] - 0.5
        size = self._shape[::-1]
        warped = cv2.warpAffine(self._mov, m[:2], size, flags=cv2.INTER_LINEAR)
        planes = rotated_planes(
            np.ascontiguousarray(np.moveaxis(warped, -1, 0)), np.deg2rad(angle_deg)
        )
        energy = float(np.vdot(planes, planes))
        moved = fft.rfft2(planes, workers=self._workers)
        cross = np.einsum("chw,chw->hw", moved.conj(), self._fixed)
        whole = fft.irfft2(cross, self._shape, workers=self._workers)
        r = self._radius
        whole = np.roll(whole, (r, r), axis=(0, 1))[: 2 * r + 1, : 2 * r + 1]
        return whole / np.sqrt(energy + 1e-12)


def _maxima(surface: np.ndarray, count: int) -> list[tuple[float, np.ndarray]]:
    """Return up to ``count`` separate maxima as (value, (x, y) shift)."""
    radius = surface.shape[0] // 2
    rest, out = surface.copy(), []
    for _ in range(count):
        row, col = np.unravel_index(int(rest.argmax()), rest.shape)
        value = float(rest[row, col])
        if not np.isfinite(value):
            break
        out.append((value, np.array([col - radius, row - radius], float)))
        rest[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] = -np.inf
    return out
