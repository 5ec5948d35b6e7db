"""Seeded random fields and hashes; the same seed gives the same numbers."""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from scipy import fft

_MIX = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F)


def stream(seed: int, name: str) -> np.random.Generator:
    """Return an independent random generator for one named part of a scene."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def fractal(
    shape: tuple[int, int],
    wavelength_px: float,
    hurst: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return fractal noise, (h, w) float32 of mean 0 and standard deviation 1.

    Args:
        shape: rows and columns.
        wavelength_px: outer scale; longer waves get no more power.
        hurst: smoothness, about 0.2 (texture) to 1.2 (worn hills).
        rng: where the randomness comes from.
    """
    rows, cols = (fft.next_fast_len(n, real=True) for n in shape)
    white = rng.standard_normal((rows, cols), dtype=np.float32)
    spectrum = fft.rfft2(white, workers=2)
    fy = fft.fftfreq(rows).astype(np.float32)[:, None]
    fx = fft.rfftfreq(cols).astype(np.float32)[None, :]
    power = 1.0 + (fx * fx + fy * fy) * np.float32(wavelength_px**2)
    spectrum *= power ** np.float32(-(hurst + 1.0) / 2.0)
    spectrum[0, 0] = 0.0
    field = fft.irfft2(spectrum, s=(rows, cols), workers=2)[: shape[0], : shape[1]]
    field = np.ascontiguousarray(field, np.float32)
    field -= field.mean()
    return field / max(float(field.std()), 1e-12)


def smooth(
    shape: tuple[int, int], wavelength_px: float, rng: np.random.Generator
) -> np.ndarray:
    """Return noise without detail below the wavelength, (h, w) float32, unit spread."""
    step = max(wavelength_px / 3.0, 1.0)
    small = [int(np.ceil(n / step)) + 4 for n in shape]
    coarse = rng.standard_normal(small, dtype=np.float32)
    scale = np.array([[1 / step, 0, 1.5], [0, 1 / step, 1.5]])
    soft = cv2.GaussianBlur(coarse, (0, 0), 0.8, borderType=cv2.BORDER_REFLECT)
    return 2.8 * cv2.warpAffine(
        soft,
        scale,
        shape[::-1],
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )


def ridged(
    shape: tuple[int, int], wavelength_px: float, rng: np.random.Generator
) -> np.ndarray:
    """Return sharp crests over smooth valleys, (h, w) float32 from 0 to about 1.5."""
    total = np.zeros(shape, np.float32)
    weight: np.ndarray | float = 1.0
    gain = 1.0
    while wavelength_px > 3.0 and gain > 0.02:
        crest = np.clip(1.0 - np.abs(smooth(shape, wavelength_px, rng)), 0, 1)
        crest = crest * crest * weight
        total += np.float32(gain) * crest
        weight = np.clip(1.8 * crest, 0, 1)
        wavelength_px, gain = wavelength_px / 2.0, gain * 0.48
    return total


def mix(*keys: np.ndarray | int) -> np.ndarray:
    """Return one uint32 hash per element of the integer ``keys`` (broadcast)."""
    state = np.zeros(1, np.uint32)
    for place, key in enumerate(keys):
        word = np.atleast_1d(key).astype(np.int64, copy=False).astype(np.uint32)
        state = (state ^ word * np.uint32(_MIX[place % 4])) * np.uint32(_MIX[1])
        state = state ^ (state >> np.uint32(15))
    state = state * np.uint32(_MIX[2])
    return state ^ (state >> np.uint32(13))


def uniform(*keys: np.ndarray | int) -> np.ndarray:
    """Return one float32 in [0, 1) per element of the integer ``keys``."""
    return (mix(*keys) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def coverage(signed_distance_m: np.ndarray, gsd_m: float) -> np.ndarray:
    """Return how much of a pixel lies inside a shape: 0 (far outside) to 1."""
    return np.clip(0.5 - signed_distance_m / np.float32(gsd_m), 0.0, 1.0)
