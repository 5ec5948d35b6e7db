"""Stream a raster to disk, and let GDAL make a Cloud-optimised GeoTIFF of it."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Iterator, Sequence

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.io import DatasetWriter
from rasterio.shutil import copy
from rasterio.windows import Window

from ..base.feedback import SILENT, Feedback, check
from ..base.files import output_file, write_errors
from ..base.gdal_errors import cause_of
from ..base.grid import Grid
from .bands import Bands
from .completeness import check_complete, check_copied, unplaced
from .tags import write_sidecar, write_tags

#: Side of a tile of the file, and the size below which overviews end.
TILE_PX = 512
#: The same where a pixel of all bands takes more than 16 bytes.
SMALL_TILE_PX = 256
#: Block cache of GDAL while rasters are written, in bytes.
CACHE_BYTES = 96 << 20
#: Seconds between two looks at whether the user stopped.
POLL_S = 0.1
#: A copy writes this many times the raster's own size: overviews, then all of it.
_COPIED = 1 / 3 + 4 / 3

_RGB = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)


class CogWriter:
    """Takes blocks of pixels in any order and ends as one COG.

    On the way there, all pixels lie in a plain GeoTIFF beside the result.
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
        self._bands, self._average, self._threads = bands, average, threads
        self._raw, self._made = folder / "pixels.tif", folder / target.name
        with write_errors(target):
            self._out = _create(self._raw, grid, bands)

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
            col: column of the block's first pixel.
            row: row of the block's first pixel.
            pixels: (n, h, w), invalid ones hold nodata or 0 already.
            valid: (1, h, w) or (n, h, w) bool, None when all are. A mask band
                is written from the first one.
            bands: 1-based bands that ``pixels`` holds, all by default.

        Raises:
            BadInput: the disk is full.
        """
        height, width = pixels.shape[1:]
        window = Window(col, row, width, height)
        with write_errors(self._target):
            self._out.write(pixels, list(bands) or self._out.indexes, window=window)
            if self._bands.has_mask and (not bands or 1 in bands):
                mask = np.ones((height, width), bool) if valid is None else valid[0]
                self._out.write_mask(mask, window=window)

    def finish(self, feedback: Feedback = SILENT) -> None:
        """Make the COG of what was written.

        Raises:
            BadInput: the disk is full.
            Cancelled: the user stopped.
        """
        with write_errors(self._target):
            self._out.close()
            check_complete(self._raw, self._bands.has_mask)
            sidecar = write_sidecar(self._raw, self._bands)
            self._copy(feedback)
            check_complete(self._made, self._bands.has_mask)
            check_copied(self._raw, self._made, self._bands.has_mask)
            for path in (self._raw, sidecar):
                if path is not None:
                    path.unlink()

    def close(self) -> None:
        """Close the file of an unfinished raster."""
        self._out.close()

    def _copy(self, feedback: Feedback) -> None:
        with ThreadPoolExecutor(1) as pool:
            work, percent = pool.submit(self._copy_in_gdal), 0.0
            try:
                check(feedback)
                while not wait([work], POLL_S).done:
                    check(feedback)
                    percent = max(percent, self._percent())
                    feedback.setProgress(percent)
            except BaseException:
                # GDAL cannot be told to stop: without pixels to read, it gives up.
                os.truncate(self._raw, 0)
                raise
        error = work.exception()
        if error is not None:
            raise OSError(errno.EIO, cause_of(error), str(self._made)) from error

    def _copy_in_gdal(self) -> None:
        options = _cog_options(self._bands, self._average, self._threads)
        # The overviews are made in a file of their own, which must not stay either.
        # Compressed, as it is unless GDAL is told, it takes half of the whole time.
        beside = {"CPL_TMPDIR": str(self._folder), "COG_TMP_COMPRESSION": "NONE"}
        with rasterio.Env(**beside):
            copy(self._raw, self._made, driver="COG", **options)

    def _percent(self) -> float:
        """Return how far the copy is, judged by what lies on disk."""
        done = 0
        for path in set(self._folder.iterdir()) - {self._raw}:
            with suppress(FileNotFoundError):
                done += path.stat().st_size
        return min(100.0 * done / (_COPIED * self._raw.stat().st_size), 100.0)


@contextmanager
def open_cog(
    path: str | Path,
    grid: Grid,
    bands: Bands,
    *,
    inputs: Sequence[str | Path] = (),
    overwrite: bool = True,
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
        overwrite: whether a file that this program did not write may be replaced.
        average: make overviews by averaging, else by picking pixels.
        threads: threads that compress, 0 for the number of cores.
        feedback: progress of the last stage, and cancel.

    Raises:
        BadInput: the file cannot be written, or is an input.
        Cancelled: the user stopped.
    """
    average = average and not bands.colormaps
    with (
        output_file(path, inputs, overwrite) as unfinished,
        rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES, GDAL_TIFF_INTERNAL_MASK=True),
    ):
        count = threads or os.cpu_count() or 1
        writer = CogWriter(unfinished.parent, Path(path), grid, bands, average, count)
        try:
            yield writer
            writer.finish(feedback)
        finally:
            writer.close()


def _create(path: Path, grid: Grid, bands: Bands) -> DatasetWriter:
    """Make the file that blocks are written to."""
    placed = grid.transform != Affine.identity()
    place = {"transform": grid.transform} if placed else {}
    with unplaced():
        made = rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=grid.width,
            height=grid.height,
            crs=grid.named_crs,
            **place,
            dtype=bands.dtype,
            count=bands.count,
            nodata=bands.nodata,
            tiled=True,
            blockxsize=_tile_px(bands),
            blockysize=_tile_px(bands),
            interleave="band",
            # Empty parts take no room, and what GDAL could not write is missing.
            compress="ZSTD",
            zstd_level=1,
            photometric="RGB" if _is_rgb(bands) else "MINISBLACK",
            bigtiff="YES",
        )
    for band, palette in bands.colormaps.items():
        made.write_colormap(band, palette)
    if bands.colorinterp and not bands.colormaps:
        made.colorinterp = bands.colorinterp
    write_tags(made, bands)
    return made


def _cog_options(bands: Bands, average: bool, threads: int) -> dict[str, Any]:
    return {
        "compress": "DEFLATE",
        "level": 1,
        "predictor": "YES",
        "blocksize": _tile_px(bands),
        "overview_resampling": "AVERAGE" if average else "NEAREST",
        # How small a file gets is not known before; above 4 GiB it must be one.
        "bigtiff": "IF_SAFER",
        "num_threads": threads,
    }


def _tile_px(bands: Bands) -> int:
    pixel_bytes = bands.count * np.dtype(bands.dtype).itemsize
    return SMALL_TILE_PX if pixel_bytes > 16 else TILE_PX


def _is_rgb(bands: Bands) -> bool:
    return bands.colorinterp[:3] == _RGB and bands.dtype in ("uint8", "uint16")
