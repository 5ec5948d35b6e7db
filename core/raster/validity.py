"""Which pixels of a raster hold data: one rule, for matching and for warping."""

from __future__ import annotations

from functools import cached_property
from typing import Callable, Sequence

import cv2
import numpy as np
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.io import DatasetReader
from rasterio.windows import Window

#: Longer side of the thinned copy from which borders and ranges are judged.
SURVEY_PX = 1024
#: Fill values that producers forget to declare.
USUAL_FILLS = (-9999, -32768)
#: No measurement is as large: CF and netCDF fill with 1e20 and 9.97e36, ArcGIS and
#: many others with the largest float32.
HUGE = 9.9e19

Box = tuple[int, int, int, int]


class Validity:
    """What a raster says of its missing pixels, and what it forgets to say.

    A pixel of a band is missing where the file's mask says so or an alpha band,
    whichever of the bands that is; where its value is not finite, or ``HUGE``; where
    it is the band's nodata value, or in a band that declares none one of
    ``USUAL_FILLS``. In a file that says nothing at all, a pixel that is zero in all
    bands is missing where zeros are connected to the raster's edge.

    Args:
        dataset: returns this thread's open dataset.
        nodata: value that is missing in all bands, None for what the file says.
    """

    def __init__(self, dataset: Callable[[], DatasetReader], nodata: float | None):
        src = dataset()
        self._dataset, self._size = dataset, (src.width, src.height)
        own = src.nodatavals if nodata is None else [nodata] * src.count
        self._nodata: list[float | None] = list(own)
        kinds = src.colorinterp
        self._alphas = [b for b in src.indexes if kinds[b - 1] == ColorInterp.alpha]
        # rasterio asks all bands each time that it is asked for any.
        flags = enumerate(src.mask_flag_enums, 1)
        self._masked_band = next((band for band, of in flags if _masked(of)), 0)
        self._has_palette = any(palette_of(src, b) is not None for b in src.indexes)

    @property
    def has_mask(self) -> bool:
        """Return whether an alpha band or a mask band says what is valid."""
        return bool(self._alphas or self._masked_band)

    def of(self, raw: np.ndarray, bands: Sequence[int], box: Box) -> np.ndarray | None:
        """Return which pixels of a window hold data.

        Args:
            raw: (n, h, w) pixels, thinned when the window is larger.
            bands: their 1-based bands.
            box: (x0, y0, width, height), the window in pixels of the raster.

        Returns:
            (1, h, w) or (n, h, w) bool, None when all do.
        """
        valid = self.mask_and_alpha(box, raw.shape[1:])
        if raw.dtype.kind in "fc":
            # What is no number is not below either.
            valid = _both(valid, np.abs(raw) < HUGE)
        if any(self._reserved(band, raw.dtype) for band in bands):
            held = np.ones(raw.shape, bool)
            for plane, band, ok in zip(raw, bands, held, strict=True):
                for value in self._reserved(band, raw.dtype):
                    ok &= plane != value
            valid = _both(valid, held)
        if self._says_nothing:
            zero = ~raw.any(axis=0, keepdims=True)
            near = self._near_border(box, raw.shape[1:]) if zero.any() else None
            if near is not None:
                valid = _both(valid, ~(zero & near))
        return None if valid is None or valid.all() else valid

    def _reserved(self, band: int, dtype: np.dtype) -> tuple[float, ...]:
        """Return the finite values that mark pixels of a band as missing."""
        value = self._nodata[band - 1]
        if value is not None:
            return (value,) if np.isfinite(value) else ()
        return USUAL_FILLS if dtype.kind in "fi" and not self._has_palette else ()

    def mask_and_alpha(self, box: Box, shape: tuple[int, ...]) -> np.ndarray | None:
        """Return (1, h, w) bool, what mask and alpha band let see; None without."""
        src, area, valid = self._dataset(), Window(*box), None
        if self._masked_band:
            mask = src.read_masks(self._masked_band, window=area, out_shape=shape)
            valid = (mask > 0)[None]
        for band in self._alphas:
            alpha = src.read(band, window=area, out_shape=shape)
            valid = _both(valid, (alpha > 0)[None])
        return valid

    @property
    def _says_nothing(self) -> bool:
        said = any(value is not None for value in self._nodata)
        return not (said or self.has_mask or self._has_palette)

    @cached_property
    def border(self) -> np.ndarray:
        """Cells of a thinned copy in which zeros mean no data, (rows, columns) bool."""
        width, height = self._size
        skip = max(1, -(-max(width, height) // SURVEY_PX))
        raw = self._dataset().read(1, out_shape=(-(-height // skip), -(-width // skip)))
        zero = np.pad((raw == 0).astype(np.uint8), 2, constant_values=1)
        solid = cv2.morphologyEx(zero, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        labels = cv2.connectedComponents(solid, connectivity=4)[1]
        outer = (labels == labels[0, 0]).astype(np.uint8)
        return cv2.dilate(outer, np.ones((3, 3), np.uint8))[2:-2, 2:-2] > 0

    def _near_border(self, box: Box, shape: tuple[int, ...]) -> np.ndarray | None:
        """Return, for the pixels of a window, whether ``border`` holds them.

        None where it holds none of them.
        """
        (x0, y0, width, height), (w, h) = box, self._size
        rows, columns = self.border.shape
        y = (y0 + (np.arange(shape[0]) + 0.5) * height / shape[0]) * rows / h
        x = (x0 + (np.arange(shape[1]) + 0.5) * width / shape[1]) * columns / w
        row, column = y.astype(int), x.astype(int)
        # Most windows lie far inside, where a few cells say so for all pixels.
        if not self.border[row[0] : row[-1] + 1, column[0] : column[-1] + 1].any():
            return None
        return self.border[row].take(column, axis=1)


def palette_of(dataset: DatasetReader, band: int) -> dict[int, tuple[int, ...]] | None:
    """Return the colours of a 1-based band by value, None where it has no palette.

    VRTs and files of old programs may say that there is one, and hold none.
    """
    try:
        found = dataset.colormap(band)
    except ValueError:
        return None
    return found if dataset.colorinterp[band - 1] == ColorInterp.palette else None


def _masked(flags: Sequence[MaskFlags]) -> bool:
    """Return whether a band has a mask band, inside the file or beside it."""
    return MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags


def _both(a: np.ndarray | None, b: np.ndarray) -> np.ndarray:
    return b if a is None else a & b
