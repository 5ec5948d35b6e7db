"""Which of two placements fits two images better?

    python -m soma.benchmark.studies.refusal --method gradient

asks it of every accepted answer that is far from the truth, for what a doubtful truth
is worth. The truth of some real
pairs is itself off by several pixels. Grey values say which of two placements fits the
images better, and know nothing of the gradients by which matchers find theirs. What
was accepted had to stand out among mutual information of grey values as well, but on a
grid of several pixels and against rivals further away.

Answer: the column "these fit better than the truth" of ``refusal``.
"""

from __future__ import annotations

from typing import Sequence

import cv2
import numpy as np
from scipy.stats import entropy

from ...core.base.grid import apply_affine
from ..data.warping import pixel_centres
from ..methods.estimate import grey

#: Levels of grey of the histogram, and the blur against speckle in pixels.
LEVELS, BLUR_PX = 32, 1.2


def information(
    ref: np.ndarray, mov: np.ndarray, placements: Sequence[np.ndarray]
) -> list[float]:
    """Return the mutual information in nats at placements of an image.

    Of the pixels that lie on the reference at all of them, so that all are biased by
    their number alike.

    Args:
        ref: (H, W) or (H, W, 3) uint8.
        mov: (h, h) uint8.
        placements: (3, 3) each, moving to reference, corner-origin pixels.
    """
    centres = pixel_centres(len(mov))
    there = _smooth(grey(ref))
    rim = np.array(there.shape[::-1]) - 1
    places = [
        apply_affine(matrix, centres.reshape(-1, 2)).reshape(centres.shape)
        for matrix in placements
    ]
    inside = np.all([(xy > 1) & (xy < rim) for xy in places], axis=(0, -1))
    own = _smooth(mov)[inside]
    return [_shared(own, _at(there, xy)[inside]) for xy in places]


def _at(image: np.ndarray, xy: np.ndarray) -> np.ndarray:
    x, y = np.moveaxis(xy.astype(np.float32) - 0.5, -1, 0)
    return cv2.remap(image, x, y, cv2.INTER_LINEAR)


def _shared(first: np.ndarray, second: np.ndarray) -> float:
    if not first.size:
        return 0.0
    joint, _, _ = np.histogram2d(first, second, LEVELS)
    sides = joint.sum(axis=1), joint.sum(axis=0)
    return float(sum(map(entropy, sides)) - entropy(joint.ravel()))


def _smooth(image: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(image.astype(np.float32), (0, 0), BLUR_PX)
