"""The ``gradient`` matcher: no network, no torch, no training but a calibration."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Sequence

import cv2
import numpy as np

from ..feedback import SILENT, Feedback, check
from ..types import Matches, Search, Tile, TileMatch, TilePair
from .agree import agree
from .channels import ChannelParams, Channels, oriented_channels
from .correlate import block_surfaces, find_peaks, window_scores
from .hypotheses import Placement, search_placements

_COARSE = ChannelParams(sigma=0.8, smooth=0.8, background=6.0, floor=2.0)
_FINE = ChannelParams(sigma=1.0, smooth=0.9, background=12.0, floor=2.0)
#: Long side in px of the level on which hypotheses are tried.
_COARSE_SIDE = 80
_CANDIDATES = 12
#: The last level is repeated until its corners move by less than this.
_PASSES, _SETTLED_PX = 3, 0.7


@dataclass(frozen=True)
class _Level:
    ref: Tile
    mov: Tile
    factor: int
    ref_channels: Channels


class GradientMatcher:
    """Matches oriented gradients by FFT correlation; see the package's modules.

    Args:
        threads: workers of the transforms, 0 for the number of cores.
    """

    name = "gradient"
    tile_px = 512
    batch = 1

    def __init__(self, threads: int = 0):
        self._workers = threads or os.cpu_count() or 1

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; see ``core.matching``. Raises ``Cancelled``."""
        return [self._match_one(pair, search, feedback) for pair in pairs]

    def _match_one(
        self, pair: TilePair, search: Search, feedback: Feedback
    ) -> TileMatch:
        side = max(pair.ref.pixels.shape + pair.mov.pixels.shape)
        top = max(side / _COARSE_SIDE, 1.0)
        factor = 2 ** int(np.floor(np.log2(top) + 0.35))
        level = _level(pair, factor)
        mov = oriented_channels(level.mov.pixels, level.mov.valid, _COARSE)
        ref = oriented_channels(level.ref.pixels, level.ref.valid, _COARSE)
        if not (mov.planes.any() and ref.planes.any()):
            return TileMatch(Matches.empty(), reason="no_structure")
        reach = replace(search, shift_px=search.shift_px / factor)
        found = search_placements(mov, ref, reach, _CANDIDATES, self._workers, feedback)
        keep = _CANDIDATES
        while factor > 1:
            factor //= 2
            keep = max(keep // 3, 1)
            level = _level(pair, factor)
            found = [_doubled(p) for p in found]
            if factor > 1:
                found = [self._refine(level, p, feedback)[0] for p in found]
                found.sort(key=lambda p: -p.score)
                found = found[:keep]
        distinct = (
            1.0 - found[1].score / found[0].score if len(found) > 1 else float("nan")
        )
        level = _level(pair, 1)
        place = found[0]
        for _ in range(_PASSES):
            before = place.mov_to_ref
            place, matches = self._refine(level, place, feedback)
            if _moved(before, place.mov_to_ref, pair.mov.pixels.shape) < _SETTLED_PX:
                break
        return TileMatch(matches, place.mov_to_ref, float(np.clip(distinct, 0, 1)))

    def _refine(
        self, level: _Level, place: Placement, feedback: Feedback
    ) -> tuple[Placement, Matches]:
        check(feedback)
        warped = _warped(level.mov, place.mov_to_ref, level.ref.pixels.shape)
        mov = oriented_channels(warped.pixels, warped.valid, _FINE)
        surfaces = block_surfaces(mov, level.ref_channels, 16, 7, self._workers)
        scores = window_scores(surfaces, 1.8)
        centres = surfaces.centres
        weights = np.sqrt(surfaces.mov_energy).ravel().astype(float)
        weights /= weights.max() + 1e-12
        noise = float(scores.std()) + 1e-6
        agreed = agree(scores / noise, centres, weights, len(centres) / 40)
        matrix = agreed.matrix @ place.mov_to_ref
        peaks = find_peaks(scores)
        good = peaks.inside & (weights > 0.3)
        back = np.linalg.inv(place.mov_to_ref)
        mov_xy = centres @ back[:2, :2].T + back[:2, 2]
        confidence = np.clip((peaks.score - peaks.second) / noise / 3, 0, 1)
        matches = Matches(
            mov_xy[good],
            (centres + peaks.shift)[good],
            confidence[good].astype(np.float32),
        )
        return Placement(matrix, agreed.score), matches


def _moved(a: np.ndarray, b: np.ndarray, shape: tuple[int, int]) -> float:
    """Return the RMS distance in px of two placements at the tile's corners."""
    height, width = shape
    corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    return float(np.sqrt((((a - b) @ corners)[:2] ** 2).sum(axis=0).mean()))


def _level(pair: TilePair, factor: int) -> _Level:
    ref, mov = _reduced(pair.ref, factor), _reduced(pair.mov, factor)
    return _Level(ref, mov, factor, oriented_channels(ref.pixels, ref.valid, _FINE))


def _reduced(tile: Tile, factor: int) -> Tile:
    if factor == 1:
        return tile
    height, width = (side // factor for side in tile.pixels.shape)
    part = np.s_[: height * factor, : width * factor]
    mask = tile.valid[part].astype(np.float32)
    size = (width, height)
    share = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(tile.pixels[part] * mask, size, interpolation=cv2.INTER_AREA)
    return replace(tile, pixels=total / np.maximum(share, 1e-3), valid=share > 0.5)


def _doubled(place: Placement) -> Placement:
    matrix = place.mov_to_ref.copy()
    matrix[:2, 2] *= 2
    return replace(place, mov_to_ref=matrix)


def _warped(tile: Tile, mov_to_ref: np.ndarray, shape: tuple[int, int]) -> Tile:
    centre = mov_to_ref[:2].copy()
    centre[:, 2] += centre[:, :2] @ [0.5, 0.5] - 0.5
    size = shape[::-1]
    pixels = cv2.warpAffine(tile.pixels, centre, size, flags=cv2.INTER_CUBIC)
    mask = cv2.warpAffine(
        tile.valid.astype(np.float32), centre, size, flags=cv2.INTER_LINEAR
    )
    return replace(tile, pixels=pixels, valid=mask > 0.999)
