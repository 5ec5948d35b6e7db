"""Which bands to look at, and how their values become float32 in [0, 1]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Sequence

import numpy as np

from ..base.types import Modality

Scale = Literal["linear", "log"]

#: Percentiles of valid pixels that become 0 and 1.
LOW_PERCENT, HIGH_PERCENT = 1.0, 99.0
#: Log ratio of the upper to the lower tail above which values are not for display.
SKEWED = 1.0

_RED = ("red", "b4", "b04")
_GREEN = ("green", "b3", "b03")
_BLUE = ("blue", "b2", "b02")
_CO_POLARISED = ("vv", "hh")


@dataclass(frozen=True)
class Stretch:
    """One value range for a whole raster, so that its tiles are consistent.

    Args:
        scale: "log" takes 10 log10 of the value first.
        low: value, after the logarithm, that becomes 0.
        high: the same for 1.
        floor: smallest value whose logarithm is taken.
    """

    scale: Scale
    low: float
    high: float
    floor: float = 0.0

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return (h, w) float32 in [0, 1] of (h, w) values in the file's units."""
        kind = np.result_type(values.dtype, np.float32).type
        out = np.asarray(values, kind)
        if self.scale == "log":
            out = decibel(out, self.floor)
        out = (out - kind(self.low)) * kind(1.0 / (self.high - self.low))
        return np.clip(out, 0.0, 1.0, out=out).astype(np.float32, copy=False)


def decibel(values: np.ndarray, floor: float) -> np.ndarray:
    """Return 10 log10 of the values, none taken below ``floor`` > 0."""
    return 10.0 * np.log10(np.maximum(values, values.dtype.type(floor)))


def fit_stretch(values: np.ndarray, modality: Modality, dtype: str) -> Stretch:
    """Choose the stretch from valid pixels.

    Args:
        values: (n,) valid values, floats, in the file's units, n >= 1.
        modality: SAR goes to log intensity unless it is there already.
        dtype: data type in the file.
    """
    log = modality == "sar" and sar_kind(values, dtype) in ("power", "amplitude")
    if not log:
        low, high = np.percentile(values, (LOW_PERCENT, HIGH_PERCENT))
        return Stretch("linear", float(low), _above(float(low), float(high)))
    positive = values[values > 0]
    floor = float(np.percentile(positive, 0.1))
    low, high = np.percentile(decibel(positive, floor), (LOW_PERCENT, HIGH_PERCENT))
    return Stretch("log", float(low), _above(float(low), float(high)), floor)


def sar_kind(
    values: np.ndarray, dtype: str
) -> Literal["dB", "power", "amplitude", "display"]:
    """Guess what the numbers of a SAR raster are.

    "dB" where a fair share is negative. Non-negative values are "amplitude" as
    integers and "power" or "amplitude" as floats by their size. Values that fit
    a screen (8 bit, or all within 0 to 1) are "display", to be taken as they are,
    unless they are so skewed that they cannot have been prepared for one.
    """
    if (values < 0).mean() > 0.02:
        return "dB"
    positive = values[values > 0]
    if positive.size == 0:
        return "display"
    bounded = dtype in ("uint8", "int8") or positive.max() <= 1.0
    if bounded and _skew(positive) < SKEWED:
        return "display"
    if "int" in dtype or dtype.startswith("complex"):
        return "amplitude"
    return "power" if np.median(positive) < 2.0 else "amplitude"


def default_bands(
    bands: Sequence[int], descriptions: Sequence[str], modality: Modality
) -> tuple[int, ...]:
    """Return the 1-based bands to match on.

    SAR: the co-polarised band where the names tell, else the first. Optical:
    red, green and blue where the names tell; bands 4, 3, 2 of the stacks of 12
    or 13 bands that Sentinel-2 products come as; else the first three, or one.

    Args:
        bands: 1-based bands that hold data.
        descriptions: text of every band of the file, "" where there is none.
        modality: what the raster shows.
    """
    names = {b: descriptions[b - 1].strip().lower() for b in bands}
    if modality == "sar":
        named = [b for b in bands if band_words(names[b]) & set(_CO_POLARISED)]
        return (named[0] if named else bands[0],)
    found = [
        next((b for b in bands if _is_named(names[b], words)), 0)
        for words in (_RED, _GREEN, _BLUE)
    ]
    if all(found):
        return tuple(found)
    if len(bands) in (12, 13):
        return bands[3], bands[2], bands[1]
    return tuple(bands[:3]) if len(bands) >= 3 else (bands[0],)


def _is_named(name: str, names: Sequence[str]) -> bool:
    words = band_words(name)
    return bool(words & set(names)) and "edge" not in words


def band_words(name: str) -> set[str]:
    """Return the words of a band's description, marks between them left out."""
    for mark in "_-()[]:,/.":
        name = name.replace(mark, " ")
    return set(name.split())


def _skew(values: np.ndarray) -> float:
    """Return the log ratio of the upper to the lower tail; 0 when symmetric."""
    low, middle, high = np.percentile(values, (2, 50, 98))
    tiny = 1e-6 * max(float(high), 1e-30)
    return float(np.log((high - middle + tiny) / (middle - low + tiny)))


def _above(low: float, high: float) -> float:
    """Return ``high``, or a little more than ``low`` for constant images."""
    return high if high > low else low + max(1e-6, 1e-6 * abs(low))
