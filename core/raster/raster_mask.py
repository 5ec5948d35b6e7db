"""Areas that must not be matched, from a raster."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Callable

import numpy as np
from affine import Affine

from ..base.errors import BadInput
from ..base.grid import BARE, Grid, apply_affine, between
from .source import READ_PX, Source
from .tile_sampler import locate, sample

Mapping = Callable[[np.ndarray], np.ndarray]


class BadPixels(Source):
    """A mask raster read as 1 where bad, 0 where good; every pixel of it counts.

    0 is good and any other value bad, in whichever band and whatever the file declares
    as nodata. Pixels that hold no value (NaN, infinite, masked by the file itself, or a
    declared nodata value other than 0) are bad too, unless they are all that could be
    good: in a raster without any 0 that holds other values, these are the bad ones.
    """

    @staticmethod
    def of(source: Source) -> BadPixels:
        """Return the mask that a raster is."""
        values = {f.name: getattr(source, f.name) for f in fields(Source)}
        return BadPixels(**values)

    def read(
        self, bands: tuple[int, ...], window: tuple[int, int, int, int], skip: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return 1 for bad pixels of a window, 0 for good ones; all are valid."""
        zero, marked = self._kinds(window, skip)
        bad = marked | (~zero & self._missing_is_bad)
        return bad.astype(np.float32), np.ones(bad.shape, bool)

    def _kinds(
        self, window: tuple[int, int, int, int], skip: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return which pixels are 0, and which have another value in some band.

        Both (h, w) bool; all others hold no value.
        """
        zero, marked = np.zeros((2, 1, 1), bool)
        for band in self.bands:
            raw, seen = self.reader.read_as_is(band, window, skip)
            empty = ~np.isfinite(raw)
            if self.nodata is not None and np.isfinite(self.nodata):
                empty |= raw == self.nodata
            seen = True if seen is None else seen
            zero = zero | ((raw == 0) & seen)
            marked = marked | ((raw != 0) & ~empty & seen)
        return zero & ~marked, marked

    @cached_property
    def _missing_is_bad(self) -> bool:
        """Return whether the raster marks good pixels by 0, or marks no bad ones."""
        any_marked = False
        rows = max(1, READ_PX // self.width)
        for top in range(0, self.height, rows):
            window = (0, top, self.width, min(rows, self.height - top))
            zero, marked = self._kinds(window)
            if zero.any():
                return True
            any_marked |= bool(marked.any())
        return not any_marked


@dataclass(frozen=True)
class RasterMask:
    """A raster that says which pixels are bad.

    Args:
        source: the mask file.
        to_raw: (n, 2) pixels of the grid to original pixels of the mask.
    """

    source: BadPixels
    to_raw: Mapping

    def bad(self, to_grid: np.ndarray, width: int, height: int) -> np.ndarray:
        """Return (height, width) bool: pixels that a bad one contributes to."""
        at = locate(lambda xy: self.to_raw(apply_affine(to_grid, xy)), width, height)
        values, _ = sample(self.source, self.source.bands[:1], at)
        return values > 0

    def nothing_marked(self, name: str, other: str) -> BadInput:
        """Return the error for a mask that marks nothing on the grid."""
        return BadInput.of("mask_raster_nothing", name=name, other=other)


def mask_mapping(
    source: Source, grid: Grid, image: Source, image_to_raw: Mapping
) -> Mapping:
    """Return the map from pixels of ``grid`` to original pixels of a mask raster.

    Raises ``BadInput`` when the raster cannot be placed.
    """
    if source.has_georeference:
        if grid.crs is None:
            raise BadInput.of("mask_frame", name=source.name, other=image.name)
        return lambda xy: source.frame_to_raw(between(grid, source.grid, xy))
    in_site = image.grid.crs is None and grid.transform != Affine.identity()
    if in_site and BARE not in (source.grid.transform, image.grid.transform):
        return lambda xy: source.frame_to_raw(between(grid, source.grid, xy))
    if (source.width, source.height) != (image.width, image.height):
        raise BadInput.of(
            "mask_size",
            name=source.name,
            width=source.width,
            height=source.height,
            other=image.name,
            cols=image.width,
            rows=image.height,
        )
    return image_to_raw
