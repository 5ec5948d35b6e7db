"""Tell whether a raster still holds the pixels that it held."""

from __future__ import annotations

import hashlib

import numpy as np

from .source import Source

#: Windows on a lattice over the raster, and their side in pixels: some 60 tiles are
#: read, whatever the raster's size, from its own pixels and not from overviews.
_STEPS, _SIDE_PX = 8, 16
#: Letters of the fingerprint: 64 bits, so that no two of a person's rasters share one.
_LETTERS = 16


def fingerprint(source: Source) -> str:
    """Return 16 hexadecimal digits that change with a raster's size, type and pixels.

    Metadata, georeference, overviews and compression without loss do not count.
    Memory: one window. Raises ``BadInput`` when the file is damaged.
    """
    band = source.bands[0]
    about = (source.width, source.height, source.count, source.dtype)
    digest = hashlib.sha256(repr(about).encode())
    width, height = min(_SIDE_PX, source.width), min(_SIDE_PX, source.height)
    for y in _starts(source.height, height):
        for x in _starts(source.width, width):
            pixels, _ = source.reader.read_as_is(band, (x, y, width, height))
            digest.update(np.ascontiguousarray(pixels).tobytes())
    return digest.hexdigest()[:_LETTERS]


def _starts(whole: int, side: int) -> list[int]:
    return sorted({round(v) for v in np.linspace(0, whole - side, _STEPS)})
