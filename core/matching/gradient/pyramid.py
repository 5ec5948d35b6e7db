"""Tiles at reduced resolution and resampled by a placement."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...base.types import Tile, TilePair
from .channels import ChannelParams, Channels, filled, oriented_channels


@dataclass(frozen=True)
class Level:
    """A pair at one resolution; the reference's channels serve all placements.

    Args:
        ref, mov: tiles, ``factor`` times coarser than the pair's.
        factor: a power of two.
        params: how channels are made.
        ref_channels: of ``ref``.
        holed: see ``TilePair``.
    """

    ref: Tile
    mov: Tile
    factor: int
    params: ChannelParams
    ref_channels: Channels
    holed: bool

    def mov_channels(self, mov_to_ref: np.ndarray | None = None) -> Channels:
        """Return channels of the moving tile, brought to the reference if placed."""
        tile = self.mov
        if mov_to_ref is not None:
            tile = warped(tile, mov_to_ref, self.ref.pixels.shape)
        return oriented_channels(tile.pixels, tile.valid, self.params, tile.ground)


def make_level(pair: TilePair, factor: int, params: ChannelParams) -> Level:
    """Return ``pair`` reduced by ``factor``, a power of two."""
    ref, mov = reduced(pair.ref, factor), reduced(pair.mov, factor)
    # Interpolation near the mask's border then reads plausible values.
    mov = replace(mov, pixels=filled(mov.pixels, mov.valid))
    channels = oriented_channels(ref.pixels, ref.valid, params, ref.ground)
    return Level(ref, mov, factor, params, channels, pair.holed)


def reduced(tile: Tile, factor: int) -> Tile:
    """Return a tile of ``factor`` times larger pixels, means of valid ones."""
    if factor == 1:
        return tile
    height, width = (side // factor for side in tile.pixels.shape)
    part = np.s_[: height * factor, : width * factor]
    mask = tile.valid[part].astype(np.float32)
    size = (width, height)
    share = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(tile.pixels[part] * mask, size, interpolation=cv2.INTER_AREA)
    ground = tile.ground
    if ground is not None:
        ground = cv2.resize(ground[part], size, interpolation=cv2.INTER_AREA)
    pixels = total / np.maximum(share, 1e-3)
    return replace(tile, pixels=pixels, valid=share > 0.5, ground=ground)


def warped(tile: Tile, mov_to_ref: np.ndarray, shape: tuple[int, int]) -> Tile:
    """Return a tile resampled once by a (3, 3) matrix to ``shape``.

    What lies under its mask is taken for 0, for the kernel reaches two pixels far.
    """
    centre = mov_to_ref[:2].copy()
    centre[:, 2] += centre[:, :2] @ [0.5, 0.5] - 0.5
    size = shape[::-1]
    pixels = tile.pixels
    if not tile.valid.all():
        pixels = np.where(tile.valid, pixels, np.float32(0.0))
    pixels = cv2.warpAffine(pixels, centre, size, flags=cv2.INTER_CUBIC)
    mask = cv2.warpAffine(
        tile.valid.astype(np.float32), centre, size, flags=cv2.INTER_LINEAR
    )
    ground = tile.ground
    if ground is not None:
        ground = cv2.warpAffine(ground, centre, size, flags=cv2.INTER_LINEAR)
    return replace(tile, pixels=pixels, valid=mask > 0.999, ground=ground)
