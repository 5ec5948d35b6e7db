"""Whether GDAL wrote all of a file: on a full disk it does not always say so."""

from __future__ import annotations

import errno
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetReader

#: Tiles that take less than this share of their pixels' bytes may hold nothing.
NEXT_TO_NOTHING = 0.01


def check_complete(path: Path, has_mask: bool) -> None:
    """Raise ``OSError`` for a GeoTIFF of which tiles are missing.

    GDAL closes a file without a word when its last tiles found no room.
    """
    size = path.stat().st_size
    # The mask is a directory of its own, the second one.
    for name in (path, *([f"GTIFF_DIR:2:{path}"] if has_mask else [])):
        with unplaced(), rasterio.open(name) as src:
            for band in src.indexes:
                tiles = (f"{col}_{row}" for (row, col), _ in src.block_windows(band))
                if not all(_is_there(src, band, tile, size) for tile in tiles):
                    raise _incomplete(path)


def check_copied(source: Path, copied: Path, has_mask: bool) -> None:
    """Raise ``OSError`` for a copy of a GeoTIFF that lost tiles.

    Tiles that found no room are empty when there is room for empty ones, so that those
    which take next to none, and the mask, are compared. Memory: two tiles.
    """
    with unplaced(), rasterio.open(source) as a, rasterio.open(copied) as b:
        side = b.block_shapes[0][0]
        pixel_bytes = b.count * np.dtype(b.dtypes[0]).itemsize
        least = NEXT_TO_NOTHING * side * side * pixel_bytes
        for (row, col), window in b.block_windows(1):
            length = b.get_tag_item(f"BLOCK_SIZE_{col}_{row}", "TIFF", bidx=1)
            pairs = []
            if int(length) < least:
                pairs.append((a.read(window=window), b.read(window=window)))
            if has_mask:
                masks = [src.read_masks(1, window=window) for src in (a, b)]
                pairs.append((masks[0], masks[1]))
            if not all(one.tobytes() == other.tobytes() for one, other in pairs):
                raise _incomplete(copied)


@contextmanager
def unplaced() -> Iterator[None]:
    """Take files without a place for granted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def _is_there(src: DatasetReader, band: int, tile: str, size: int) -> bool:
    """Return whether a file of so many bytes holds a tile."""
    start = src.get_tag_item(f"BLOCK_OFFSET_{tile}", "TIFF", bidx=band)
    length = src.get_tag_item(f"BLOCK_SIZE_{tile}", "TIFF", bidx=band)
    return start is not None and int(start) + int(length) <= size


def _incomplete(path: Path) -> OSError:
    return OSError(errno.ENOSPC, "the file is incomplete", str(path))
