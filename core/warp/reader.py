"""Read windows of a raster's own pixels with what is valid in them, per thread."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Sequence

import numpy as np
import rasterio
from rasterio.io import DatasetReader
from rasterio.windows import Window

from ..base.errors import BadInput
from ..base.gdal_errors import GDAL_ERRORS
from ..raster.validity import Validity


@dataclass(frozen=True)
class Pixels:
    """A window of a raster.

    Args:
        col: column of the window's first pixel in the raster; may be negative.
        row: row of the window's first pixel in the raster; may be negative.
        data: (n, h, w) in the raster's own type.
        valid: (1, h, w) or (n, h, w) bool, None when all are.
    """

    col: int
    row: int
    data: np.ndarray
    valid: np.ndarray | None

    def cut(self, box: tuple[int, int, int, int]) -> Pixels:
        """Return the part in (left, top, right, bottom), invalid beyond the window."""
        left, top, right, bottom = box
        height, width = self.data.shape[1:]
        c0, r0 = left - self.col, top - self.row
        c1, r1 = right - self.col, bottom - self.row
        inner = np.s_[:, max(r0, 0) : min(r1, height), max(c0, 0) : min(c1, width)]
        data = self.data[inner]
        valid = None if self.valid is None else self.valid[inner]
        pad = (
            (0, 0),
            (max(-r0, 0), max(r1 - height, 0)),
            (max(-c0, 0), max(c1 - width, 0)),
        )
        if any(pad[1] + pad[2]):
            if valid is None:
                valid = np.ones((1, *data.shape[1:]), bool)
            data, valid = np.pad(data, pad), np.pad(valid, pad)
        return Pixels(left, top, data, valid)

    def covers(self, box: tuple[int, int, int, int]) -> bool:
        """Return whether (left, top, right, bottom) lies in the window."""
        left, top, right, bottom = box
        height, width = self.data.shape[1:]
        return (
            left >= self.col
            and top >= self.row
            and right <= self.col + width
            and bottom <= self.row + height
        )


class PixelReader:
    """Reads windows from several threads; one handle each.

    Args:
        path: what rasterio opens.
        bands: 1-based bands to read.
        dtype: data type of the result.
        nodata: value that is invalid in all bands; None for what the file says.
        per_band: whether a pixel may be valid in some bands and not in others; else
            it is valid where all bands that are read hold data.
    """

    def __init__(
        self,
        path: str,
        bands: Sequence[int],
        dtype: str,
        nodata: float | None,
        per_band: bool,
    ):
        self._path, self._bands, self._dtype = path, list(bands), dtype
        self._per_band = per_band
        self._local, self._handles = threading.local(), ExitStack()
        src = self._open()
        self.width, self.height = src.width, src.height
        self._validity = Validity(self._open, nodata)

    def close(self) -> None:
        """Close all handles."""
        self._handles.close()

    def read(self, box: tuple[int, int, int, int], picked: slice) -> Pixels:
        """Read (left, top, right, bottom), which lies in the raster.

        Args:
            box: what to read.
            picked: which of the reader's bands.

        Raises:
            BadInput: the file is damaged.
        """
        left, top, right, bottom = box
        window = Window(left, top, right - left, bottom - top)
        bands = self._bands[picked]
        src = self._open()
        try:
            data = src.read(bands, window=window, out_dtype=self._dtype)
            area = (left, top, right - left, bottom - top)
            valid = self._validity.of(data, bands, area)
        except GDAL_ERRORS as error:
            raise BadInput.of(
                "rows_cannot_be_read", path=self._path, top=top, bottom=bottom
            ) from error
        if valid is not None and not self._per_band:
            valid = valid.all(axis=0, keepdims=True)
        return Pixels(left, top, data, valid)

    def _open(self) -> DatasetReader:
        if not hasattr(self._local, "src"):
            self._local.src = rasterio.open(self._path)
            self._handles.callback(self._local.src.close)
        return self._local.src
