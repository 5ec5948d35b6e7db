"""What can be told of tiles before anything is matched, and where they are valid."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..base.types import Tile, TilePair

#: Deviation of a tile's valid pixels (0..1) below which it counts as flat.
LEAST_CONTRAST = 0.01
LEAST_VALID = 0.05


@dataclass(frozen=True)
class StructureParams:
    """From when on ground shows something, by its grey values (0..1).

    Of windows of training crops and simulated scenes 0.95 show more than both limits;
    of water that was laid over them 0.9 shows less than one in one of the images.

    Args:
        detail_px: deviation of the Gaussian that speckle is averaged over,
        window_px: and of the window that is judged,
        block_px: for blocks of this side, to be quick.
        least_kept: share of the variance that is left after it: 0.02 of white noise,
            0.11 of the speckle of radar images.
        least_deviation: deviation that is left, of grey values.
    """

    detail_px: float = 2.0
    window_px: float = 8.0
    block_px: int = 4
    least_kept: float = 0.17
    least_deviation: float = 0.02


STRUCTURE = StructureParams()


def is_flat(pair: TilePair) -> bool:
    """Return whether one of the tiles has nothing to match."""
    for tile in (pair.ref, pair.mov):
        if not tile.valid.size or tile.valid.mean() < LEAST_VALID:
            return True
        if float(tile.pixels[tile.valid].std()) < LEAST_CONTRAST:
            return True
    return False


def on_valid(xy: np.ndarray, tile: Tile) -> np.ndarray:
    """Return which positions (n, 2), in pixels, lie on valid pixels of a tile."""
    height, width = tile.valid.shape
    column, row = np.floor(xy).astype(np.int64).T
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    return inside & tile.valid[row.clip(0, height - 1), column.clip(0, width - 1)]


def bare_share(pair: TilePair, together: bool = True) -> float:
    """Return the share of ground that does not show structure in both tiles, 0 to 1.

    Args:
        pair: tiles.
        together: whether both show the same ground at the same pixels; of tiles that do
            not, it is that of the one that shows less. NaN where nothing is valid.
    """
    shown, valid = zip(
        *(_structured(tile) for tile in (pair.ref, pair.mov)), strict=True
    )
    if together:
        return _missing(shown[0] & shown[1], valid[0] & valid[1])
    return max(_missing(*each) for each in zip(shown, valid, strict=True))


def _missing(shown: np.ndarray, valid: np.ndarray) -> float:
    return float(1.0 - shown[valid].mean()) if valid.any() else float("nan")


def _structured(tile: Tile) -> tuple[np.ndarray, np.ndarray]:
    """Return where surroundings show more than noise and slopes, and where is ground.

    Both are (h, w) bool of blocks of ``block_px``: their surroundings are larger.
    """
    known = tile.valid.astype(np.float32)
    block = STRUCTURE.block_px
    size = tuple(max(n // block, 1) for n in known.shape[::-1])
    deviation = STRUCTURE.window_px / block

    def spread(values: np.ndarray) -> np.ndarray:
        blocks = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
        return cv2.GaussianBlur(blocks, (0, 0), deviation)

    weight = np.maximum(spread(known), 1e-6)

    def variance(values: np.ndarray) -> np.ndarray:
        middle = spread(values * known) / weight
        return spread(values**2 * known) / weight - middle**2

    pixels = tile.pixels.astype(np.float32)
    detail = cv2.GaussianBlur(pixels * known, (0, 0), STRUCTURE.detail_px)
    if not tile.valid.all():
        seen = cv2.GaussianBlur(known, (0, 0), STRUCTURE.detail_px)
        detail /= np.maximum(seen, 1e-6)
    left = variance(detail)
    enough = left >= STRUCTURE.least_deviation**2
    shown = enough & (left >= STRUCTURE.least_kept * variance(pixels))
    return shown, cv2.resize(known, size, interpolation=cv2.INTER_AREA) > 0.5
