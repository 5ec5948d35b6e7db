"""What images share that is not ground, and ground that looks everywhere the same."""

from __future__ import annotations

from typing import Callable

import cv2
import numpy as np

Draw = Callable[[np.ndarray, np.random.Generator], None]


def graticule(image: np.ndarray, rng: np.random.Generator) -> None:
    """Draw lines of a map grid into (h, w[, 3]) uint8, in place."""
    step = int(rng.integers(image.shape[0] // 5, image.shape[0] // 2))
    first = rng.integers(0, step, 2)
    value = int(rng.choice([0, 255]))
    image[int(first[0]) :: step] = value
    image[:, int(first[1]) :: step] = value


def frame(image: np.ndarray, rng: np.random.Generator) -> None:
    """Draw the neat line of a map sheet into an image, in place."""
    inset, width = int(rng.integers(2, 10)), int(rng.integers(1, 4))
    last = np.subtract(image.shape[1::-1], inset + 1).tolist()
    cv2.rectangle(image, (inset, inset), last, _ink(image, rng), width)


def annotation(image: np.ndarray, rng: np.random.Generator) -> None:
    """Write some names into an image, in place."""
    ink = _ink(image, rng)
    for word in ("Harbour", "A 7", "Mill", "12.5"):
        at = (rng.uniform(0.05, 0.8, 2) * image.shape[1::-1]).astype(int).tolist()
        cv2.putText(image, word, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, ink, 1, cv2.LINE_AA)


def caption(image: np.ndarray, rng: np.random.Generator) -> None:
    """Write one line on a bar along the lower or upper edge, in place."""
    height = int(rng.integers(14, 24))
    low = bool(rng.integers(0, 2))
    top = image.shape[0] - height if low else 0
    image[top : top + height] = 0
    place = (4, top + height - 5)
    text = f"Scene 20{rng.integers(10, 30)}-0{rng.integers(1, 10)} orbit 142"
    white = (255,) * (1 if image.ndim == 2 else 3)
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, white, 1)


def scale_bar(image: np.ndarray, rng: np.random.Generator) -> None:
    """Draw a scale bar of four fields, in place."""
    height, width = image.shape[:2]
    field = max(width // 16, 5)
    x, y = int(rng.integers(4, width // 3)), int(rng.integers(height // 2, height - 12))
    for number in range(4):
        part = np.s_[y : y + 6, x + number * field : x + (number + 1) * field]
        image[part] = 255 * (number % 2)


def dead_columns(image: np.ndarray, rng: np.random.Generator) -> None:
    """Set a few columns of a detector to one value, in place."""
    for column in rng.integers(2, image.shape[1] - 2, int(rng.integers(2, 8))):
        image[:, int(column)] = int(rng.choice([0, 255]))


def scan_stripes(image: np.ndarray, rng: np.random.Generator) -> None:
    """Darken every other group of lines as a worn scanner does, in place."""
    lines, strength = int(rng.choice([4, 6, 8, 16])), rng.uniform(0.55, 0.85)
    dark = (np.arange(image.shape[0]) // lines) % 2 == 0
    image[dark] = (image[dark] * strength).astype(np.uint8)


#: Drawn alike over both images of a pair, at the same pixels.
OVERLAYS: dict[str, Draw] = {
    "graticule": graticule,
    "frame": frame,
    "annotation": annotation,
    "caption": caption,
    "scale bar": scale_bar,
    "dead columns": dead_columns,
    "scan stripes": scan_stripes,
}


def _ink(image: np.ndarray, rng: np.random.Generator) -> tuple[int, ...]:
    return (int(rng.choice([0, 255])),) * (1 if image.ndim == 2 else 3)


def speckled(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return (h, w) uint8 of pure speckle, one to four looks."""
    looks = int(rng.integers(1, 5))
    amplitude = np.sqrt(rng.gamma(looks, 1.0 / looks, shape))
    return np.clip(90 * amplitude, 0, 255).astype(np.uint8)


def cloudy(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return (h, w) uint8 of clouds: noise whose spectrum falls with frequency."""
    y, x = (np.fft.fftfreq(side) for side in shape)
    distance = np.hypot(y[:, None], x[None])
    distance[0, 0] = 1.0
    waves = np.fft.fft2(rng.standard_normal(shape)) / distance ** rng.uniform(1.2, 1.9)
    waves[0, 0] = 0.0
    field = np.fft.ifft2(waves).real
    field = (field - field.mean()) / field.std()
    return np.clip(128 + 60 * field, 0, 255).astype(np.uint8)


def seaway(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return (h, w) uint8 of open water: swell and noise."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    angle, length = rng.uniform(0, np.pi), rng.uniform(9, 40)
    phase = 2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / length
    swell = np.sin(phase + 0.8 * cloudy(shape, rng) / 60.0)
    noisy = 60 + 8 * swell + 6 * rng.standard_normal(shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def lattice(
    shape: tuple[int, int], period: tuple[float, float], angle: float, phase: np.ndarray
) -> np.ndarray:
    """Return (h, w) float64 in [0, 1], lines of a grid with two periods, in px."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    u = x * np.cos(angle) + y * np.sin(angle) + phase[0]
    v = -x * np.sin(angle) + y * np.cos(angle) + phase[1]
    lines = [
        np.exp(-(((w + 0.5 * p) % p - 0.5 * p) ** 2) / 4.0)
        for w, p in zip((u, v), period, strict=True)
    ]
    return np.maximum(*lines)


def fields(
    shape: tuple[int, int],
    period: tuple[float, float],
    angle: float,
    phase: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return (h, w) uint8, equal fields of random brightness on a lattice."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    u = np.floor((x * np.cos(angle) + y * np.sin(angle) + phase[0]) / period[0])
    v = np.floor((-x * np.sin(angle) + y * np.cos(angle) + phase[1]) / period[1])
    palette = rng.uniform(60, 200, 64)
    bright = palette[((u * 7 + v * 13) % 64).astype(int)]
    bright = bright * (1 - 0.6 * lattice(shape, period, angle, phase))
    return np.clip(bright + 8 * rng.standard_normal(shape), 0, 255).astype(np.uint8)


def in_tiles(
    patch: np.ndarray, shape: tuple[int, int], first: np.ndarray
) -> np.ndarray:
    """Return one patch (s, s[, 3]) copied over (h, w), beginning at (x, y)."""
    height, width = shape
    row = (np.arange(height) + int(first[1])) % patch.shape[0]
    col = (np.arange(width) + int(first[0])) % patch.shape[1]
    return np.ascontiguousarray(patch[row[:, None], col[None, :]])
