"""Stream a raster into a Cloud-optimised GeoTIFF, compressing every tile once."""

from __future__ import annotations

import os
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Iterator, Sequence

import cv2
import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetWriter
from rasterio.windows import Window

from ..base.about import VERSION
from ..base.feedback import SILENT, Feedback, Part, check
from ..base.files import output_file, write_errors
from ..base.grid import Grid
from ..base.types import RESULT_TAG
from .bands import Bands, encode
from .cog_layout import lay_out

#: Side of a tile of the file, and the size below which overviews end.
TILE_PX = 512
#: The same where a pixel of all bands takes more than 16 bytes.
SMALL_TILE_PX = 256
#: Block cache of GDAL while rasters are written, in bytes.
CACHE_BYTES = 96 << 20

_RGB = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)


class CogWriter:
    """Takes blocks of pixels in any order and ends as one COG.

    Memory: ``CACHE_BYTES`` and one block. Use ``open_cog`` to make one.
    """

    def __init__(
        self,
        folder: Path,
        target: Path,
        grid: Grid,
        bands: Bands,
        average: bool,
        threads: int,
    ):
        self._folder, self._target = folder, target
        self._bands, self._average = bands, average
        self._threads, self._handles = threads, ExitStack()
        self._tile = _tile_px(bands)
        self._levels = [grid]
        while max(self._levels[-1].width, self._levels[-1].height) > self._tile:
            self._levels.append(_half(self._levels[-1]))
        self._full = self._create(0)
        self._first = self._create(1) if len(self._levels) > 1 else None

    def write(
        self,
        col: int,
        row: int,
        pixels: np.ndarray,
        valid: np.ndarray | None = None,
        bands: Sequence[int] = (),
    ) -> None:
        """Write a block; call it once for every pixel.

        Args:
            col: even column of the block's first pixel.
            row: even row of the block's first pixel.
            pixels: (n, h, w), invalid ones hold nodata or 0 already; h and w
                are even except at the raster's end.
            valid: (1, h, w) or (n, h, w) bool, None when all are. A mask band
                is written from the first one.
            bands: 1-based bands that ``pixels`` holds, all by default.

        Raises:
            BadInput: the disk is full.
        """
        self._store(self._full, col, row, pixels, valid, bands)
        if self._first is not None:
            small, ok = halve(pixels, valid, self._average, self._bands.nodata)
            self._store(self._first, col // 2, row // 2, small, ok, bands)

    def finish(self, feedback: Feedback = SILENT) -> None:
        """Add the smaller overviews and lay all out as one file.

        Raises:
            BadInput: the disk is full.
            Cancelled: the user stopped.
        """
        with write_errors(self._target):
            self._handles.close()
            for level in range(2, len(self._levels)):
                self._reduce(level, feedback)
            parts = [self._path(i) for i in range(len(self._levels))]
            out = self._folder / self._target.name
            lay_out(parts, out, Part(feedback, 30, 100))

    def close(self) -> None:
        """Close the files of an unfinished raster."""
        self._handles.close()

    def _path(self, level: int) -> Path:
        return self._folder / f"level{level}.tif"

    def _create(self, level: int) -> DatasetWriter:
        bands, grid = self._bands, self._levels[level]
        options = _creation_options(bands, self._threads)
        if grid.transform != Affine.identity():
            options["transform"] = grid.transform
        with write_errors(self._target), warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            made = rasterio.open(
                self._path(level),
                "w",
                width=grid.width,
                height=grid.height,
                crs=grid.crs if level == 0 else None,
                **options,
            )
        self._handles.callback(made.close)
        for band, palette in bands.colormaps.items():
            made.write_colormap(band, palette)
        if bands.colorinterp and not bands.colormaps:
            made.colorinterp = bands.colorinterp
        if level == 0:
            _write_metadata(made, bands)
        return made

    def _store(
        self,
        out: DatasetWriter,
        col: int,
        row: int,
        pixels: np.ndarray,
        valid: np.ndarray | None,
        bands: Sequence[int],
    ) -> None:
        height, width = pixels.shape[1:]
        window = Window(col, row, width, height)
        with write_errors(self._target):
            out.write(pixels, list(bands) or out.indexes, window=window)
            if self._bands.has_mask and (not bands or 1 in bands):
                mask = np.ones((height, width), bool) if valid is None else valid[0]
                out.write_mask(mask, window=window)

    def _reduce(self, level: int, feedback: Feedback) -> None:
        step = 2 * self._tile
        may_lack = self._bands.nodata is not None or self._bands.has_mask
        may_lack |= self._bands.alpha is not None
        larger, out = self._levels[level - 1], self._create(level)
        with rasterio.open(self._path(level - 1)) as src:
            for row in range(0, larger.height, step):
                feedback.setProgress(15.0 * (level - 2 + row / larger.height))
                for col in range(0, larger.width, step):
                    check(feedback)
                    width = min(step, larger.width - col)
                    window = Window(col, row, width, min(step, larger.height - row))
                    pixels = src.read(window=window)
                    valid = src.read_masks(window=window) > 0 if may_lack else None
                    small, ok = halve(pixels, valid, self._average, self._bands.nodata)
                    self._store(out, col // 2, row // 2, small, ok, ())
        self._handles.close()


@contextmanager
def open_cog(
    path: str | Path,
    grid: Grid,
    bands: Bands,
    *,
    inputs: Sequence[str | Path] = (),
    average: bool = True,
    threads: int = 0,
    feedback: Feedback = SILENT,
) -> Iterator[CogWriter]:
    """Yield a writer; ``path`` is complete when the block ends well, else absent.

    Args:
        path: file to make or to replace.
        grid: its placement.
        bands: its bands.
        inputs: files that must not be overwritten.
        average: make overviews by averaging, else by picking pixels.
        threads: threads that compress, 0 for the number of cores.
        feedback: progress of the last stage, and cancel.

    Raises:
        BadInput: the file cannot be written, or is an input.
        Cancelled: the user stopped.
    """
    average = average and not bands.colormaps
    with (
        output_file(path, inputs) as unfinished,
        rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES, GDAL_TIFF_INTERNAL_MASK=True),
    ):
        count = threads or os.cpu_count() or 1
        writer = CogWriter(unfinished.parent, Path(path), grid, bands, average, count)
        try:
            yield writer
            writer.finish(feedback)
        finally:
            writer.close()


def halve(
    pixels: np.ndarray,
    valid: np.ndarray | None,
    average: bool,
    nodata: float | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return a block at half size; averages use valid pixels only.

    Args:
        pixels: (n, h, w).
        valid: (1, h, w) or (n, h, w) bool, or None when all are.
        average: average two by two pixels, else pick the first of them.
        nodata: value for blocks without a valid pixel; 0 where None.

    Returns:
        (n, (h + 1) // 2, (w + 1) // 2) and its valid pixels.
    """
    if not average:
        return pixels[:, ::2, ::2], None if valid is None else valid[:, ::2, ::2]
    wide = pixels.dtype.itemsize > 2 and pixels.dtype != np.float32
    kind = np.float64 if wide else np.float32
    if valid is None or valid.all():
        means = [encode(_mean2(p.astype(kind)), None, p.dtype, None) for p in pixels]
        ok = None if valid is None else np.ones((1, *means[0].shape), bool)
        return np.stack(means), ok
    shares = [_mean2(v.astype(kind)) for v in valid]
    out = []
    for i, band in enumerate(pixels):
        ok, share = valid[i % len(valid)], shares[i % len(valid)]
        total = _mean2(np.where(ok, band, 0).astype(kind))
        mean = total / np.maximum(share, 0.25)
        out.append(encode(mean, share > 0, pixels.dtype, nodata))
    return np.stack(out), np.stack([s > 0 for s in shares])


def _mean2(image: np.ndarray) -> np.ndarray:
    odd_y, odd_x = (side % 2 for side in image.shape)
    if odd_y or odd_x:
        image = cv2.copyMakeBorder(image, 0, odd_y, 0, odd_x, cv2.BORDER_REPLICATE)
    size = (image.shape[1] // 2, image.shape[0] // 2)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _half(grid: Grid) -> Grid:
    transform = grid.transform * Affine.scale(2)
    return Grid(None, transform, (grid.width + 1) // 2, (grid.height + 1) // 2)


def _tile_px(bands: Bands) -> int:
    pixel_bytes = bands.count * np.dtype(bands.dtype).itemsize
    return SMALL_TILE_PX if pixel_bytes > 16 else TILE_PX


def _creation_options(bands: Bands, threads: int) -> dict[str, Any]:
    whole = np.issubdtype(np.dtype(bands.dtype), np.integer)
    rgb = bands.colorinterp[:3] == _RGB and bands.dtype in ("uint8", "uint16")
    return {
        "driver": "GTiff",
        "dtype": bands.dtype,
        "count": bands.count,
        "nodata": bands.nodata,
        "tiled": True,
        "blockxsize": _tile_px(bands),
        "blockysize": _tile_px(bands),
        "interleave": "pixel" if rgb and bands.count <= 4 else "band",
        "photometric": "RGB" if rgb else "MINISBLACK",
        "compress": "DEFLATE",
        "predictor": 2 if whole else 3,
        "zlevel": 1,
        "num_threads": threads,
        "bigtiff": "YES",
        "endianness": "LITTLE",
    }


def _write_metadata(out: DatasetWriter, bands: Bands) -> None:
    for domain, tags in bands.tags.items():
        out.update_tags(ns=domain or None, **tags)
    out.update_tags(**{RESULT_TAG: VERSION})
    for i, tags in enumerate(bands.band_tags, 1):
        out.update_tags(i, **tags)
    for i, text in enumerate(bands.descriptions, 1):
        if text:
            out.set_band_description(i, text)
    for i, unit in enumerate(bands.units, 1):
        if unit:
            out.set_band_unit(i, unit)
    if any(scale != 1.0 for scale in bands.scales):
        out.scales = bands.scales
    if any(offset != 0.0 for offset in bands.offsets):
        out.offsets = bands.offsets
