"""Read windows of a raster's own pixels with what is valid in them, per thread."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Sequence

import numpy as np
import rasterio
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from ..base.errors import BadInput


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
        has_mask: whether the file's mask or alpha band says what is valid.
    """

    def __init__(
        self,
        path: str,
        bands: Sequence[int],
        dtype: str,
        nodata: float | None,
        has_mask: bool,
    ):
        self._path, self._bands, self._dtype = path, list(bands), dtype
        self._nodata, self._has_mask = nodata, has_mask
        self._local, self._handles = threading.local(), ExitStack()
        src = self._open()
        self.width, self.height = src.width, src.height

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
            mask = src.dataset_mask(window=window) if self._has_mask else None
        except RasterioError as error:
            raise BadInput.of(
                "rows_cannot_be_read", path=self._path, top=top, bottom=bottom
            ) from error
        return Pixels(left, top, data, self._valid(src, bands, data, mask))

    def _open(self) -> DatasetReader:
        if not hasattr(self._local, "src"):
            self._local.src = rasterio.open(self._path)
            self._handles.callback(self._local.src.close)
        return self._local.src

    def _valid(
        self,
        src: DatasetReader,
        bands: list[int],
        data: np.ndarray,
        mask: np.ndarray | None,
    ) -> np.ndarray | None:
        valid = None if mask is None else (mask > 0)[None]
        if np.issubdtype(data.dtype, np.floating):
            valid = _both(valid, np.isfinite(data))
        values = [self._value(src, band) for band in bands]
        if any(value is not None for value in values):
            lacks = np.stack(
                [
                    d == v if v is not None else np.zeros(d.shape, bool)
                    for d, v in zip(data, values, strict=True)
                ]
            )
            valid = _both(valid, ~lacks)
        return None if valid is None or valid.all() else valid

    def _value(self, src: DatasetReader, band: int) -> float | None:
        """Return the finite value that marks a pixel of a band as invalid, if any."""
        value = src.nodatavals[band - 1] if self._nodata is None else self._nodata
        return None if value is None or not np.isfinite(value) else value


def _both(a: np.ndarray | None, b: np.ndarray) -> np.ndarray:
    return b if a is None else a & b
