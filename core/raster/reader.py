"""Read a raster's own pixels, and which of them hold data: for matching and warping."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Iterable, Iterator, Sequence

import numpy as np
from rasterio.io import DatasetReader
from rasterio.windows import Window

from ..base.errors import BadInput
from ..base.gdal_errors import GDAL_ERRORS, cause_of
from ..base.opening import open_raster
from .validity import Box, Validity

#: The numpy types that hold those of GDAL which numpy does not know.
_HELD_BY = {"complex_int16": "complex64"}
#: From here on float64 does not hold every integer.
_INEXACT = 2**53


def common_type(names: Iterable[str]) -> str:
    """Return the numpy type that holds all values of types as rasterio names them."""
    return np.result_type(*(_HELD_BY.get(name, name) for name in names)).name


class Reader:
    """Reads windows of one file from several threads, each with a dataset of its own.

    Args:
        path: what rasterio opens; it is opened when it is first asked for.
        nodata: value that is missing in all bands, None for what the file says.
    """

    def __init__(self, path: str, nodata: float | None = None):
        self._path, self._nodata = path, nodata
        self._local, self._lock = threading.local(), threading.Lock()
        self._all: list[DatasetReader] = []

    @property
    def dataset(self) -> DatasetReader:
        """Return this thread's open dataset."""
        found: DatasetReader | None = getattr(self._local, "dataset", None)
        if found is None:
            found = self._local.dataset = open_raster(self._path)
            with self._lock:
                self._all.append(found)
        return found

    @cached_property
    def size(self) -> tuple[int, int]:
        """Return columns and rows."""
        return self.dataset.width, self.dataset.height

    @cached_property
    def validity(self) -> Validity:
        """Return the rule that says which pixels hold data."""
        return Validity(lambda: self.dataset, self._nodata)

    def close(self) -> None:
        """Close every dataset."""
        with self._lock:
            for dataset in self._all:
                dataset.close()
            self._all.clear()

    def read(
        self,
        bands: Sequence[int],
        box: Box,
        skip: int = 1,
        dtype: str | None = None,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Read a window that lies inside the raster.

        Args:
            bands: 1-based bands.
            box: (x0, y0, width, height) in pixels of the raster.
            skip: keep every n-th pixel; overviews serve this.
            dtype: data type of the result, None for the file's own.

        Returns:
            (n, h, w) pixels, and (1, h, w) or (n, h, w) bool, which of them hold
            data; None when all do. Raises ``BadInput`` when the file is damaged, or
            holds integers that are not exact as ``dtype``.
        """
        with self._reading(box):
            raw = self._pixels(bands, box, skip, dtype)
            valid = self.validity.of(raw, bands, box)
        if dtype == "float64":
            self._check_exact(raw, valid)
        return raw, valid

    def _check_exact(self, raw: np.ndarray, valid: np.ndarray | None) -> None:
        """Raise ``BadInput`` for integers of 64 bits that float64 rounds."""
        if not {"int64", "uint64"} & set(self.dataset.dtypes):
            return
        rounded = np.abs(raw) >= _INEXACT
        if valid is not None:
            rounded &= valid
        if rounded.any():
            name = Path(self._path).name or self._path
            value = float(raw[rounded][0])
            raise BadInput.of("integers_too_large", name=name, value=value)

    def read_as_is(
        self, band: int, box: Box, skip: int = 1
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Read pixels whatever their values mean.

        Args:
            band: 1-based.
            box: (x0, y0, width, height) in pixels of the raster.
            skip: keep every n-th pixel.

        Returns:
            (h, w) pixels, and (h, w) bool, what mask and alpha band let see; None
            without. Raises ``BadInput`` when the file is damaged.
        """
        with self._reading(box):
            raw = self._pixels([band], box, skip)[0]
            seen = self.validity.mask_and_alpha(box, raw.shape)
        return raw, None if seen is None else seen[0]

    def _pixels(
        self, bands: Sequence[int], box: Box, skip: int, dtype: str | None = None
    ) -> np.ndarray:
        shape, area = (-(-box[3] // skip), -(-box[2] // skip)), Window(*box)
        dtypes = self.dataset.dtypes
        types = {dtypes[band - 1] for band in bands}
        if len(types) == 1:
            shape = (len(bands), *shape)
            return self.dataset.read(
                list(bands), window=area, out_shape=shape, out_dtype=dtype
            )
        # rasterio reads no bands of different types at once.
        dtype = dtype or common_type(types)
        return np.stack(
            [
                self.dataset.read(band, window=area, out_shape=shape, out_dtype=dtype)
                for band in bands
            ]
        )

    @contextmanager
    def _reading(self, box: Box) -> Iterator[None]:
        try:
            yield
        except GDAL_ERRORS as error:
            raise BadInput.of(
                "pixels_cannot_be_read",
                name=Path(self._path).name or self._path,
                column=box[0],
                row=box[1],
                why=cause_of(error),
            ) from error
