"""What a look at one tile gives, beside its matches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Inspection:
    """What one pair gave before any match was dropped, in pixels of the tiles.

    Args:
        mov_xy, ref_xy: (n, 2) float64, the matches.
        features: (n, 4) float64; see ``peak_features``.
        mov_to_ref: (3, 3) float64.
        standing: of the placement.
        parts: by how many deviations all parts of the tile together speak for it; see
            ``agreement_of_parts``.
        surprise, turns: of the search for it; see ``Placement``.
        overlay: share of the tile's pixels that was left out for it is drawn over both.
        start: (3, 3) float64 where the closer looks began, None where not looked for.
    """

    mov_xy: np.ndarray
    ref_xy: np.ndarray
    features: np.ndarray
    mov_to_ref: np.ndarray
    standing: Standing
    parts: float = 0.0
    surprise: float = 0.0
    turns: int = 1
    overlay: float = 0.0
    start: np.ndarray | None = None


@dataclass(frozen=True)
class Standing:
    """How far one placement rises above all others.

    Args:
        lead: above the best of them, in their deviations.
        strength: its score, on a scale that no rival sets.
    """

    lead: float
    strength: float


def standing_of(here: np.ndarray, others: np.ndarray) -> Standing:
    """Return how the best score at a place compares with those elsewhere.

    Args:
        here: scores at the place.
        others: scores of its rivals; as nothing where either is empty.
    """
    if not len(here) or not len(others):
        return Standing(0.0, 0.0)
    best, deviation = float(here.max()), float(others.std()) + 1e-12
    return Standing((best - float(others.max())) / deviation, best)
