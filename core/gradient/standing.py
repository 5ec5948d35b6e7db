"""Whether a placement stands out from all others as only related images' do.

Gradients of unrelated images agree somewhere by chance, and a search finds where. How
far the best placement is ahead of the next best one, in deviations, tells the two
apart; grey values and, for a network, its descriptors are asked as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..types import Search, TilePair
from .witness import witness

if TYPE_CHECKING:
    from .matcher import Examined

#: Long side in px up to which placements are compared, and how far apart.
_VERIFY_SIDE, _APART_PX = 300, 6.0
#: A gap of as many standard deviations is a distinctness of 0.5.
HALF_GAP = 4.0
#: What a standard deviation of the second opinion counts, and how many at most.
WITNESS_WEIGHT, _WITNESS_RANGE = 0.3, (-3.0, 8.0)
#: What gap, second opinion, gap among learned descriptors and a constant count
#: together, from ``benchmark/related.py`` for 1, 0.5 and 0.75: the limit of
#: ``core.evidence`` lies 3.25 deviations above the mean of unrelated crops; without
#: the learned gap it is 3.1.
_JOINT = np.array([0.71, 0.35, 0.53, -0.07])


@dataclass(frozen=True)
class Rivals:
    """The placements that one has to beat.

    Args:
        shift_px: how far per axis they are looked for.
        apart_px: those nearer than this are the same one.
        factor: of the level on which they are compared.
    """

    shift_px: float
    apart_px: float
    factor: int


def rivals_of(pair: TilePair, search: Search) -> Rivals:
    """Return which placements one of a pair's is compared with."""
    side = max(pair.ref.pixels.shape)
    factor = 2 if side > _VERIFY_SIDE else 1
    apart = max(_APART_PX * factor, 0.03 * side)
    return Rivals(max(search.shift_px, side / 4), apart, factor)


def second_opinion(pair: TilePair, mov_to_ref: np.ndarray) -> float:
    """Return by how many deviations grey values speak for a (3, 3) placement."""
    return float(np.clip(witness(pair, mov_to_ref), *_WITNESS_RANGE))


def clearness(
    pair: TilePair, seen: Examined, learned_gap: float | None = None
) -> float:
    """Return by how many deviations a placement stands out, all opinions together.

    Args:
        pair: tiles.
        seen: of them.
        learned_gap: by how many it stands out among learned descriptors, if there
            are any.
    """
    second = second_opinion(pair, seen.mov_to_ref)
    if learned_gap is None:
        return seen.gap + WITNESS_WEIGHT * second
    return float(_JOINT @ (seen.gap, second, learned_gap, 1.0))


def distinctness(clear: float) -> float:
    """Return deviations of ``clearness`` on a scale from 0 to 1."""
    return max(clear, 0.0) / (max(clear, 0.0) + HALF_GAP)
