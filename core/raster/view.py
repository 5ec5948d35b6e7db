"""One raster seen on the working grid: tiles of stretched grey values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import numpy as np
from affine import Affine

from ..base.feedback import SILENT, Feedback, check
from ..base.grid import Grid, apply_affine, between, translation
from ..base.types import Modality, Tile
from .masks import Mask
from .open import Source
from .stretch import Stretch
from .tile_sampler import Positions, locate, sample

#: The value range is taken from this many patches a side, each this large.
PATCHES, PATCH_PX = 6, 48
#: A grid of at most this side is one patch; reading it whole is quicker.
WHOLE_PX = 600

#: (h, w) float32 values in the file's units and (h, w) bool validity.
Sample = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class View:
    """One raster seen on the working grid.

    Args:
        source: the raster.
        modality: what it shows.
        bands: 1-based bands used for matching.
        grid: pixels that tiles are placed in: the working grid, or the raster's
            own frame when the pair is bare.
        stretch: values to [0, 1].
        mask: areas not to match, or None.
    """

    source: Source
    modality: Modality
    bands: tuple[int, ...]
    grid: Grid
    stretch: Stretch
    mask: Mask | None

    def tile(
        self,
        to_working: np.ndarray,
        width: int,
        height: int,
        overviews: bool = False,
        feedback: Feedback = SILENT,
    ) -> Tile:
        """Return the tile whose pixels (3, 3) ``to_working`` places on the grid."""
        at = _positions(self.source, self.grid, to_working, (width, height))
        values, valid = sample(self.source, self.bands, at, overviews, feedback)
        if self.mask is not None:
            valid &= ~self.mask.bad(to_working, width, height)
        pixels = self.stretch(values)
        pixels[~valid] = 0
        return Tile(pixels, valid, to_working, self.modality)


def patch_samples(
    source: Source, bands: tuple[int, ...], grid: Grid, feedback: Feedback
) -> list[Sample]:
    """Return values and validity, at working resolution, all over the grid.

    Raises ``Cancelled``.
    """
    found = []
    for to_working, size in patches(grid):
        check(feedback)
        at = _positions(source, grid, to_working, size)
        found.append(sample(source, bands, at))
    return found


def valid_values(
    source: Source, bands: tuple[int, ...], samples: list[Sample]
) -> np.ndarray:
    """Return the (n,) valid values of samples, or of the whole raster if none is.

    Raises ``BadInput`` when the whole raster has none.
    """
    values = np.concatenate([values[valid] for values, valid in samples])
    if len(values):
        return values
    grey, valid = source.survey(bands)
    return grey[valid]


def patches(grid: Grid) -> Iterator[tuple[np.ndarray, tuple[int, int]]]:
    """Yield the (3, 3) placement and (width, height) of patches all over a grid."""
    if max(grid.width, grid.height) <= WHOLE_PX:
        yield np.eye(3), (grid.width, grid.height)
        return
    size = min(PATCH_PX, grid.width, grid.height)
    for y in np.linspace(0, grid.height - size, PATCHES).round():
        for x in np.linspace(0, grid.width - size, PATCHES).round():
            yield translation(x, y), (size, size)


def _positions(
    source: Source, grid: Grid, to_working: np.ndarray, size: tuple[int, int]
) -> Positions:
    return locate(lambda xy: to_raw(source, grid, apply_affine(to_working, xy)), *size)


def to_raw(source: Source, grid: Grid, xy: np.ndarray) -> np.ndarray:
    """Move (n, 2) pixels of the working grid to original pixels of a raster."""
    return source.frame_to_raw(between_frames(grid, source.grid, xy))


def between_frames(src: Grid, dst: Grid, xy: np.ndarray) -> np.ndarray:
    """Move pixels between a frame and the working grid.

    Two frames without CRS share map coordinates; a grid that is nothing but pixels, or
    a single one without CRS, is taken for the other's own pixels.
    """
    pixels = Affine.identity() in (src.transform, dst.transform)
    if pixels or (src.crs is None) != (dst.crs is None):
        return np.array(xy, np.float64)
    return between(src, dst, xy)
