"""Compute blocks of a warped raster, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import cv2
import numpy as np

from ..base.feedback import Feedback, check
from ..base.types import Resampling
from ..raster.reader import Reader
from .bands import Bands, encode
from .kernels import REACH, Positions, sample
from .lattice import Lattice, PixelMap, lattice_of
from .pixels import Pixels, read_pixels

#: Largest source window held for a block or a cell, in bytes and pixels per side.
WINDOW_BYTES = 48 << 20
WINDOW_PX = 30000

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Block:
    """A rectangle of target pixels, and some of the bands."""

    col: int
    row: int
    width: int
    height: int
    bands: slice


@dataclass(frozen=True)
class WarpJob:
    """Everything needed to compute a block.

    Args:
        reader: the source.
        picked: 1-based bands of the source that are warped.
        mapping: target pixels to source pixels.
        bands: the bands of the result.
        resampling: how pixels are interpolated.
        density: positions per target pixel and axis.
        cell: side of a cell in target pixels; its pixels depend on nothing but
            its place in the target.
        feedback: cancel.
    """

    reader: Reader
    picked: tuple[int, ...]
    mapping: PixelMap
    bands: Bands
    resampling: Resampling
    density: int
    cell: int
    feedback: Feedback

    def read(self, box: Box, bands: slice) -> Pixels:
        """Read a part of the source, and some of the bands that are warped."""
        # A mask or alpha band cannot tell bands apart, a nodata value can.
        per_band = self.bands.nodata is not None
        return read_pixels(
            self.reader, self.picked[bands], box, self.bands.dtype, per_band
        )


def compute(job: WarpJob, block: Block) -> tuple[np.ndarray, np.ndarray | None]:
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
    buffer = job.read(bounds, block.bands) if _fits(job, bounds, count) else None
    for col, row, lattice, box in cells:
        check(job.feedback)
        here = np.s_[:, row : row + job.cell, col : col + job.cell]
        if box == _clipped(job, box) and _fits(job, box, count):
            part = buffer.cut(box) if buffer else job.read(box, block.bands)
            _fill_inner(job, part, lattice, out[here], ok[here])
        else:
            xy = lattice.expand(job.cell, job.density)
            _fill(job, block, buffer, xy, out[here], ok[here])
    return out, None if ok.all() else ok


def _cells(job: WarpJob, block: Block) -> Iterator[tuple[int, int, Lattice, Box]]:
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


def _clipped(job: WarpJob, box: Box) -> Box | None:
    """Return the part of a window that lies in the source, None when none does."""
    left, top = max(box[0], 0), max(box[1], 0)
    width, height = job.reader.size
    right, bottom = min(box[2], width), min(box[3], height)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _fits(job: WarpJob, box: Box, count: int) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    size = width * height * count * np.dtype(job.bands.dtype).itemsize
    return size <= WINDOW_BYTES and max(width, height) <= WINDOW_PX


def _fill_inner(
    job: WarpJob, part: Pixels, lattice: Lattice, out: np.ndarray, ok: np.ndarray
) -> None:
    """Sample a cell that lies in the source with all that its kernels reach."""
    x, y = lattice.shifted(part.col, part.row).expand(job.cell, job.density)
    keep = np.s_[: out.shape[1] * job.density, : out.shape[2] * job.density]
    _fill_bands(job, part, Positions(x[keep], y[keep]), None, out, ok)


def _fill(
    job: WarpJob,
    block: Block,
    buffer: Pixels | None,
    xy: tuple[np.ndarray, np.ndarray],
    out: np.ndarray,
    ok: np.ndarray,
) -> None:
    """Sample any rectangle of positions, some of them beyond the source."""
    keep = np.s_[: out.shape[1] * job.density, : out.shape[2] * job.density]
    x, y = xy[0][keep], xy[1][keep]
    width, height = job.reader.size
    with np.errstate(invalid="ignore"):
        inside = (x > -1e-10) & (x < width - 1e-10)
        inside &= (y > -1e-10) & (y < height - 1e-10)
    box = _window(x[inside], y[inside])
    clipped = None if box is None else _clipped(job, box)
    if box is None or clipped is None:
        return
    if buffer is None or not buffer.covers(clipped):
        if not _fits(job, clipped, len(out)) and max(out.shape[1:]) > 1:
            _fill_halves(job, block, (x, y), out, ok)
            return
        buffer = job.read(clipped, block.bands)
    # Beyond the source the window is padded with invalid pixels.
    x = np.where(inside, x - box[0], REACH)
    y = np.where(inside, y - box[1], REACH)
    _fill_bands(job, buffer.cut(box), Positions(x, y), inside, out, ok)


def _fill_halves(
    job: WarpJob,
    block: Block,
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
    job: WarpJob,
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
    kind: type = np.float32 if values.dtype.itemsize <= 2 else np.float64
    size = values.shape[1] // density, values.shape[0] // density
    if good is None:
        return cv2.resize(values.astype(kind), size, interpolation=cv2.INTER_AREA), None
    share = cv2.resize(good.astype(kind), size, interpolation=cv2.INTER_AREA)
    filled: np.ndarray = np.where(good, values, 0).astype(kind)
    total = cv2.resize(filled, size, interpolation=cv2.INTER_AREA)
    return total / np.maximum(share, 1e-6), share >= 0.5
