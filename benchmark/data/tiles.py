"""An image as the pipeline shows it to a matcher."""

from __future__ import annotations

import numpy as np

from ...core.base.types import Modality, Tile
from ...core.raster.stretch import fit_stretch


def as_tile(image: np.ndarray, modality: Modality) -> Tile:
    """Return an (h, w[, 3]) uint8 image as the pipeline would show it.

    Its bands count the same, as where ``core.raster`` reads them.
    """
    grey = image if image.ndim == 2 else image.mean(axis=2, dtype=np.float32)
    stretch = fit_stretch(grey.ravel().astype(np.float32), modality, "uint8")
    return Tile(stretch(grey), np.ones(grey.shape, bool), np.eye(3), modality)
