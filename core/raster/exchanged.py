"""Whether two images look as if each had been given in the other's place.

Radar images and optical ones of the same ground are told apart by their bands, not by
their grain: Sentinel-1 that was smoothed is smoother than most optical images are.
"""

from __future__ import annotations

from typing import Iterator

import numpy as np

from ..base.words.message import Message
from .source import Source
from .stretch import band_words, default_bands

#: What the bands of optical and of radar images are called.
_COLOURS = {"red", "green", "blue", "nir", "swir", "b02", "b03", "b04", "b08"}
_POLARISATIONS = {"vv", "vh", "hh", "hv"}
#: Mean difference of two of three bands, as a share of their range, from which on they
#: are colours: 0.039 at least in optical images of seven sources, a hundredth at most
#: in grey ones that JPEG keeps as colours.
_COLOURED = 0.02
#: Between these lies the median of a radar image in decibels, water to towns,
_DECIBELS = (-40.0, -3.0)
#: and this share of it is below 0; reflectances are so in single pixels, differences
#: and indices in half of them.
_BELOW_ZERO = 0.9
#: Bands are compared in the middle of the raster, in a window of this side in px.
_WINDOW_PX = 512
#: Percentiles between which the range of values lies.
_RANGE_PERCENT = (1.0, 99.0)


def exchanged(sar: Source, optical: Source) -> Message | None:
    """Return what to say where the one looks like the other, None where they do not.

    That takes evidence from both: colours where radar is expected, and no colours, or
    the names of polarisations or complex pixels, where colours are. Decibels where an
    optical image is expected are enough by themselves.

    Args:
        sar: what was given as the radar image.
        optical: what was given as the optical one.
    """
    if _looks_optical(sar) and _looks_like_radar(optical):
        return Message("exchanged", {"sar": sar.name, "optical": optical.name})
    middle = _decibels(optical)
    if middle is not None:
        return Message("given_in_decibels", {"name": optical.name, "middle": middle})
    return None


def _decibels(source: Source) -> float | None:
    """Return the median of the first band where it is that of decibels, else None."""
    if source.is_complex or source.grey_levels is not None:
        return None
    ((pixels, valid),) = _middle(source, source.bands[:1])
    if not valid.any() or (pixels[valid] < 0).mean() < _BELOW_ZERO:
        return None
    middle = float(np.median(pixels[valid]))
    return middle if _DECIBELS[0] <= middle <= _DECIBELS[1] else None


def _looks_optical(source: Source) -> bool:
    if source.is_complex or _names(source) & _POLARISATIONS:
        return False
    return len(_names(source) & _COLOURS) > 1 or _is_coloured(source)


def _looks_like_radar(source: Source) -> bool:
    if source.is_complex or _names(source) & _POLARISATIONS:
        return True
    if source.grey_levels is not None or _names(source) & _COLOURS:
        return False
    return not _is_coloured(source)


def _names(source: Source) -> set[str]:
    return {word for text in source.descriptions for word in band_words(text.lower())}


def _is_coloured(source: Source) -> bool:
    """Return whether three usual bands of a raster show different things."""
    bands = default_bands(source.bands, source.descriptions, "optical")
    if len(bands) < 3:
        return False
    grey = list(_middle(source, bands))
    known = np.logical_and.reduce([valid for _, valid in grey])
    if not known.any():
        return False
    values = [pixels[known] for pixels, _ in grey]
    low, high = np.percentile(np.concatenate(values), _RANGE_PERCENT)
    apart = max(float(np.abs(one - values[0]).mean()) for one in values[1:])
    return apart > _COLOURED * max(float(high - low), 1e-12)


def _middle(
    source: Source, bands: tuple[int, ...]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield values and validity of the middle of a raster, band by band."""
    width, height = (min(n, _WINDOW_PX) for n in (source.width, source.height))
    left, top = (source.width - width) // 2, (source.height - height) // 2
    for band in bands:
        yield source.read((band,), (left, top, width, height))
