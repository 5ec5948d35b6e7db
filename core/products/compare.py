"""Two rasters in one picture: checkerboard, swipe, blend, red-cyan."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import numpy as np
from rasterio.enums import ColorInterp

from ..base.errors import BadInput, Refused
from ..base.feedback import SILENT, Feedback, Part, track
from ..base.grid import translation
from ..base.types import Modality
from ..raster.open import Source, open_source
from ..warp.bands import Bands
from ..warp.cog_writer import open_cog
from .render import as_grey, as_rgb, layer_of

CompareMode = Literal["checkerboard", "swipe", "blend", "redcyan"]
Box = tuple[int, int, int, int]

#: Side of the blocks that are worked off one after the other, pixels.
BLOCK_PX = 1024
#: A cell as large as the largest raster shows nothing of the other one.
_MOST_CELL_PX = 1_000_000
_RGBA = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)


def compare_rasters(
    a_path: str | Path,
    b_path: str | Path,
    out_path: str | Path,
    mode: CompareMode = "checkerboard",
    cell_px: int = 64,
    modalities: tuple[Modality | None, Modality | None] = (None, None),
    feedback: Feedback = SILENT,
) -> None:
    """Write A and B as one RGBA COG on A's grid, transparent outside both.

    Worked off in blocks: some 400 MB whatever the size of the rasters.

    Args:
        a_path: raster that gives the grid.
        b_path: raster brought onto that grid, from any CRS and pixel size.
        out_path: file to write, replaced when it exists.
        mode: how the two are put together; a swipe's edge is in the middle.
        cell_px: side of a cell of the checkerboard, pixels of A.
        modalities: what A and B show; None to judge by the bands.
        feedback: where progress goes.

    Raises:
        BadInput: a file cannot be read or written, an option is out of range, or
            only one of two rasters of different size has a georeference.
        Refused: the two share no valid pixels; nothing was written.
        Cancelled: the user stopped; ``out_path`` is as it was before.
    """
    _check_options(mode, cell_px)
    inputs = [str(a_path), str(b_path)]
    bands = Bands("uint8", 4, colorinterp=_RGBA)
    with open_source(inputs[0]) as a, open_source(inputs[1]) as b:
        _check_comparable(a, b)
        grid = a.grid
        shown_a, shown_b = layer_of(a, modalities[0]), layer_of(b, modalities[1])
        edge = round(grid.width / 2)
        last = Part(feedback, 80, 100)
        shared = False
        with open_cog(out_path, grid, bands, inputs=inputs, feedback=last) as out:
            for box in track(_boxes(grid.width, grid.height), Part(feedback, 0, 80)):
                col, row, *size = box
                at = translation(col, row)
                left, left_ok = shown_a.picture(grid, at, *size)
                right, right_ok = shown_b.picture(grid, at, *size)
                first = _shows_a(mode, box, cell_px, edge)
                rgb = compose(left, right, left_ok, right_ok, mode, first)
                ok = left_ok | right_ok
                shared |= bool((left_ok & right_ok).any())
                alpha = np.where(ok, np.uint8(255), np.uint8(0))
                pixels = np.dstack([rgb, alpha]).transpose(2, 0, 1)
                out.write(col, row, pixels, ok[None])
            if not shared:
                raise Refused.of(
                    "no_overlap", "no_valid_pixels_shared", name=a.name, other=b.name
                )


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
        a: (h, w) or (h, w, 3) uint8.
        b: the same size; grey and colour may be mixed.
        a_ok: (h, w) bool, where A has data.
        b_ok: (h, w) bool, where B has data.
        mode: "redcyan" shows A in red and B in green and blue.
        a_first: (h, w) bool, where checkerboard and swipe show A.

    Returns:
        (h, w, 3) uint8, black where neither has data.
    """
    a, b = as_rgb(a) * a_ok[..., None], as_rgb(b) * b_ok[..., None]
    if mode == "redcyan":
        first, second = as_grey(a), as_grey(b)
        return np.dstack([first, second, second])
    if mode == "blend":
        both = ((a.astype(np.uint16) + b + 1) // 2).astype(np.uint8)
        single = np.where(a_ok[..., None], a, b)
        return np.where((a_ok & b_ok)[..., None], both, single)
    show_a = np.where(a_first, a_ok, a_ok & ~b_ok)
    return np.where(show_a[..., None], a, b)


def _check_options(mode: str, cell_px: int) -> None:
    choices = get_args(CompareMode)
    if mode not in choices:
        raise BadInput.of("mode_choice", choices=list(choices), value=mode)
    if not 1 <= cell_px <= _MOST_CELL_PX:
        raise BadInput.of("cell_size", value=cell_px, most=_MOST_CELL_PX)


def _check_comparable(a: Source, b: Source) -> None:
    same_size = (a.width, a.height) == (b.width, b.height)
    if a.has_georeference == b.has_georeference or same_size:
        return
    lacking, other = (b, a) if a.has_georeference else (a, b)
    raise BadInput.of("one_without_georeference", name=lacking.name, other=other.name)


def _shows_a(mode: CompareMode, box: Box, cell_px: int, edge: int) -> np.ndarray:
    """Return (h, w) bool, where checkerboard and swipe show A."""
    col, _, width, height = box
    if mode == "checkerboard":
        return cells(*box, cell_px)
    return np.broadcast_to(np.arange(col, col + width) < edge, (height, width))


def _boxes(width: int, height: int) -> list[Box]:
    """Return blocks as (column, row, width, height)."""
    return [
        (col, row, min(BLOCK_PX, width - col), min(BLOCK_PX, height - row))
        for row in range(0, height, BLOCK_PX)
        for col in range(0, width, BLOCK_PX)
    ]
