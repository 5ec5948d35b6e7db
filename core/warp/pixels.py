"""Windows of a raster, and what of them is valid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..raster.reader import Reader


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


def read_pixels(
    reader: Reader,
    bands: tuple[int, ...],
    box: tuple[int, int, int, int],
    dtype: str,
    per_band: bool,
) -> Pixels:
    """Read (left, top, right, bottom), which lies in the raster.

    Args:
        reader: the raster.
        bands: 1-based bands.
        box: what to read.
        dtype: data type of the result.
        per_band: whether a pixel may be valid in some bands and not in others; else
            it is valid where all bands that are read hold data.

    Raises:
        BadInput: the file is damaged.
    """
    left, top, right, bottom = box
    area = (left, top, right - left, bottom - top)
    data, valid = reader.read(bands, area, dtype=dtype)
    if valid is not None and not per_band:
        valid = valid.all(axis=0, keepdims=True)
    return Pixels(left, top, data, valid)
