"""Warp a raster once from its original pixels, streamed and memory-bounded."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Iterator, Sequence

import cv2
import numpy as np

from ..base.feedback import SILENT, Feedback, Part
from ..base.grid import Grid
from ..base.opening import open_raster
from ..base.types import Resampling
from ..raster.reader import Reader
from .bands import Bands, describe, warped_bands
from .blocks import Block, WarpJob, compute
from .cog_writer import open_cog
from .lattice import PixelMap, shrinking

#: Largest part of the source that a block may come from, in bytes.
BLOCK_BYTES = 16 << 20
#: Side of a cell: its pixels depend on nothing but its place in the target.
CELL_PX = 256
#: Largest number of positions per target pixel and axis.
MAX_DENSITY = 32
#: From this many source pixels per target pixel on, several are averaged.
SHRINKING = 1.5

_BLOCK_PX = (2048, 1024)


def warp_raster(
    source_path: str | Path,
    target: Grid,
    target_to_source: PixelMap,
    out_path: str | Path,
    *,
    resampling: Resampling = "cubic",
    nodata: float | None = None,
    feedback: Feedback = SILENT,
    threads: int = 0,
    overwrite: bool = True,
) -> None:
    """Write the source as seen from the target grid, as a Cloud-optimised GeoTIFF.

    Pixels outside the source are nodata where the source has such a value, NaN
    in floating-point rasters without one, transparent where there is an alpha
    band; any other raster gets a mask band, because 0 may be a real value.
    Where a target pixel spans more than ``SHRINKING`` source pixels, values at
    several positions in it are averaged. Palettes, classes and bits, where the file
    says so, are never interpolated.
    Memory stays below 1 GiB whatever the size of the rasters; the result does
    not depend on the number of threads.

    Args:
        source_path: raster whose pixels are moved; all real types up to 32 bits,
            and float64.
        target: grid of the result.
        target_to_source: (n, 2) target pixels to (n, 2) pixels of the raw
            source raster; NaN where undefined. Called from several threads.
        out_path: file to make; it appears when it is complete.
        resampling: how pixels are interpolated.
        nodata: value that is invalid in the source, None for what it says.
        feedback: progress and cancel.
        threads: worker threads, 0 for the number of cores.
        overwrite: whether a file that this program did not write may be replaced.

    Raises:
        BadInput: the source cannot be warped or the result cannot be written.
        Cancelled: the user stopped; nothing was written.
    """
    count = threads or os.cpu_count() or 1
    with closing(Reader(str(source_path), nodata)) as reader:
        chosen = tuple(reader.dataset.indexes)
        source = describe(reader.dataset, chosen)
        result = warped_bands(source, nodata, Path(source_path).name)
        if source.classes:
            resampling = "nearest"
        span = shrinking(target_to_source, target, *reader.size)
        density = _density(span, resampling)
        cell = max(CELL_PX >> (density - 1).bit_length(), 16)
        how = resampling, density, cell
        job = WarpJob(reader, chosen, target_to_source, result, *how, feedback)
        with open_cog(
            out_path,
            target,
            result,
            inputs=[source_path],
            overwrite=overwrite,
            average=resampling != "nearest",
            threads=count,
            feedback=Part(feedback, 80, 100),
        ) as cog:
            blocks = list(_blocks(target, result, cell, span))
            done = 0
            for block, pixels, valid in _in_order(job, blocks, count):
                picked = range(1, result.count + 1)[block.bands]
                cog.write(block.col, block.row, pixels, valid, picked)
                done += 1
                feedback.setProgress(80.0 * done / len(blocks))


def check_warpable(source_path: str, nodata: float | None) -> None:
    """Raise ``BadInput`` for what ``warp_raster`` cannot warp, without reading it."""
    with open_raster(str(source_path)) as src:
        warped_bands(describe(src, list(src.indexes)), nodata, Path(source_path).name)


def _density(span: float, resampling: Resampling) -> int:
    if resampling == "nearest":
        return 1
    if resampling == "average":
        return int(np.clip(np.ceil(2 * span), 2, MAX_DENSITY))
    return 1 if span <= SHRINKING else int(min(np.ceil(span), MAX_DENSITY))


def _blocks(target: Grid, bands: Bands, cell: int, span: float) -> Iterator[Block]:
    """Yield blocks row by row; bands are split where even a small block is big."""
    itemsize = np.dtype(bands.dtype).itemsize
    width, height = _BLOCK_PX
    group = bands.count
    while width * height * group * itemsize * max(span, 1) ** 2 > BLOCK_BYTES:
        if width > height:
            width //= 2
        elif height > cell:
            height //= 2
        elif group > 1:
            group = (group + 1) // 2
        else:
            break
    for row in range(0, target.height, height):
        for col in range(0, target.width, width):
            w, h = min(width, target.width - col), min(height, target.height - row)
            for first in range(0, bands.count, group):
                yield Block(col, row, w, h, slice(first, first + group))


def _in_order(
    job: WarpJob, blocks: Sequence[Block], workers: int
) -> Iterator[tuple[Block, np.ndarray, np.ndarray | None]]:
    """Compute blocks in threads and yield them in order, few ahead."""
    pending: deque[tuple[Block, Future]] = deque()
    pool = ThreadPoolExecutor(workers)
    # Threads inside of threads only wait for one another.
    inner = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        for block in blocks:
            pending.append((block, pool.submit(compute, job, block)))
            if len(pending) > workers:
                block, future = pending.popleft()
                yield block, *future.result()
        for block, future in pending:
            yield block, *future.result()
    finally:
        pool.shutdown(cancel_futures=True)
        cv2.setNumThreads(inner)
