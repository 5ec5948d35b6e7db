"""Areas that must not be matched, from a raster or a vector file."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterator, Protocol

import numpy as np

from ..base.errors import BadInput
from ..base.grid import Grid, scaling, translation
from ..base.opening import check_openable
from .open import Source, open_source
from .raster_mask import BadPixels, RasterMask, mask_mapping
from .vector_mask import vector_info, vector_mask

Mapping = Callable[[np.ndarray], np.ndarray]

#: Longer side of the picture in which a mask is looked for on the grid.
LOOK_PX = 512


class Mask(Protocol):
    """Says which pixels of a tile are bad."""

    def bad(self, to_grid: np.ndarray, width: int, height: int) -> np.ndarray:
        """Return (height, width) bool for tile pixels placed by (3, 3) ``to_grid``."""

    def nothing_marked(self, name: str, other: str) -> BadInput | None:
        """Return the error for a mask that marks nothing, None where it may."""


@contextmanager
def open_mask(
    path: str, grid: Grid, image: Source, image_to_raw: Mapping
) -> Iterator[Mask]:
    """Open a mask for tiles of one grid.

    A file without CRS counts in the image's own map coordinates (vector) or
    original pixels (raster, which must then be of the image's size).

    Args:
        path: raster (see ``BadPixels``) or vector file.
        grid: where tiles will be asked for.
        image: the raster that the mask belongs to.
        image_to_raw: (n, 2) pixels of ``grid`` to original pixels of ``image``.

    Memory: the shapes near ``grid``, or one window of the raster. Raises
    ``BadInput`` when the file is neither, or cannot be placed.
    """
    check_openable(path)
    info = vector_info(path)
    if info:
        yield vector_mask(path, info, grid, image)
        return
    with open_source(path) as found:
        source = BadPixels.of(replace(found, grey_levels=None))
        yield RasterMask(source, mask_mapping(source, grid, image, image_to_raw))


def check_mask(path: str, mask: Mask, grid: Grid, other: str) -> None:
    """Raise ``BadInput`` for a mask that marks nothing on a grid, or all of it.

    Args:
        path: the mask file.
        mask: opened for ``grid``.
        grid: where images will be matched.
        other: name of the image that the mask belongs to.
    """
    name = Path(path).name
    step = max(1.0, max(grid.width, grid.height) / LOOK_PX)
    shape = max(1, round(grid.width / step)), max(1, round(grid.height / step))
    bad = mask.bad(scaling(grid.width / shape[0], grid.height / shape[1]), *shape)
    if not bad.any():
        error = mask.nothing_marked(name, other)
        if error is not None:
            raise error
    if bad.all() and (step == 1.0 or _marks_all(mask, grid)):
        raise BadInput.of("mask_all", name=name, other=other)


def _marks_all(mask: Mask, grid: Grid) -> bool:
    """Return whether a mask leaves no pixel of a grid, looked at one by one."""
    for y in range(0, grid.height, LOOK_PX):
        for x in range(0, grid.width, LOOK_PX):
            size = min(LOOK_PX, grid.width - x), min(LOOK_PX, grid.height - y)
            if not mask.bad(translation(x, y), *size).all():
                return False
    return True
