"""Coherent imaging of a mean-power map: speckle (Goodman 1976) and point targets."""

from __future__ import annotations

import numpy as np
from scipy import fft

from ..base.feedback import SILENT, Feedback, track

_PAD = 24
_HALF_POWER = 0.65  # half-power half-width of the window's impulse, in 1 / bandwidth


def form_image(
    power: np.ndarray,
    looks: float,
    resolution_px: float,
    axis_deg: float,
    targets: np.ndarray,
    rng: np.random.Generator,
    feedback: Feedback = SILENT,
) -> np.ndarray:
    """Return one multi-look intensity image, (h, w) float32, linear.

    The expectation over homogeneous ground equals ``power`` and its mean squared
    over its variance equals ``looks``, before the point spread correlates
    neighbouring pixels. Memory is about 40 bytes per pixel.

    Args:
        power: (h, w) float32, expected intensity.
        looks: equivalent number of looks, at least 1.
        resolution_px: half-power width of a point.
        axis_deg: azimuth of the range axis in the image, clockwise from up.
        targets: (n, 3) float64 rows of x, y (pixels) and peak intensity.
        rng: where the speckle comes from.
        feedback: progress and cancel.
    """
    padded = np.pad(power, _PAD, mode="reflect")
    shape = tuple(fft.next_fast_len(n) for n in padded.shape)
    amplitude = np.zeros(shape, np.float32)
    amplitude[: padded.shape[0], : padded.shape[1]] = np.sqrt(np.maximum(padded, 0))
    transfer = _transfer(shape, resolution_px, axis_deg)
    transfer /= np.sqrt(np.mean(transfer * transfer))
    points = _point_spread(power.shape, targets, resolution_px, axis_deg)
    total = np.zeros(power.shape, np.float32)
    window = tuple(slice(_PAD, _PAD + n) for n in power.shape)
    weights = _look_weights(looks)
    for weight in track(weights, feedback):
        field = np.empty(shape, np.complex64)
        field.real = rng.standard_normal(shape, dtype=np.float32)
        field.imag = rng.standard_normal(shape, dtype=np.float32)
        field *= amplitude * np.float32(np.sqrt(0.5))
        field = fft.fft2(field, workers=2, overwrite_x=True)
        field *= transfer
        field = fft.ifft2(field, workers=2, overwrite_x=True)[window]
        for rows, cols, patch in points:
            field[rows, cols] += patch * np.exp(2j * np.pi * rng.random())
        total += np.float32(weight) * (field.real**2 + field.imag**2)
    return total / np.float32(sum(weights))


def _look_weights(looks: float) -> list[float]:
    """Return weights of independent looks that give ``looks`` equivalent ones."""
    whole = int(looks)
    if looks - whole < 1e-6:
        return [1.0] * whole
    # (n + f)^2 / (n + f^2) = looks, solved for the last weight f in (0, 1)
    a, b, c = 1 - looks, 2.0 * whole, whole * whole - looks * whole
    last = (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)
    return [1.0] * whole + [float(last)]


def _taper(frequency: np.ndarray, resolution_px: float) -> np.ndarray:
    """Return a Hamming-weighted band; its impulse is ``resolution_px`` wide."""
    band = 2 * _HALF_POWER / resolution_px
    place = np.clip(np.abs(frequency) / band, 0, 0.5)
    gain = 0.54 + 0.46 * np.cos(2 * np.pi * place)
    return np.where(np.abs(frequency) <= band / 2, gain, 0).astype(np.float32)


def _transfer(
    shape: tuple[int, int], resolution_px: float, axis_deg: float
) -> np.ndarray:
    fy = fft.fftfreq(shape[0])[:, None].astype(np.float32)
    fx = fft.fftfreq(shape[1])[None, :].astype(np.float32)
    angle = np.radians(axis_deg)
    c, s = np.float32(np.sin(angle)), np.float32(-np.cos(angle))
    along, across = fx * c + fy * s, fy * c - fx * s
    return _taper(along, resolution_px) * _taper(across, resolution_px)


def _point_spread(
    shape: tuple[int, int], targets: np.ndarray, resolution_px: float, axis_deg: float
) -> list[tuple[slice, slice, np.ndarray]]:
    """Return where each target adds which amplitude, exact to sub-pixels."""
    angle = np.radians(axis_deg)
    c, s = np.sin(angle), -np.cos(angle)
    parts = []
    for x, y, peak in targets:
        left, top = int(x) - _PAD, int(y) - _PAD
        right, bottom = left + 2 * _PAD + 1, top + 2 * _PAD + 1
        left, top = max(left, 0), max(top, 0)
        right, bottom = min(right, shape[1]), min(bottom, shape[0])
        if left >= right or top >= bottom:
            continue
        dx, dy = np.meshgrid(
            np.arange(left, right) + 0.5 - x, np.arange(top, bottom) + 0.5 - y
        )
        spread = _impulse(dx * c + dy * s, resolution_px)
        spread = spread * _impulse(dy * c - dx * s, resolution_px)
        patch = (np.sqrt(peak) * spread).astype(np.complex64)
        parts.append((slice(top, bottom), slice(left, right), patch))
    return parts


def _impulse(distance: np.ndarray, resolution_px: float) -> np.ndarray:
    """Return the impulse response of the tapered band, 1 at distance 0."""
    band = 2 * _HALF_POWER / resolution_px
    x = distance * band
    spread = 0.54 * np.sinc(x) + 0.23 * (np.sinc(x - 1) + np.sinc(x + 1))
    return spread / 0.54
