"""Rasters as 8-bit pictures for people: bands, stretch, any grid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..base.grid import Grid, apply_affine
from ..base.types import Modality
from ..raster.band_choice import choose_bands
from ..raster.open import Source
from ..raster.stretch import Stretch, fit_stretch
from ..raster.tile_sampler import locate, sample
from ..raster.view import to_raw


@dataclass(frozen=True)
class Layer:
    """One raster and how its values become grey or colour.

    Args:
        source: the open raster.
        bands: 1-based bands, three for colour or one for grey.
        stretches: one per band, to [0, 1].
    """

    source: Source
    bands: tuple[int, ...]
    stretches: tuple[Stretch, ...]

    def like(self, source: Source) -> Layer:
        """Return another raster with the same bands, shown the same way."""
        return replace(self, source=source)

    def picture(
        self, grid: Grid, to_grid: np.ndarray, width: int, height: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Resample a window from the original pixels.

        Args:
            grid: where the window lies; a grid without CRS is taken for the
                raster's own pixels.
            to_grid: (3, 3) picture pixels to pixels of ``grid``.
            width: columns of the picture.
            height: rows of the picture.

        Returns:
            (h, w, 3) or (h, w) uint8, 0 without data, and (h, w) bool. Memory:
            some ten times the picture, and one read of 8 million pixels.
        """
        at = locate(
            lambda xy: to_raw(self.source, grid, apply_affine(to_grid, xy)),
            width,
            height,
        )
        overviews = max(at.steps) >= 2
        channels, ok = [], np.ones((height, width), bool)
        for band, stretch in zip(self.bands, self.stretches, strict=True):
            values, valid = sample(self.source, (band,), at, overviews)
            channels.append(np.round(255 * stretch(values)).astype(np.uint8))
            ok &= valid
        picture = np.dstack(channels) if len(channels) == 3 else channels[0]
        picture[~ok] = 0
        return picture, ok


def layer_of(source: Source, modality: Modality | None = None) -> Layer:
    """Choose bands and stretch from a look at the whole raster.

    Args:
        source: the open raster.
        modality: what it shows; None takes three and more bands and palettes for
            optical, others for SAR.

    Raises ``BadInput`` when no pixel is valid.
    """
    if modality is None:
        colour = source.count > 2 or source.grey_levels is not None
        modality = "optical" if colour else "sar"
    bands = choose_bands(source, modality).used
    # Two bands make no colour.
    bands = bands if len(bands) == 3 else bands[:1]
    stretches = [
        fit_stretch(grey[valid], modality, source.dtype)
        for grey, valid in source.survey_each(bands)
    ]
    return Layer(source, bands, tuple(stretches))


def as_rgb(picture: np.ndarray) -> np.ndarray:
    """Return (h, w) or (h, w, 3) as (h, w, 3)."""
    return picture if picture.ndim == 3 else np.dstack([picture] * 3)


def as_grey(picture: np.ndarray) -> np.ndarray:
    """Return the luma of (h, w, 3) uint8 as (h, w) uint8; grey as it is."""
    if picture.ndim == 2:
        return picture
    return np.round(picture @ (0.299, 0.587, 0.114)).astype(np.uint8)
