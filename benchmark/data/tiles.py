"""An image as the pipeline shows it to a matcher."""

from __future__ import annotations

import cv2
import numpy as np

from ...core.base.types import Modality, Tile
from ...core.raster.stretch import fit_stretch


def as_tile(image: np.ndarray, modality: Modality) -> Tile:
    """Return an (h, w[, 3]) uint8 image as the pipeline would show it."""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    stretch = fit_stretch(grey.ravel().astype(np.float32), modality, "uint8")
    return Tile(stretch(grey), np.ones(grey.shape, bool), np.eye(3), modality)
