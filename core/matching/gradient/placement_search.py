"""Whole-tile placements: rotation and scale by hypotheses, translation by FFT."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy import fft

from ...base.feedback import Feedback, check
from ...base.types import Search
from .channels import COUNT, Channels
from .correlate import correlation_spectrum
from .inspection import Standing, standing_of

#: Half a step between hypotheses moves the rim of a tile by this share of its
#: half side; peaks of whole tiles tolerate about 5 %.
_STEP = 0.045
#: Where the peak of a placement may be, in px, after it was refined.
_AT_PLACE_PX = 3.0
#: Neighbouring shifts whose scores are alike.
_ALIKE_SHIFTS = 4.0
#: What the best gains by chance per e-fold of rotations and scales.
_PER_TURN = 0.12
#: Share of the most energy that meets at any shift below which scores rise no more.
_LEAST_SHARED = 0.25
#: Samples that one batch of transforms may hold.
_BATCH_SAMPLES = 1 << 19


@dataclass(frozen=True)
class Placement:
    """One place of the moving tile.

    Args:
        mov_to_ref: (3, 3) float64 in pixels of the level.
        score: correlation in units of the noise's standard deviation.
        surprise: by how much the best of the search that it comes from rose above
            what the best of as many tries reaches by chance, in the same units.
        turns: number of rotations and scales that were tried in it; 1 for a place
            that was given.
    """

    mov_to_ref: np.ndarray
    score: float
    surprise: float = 0.0
    turns: int = 1


def search_placements(
    mov: Channels,
    ref: Channels,
    search: Search,
    count: int,
    workers: int,
    feedback: Feedback,
    holed: bool = False,
) -> list[Placement]:
    """Return the ``count`` best placements within ``search``, best first.

    Every rotation and scale on a grid is tried; ``search.shift_px`` is in pixels
    of this level. ``holed``: both have holes of one shape. Memory is a few stacks of
    the padded reference's size.
    """
    correlator = Correlator(mov, ref, search.shift_px, workers, holed)
    angles, scales = hypothesis_grid(search)
    turns = np.stack(np.meshgrid(angles, scales), axis=-1).reshape(-1, 2)
    values: list[float] = []
    matrices: list[np.ndarray] = []
    power, samples = 0.0, 0
    step = max(1, _BATCH_SAMPLES // (COUNT * correlator.shape[0] * correlator.shape[1]))
    for first in range(0, len(turns), step):
        check(feedback)
        guesses = [correlator.centred(*turn) for turn in turns[first : first + step]]
        surfaces = correlator.surfaces(guesses)
        power += float(np.vdot(surfaces, surfaces))
        samples += surfaces.size
        for guess, surface in zip(guesses, surfaces, strict=True):
            for value, shift in maxima(surface, 3):
                values.append(value)
                matrices.append(shifted(guess, shift))
    noise = float(np.sqrt(power / samples)) + 1e-20
    order = np.argsort(values)[::-1][: 6 * count]
    surprise = max(values, default=0.0) / noise - best_by_chance(
        len(turns), samples // len(turns)
    )
    candidates = [
        Placement(matrices[i], values[i] / noise, surprise, len(turns)) for i in order
    ]
    return distinct(candidates, mov.weight.shape, 2.0)[:count]


def best_by_chance(turns: int, shifts: int) -> float:
    """Return how high the best of all hypotheses rises where none is right.

    In deviations: the largest of as many independent normal values, and what more
    than that the best had among unrelated training pairs that were searched with
    every rotation, whose surfaces have less noise towards their rims.

    Args:
        turns: number of rotations and scales.
        shifts: number of shifts that were tried for each.
    """
    tries = turns * max(shifts / _ALIKE_SHIFTS, 1.0)
    return float(np.sqrt(2.0 * np.log(max(tries, 1.0))) + _PER_TURN * np.log(turns))


def distinct(
    placements: list[Placement], shape: tuple[int, int], apart_px: float
) -> list[Placement]:
    """Drop placements closer than ``apart_px`` to an earlier one.

    Args:
        placements: best first.
        shape: (height, width) of the moving tile.
        apart_px: RMS distance over the tile.
    """
    height, width = shape
    x, y = np.meshgrid(np.array([0.2, 0.8]) * width, np.array([0.2, 0.8]) * height)
    corners = np.stack([x.ravel(), y.ravel(), np.ones(4)])
    kept: list[Placement] = []
    seen = np.empty((0, 8))
    for placement in placements:
        at = (placement.mov_to_ref @ corners)[:2].ravel()
        if len(seen) and np.square(seen - at).sum(axis=1).min() < 4 * apart_px**2:
            continue
        seen = np.concatenate([seen, at[None]])
        kept.append(placement)
    return kept


def shifted(matrix: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return a (3, 3) matrix followed by a shift (x, y)."""
    out = matrix.copy()
    out[:2, 2] += shift
    return out


def doubled(place: Placement) -> Placement:
    """Return a placement in pixels of the next finer level."""
    matrix = place.mov_to_ref.copy()
    matrix[:2, 2] *= 2
    return replace(place, mov_to_ref=matrix)


def moved_px(a: Placement, b: Placement, shape: tuple[int, int]) -> float:
    """Return the RMS distance of two placements at the corners of a (h, w) tile."""
    height, width = shape
    corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    change = (a.mov_to_ref - b.mov_to_ref) @ corners
    return float(np.sqrt((change[:2] ** 2).sum(axis=0).mean()))


def hypothesis_grid(search: Search) -> tuple[np.ndarray, np.ndarray]:
    """Return the rotations in degrees and the scales to try."""
    step = np.rad2deg(2 * _STEP)
    if search.rotation_deg >= 180 - step / 2:
        angles = np.arange(0, 360, 360 / np.ceil(360 / step))
    else:
        half = int(np.ceil(max(search.rotation_deg / step - 0.5, 0)))
        angles = _symmetric(half) * search.rotation_deg
    log_scale = np.log(max(search.scale, 1.0))
    half = int(np.ceil(max(log_scale / (2 * _STEP) - 0.5, 0)))
    scales = np.exp(_symmetric(half) * log_scale)
    return angles, scales


def _symmetric(half: int) -> np.ndarray:
    """Return 2 half + 1 numbers from -1 to 1; 0 for half = 0."""
    return np.arange(-half, half + 1) / max(half, 1)


class Correlator:
    """A reference's transforms, shared by all hypotheses about the moving tile.

    Args:
        mov, ref: channels of one level; shapes may differ.
        shift_px: largest shift per axis.
        workers: threads of the transforms.
        holed: whether both have holes of one shape; see ``_shared``.
    """

    def __init__(
        self,
        mov: Channels,
        ref: Channels,
        shift_px: float,
        workers: int,
        holed: bool = False,
    ):
        self._radius = max(int(np.ceil(shift_px)), 1)
        self._workers = workers
        height, width = ref.weight.shape
        self.shape = tuple(
            fft.next_fast_len(side + 2 * self._radius + 1, real=True)
            for side in (height, width)
        )
        self._mov = np.ascontiguousarray(np.moveaxis(mov.planes, 0, -1))
        self._centre = np.array(mov.weight.shape[::-1]) / 2
        fixed = np.zeros((COUNT, 1, *self.shape), np.float32)
        r = self._radius
        fixed[:, 0, r : r + height, r : r + width] = ref.planes
        self._fixed = np.conjugate(fft.rfft2(fixed, workers=workers))
        self._energy = None
        if holed:
            energy = np.einsum("cnhw,cnhw->nhw", fixed, fixed)
            self._energy = fft.rfft2(energy, workers=workers)

    def centred(self, angle_deg: float, scale: float) -> np.ndarray:
        """Return the (3, 3) matrix that turns the moving tile about its centre."""
        a = np.deg2rad(angle_deg)
        turn = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
        out = np.eye(3)
        out[:2, :2] = turn
        out[:2, 2] = self._centre - turn @ self._centre
        return out

    def surfaces(self, guesses: list[np.ndarray]) -> np.ndarray:
        """Return scores (n, 2r+1, 2r+1) for shifts -r..r of (3, 3) matrices.

        A score is the sum of products over the root of the moving energy, so that
        its noise is the same for every rotation and scale; where there are holes, for
        every shift as well.
        """
        planes = np.stack([self._warped(guess) for guess in guesses], axis=1)
        energy = np.einsum("cnhw,cnhw->n", planes, planes)
        moved = fft.rfft2(planes, workers=self._workers)
        cross = correlation_spectrum(moved, self._fixed)
        whole = fft.irfft2(cross, self.shape, workers=self._workers)
        r = self._radius
        index = np.arange(-r, r + 1)
        part = whole[:, index[:, None], index[None, :]]
        part = part / np.sqrt(energy + 1e-12)[:, None, None]
        if self._energy is None:
            return part
        return part / np.sqrt(self._shared(planes, index))

    def _shared(self, planes: np.ndarray, index: np.ndarray) -> np.ndarray:
        """Return by shift how much of both energies meets, as a share of the most.

        Where holes of both images meet, more of what is left does as well, and agrees
        by chance with that much larger a deviation.
        """
        energy = np.einsum("cnhw,cnhw->nhw", planes, planes)
        moved = fft.rfft2(energy, workers=self._workers)
        np.conjugate(moved, out=moved)
        whole = fft.irfft2(moved * self._energy, self.shape, workers=self._workers)
        part = whole[:, index[:, None], index[None, :]]
        most = part.max(axis=(1, 2), keepdims=True) + 1e-12
        return np.asarray(np.maximum(part / most, _LEAST_SHARED))

    def _warped(self, guess: np.ndarray) -> np.ndarray:
        m = shifted(guess, np.full(2, self._radius + 0.0))[:2]
        m[:, 2] += m[:, :2] @ [0.5, 0.5] - 0.5
        size = self.shape[::-1]
        warped = cv2.warpAffine(self._mov, m, size, flags=cv2.INTER_LINEAR)
        planes = np.ascontiguousarray(np.moveaxis(warped, -1, 0))
        angle = np.arctan2(m[1, 0] - m[0, 1], m[0, 0] + m[1, 1])
        return rotated_planes(planes, float(angle))


def rotated_planes(planes: np.ndarray, angle_rad: float) -> np.ndarray:
    """Turn the harmonics' phases of (COUNT, ...) planes by an angle, in place."""
    for first, order in ((1, 2), (3, 4)):
        c, s = np.cos(order * angle_rad), np.sin(order * angle_rad)
        real = c * planes[first] - s * planes[first + 1]
        planes[first + 1] = s * planes[first] + c * planes[first + 1]
        planes[first] = real
    return planes


def maxima(surface: np.ndarray, count: int) -> list[tuple[float, np.ndarray]]:
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


def stands_out(
    mov: Channels,
    ref: Channels,
    shift_px: float,
    apart_px: float,
    workers: int,
    holed: bool = False,
) -> Standing:
    """Return how far a placement rises above all others.

    Args:
        mov: the moving tile, resampled to where it was placed.
        ref: the reference.
        shift_px: how far per axis other placements are looked for.
        apart_px: a placement beyond this is another one.
        workers: threads of the transforms.
        holed: whether both have holes of one shape.
    """
    surface = Correlator(mov, ref, shift_px, workers, holed).surfaces([np.eye(3)])[0]
    t = np.arange(len(surface)) - len(surface) // 2
    distance = np.hypot(t[:, None], t[None, :])
    return standing_of(surface[distance <= _AT_PLACE_PX], surface[distance > apart_px])
