"""How fast this machine is, beside the one that durations were measured on."""

from __future__ import annotations

import time
from functools import lru_cache

import cv2
import numpy as np
from scipy import fft

#: Seconds of ``_work`` on the machine whose seconds ``duration`` holds. One that took
#: 2.3 times as long for a mosaic, and 2.1 to 2.7 times for small pairs, needs 0.5 ms
#: on quiet cores and 0.9 ms where others use their other halves.
REFERENCE_S = 0.25e-3
#: It is done for so many seconds, at least so many times: the quickest counts, which
#: nothing else interrupted.
_SECONDS, _LEAST_TIMES = 0.05, 5
#: Blocks a side, the side of one, and that of its transform, as matchers have them.
_BLOCKS, _BLOCK_PX, _TRANSFORM_PX = 8, 16, 30


@lru_cache(maxsize=1)
def pace() -> float:
    """Return how many times longer than on that machine the same work takes here.

    It takes a twentieth of a second when it is first asked for, and none after. Where
    others keep all cores busy a run waits longer than that: their share is not known.
    """
    side = _BLOCKS * _BLOCK_PX
    tile = np.random.default_rng(0).random((side, side), np.float32)
    taken: list[float] = []
    while len(taken) < _LEAST_TIMES or sum(taken) < _SECONDS:
        start = time.perf_counter()
        _work(tile)
        taken.append(time.perf_counter() - start)
    return min(taken) / REFERENCE_S


def _work(tile: np.ndarray) -> None:
    """Do what takes most of a match: transforms of blocks, blurs, sums of pixels."""
    blocks = tile.reshape(_BLOCKS, _BLOCK_PX, _BLOCKS, _BLOCK_PX).swapaxes(1, 2)
    spectra = fft.rfft2(blocks, (_TRANSFORM_PX,) * 2)
    spectra *= spectra.conj()
    fft.irfft2(spectra, (_TRANSFORM_PX,) * 2)
    blurred = cv2.GaussianBlur(tile, (0, 0), 1.0)
    np.sqrt(blurred * tile + 1.0)
