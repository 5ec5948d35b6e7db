"""Warp a raster once from its original pixels, streamed and memory-bounded."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterator, Sequence

import cv2
import numpy as np
import rasterio

from .bandinfo import Bands, describe
from .encode import encode
from .errors import BadInput
from .feedback import SILENT, Feedback, Part, check
from .geo import Grid
from .geotiff import open_cog
from .pixelmap import Lattice, PixelMap, lattice_of, shrinking
from .pixels import PixelReader, Pixels
from .resample import REACH, Positions, sample
from .types import Resampling

#: Largest output block, and largest source window for it, in bytes.
BLOCK_BYTES = 16 << 20
WINDOW_BYTES = 48 << 20
WINDOW_PX = 30000
#: Side of a cell: its pixels depend on nothing but its place in the target.
CELL_PX = 256
#: Largest number of positions per target pixel and axis.
MAX_DENSITY = 32
#: From this many source pixels per target pixel on, several are averaged.
SHRINKING = 1.5

_BLOCK_PX = (2048, 1024)
_TYPES = "int8 uint8 int16 uint16 int32 uint32 float32 float64".split()

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class _Block:
    col: int
    row: int
    width: int
    height: int
    bands: slice


@dataclass(frozen=True)
class _Warp:
    """Everything a worker needs to compute a block."""

    reader: PixelReader
    mapping: PixelMap
    target: Grid
    bands: Bands
    resampling: Resampling
    density: int
    cell: int
    feedback: Feedback


def warp_raster(
    source_path: str | Path,
    target: Grid,
    target_to_source: PixelMap,
    out_path: str | Path,
    *,
    bands: Sequence[int] | None = None,
    resampling: Resampling = "cubic",
    nodata: float | None = None,
    feedback: Feedback = SILENT,
    threads: int = 0,
) -> None:
    """Write the source as seen from the target grid, as a Cloud-optimised GeoTIFF.

    Pixels outside the source are nodata where the source has such a value, NaN
    in floating-point rasters without one, transparent where there is an alpha
    band; any other raster gets a mask band, because 0 may be a real value.
    Where a target pixel spans more than ``SHRINKING`` source pixels, values at
    several positions in it are averaged. Palettes are never interpolated.
    Memory stays below 1 GiB whatever the size of the rasters; the result does
    not depend on the number of threads.

    Args:
        source_path: raster whose pixels are moved; all real types up to 32 bits,
            and float64.
        target: grid of the result.
        target_to_source: (n, 2) target pixels to (n, 2) pixels of the raw
            source raster; NaN where undefined. Called from several threads.
        out_path: file to make; it appears when it is complete.
        bands: 1-based bands, all by default.
        resampling: how pixels are interpolated.
        nodata: value that is invalid in the source, None for what it says.
        feedback: progress and cancel.
        threads: worker threads, 0 for the number of cores.

    Raises:
        BadInput: the source cannot be warped or the result cannot be written.
        Cancelled: the user stopped; nothing was written.
    """
    count = threads or os.cpu_count() or 1
    with rasterio.open(source_path) as src:
        chosen = list(bands or src.indexes)
        source = describe(src, chosen)
        size = src.width, src.height
    _check_types(source, source_path)
    result = _result_bands(source, nodata, source_path)
    if source.colormaps:
        resampling = "nearest"
    span = shrinking(target_to_source, target, *size)
    density = _density(span, resampling)
    cell = max(CELL_PX >> (density - 1).bit_length(), 16)
    masked = source.has_mask or source.alpha is not None
    reader = PixelReader(str(source_path), chosen, source.dtype, nodata, masked)
    job = _Warp(
        reader, target_to_source, target, result, resampling, density, cell, feedback
    )
    with (
        closing(reader),
        open_cog(
            out_path,
            target,
            result,
            inputs=[source_path],
            average=resampling != "nearest",
            threads=count,
            feedback=Part(feedback, 80, 100),
        ) as cog,
    ):
        blocks = list(_blocks(target, result, cell, span))
        done = 0
        for block, pixels, valid in _in_order(job, blocks, count):
            picked = range(1, result.count + 1)[block.bands]
            cog.write(block.col, block.row, pixels, valid, picked)
            done += 1
            feedback.setProgress(80.0 * done / len(blocks))


def _check_types(source: Bands, path: str | Path) -> None:
    if source.dtype.startswith("complex"):
        raise BadInput(
            f"{path} holds complex values, which lose their phase when resampled; "
            "convert it to amplitude or intensity first."
        )
    if source.dtype not in _TYPES:
        raise BadInput(
            f"{path} has pixels of type {source.dtype}; convert it to float64 first."
        )


def _result_bands(source: Bands, nodata: float | None, path: str | Path) -> Bands:
    """Decide how the result says which pixels are valid."""
    if nodata is not None and not _holds(source.dtype, nodata):
        raise BadInput(
            f"nodata {nodata:g} is no value that the {source.dtype} pixels of {path} "
            "can have; give another one."
        )
    value = source.nodata if nodata is None else nodata
    if value is not None and _holds(source.dtype, value):
        return replace(source, nodata=value, has_mask=False)
    if source.alpha is not None:
        return replace(source, nodata=None, has_mask=False)
    if source.dtype.startswith("float") and not source.has_mask:
        return replace(source, nodata=float("nan"))
    return replace(source, nodata=None, has_mask=True)


def _holds(dtype: str, value: float) -> bool:
    if dtype.startswith("float"):
        return True
    limits = np.iinfo(dtype)
    return float(value).is_integer() and limits.min <= value <= limits.max


def _density(span: float, resampling: Resampling) -> int:
    if resampling == "nearest":
        return 1
    if resampling == "average":
        return int(np.clip(np.ceil(2 * span), 2, MAX_DENSITY))
    return 1 if span <= SHRINKING else int(min(np.ceil(span), MAX_DENSITY))


def _blocks(target: Grid, bands: Bands, cell: int, span: float) -> Iterator[_Block]:
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
                yield _Block(col, row, w, h, slice(first, first + group))


def _in_order(
    job: _Warp, blocks: Sequence[_Block], workers: int
) -> Iterator[tuple[_Block, np.ndarray, np.ndarray | None]]:
    """Compute blocks in threads and yield them in order, few ahead."""
    pending: deque[tuple[_Block, Future]] = deque()
    pool = ThreadPoolExecutor(workers)
    # Threads inside of threads only wait for one another.
    inner = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        for block in blocks:
            pending.append((block, pool.submit(_compute, job, block)))
            if len(pending) > workers:
                block, future = pending.popleft()
                yield block, *future.result()
        for block, future in pending:
            yield block, *future.result()
    finally:
        pool.shutdown(cancel_futures=True)
        cv2.setNumThreads(inner)


def _compute(job: _Warp, block: _Block) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the pixels of a block, (n, h, w), and which are valid."""
    fill = 0 if job.bands.nodata is None else job.bands.nodata
    count = len(range(job.bands.count)[block.bands])
    out = np.full((count, block.height, block.width), fill, job.bands.dtype)
    ok = np.zeros(out.shape, bool)
    cells = list(_cells(job, block))
    if not cells:
        return out, ok
    boxes = np.array([_clipped(job, box) for *_, box in cells])
    bounds = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
    buffer = job.reader.read(bounds, block.bands) if _fits(job, bounds, count) else None
    for col, row, lattice, box in cells:
        check(job.feedback)
        here = np.s_[:, row : row + job.cell, col : col + job.cell]
        if box == _clipped(job, box) and _fits(job, box, count):
            part = buffer.cut(box) if buffer else job.reader.read(box, block.bands)
            _fill_inner(job, part, lattice, out[here], ok[here])
        else:
            xy = lattice.expand(job.cell, job.density)
            _fill(job, block, buffer, xy, out[here], ok[here])
    return out, None if ok.all() else ok


def _cells(job: _Warp, block: _Block) -> Iterator[tuple[int, int, Lattice, Box]]:
    """Yield the block's cells that meet the source, with the windows they need."""
    for row in range(0, block.height, job.cell):
        for col in range(0, block.width, job.cell):
            check(job.feedback)
            lattice = lattice_of(
                job.mapping, block.col + col, block.row + row, job.cell
            )
            box = _window(*lattice.xy)
            if box is not None and _clipped(job, box) is not None:
                yield col, row, lattice, box


def _window(x: np.ndarray, y: np.ndarray) -> Box | None:
    """Return the window that positions need, None when all are undefined."""
    known = np.isfinite(x) & np.isfinite(y)
    if not known.all():
        x, y = x[known], y[known]
    if not x.size:
        return None
    return (
        int(np.floor(x.min())) - REACH,
        int(np.floor(y.min())) - REACH,
        int(np.floor(x.max())) + REACH + 2,
        int(np.floor(y.max())) + REACH + 2,
    )


def _clipped(job: _Warp, box: Box) -> Box | None:
    """Return the part of a window that lies in the source, None when none does."""
    left, top = max(box[0], 0), max(box[1], 0)
    right, bottom = min(box[2], job.reader.width), min(box[3], job.reader.height)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _fits(job: _Warp, box: Box, count: int) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    size = width * height * count * np.dtype(job.bands.dtype).itemsize
    return size <= WINDOW_BYTES and max(width, height) <= WINDOW_PX


def _fill_inner(
    job: _Warp, part: Pixels, lattice: Lattice, out: np.ndarray, ok: np.ndarray
) -> None:
    """Sample a cell that lies in the source with all that its kernels reach."""
    x, y = lattice.shifted(part.col, part.row).expand(job.cell, job.density)
    keep = np.s_[: out.shape[1] * job.density, : out.shape[2] * job.density]
    _fill_bands(job, part, Positions(x[keep], y[keep]), None, out, ok)


def _fill(
    job: _Warp,
    block: _Block,
    buffer: Pixels | None,
    xy: tuple[np.ndarray, np.ndarray],
    out: np.ndarray,
    ok: np.ndarray,
) -> None:
    """Sample any rectangle of positions, some of them beyond the source."""
    keep = np.s_[: out.shape[1] * job.density, : out.shape[2] * job.density]
    x, y = xy[0][keep], xy[1][keep]
    with np.errstate(invalid="ignore"):
        inside = (x > -1e-10) & (x < job.reader.width - 1e-10)
        inside &= (y > -1e-10) & (y < job.reader.height - 1e-10)
    box = _window(x[inside], y[inside])
    if box is None:
        return
    clipped = _clipped(job, box)
    if buffer is None or not buffer.covers(clipped):
        if not _fits(job, clipped, len(out)) and max(out.shape[1:]) > 1:
            _fill_halves(job, block, (x, y), out, ok)
            return
        buffer = job.reader.read(clipped, block.bands)
    # Beyond the source the window is padded with invalid pixels.
    x = np.where(inside, x - box[0], REACH)
    y = np.where(inside, y - box[1], REACH)
    _fill_bands(job, buffer.cut(box), Positions(x, y), inside, out, ok)


def _fill_halves(
    job: _Warp,
    block: _Block,
    xy: tuple[np.ndarray, np.ndarray],
    out: np.ndarray,
    ok: np.ndarray,
) -> None:
    """Sample the two halves of a rectangle that needs too large a window."""
    axis = 1 if out.shape[1] >= out.shape[2] else 2
    middle = out.shape[axis] // 2
    for half in (slice(0, middle), slice(middle, None)):
        index = (slice(None), half) if axis == 1 else (slice(None), slice(None), half)
        dense = slice(
            (half.start or 0) * job.density,
            None if half.stop is None else half.stop * job.density,
        )
        where = (dense,) if axis == 1 else (slice(None), dense)
        _fill(job, block, None, (xy[0][where], xy[1][where]), out[index], ok[index])


def _fill_bands(
    job: _Warp,
    part: Pixels,
    at: Positions,
    inside: np.ndarray | None,
    out: np.ndarray,
    ok: np.ndarray,
) -> None:
    for i, image in enumerate(part.data):
        valid = None if part.valid is None else part.valid[i % len(part.valid)]
        if valid is not None and valid.all():
            valid = None
        values, good = sample(image, valid, at, job.resampling)
        if inside is not None:
            good = inside if good is None else good & inside
        if job.density > 1:
            values, good = _area_mean(values, good, job.density)
        if job.resampling == "nearest":
            out[i] = values if good is None else np.where(good, values, out[i])
        else:
            out[i] = encode(values, good, out.dtype, job.bands.nodata)
        ok[i] = True if good is None else good


def _area_mean(
    values: np.ndarray, good: np.ndarray | None, density: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Average squares of positions; valid where at least half of them are."""
    kind = np.float32 if values.dtype.itemsize <= 2 else np.float64
    size = values.shape[1] // density, values.shape[0] // density
    if good is None:
        return cv2.resize(values.astype(kind), size, interpolation=cv2.INTER_AREA), None
    share = cv2.resize(good.astype(kind), size, interpolation=cv2.INTER_AREA)
    filled = np.where(good, values, 0).astype(kind)
    total = cv2.resize(filled, size, interpolation=cv2.INTER_AREA)
    return total / np.maximum(share, 1e-6), share >= 0.5
