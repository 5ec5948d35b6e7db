"""Which bands of a raster to look at: those asked for, or usual ones, that hold data.

Stacks have bands without a single valid pixel: a blue band of zeros in a composite of
two, a band that failed. The others are used, and it is said which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import numpy as np

from ..base.errors import BadInput
from ..base.types import Modality
from ..base.words.message import Message
from .source import Source
from .stretch import default_bands

#: Valid pixels are looked for in this many windows a side, each this large, before
#: the whole raster is thinned.
_WINDOWS, _WINDOW_PX = 4, 64


@dataclass(frozen=True)
class Bands:
    """Bands to look at.

    Args:
        used: 1-based.
        empty: 1-based bands that would have been used, but hold no data.
    """

    used: tuple[int, ...]
    empty: tuple[int, ...] = ()

    def note(self, name: str) -> Message | None:
        """Return what to say of them, None where all hold data."""
        if not self.empty:
            return None
        empty, used = ([str(b) for b in bands] for bands in (self.empty, self.used))
        return Message("bands_empty", {"name": name, "empty": empty, "used": used})


def choose_bands(
    source: Source, modality: Modality, asked: tuple[int, ...] = ()
) -> Bands:
    """Return the bands to look at, each with a valid pixel somewhere.

    Args:
        source: the open raster.
        modality: what it shows.
        asked: 1-based bands that somebody chose, () for the usual ones.

    Raises ``BadInput`` for bands that are not there or when none holds data.
    """
    source.check_bands(asked)
    bands = asked or default_bands(source.bands, source.descriptions, modality)
    empty = tuple(band for band in bands if not holds_data(source, band))
    used = tuple(band for band in bands if band not in empty)
    if not used and not asked:
        others = [band for band in source.bands if band not in empty]
        held = [band for band in others if holds_data(source, band)]
        if held:
            used = default_bands(held, source.descriptions, modality)
        elif len(source.bands) > 1:
            raise BadInput.of("bands_without_pixels", name=source.name)
    if not used:
        raise source.without_pixels(bands[0])
    return Bands(used, empty)


def holds_data(source: Source, band: int) -> bool:
    """Return whether a 1-based band has a valid pixel."""
    for window in _windows(source.width, source.height):
        if source.read((band,), window)[1].any():
            return True
    return bool(source.thinned((band,))[1].any())


def _windows(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield windows all over a raster, the middle ones first."""
    size = min(width, _WINDOW_PX), min(height, _WINDOW_PX)
    steps = np.linspace(0.0, 1.0, _WINDOWS)
    order = np.argsort(np.abs(steps - 0.5), kind="stable")
    for y in steps[order]:
        for x in steps[order]:
            left, top = round((width - size[0]) * x), round((height - size[1]) * y)
            yield left, top, *size
