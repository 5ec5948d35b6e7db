"""Cleaner truth for training: measure each pair's own shift and drop bad pairs.

Published pairs are off by a fraction of a pixel to a few, which blurs what a
network can learn. The gradient matcher, which needs no training, measures the
shift of each pair over its whole extent; pairs that it cannot place, or places
far from where they are said to lie, are left out. Never for validation data.
"""

from __future__ import annotations

import numpy as np

from ..core.base.grid import apply_affine
from ..core.base.types import Modality, Search, Tile, TilePair
from ..core.matching.gradient import GradientMatcher
from ..core.raster.stretch import fit_stretch

#: How far a published alignment may be off and still be looked for.
SEARCH = Search(shift_px=8.0, rotation_deg=1.0, scale=1.01)
#: A measured shift further than this from the known offset is not believed.
MOST_PX = 2.5
#: Placements that stand out less than this are not believed either.
LEAST_DISTINCTNESS = 0.5


def measured_offset(
    matcher: GradientMatcher,
    sar: np.ndarray,
    optical: np.ndarray,
    known: tuple[float, float],
) -> tuple[float, float] | None:
    """Measure where a SAR image lies in an optical one of the same size.

    Args:
        matcher: what measures.
        sar: (h, w) uint8, log intensity.
        optical: (h, w) uint8.
        known: the offset it is said to have, px.

    Returns:
        The offset (dx, dy) of the image's centre in px, or None where it cannot
        be measured or is not believed.
    """
    pair = TilePair(_tile(optical, "optical"), _tile(sar, "sar"))
    found = matcher.match([pair], SEARCH)[0]
    if found.mov_to_ref is None or found.distinctness < LEAST_DISTINCTNESS:
        return None
    centre = np.array([[sar.shape[1] / 2, sar.shape[0] / 2]])
    dx, dy = (apply_affine(found.mov_to_ref, centre) - centre)[0]
    if np.hypot(dx - known[0], dy - known[1]) > MOST_PX:
        return None
    return float(dx), float(dy)


def _tile(pixels: np.ndarray, modality: Modality) -> Tile:
    values = pixels.astype(np.float32)
    stretch = fit_stretch(values.ravel(), modality, str(pixels.dtype))
    return Tile(stretch(values), np.ones(pixels.shape, bool), np.eye(3), modality)
