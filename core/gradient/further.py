"""What another matcher may add to what oriented gradients say of a pair."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Evidence(Protocol):
    """Further evidence about placements of one pair, in pixels of its tiles."""

    def scores(
        self, mov_to_ref: np.ndarray, grid: tuple[int, int], radius_px: int
    ) -> np.ndarray:
        """Score small shifts of a placement, window by window.

        Args:
            mov_to_ref: (3, 3) placement.
            grid: rows and columns of the blocks of the reference.
            radius_px: largest shift.

        Returns:
            (rows * cols, k, k) float32, k = 2 radius_px + 1; added to the surfaces
            of windows after both were brought to a deviation of 1 over all windows.
        """
        ...

    def gap(
        self, own: float, mov_to_ref: np.ndarray, shift_px: float, apart_px: float
    ) -> float:
        """Return by how many deviations a placement stands out, all told.

        Args:
            own: what oriented gradients say.
            mov_to_ref: (3, 3) placement.
            shift_px: how far per axis other placements are looked for.
            apart_px: a placement beyond this is another one.

        Returns:
            A figure that unrelated pairs reach as seldom as they reach ``own``.
        """
        ...
