"""What the levels of a pyramid told, and which of them a pair is best matched at."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Mapping, Sequence

import numpy as np

from ..base.grid import apply_affine
from ..raster.pair import RasterPair
from ..raster.tiling import MAX_TILES, Window
from .tile_matches import TILE_SEARCH, LocalAffine, TileMatches, centre_of, in_level

#: A finer level is taken where matches scatter less there, by more than this factor: it
#: has several times the tiles, and where files hold more pixels than detail, or speckle
#: hides it, they place the ground no better.
MOST_WORSE = 1.1
#: Windows that leave the common affine by more than so many times what matches err
#: tell of a deformation.
MOST_BENT = 2.0
#: Where ground bends, tiles show at least this share of it: less than half of a tile's
#: side lies between two. Of 16,384 px that a warp of 4 px bends all but levels of 60 m
#: would be none, which leave three times as much of it.
LEAST_SHOWN = 0.5


@dataclass(frozen=True)
class Look:
    """What one level told, in working pixels.

    Args:
        step: working pixels per pixel of the level.
        mov_to_ref: (3, 3) the affine of the whole.
        seen: the windows that saw it; none at the level where it was found.
        tiles: what its windows gave.
    """

    step: float
    mov_to_ref: np.ndarray
    seen: tuple[LocalAffine, ...] = ()
    tiles: tuple[tuple[Window, TileMatches], ...] = ()

    @property
    def error_px(self) -> float:
        """Return how far matches of the level err, infinite where nothing tells."""
        errors = [local.error_px for local in self.seen]
        return float(np.median(errors)) if errors else math.inf

    @property
    def bent_px(self) -> float:
        """Return by how much the windows' own affines leave that of the whole."""
        left = [
            local.place - apply_affine(self.mov_to_ref, local.centre[None])[0]
            for local in self.seen
        ]
        return float(np.abs(left).max(initial=0.0))

    def in_its_pixels(self) -> Mapping[Window, TileMatches]:
        """Return what the windows gave, in pixels of the level."""
        return {
            window: replace(tile, matches=in_level(tile.matches, self.step))
            for window, tile in self.tiles
        }

    def near(self, window: Window, step: float) -> np.ndarray:
        """Return the affine that holds where a window of pixels of ``step`` is."""
        if not self.seen:
            return self.mov_to_ref
        at = centre_of(window, step)
        apart = [np.linalg.norm(local.centre - at) for local in self.seen]
        return self.seen[int(np.argmin(apart))].mov_to_ref


def best_level(pair: RasterPair, tile_px: int, looks: Sequence[Look]) -> Look | None:
    """Return the coarsest level at which matches err hardly more than at any.

    None where no level tells.

    Where windows leave the common affine by more than they err, the ground between
    them has to be seen as well: a level of which tiles cannot cover half is none then,
    and neither is one where they would have to find more than they search.
    """
    tiles = MAX_TILES * tile_px**2 / LEAST_SHOWN
    told = [
        look
        for look in looks
        if look.bent_px <= MOST_BENT * look.error_px
        or (
            look.bent_px <= TILE_SEARCH.shift_px * look.step
            and pair.grid.width * pair.grid.height <= tiles * look.step**2
        )
    ]
    least = min((look.error_px for look in told), default=math.inf)
    if not math.isfinite(least):
        return None
    near = [look for look in told if look.error_px <= MOST_WORSE * least]
    return max(near, key=lambda look: look.step)
