"""Two rasters in one picture: checkerboard, swipe, blend, red-cyan."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Literal, Sequence, get_args

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from .errors import BadInput
from .feedback import SILENT, Feedback, track

CompareMode = Literal["checkerboard", "swipe", "blend", "redcyan"]

BLOCK = 1024
_LOOK = 1024


@dataclass(frozen=True)
class Layer:
    """One opened raster and how its pixels become 8 bit.

    Args:
        file: dataset on the common grid.
        bands: three 1-based bands, or one for grey.
        limits: (len(bands), 2) values shown as black and white.
        log: whether values are shown on a logarithmic scale.
    """

    file: Any
    bands: tuple[int, ...]
    limits: np.ndarray
    log: bool


def compare_rasters(
    a_path: str | Path,
    b_path: str | Path,
    out_path: str | Path,
    mode: CompareMode = "checkerboard",
    cell_px: int = 64,
    position: float = 0.5,
    feedback: Feedback = SILENT,
) -> None:
    """Write A and B as one RGBA GeoTIFF on A's grid, transparent outside both.

    Worked off in blocks of 1024 x 1024 pixels: the memory needed is some 100 MB
    whatever the size of the rasters.

    Args:
        a_path: raster that gives the grid.
        b_path: raster brought onto that grid, from any CRS and pixel size.
        out_path: file to write, replaced when it exists.
        mode: how the two are put together.
        cell_px: side of a cell of the checkerboard, pixels of A.
        position: where the swipe's edge is, 0 (left, all B) to 1 (right, all A).
        feedback: where progress goes.

    Raises:
        BadInput: a file cannot be read or only one of two has a georeference.
        Cancelled: the user stopped; ``out_path`` is as it was before.
    """
    _check_options(mode, cell_px, position)
    part = Path(f"{out_path}.part")
    try:
        with contextlib.ExitStack() as stack:
            a = _open(a_path, stack)
            b = _on_grid_of(a, _open(b_path, stack), stack)
            layers = _layer(a), _layer(b)
            out = stack.enter_context(rasterio.open(part, "w", **_profile(a)))
            edge = round(position * a.width)
            for window in track(list(_windows(a.width, a.height)), feedback):
                (left, left_ok), (right, right_ok) = (_read(x, window) for x in layers)
                picked = _first_shown(mode, window, cell_px, edge)
                rgb = compose(left, right, left_ok, right_ok, mode, picked)
                alpha = 255 * (left_ok | right_ok).astype(np.uint8)
                out.write(np.dstack([rgb, alpha]).transpose(2, 0, 1), window=window)
        os.replace(part, out_path)
    finally:
        part.unlink(missing_ok=True)


def checkerboard(a: np.ndarray, b: np.ndarray, cell_px: int = 48) -> np.ndarray:
    """Return cells of two pictures in turn, A at the top left.

    Args:
        a: (h, w) or (h, w, 3) uint8.
        b: the same size; grey and colour may be mixed.
        cell_px: side of a cell.

    Returns:
        (h, w, 3) uint8.
    """
    shown = cells(0, 0, a.shape[1], a.shape[0], cell_px)
    return np.where(shown[..., None], as_rgb(a), as_rgb(b))


def cells(x0: int, y0: int, width: int, height: int, cell_px: int) -> np.ndarray:
    """Return (height, width) bool, True in the cells of the first raster."""
    cols = np.arange(x0, x0 + width) // cell_px
    rows = np.arange(y0, y0 + height) // cell_px
    return (rows[:, None] + cols[None, :]) % 2 == 0


def compose(
    a: np.ndarray,
    b: np.ndarray,
    a_ok: np.ndarray,
    b_ok: np.ndarray,
    mode: CompareMode,
    a_first: np.ndarray,
) -> np.ndarray:
    """Put two pictures together; where only one has data, that one is shown.

    Args:
        a: (h, w, 3) uint8.
        b: (h, w, 3) uint8.
        a_ok: (h, w) bool, where A has data.
        b_ok: (h, w) bool, where B has data.
        mode: "redcyan" shows A in red and B in green and blue.
        a_first: (h, w) bool, where checkerboard and swipe show A.

    Returns:
        (h, w, 3) uint8, black where neither has data.
    """
    a, b = a * a_ok[..., None], b * b_ok[..., None]
    if mode == "redcyan":
        first, second = as_grey(a), as_grey(b)
        return np.dstack([first, second, second])
    if mode == "blend":
        both = ((a.astype(np.uint16) + b + 1) // 2).astype(np.uint8)
        single = np.where(a_ok[..., None], a, b)
        return np.where((a_ok & b_ok)[..., None], both, single)
    show_a = np.where(a_first, a_ok, a_ok & ~b_ok)
    return np.where(show_a[..., None], a, b)


def as_rgb(picture: np.ndarray) -> np.ndarray:
    """Return (h, w) or (h, w, 3) as (h, w, 3)."""
    return picture if picture.ndim == 3 else np.dstack([picture] * 3)


def as_grey(picture: np.ndarray) -> np.ndarray:
    """Return the luma of (h, w, 3) uint8 as (h, w) uint8."""
    if picture.ndim == 2:
        return picture
    return np.round(picture @ (0.299, 0.587, 0.114)).astype(np.uint8)


def _check_options(mode: str, cell_px: int, position: float) -> None:
    choices = get_args(CompareMode)
    if mode not in choices:
        raise BadInput(f"mode is one of {', '.join(choices)}; got {mode!r}.")
    if cell_px < 1:
        raise BadInput(f"The checkerboard's cell is at least 1 px, got {cell_px}.")
    if not 0.0 <= position <= 1.0:
        raise BadInput(f"The swipe's position is from 0 to 1, got {position:g}.")


def _first_shown(mode: str, window: Window, cell_px: int, edge: int) -> np.ndarray:
    if mode == "checkerboard":
        box = window.col_off, window.row_off, window.width, window.height
        return cells(*box, cell_px)
    cols = np.arange(window.col_off, window.col_off + window.width)
    return np.broadcast_to(cols < edge, (window.height, window.width))


def _open(path: str | Path, stack: contextlib.ExitStack) -> Any:
    try:
        return stack.enter_context(rasterio.open(path))
    except rasterio.errors.RasterioIOError as error:
        raise BadInput(f"{path} cannot be read as a raster: {error}.") from error


def _on_grid_of(a: Any, b: Any, stack: contextlib.ExitStack) -> Any:
    """Return B as a dataset with the grid of A; both as they are without one."""
    bare = [file.transform == Affine.identity() for file in (a, b)]
    if all(bare) or (any(bare) and a.shape == b.shape):
        return b
    if any(bare):
        lacking, other = (a, b) if bare[0] else (b, a)
        raise BadInput(
            f"{lacking.name} has no georeference but {other.name} has one, so they "
            "can be compared only at equal size; register them first."
        )
    crs = a.crs or b.crs
    if crs is None:
        crs = rasterio.crs.CRS.from_epsg(3857)
    options = {"src_crs": b.crs or crs, "crs": a.crs or crs}
    alpha = ColorInterp.alpha in b.colorinterp
    vrt = WarpedVRT(
        b,
        **options,
        transform=a.transform,
        width=a.width,
        height=a.height,
        resampling=rasterio.enums.Resampling.bilinear,
        add_alpha=not alpha,
    )
    return stack.enter_context(vrt)


def _layer(file: Any) -> Layer:
    """Choose bands and stretch from a look at most 1024 pixels wide."""
    bands = _shown_bands(file.colorinterp)
    scale = max(1.0, max(file.shape) / _LOOK)
    shape = tuple(max(1, round(side / scale)) for side in file.shape)
    values = file.read(bands, out_shape=(len(bands), *shape)).astype(np.float32)
    valid = file.dataset_mask(out_shape=shape) > 0
    valid &= np.isfinite(values).all(axis=0)
    if not valid.any():
        return Layer(file, bands, np.tile([0.0, 1.0], (len(bands), 1)), False)
    values = values[:, valid]
    low, middle, high = np.percentile(values, (2, 50, 98), axis=1)
    log = bool(len(bands) == 1 and low[0] >= 0 and high[0] > 4 * middle[0])
    limits = np.stack([low, high], axis=1)
    return Layer(file, bands, limits, log)


def _shown_bands(colours: Sequence[ColorInterp]) -> tuple[int, ...]:
    wanted = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
    if set(wanted) <= set(colours):
        return tuple(colours.index(colour) + 1 for colour in wanted)
    count = sum(colour != ColorInterp.alpha for colour in colours)
    return (1, 2, 3) if count >= 3 else (1,)


def _read(layer: Layer, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Return (h, w, 3) uint8 and (h, w) bool; False beyond a smaller raster."""
    width = min(window.width, max(0, layer.file.width - window.col_off))
    height = min(window.height, max(0, layer.file.height - window.row_off))
    rgb = np.zeros((window.height, window.width, 3), np.uint8)
    ok = np.zeros((window.height, window.width), bool)
    if not (width and height):
        return rgb, ok
    inner = Window(window.col_off, window.row_off, width, height)
    values = layer.file.read(layer.bands, window=inner).astype(np.float32)
    valid = layer.file.dataset_mask(window=inner) > 0
    valid &= np.isfinite(values).all(axis=0)
    ok[:height, :width] = valid
    rgb[:height, :width] = _stretched(values, valid, layer).transpose(1, 2, 0)
    return rgb, ok


def _stretched(values: np.ndarray, valid: np.ndarray, layer: Layer) -> np.ndarray:
    limits = layer.limits
    values = np.where(valid, values, 0)
    if layer.log:
        floor = max(limits[0, 1] * 1e-4, limits[0, 0], 1e-30)
        values, limits = (
            np.log(np.maximum(values, floor)),
            np.log(np.maximum(limits, floor)),
        )
    low, high = limits[:, 0, None, None], limits[:, 1, None, None]
    scaled = 255 * (values - low) / np.maximum(high - low, 1e-9)
    return np.clip(np.round(scaled), 0, 255).astype(np.uint8)


def _windows(width: int, height: int) -> Iterator[Window]:
    for row in range(0, height, BLOCK):
        for col in range(0, width, BLOCK):
            yield Window(col, row, min(BLOCK, width - col), min(BLOCK, height - row))


def _profile(a: Any) -> dict[str, Any]:
    return {
        "driver": "GTiff",
        "width": a.width,
        "height": a.height,
        "count": 4,
        "dtype": "uint8",
        "crs": a.crs,
        "transform": a.transform,
        "photometric": "RGB",
        "alpha": "YES",
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "compress": "deflate",
        "bigtiff": "if_safer",
    }
