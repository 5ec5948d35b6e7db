"""One raster as registration sees it: placed, masked, grey, read by windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np

from ..base.errors import BadInput
from ..base.grid import Grid
from .georeference import Placement
from .reader import Reader
from .validity import HUGE, SURVEY_PX

#: Most pixels, summed over bands, that one read holds in memory.
READ_PX = 8_000_000


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
        nodata: value of pixels without data in the first band, None where the file
            has none.
        is_complex: whether pixels are complex; their amplitude is read.
        has_georeference: whether the frame is tied to the ground.
        placement: the frame, and how its pixels relate to the original ones.
        needs_normalising: why the frame is not what a plain reader assumes
            ("control points", "rational polynomials", "rotated", "south-up"
            or "mirrored"), else "".
        descriptions: text of every band, "" where there is none.
        overviews: decimation factors of the overviews of the first band.
        grey_levels: (n, 2) float32 grey value and opacity by palette index, up to
            the last entry, or None without a palette.
        reader: the original pixels, and which of them hold data.
    """

    path: str
    name: str
    width: int
    height: int
    bands: tuple[int, ...]
    dtype: str
    nodata: float | None
    is_complex: bool
    has_georeference: bool
    placement: Placement
    needs_normalising: str
    descriptions: tuple[str, ...]
    overviews: tuple[int, ...]
    grey_levels: np.ndarray | None
    reader: Reader

    @property
    def grid(self) -> Grid:
        """Return the frame."""
        return self.placement.grid

    @property
    def has_mask(self) -> bool:
        """Return whether an alpha band or a mask band says what is valid."""
        return self.reader.validity.has_mask

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
            (h, w) values in the file's units (amplitude when complex, luminance when
            it has a palette), float32, or float64 where that would round what the
            file holds; the mean of those bands that hold data, 0 where none does,
            and (h, w) bool. Raises ``BadInput`` when the
            file is damaged.
        """
        return self._seen(*self.reader.read(bands, window, skip))

    def _seen(
        self, raw: np.ndarray, held: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what ``read`` does, of pixels and of which of them hold data."""
        if held is None:
            held = np.ones((1, *raw.shape[1:]), bool)
        valid = held.any(axis=0)
        if self.grey_levels is not None:
            valid &= self._levels(raw[0])[..., 1] > 0
        return self._grey(raw, held, valid), valid

    def thinned(self, bands: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return the grey value and validity of at most 1024 pixels a side."""
        return self.read(bands, *self._whole())

    def survey(self, bands: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return ``thinned``; raises ``BadInput`` when no pixel is valid."""
        grey, valid = self.thinned(bands)
        if not valid.any():
            raise self.without_pixels(bands[0])
        return grey, valid

    def without_pixels(self, band: int) -> BadInput:
        """Return what to say of a 1-based band that has no valid pixel."""
        raw, _ = self.reader.read_as_is(band, *self._whole())
        if raw.dtype.kind in "fc":
            size = np.abs(raw)
            huge = size[np.isfinite(size) & (size >= HUGE)]
            if len(np.unique(huge)) > 1:
                return BadInput.of(
                    "values_huge",
                    name=self.name,
                    band=band,
                    value=float(huge.max()),
                    most=HUGE,
                )
        return BadInput.of("band_without_pixels", name=self.name, band=band)

    def survey_each(
        self, bands: tuple[int, ...]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return ``survey`` of each band; large files are read through only once.

        Strip by strip: GDAL brings one band after the other to fewer pixels, and
        unpacks all of them anew for each if it cannot keep what was unpacked.
        """
        (_, _, width, height), skip = self._whole()
        rows = max(READ_PX // (len(bands) * width * skip), 1) * skip
        strips = [
            self.reader.read(bands, (0, top, width, min(rows, height - top)), skip)
            for top in range(0, height, rows)
        ]
        raw, held = _stacked(strips)
        found = []
        for i, band in enumerate(bands):
            own = held if held is None or len(held) == 1 else held[i : i + 1]
            grey, valid = self._seen(raw[i : i + 1], own)
            if not valid.any():
                raise self.without_pixels(band)
            found.append((grey, valid))
        return found

    def _whole(self) -> tuple[tuple[int, int, int, int], int]:
        skip = max(1, -(-max(self.width, self.height) // SURVEY_PX))
        return (0, 0, self.width, self.height), skip

    def _grey(self, raw: np.ndarray, held: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Return the mean of the bands that hold data, 0 where none does."""
        if self.grey_levels is not None:
            grey = self._levels(raw[0])[..., 0]
            return np.where(valid, grey, 0).astype(np.float32)
        values = np.abs(raw) if np.iscomplexobj(raw) else raw
        # Texture on a large offset, and values beyond 3e38, need all their digits.
        kind = np.result_type(values.dtype, np.float32)
        if len(values) == 1:
            grey = values[0]
        else:
            held = np.broadcast_to(held, raw.shape)
            total = np.sum(values, axis=0, dtype=kind, where=held)
            grey = total / np.maximum(held.sum(axis=0), 1)
        return np.where(valid, grey, 0).astype(kind)

    def _levels(self, raw: np.ndarray) -> np.ndarray:
        """Return (h, w, 2) grey and opacity; what has no entry is transparent."""
        levels = self.grey_levels
        if levels is None:
            raise ValueError("a raster without palette has no levels")
        known = (raw >= 0) & (raw < len(levels))
        return np.where(known[..., None], levels[np.where(known, raw, 0)], 0)


def _stacked(
    strips: Sequence[tuple[np.ndarray, np.ndarray | None]],
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return strips of pixels and of which of them hold data, one below the other."""
    raw = np.concatenate([pixels for pixels, _ in strips], axis=1)
    if all(held is None for _, held in strips):
        return raw, None
    parts = [
        np.broadcast_to(True if held is None else held, pixels.shape)
        for pixels, held in strips
    ]
    return raw, np.concatenate(parts, axis=1)
