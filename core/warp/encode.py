"""From computed values to pixels of a data type, the way GDAL rounds and clips."""

from __future__ import annotations

import numpy as np


def encode(
    values: np.ndarray,
    ok: np.ndarray | None,
    dtype: np.dtype | str,
    nodata: float | None,
) -> np.ndarray:
    """Return values as pixels; halves round up, excess is clipped.

    A valid value that would read as nodata moves to the next one.

    Args:
        values: (h, w) float32 or float64; changed in place.
        ok: (h, w) bool, None when all are valid.
        dtype: data type of the result.
        nodata: what invalid pixels hold and valid ones must not; 0 and no
            reserved value where None.
    """
    dtype = np.dtype(dtype)
    whole = np.issubdtype(dtype, np.integer)
    if whole:
        values += 0.5
        np.floor(values, out=values)
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        np.clip(values, low, high, out=values)
    with np.errstate(invalid="ignore"):
        out = values.astype(dtype)
    if nodata is not None and not np.isnan(nodata):
        out[out == dtype.type(nodata)] = _beside(nodata, dtype)
    if ok is not None:
        out[~ok] = 0 if nodata is None else nodata
    return out


def _beside(nodata: float, dtype: np.dtype) -> float | int:
    if not np.issubdtype(dtype, np.integer):
        return np.nextafter(dtype.type(nodata), dtype.type(0) if nodata else 1)
    value = int(nodata)
    return value + 1 if value == np.iinfo(dtype).min else value - 1
