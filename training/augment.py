"""Random geometry with exact dense truth, and random looks, in numpy.

A canonical plane lies between the two images: the reference crop reads it
through one affine, the moving crop through that affine after a further random
motion, so each crop is resampled once, both are equally smooth, and the truth
is the motion itself. Both footprints stay inside the sources: no border can
give the answer away.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Ranges:
    """How far a moving crop may be from the reference crop.

    Args:
        rotation_deg: half of all samples; the others stay within a quarter.
        scale: largest factor, likewise.
        shift_share: largest shift, as a share of the crop's side.
        aniso: largest extra factor between the axes.
        shear_deg: largest shear.
        warp_px: deviation of the smooth deformation's control points.
        warp_chance: share of samples that are deformed.
        zoom: source pixels per crop pixel, from and to.
    """

    rotation_deg: float = 20.0
    scale: float = 1.25
    shift_share: float = 0.18
    aniso: float = 1.03
    shear_deg: float = 2.0
    warp_px: float = 1.6
    warp_chance: float = 0.6
    zoom: tuple[float, float] = (0.55, 1.6)


@dataclass(frozen=True)
class Geometry:
    """Where a pair of crops reads its sources.

    Args:
        to_source: (2, 3) canonical plane to reference source, px.
        motion: (2, 3) moving crop to canonical plane, px.
        warp: (size, size, 2) float32 px, added after ``motion``.
    """

    to_source: np.ndarray
    motion: np.ndarray
    warp: np.ndarray

    def flow(self) -> np.ndarray:
        """Return the reference xy of every moving pixel, (size, size, 2) float32."""
        size = len(self.warp)
        return (affine_grid(self.motion, size) + self.warp).astype(np.float32)


def affine_grid(matrix: np.ndarray, size: int) -> np.ndarray:
    """Map the pixel centres of a square crop; (size, size, 2) float64."""
    axis = np.arange(size) + 0.5
    grid = np.empty((size, size, 2))
    for out, (ax, ay, shift) in enumerate(matrix):
        grid[..., out] = (ax * axis + shift)[None, :] + (ay * axis)[:, None]
    return grid


def draw_geometry(
    rng: np.random.Generator,
    size: int,
    source_wh: tuple[int, int],
    ranges: Ranges,
    tries: int = 12,
) -> Geometry:
    """Draw a geometry whose two footprints lie inside the source.

    Each failed try narrows motion and zoom, so that small sources give small
    motions rather than borders.

    Args:
        rng: source of all randomness.
        size: side of the crops, px.
        source_wh: width and height of the sources, px.
        ranges: how far to go.
    """
    width, height = source_wh
    near = rng.random() < 0.5
    fit = 0.93 * min(width, height) / size
    low, high = ranges.zoom[0], min(ranges.zoom[1], fit)
    zoom = np.exp(rng.uniform(np.log(min(low, high * 0.9)), np.log(high)))
    turn = rng.uniform(0, 2 * np.pi) if rng.random() < 0.7 else 0.0
    mirror = rng.random() < 0.5
    reach = 1.0
    warp = _smooth_warp(rng, size, ranges)
    margin = float(np.abs(warp).max()) * zoom * 1.5 + 3
    for _ in range(tries):
        motion = _motion(rng, size, ranges, reach * (0.25 if near else 1.0), reach)
        view = _about(zoom, turn, mirror)
        square = _square(size)
        moved = square @ motion[:, :2].T + motion[:, 2]
        ring = np.concatenate([moved, square]) @ view.T
        low_xy, high_xy = ring.min(axis=0) - margin, ring.max(axis=0) + margin
        slack = np.array([width, height]) - (high_xy - low_xy)
        if (slack > 0).all():
            shift = -low_xy + rng.random(2) * slack
            return Geometry(np.column_stack([view, shift]), motion, warp)
        reach *= 0.85
        zoom *= 0.93
        turn *= 0.7
    raise ValueError(f"a crop of {size} px does not fit a source of {source_wh} px")


def _motion(
    rng: np.random.Generator, size: int, ranges: Ranges, share: float, reach: float
) -> np.ndarray:
    angle = np.radians(ranges.rotation_deg) * share * rng.uniform(-1, 1)
    scale = ranges.scale ** (share * rng.uniform(-1, 1))
    aniso = ranges.aniso ** (share * rng.uniform(-1, 1))
    shear = np.radians(ranges.shear_deg) * share * rng.uniform(-1, 1)
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.array(
        [[scale * aniso, np.tan(shear)], [0.0, scale / aniso]]
    )
    shift = ranges.shift_share * size * reach * rng.uniform(-1, 1, 2)
    half = size / 2
    return np.column_stack([linear, half - linear @ [half, half] + shift])


def _smooth_warp(rng: np.random.Generator, size: int, ranges: Ranges) -> np.ndarray:
    if rng.random() >= ranges.warp_chance:
        return np.zeros((size, size, 2), np.float32)
    cells = int(rng.integers(3, 6))
    nodes = rng.normal(0, ranges.warp_px * rng.random(), (cells, cells, 2))
    return cv2.resize(
        nodes.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC
    )


def _about(zoom: float, turn: float, mirror: bool) -> np.ndarray:
    cos, sin = np.cos(turn), np.sin(turn)
    view = zoom * np.array([[cos, -sin], [sin, cos]])
    return view * [[-1.0], [1.0]] if mirror else view


def _square(size: int) -> np.ndarray:
    return np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64)


def read_crop(
    image: np.ndarray, xy: np.ndarray, cubic: bool, weights: np.ndarray
) -> np.ndarray:
    """Resample an image at positions, once, without aliasing.

    Args:
        image: (H, W) or (H, W, 3) uint8.
        xy: (h, w, 2) positions in corner-origin px.
        cubic: bicubic rather than bilinear.
        weights: (3,) float32, mix of the bands where there are three.

    Returns:
        (h, w) float32.
    """
    few = xy[::4, ::4].reshape(-1, 2)  # the margin below covers what is between
    left, top = np.floor(few.min(axis=0)).astype(int) - 12
    right, bottom = np.ceil(few.max(axis=0)).astype(int) + 12
    left, top = max(left, 0), max(top, 0)
    window = image[top:bottom, left:right]
    if window.ndim == 3:
        window = cv2.transform(window, weights[None])
    window = window.astype(np.float32)
    step = float(np.linalg.norm(xy[0, 1] - xy[0, 0]))
    if step > 1.15:
        window = cv2.GaussianBlur(window, (0, 0), 0.5 * np.sqrt(step**2 - 1))
    local = (xy - [left + 0.5, top + 0.5]).astype(np.float32)  # cv2: centre = 0
    flags = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    return cv2.remap(window, local, None, flags, borderMode=cv2.BORDER_REFLECT_101)


def stretch(image: np.ndarray, low: float = 1.0, high: float = 99.0) -> np.ndarray:
    """Map percentiles ``low`` and ``high`` to 0 and 1 and clip, float32."""
    bottom, top = np.percentile(image[::2, ::2], [low, high])
    return np.clip((image - bottom) / max(top - bottom, 1e-6), 0, 1).astype(np.float32)


def grey_weights(rng: np.random.Generator) -> np.ndarray:
    """Draw weights that mix three colour bands into grey; (3,) float32, sum 1."""
    if rng.random() < 0.3:
        return np.full(3, 1 / 3, np.float32)
    return rng.dirichlet([1.5, 1.5, 1.5]).astype(np.float32)


def vary_optical(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Change the look of a grey optical crop in 0..1."""
    image = image ** np.float32(np.exp(rng.uniform(-0.5, 0.5)))
    if rng.random() < 0.25:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.2))
    if rng.random() < 0.3:
        noise = rng.standard_normal(image.shape, np.float32)
        image = image + np.float32(rng.uniform(0, 0.06)) * noise
    if rng.random() < 0.1:
        image = 1 - image
    return np.clip(image, 0, 1).astype(np.float32)


def vary_sar(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Change the look of a log-intensity SAR crop in 0..1."""
    image = image ** np.float32(np.exp(rng.uniform(-0.4, 0.4)))
    if rng.random() < 0.35:
        looks = float(rng.choice([2, 4, 8, 16]))
        # Wilson-Hilferty: the cube root of a Gamma variate is nearly normal.
        normal = rng.standard_normal(image.shape, np.float32)
        root = np.float32(1 - 1 / (9 * looks)) + normal / np.float32(3 * looks**0.5)
        speckle_db = 30 * np.log10(np.maximum(root, 0.05))
        image = image + np.float32(rng.uniform(0.02, 0.05)) * speckle_db
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(
            image.astype(np.float32), (0, 0), rng.uniform(0.4, 1.4)
        )
    return stretch(image, rng.uniform(0, 3), rng.uniform(97, 100))


def wedge(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return a mask (size, size) bool with a random edge strip invalid."""
    angle = rng.uniform(0, 2 * np.pi)
    axis = np.arange(size) - size / 2
    along = np.cos(angle) * axis[None, :] + np.sin(angle) * axis[:, None]
    return along < size * rng.uniform(0.2, 0.6)
