"""One raster as registration sees it: placed, masked, grey, read by windows."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Iterator

import cv2
import numpy as np
import rasterio
from rasterio.errors import RasterioError
from rasterio.windows import Window

from ..base.errors import BadInput
from ..base.grid import Grid
from .georeference import Placement

#: Most pixels, summed over bands, that one read holds in memory.
READ_PX = 8_000_000
#: Longer side of the thinned copy from which borders and ranges are judged.
SURVEY_PX = 1024
#: Fill values that producers forget to declare.
_USUAL_FILLS = (-9999, -32768)


@dataclass(frozen=True)
class Source:
    """A raster in its frame; original pixels are read by windows.

    Args:
        path: as given.
        name: file name for messages.
        width: columns of the original raster.
        height: rows of the original raster.
        bands: 1-based bands that hold data, without alpha.
        dtype: data type of the first band, as rasterio names it.
        nodata: value of pixels without data, None where the file has none.
        is_complex: whether pixels are complex; their amplitude is read.
        has_mask: whether an alpha band or a mask band says what is valid.
        has_georeference: whether the frame is tied to the ground.
        placement: the frame, and how its pixels relate to the original ones.
        needs_normalising: why the frame is not what a plain reader assumes
            ("control points", "rational polynomials", "rotated", "south-up"
            or "mirrored"), else "".
        descriptions: text of every band, "" where there is none.
        overviews: decimation factors of the overviews of the first band.
        grey_levels: (n, 2) float32 grey value and opacity by palette index,
            or None without a palette.
        handles: one open dataset per thread.
    """

    path: str
    name: str
    width: int
    height: int
    bands: tuple[int, ...]
    dtype: str
    nodata: float | None
    is_complex: bool
    has_mask: bool
    has_georeference: bool
    placement: Placement
    needs_normalising: str
    descriptions: tuple[str, ...]
    overviews: tuple[int, ...]
    grey_levels: np.ndarray | None
    handles: Handles

    @property
    def grid(self) -> Grid:
        """Return the frame."""
        return self.placement.grid

    @property
    def count(self) -> int:
        """Return the number of bands that hold data."""
        return len(self.bands)

    def frame_to_raw(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) frame pixels to original pixels; identity without GCP or RPC."""
        return self.placement.frame_to_raw(xy)

    def raw_to_frame(self, xy: np.ndarray) -> np.ndarray:
        """Map (n, 2) original pixels to frame pixels; inverse of ``frame_to_raw``."""
        return self.placement.raw_to_frame(xy)

    def check_bands(self, bands: tuple[int, ...]) -> None:
        """Raise ``BadInput`` when a 1-based band is not there."""
        for band in bands:
            if band not in self.bands:
                raise BadInput.of(
                    "no_such_band",
                    name=self.name,
                    band=band,
                    bands=[str(b) for b in self.bands],
                )

    def read(
        self, bands: tuple[int, ...], window: tuple[int, int, int, int], skip: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """Read the grey value of a window that lies inside the raster.

        Args:
            bands: 1-based bands whose mean is taken.
            window: (x0, y0, width, height) in original pixels.
            skip: keep every n-th pixel; overviews serve this.

        Returns:
            (h, w) float32 values in the file's units (amplitude when complex,
            luminance when it has a palette), 0 where invalid, and (h, w) bool.
            Raises ``BadInput`` when the file is damaged.
        """
        raw = self._raw(bands, window, skip)
        seen = self._seen(bands[0], window, raw.shape[1:]) if self.has_mask else None
        valid = self._valid(raw, seen, window)
        return self._grey(raw, valid), valid

    @cached_property
    def border(self) -> np.ndarray:
        """Cells of a thinned copy, (rows, columns) bool, in which zeros mean no data.

        Zeros count as missing where they are connected to the raster's edge,
        and only in files that do not say themselves what is missing.
        """
        raw = self._raw(self.bands[:1], *self._whole())[0]
        zero = np.pad((raw == 0).astype(np.uint8), 2, constant_values=1)
        solid = cv2.morphologyEx(zero, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        labels = cv2.connectedComponents(solid, connectivity=4)[1]
        outer = (labels == labels[0, 0]).astype(np.uint8)
        return cv2.dilate(outer, np.ones((3, 3), np.uint8))[2:-2, 2:-2] > 0

    def thinned(self, bands: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return the grey value and validity of at most 1024 pixels a side."""
        return self.read(bands, *self._whole())

    def survey(self, bands: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return ``thinned``; raises ``BadInput`` when no pixel is valid."""
        grey, valid = self.thinned(bands)
        if not valid.any():
            raise BadInput.of("band_without_pixels", name=self.name, band=bands[0])
        return grey, valid

    def _whole(self) -> tuple[tuple[int, int, int, int], int]:
        skip = max(1, -(-max(self.width, self.height) // SURVEY_PX))
        return (0, 0, self.width, self.height), skip

    def _raw(
        self, bands: tuple[int, ...], window: tuple[int, int, int, int], skip: int
    ) -> np.ndarray:
        x0, y0, width, height = window
        shape = (len(bands), -(-height // skip), -(-width // skip))
        area = Window(x0, y0, width, height)
        with self._reading(window):
            return self.handles.get().read(list(bands), window=area, out_shape=shape)

    def _seen(
        self, band: int, window: tuple[int, int, int, int], shape: tuple[int, int]
    ) -> np.ndarray:
        area = Window(*window)
        with self._reading(window):
            mask = self.handles.get().read_masks(band, window=area, out_shape=shape)
        return mask > 0

    @contextmanager
    def _reading(self, window: tuple[int, int, int, int]) -> Iterator[None]:
        try:
            yield
        except RasterioError as error:
            raise BadInput.of(
                "pixels_cannot_be_read",
                name=self.name,
                column=window[0],
                row=window[1],
                why=first_line(error),
            ) from error

    def _valid(
        self,
        raw: np.ndarray,
        seen: np.ndarray | None,
        window: tuple[int, int, int, int],
    ) -> np.ndarray:
        shape = raw.shape[1:]
        valid = np.ones(shape, bool) if seen is None else seen.copy()
        if raw.dtype.kind in "fc":
            valid &= np.isfinite(raw).all(axis=0)
        if self.nodata is not None and np.isfinite(self.nodata):
            valid &= (raw != np.asarray(self.nodata).astype(raw.dtype)).any(axis=0)
        if self.grey_levels is not None:
            return valid & (self.grey_levels[raw[0], 1] > 0)
        if self.nodata is None and raw.dtype.kind in "fi":
            for fill in _USUAL_FILLS:
                valid &= (raw != fill).any(axis=0)
        if self.nodata is None and not self.has_mask:
            zero = (raw == 0).all(axis=0)
            if zero.any():
                valid &= ~(zero & self._near_border(window, shape))
        return valid

    def _near_border(
        self, window: tuple[int, int, int, int], shape: tuple[int, int]
    ) -> np.ndarray:
        """Return, for the pixels of a window, whether ``border`` holds them."""
        x0, y0, width, height = window
        rows, columns = self.border.shape
        y = (y0 + (np.arange(shape[0]) + 0.5) * height / shape[0]) * rows / self.height
        x = (x0 + (np.arange(shape[1]) + 0.5) * width / shape[1]) * columns / self.width
        return self.border[y.astype(int)[:, None], x.astype(int)[None, :]]

    def _grey(self, raw: np.ndarray, valid: np.ndarray) -> np.ndarray:
        if self.grey_levels is not None:
            grey = self.grey_levels[raw[0], 0]
        elif self.is_complex:
            grey = np.abs(raw).mean(axis=0)
        elif len(raw) == 1:
            grey = raw[0]
        else:
            grey = raw.mean(axis=0, dtype=np.float32)
        return np.where(valid, grey, 0).astype(np.float32)


class Handles:
    """Open datasets of one file, one per thread, closed together."""

    def __init__(self, path: str):
        self._path, self._local, self._lock = path, threading.local(), threading.Lock()
        self._all: list[Any] = []

    def get(self) -> Any:
        """Return this thread's open ``rasterio`` dataset."""
        dataset = getattr(self._local, "dataset", None)
        if dataset is None:
            dataset = self._local.dataset = rasterio.open(self._path)
            with self._lock:
                self._all.append(dataset)
        return dataset

    def close(self) -> None:
        """Close every dataset."""
        with self._lock:
            for dataset in self._all:
                dataset.close()
            self._all.clear()


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, without a full stop."""
    text = str(error) or type(error).__name__
    return text.splitlines()[0].rstrip(".")
