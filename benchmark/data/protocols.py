"""Cut pairs with exactly known truth from co-registered scenes, free of borders.

The SAR window moves and is resampled once, straight from the whole scene, so
that no black wedge, double blur or cropped content gives the answer away. All
numbers of a case follow from (set, protocol, seed, index) alone.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Callable, Iterator, Literal

import numpy as np
from scipy import ndimage

from ...core.base.errors import BadInput
from ...core.base.grid import apply_affine
from ...core.base.types import Search
from .sets import Scene, sources
from .warping import SPLINE_MARGIN_PX, pixel_centres, sample, similarity, smooth_warp

Evaluate = Literal["full", "centre"]


@dataclass(frozen=True)
class Protocol:
    """How far the moving window may be from the reference window.

    Args:
        size_px: side of both windows.
        small_px: side of both windows on sets whose images have 256 px; 0
            where those are too small. 192 px with 16 px, 3 degrees and 2 %
            reach 119 px from the centre, so a 256-px image has no border in it.
        shift_px: the centre moves by up to this along each axis.
        rotation_deg: rotation about the window's centre, either way.
        scale: scale factor from its inverse to this.
        warp_px: largest length of a smooth local deformation.
        evaluate: error over all pixels of the moving window or at its centre.
    """

    size_px: int
    small_px: int
    shift_px: float
    rotation_deg: float
    scale: float
    warp_px: float = 0.0
    evaluate: Evaluate = "full"

    @property
    def search(self) -> Search:
        """What a method may know; the shift holds along each axis."""
        shift = self.shift_px + self.warp_px
        return Search(shift, self.rotation_deg, self.scale)

    def reach_px(self, size_px: int) -> float:
        """Return how far from its centre a moving window may read, per axis."""
        angle = np.radians(min(self.rotation_deg, 45.0))
        half = size_px / 2 * self.scale * (np.cos(angle) + np.sin(angle))
        return float(half + self.shift_px + self.warp_px + SPLINE_MARGIN_PX)


PROTOCOLS = {
    "near": Protocol(512, 0, 30, 3, 1.02),
    "soma": Protocol(512, 0, 50, 20, 1.0),
    "wide": Protocol(512, 0, 50, 180, 1.25),
    "near256": Protocol(256, 192, 16, 3, 1.02),
    "click128": Protocol(128, 128, 10, 2, 1.01, evaluate="centre"),
    "flow": Protocol(512, 0, 30, 3, 1.02, warp_px=4),
    "osrnet": Protocol(256, 192, 10, 5, 1.03),
    "metre": Protocol(256, 0, 16, 180, 1.7),
}


@dataclass(frozen=True)
class Draw:
    """The random numbers of one case.

    Args:
        centre_xy: centre of the reference window in the scene.
        shift_xy, rotation_deg, scale: moving to reference, about the centre.
        warp_seed: seed of the local deformation, -1 for none.
        parity_xy: sub-pixel shift by which the reference is resampled too.
    """

    centre_xy: tuple[float, float]
    shift_xy: tuple[float, float]
    rotation_deg: float
    scale: float
    warp_seed: int
    parity_xy: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Case:
    """One pair to match.

    Args:
        name: unique within set, protocol and seed; fit for a file name.
        ref: (h, w) or (h, w, 3) uint8, optical.
        mov: (h, w) uint8, SAR.
        mov_to_ref: (3, 3) float64 in pixels, corner origin; None with a flow.
        truth_flow: (h, w, 2) float32, the reference's (x, y) of every moving
            pixel's centre; None with a matrix.
        search: what a method may know.
        evaluate: error over the whole moving window or at its centre.
        draw: where the case comes from.
        place: of the scene that it was cut from; see ``Scene.place``.
    """

    name: str
    ref: np.ndarray
    mov: np.ndarray
    mov_to_ref: np.ndarray | None
    truth_flow: np.ndarray | None
    search: Search
    evaluate: Evaluate
    draw: Draw
    place: str

    def overlaps(self, other: Case) -> bool:
        """Return whether both may show some of the same ground."""
        apart = np.abs(np.subtract(self.draw.centre_xy, other.draw.centre_xy))
        reach = self.ref.shape[0] + self.search.shift_px
        return self.place == other.place and bool(apart.max() < reach)

    def truth(self, xy: np.ndarray) -> np.ndarray:
        """Return where (n, 2) moving pixels lie in the reference, (n, 2)."""
        if self.mov_to_ref is not None:
            return apply_affine(self.mov_to_ref, np.asarray(xy, np.float64))
        rowcol = np.asarray(xy, np.float64).T[::-1] - 0.5
        return np.stack(
            [
                ndimage.map_coordinates(part, rowcol, order=1, mode="nearest")
                for part in np.moveaxis(self.truth_flow, -1, 0)
            ],
            axis=-1,
        )


def cases(
    set_name: str,
    protocol: str,
    limit: int | None = None,
    seed: int = 0,
    parity: bool = False,
) -> Iterator[Case]:
    """Yield the cases of a set under a protocol, the same ones every time.

    Args:
        set_name: "delhi", "sen12", "ombria2021", a key of ``SIMULATED`` or
            "train:SOURCE".
        protocol: a key of ``PROTOCOLS``.
        limit: number of cases, spread evenly over the set; None for all.
        seed: 0 for the benchmark's own draws (windows on a grid); any other
            number for further draws at random places, e.g. for tuning.
        parity: also resample the reference by a random sub-pixel shift, so
            that smoothness does not tell which image was moved.

    Raises:
        BadInput: unknown names, absent data, scenes too small for the protocol.
    """
    if protocol not in PROTOCOLS:
        raise BadInput(f"protocol is one of {', '.join(PROTOCOLS)}; got {protocol!r}.")
    rule = PROTOCOLS[protocol]
    found = list(enumerate(_places(set_name, protocol, seed)))
    if limit is not None and limit < len(found):
        keep = np.linspace(0, len(found) - 1, limit).round().astype(int)
        found = [found[i] for i in keep]
    for index, (load, centre) in found:
        scene = load()
        numbers = rng(set_name, protocol, seed, index)
        draw = _draw(rule, centre, numbers, parity)
        yield cut(scene, rule, draw, f"{scene.name}_{index:03d}")


def rng(set_name: str, protocol: str, seed: int, index: int) -> np.random.Generator:
    """Return the random numbers of one case, independent of all others."""
    key = zlib.crc32(f"{set_name}/{protocol}".encode())
    return np.random.default_rng(np.random.SeedSequence([key, seed, index]))


def cut(scene: Scene, rule: Protocol, draw: Draw, name: str) -> Case:
    """Cut one case out of a scene as ``draw`` says."""
    size = _size(scene, rule)
    origin = np.array(draw.centre_xy) - size / 2
    to_ref = similarity(size, draw.rotation_deg, draw.scale, draw.shift_xy)
    centres = pixel_centres(size)
    in_ref = apply_affine(to_ref, centres.reshape(-1, 2)).reshape(centres.shape)
    if draw.warp_seed >= 0:
        in_ref += smooth_warp(size, rule.warp_px, draw.warp_seed)
    mov = sample(scene.sar, in_ref + origin - scene.offset_xy)
    parity = np.array(draw.parity_xy)
    if parity.any():
        ref = sample(scene.optical, centres + origin + parity)
        in_ref -= parity
        to_ref[:2, 2] -= parity
    else:
        x, y = origin.astype(int)
        ref = np.ascontiguousarray(scene.optical[y : y + size, x : x + size])
    matrix, flow = (to_ref, None) if draw.warp_seed < 0 else (None, in_ref)
    if flow is not None:
        flow = flow.astype(np.float32)
    return Case(
        name, ref, mov, matrix, flow, rule.search, rule.evaluate, draw, scene.place
    )


def _size(scene: Scene, rule: Protocol) -> int:
    large = min(scene.sar.shape) >= 2 * rule.reach_px(rule.size_px)
    return rule.size_px if large else rule.small_px


def _places(
    set_name: str, protocol: str, seed: int
) -> Iterator[tuple[Callable[[], Scene], tuple[float, float]]]:
    rule = PROTOCOLS[protocol]
    for number, load in enumerate(sources(set_name)):
        scene = load()
        size = _size(scene, rule)
        reach = rule.reach_px(size)
        room = np.array(scene.sar.shape[::-1]) - 2 * reach
        if size == 0 or room.min() < 0:
            raise BadInput(
                f"{scene.name}: {scene.sar.shape[1]}x{scene.sar.shape[0]} px are too "
                f"few for {protocol!r}; this set has near256, osrnet and click128."
            )
        counts = (room // size).astype(int) + 1
        counts = np.maximum(counts, scene.least_grid)
        for centre in _centres(room, counts, seed, number):
            x, y = np.rint(centre + reach - size / 2) + size / 2
            yield load, (float(x), float(y))


def _centres(room: np.ndarray, counts: np.ndarray, seed: int, scene: int) -> np.ndarray:
    """Spread places over (0, 0)..room: on a grid for seed 0, else at random."""
    if seed:
        numbers = np.random.default_rng(np.random.SeedSequence([seed, scene]))
        return numbers.uniform(0, 1, (counts.prod(), 2)) * room
    lines = [
        np.linspace(0, length, count) if count > 1 else np.array([length / 2])
        for length, count in zip(room, counts, strict=True)
    ]
    return np.stack(np.meshgrid(*lines), axis=-1).reshape(-1, 2)


def _draw(
    rule: Protocol,
    centre: tuple[float, float],
    numbers: np.random.Generator,
    parity: bool,
) -> Draw:
    log_scale = np.log(rule.scale)
    return Draw(
        centre_xy=centre,
        shift_xy=tuple(numbers.uniform(-rule.shift_px, rule.shift_px, 2).tolist()),
        rotation_deg=float(numbers.uniform(-rule.rotation_deg, rule.rotation_deg)),
        scale=float(np.exp(numbers.uniform(-log_scale, log_scale))),
        warp_seed=int(numbers.integers(2**31)) if rule.warp_px else -1,
        parity_xy=tuple(numbers.uniform(-0.5, 0.5, 2).tolist()) if parity else (0, 0),
    )
