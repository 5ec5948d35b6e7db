"""Whether a placement stands out from all others as only related images' do.

Gradients of unrelated images agree somewhere by chance, and a search finds where. How
far the best placement rises above all others tells the two apart, and so does in how
many parts of the tile it agrees: what repeats itself agrees everywhere and has strong
rivals. Grey values and, for a network, its descriptors are asked as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...base.types import Search, TilePair
from .copies import both_are_copies
from .inspection import Standing
from .mutual_information import witness

if TYPE_CHECKING:
    from .inspection import Inspection

#: Long side in px up to which placements are compared, and how far apart.
_VERIFY_SIDE, _APART_PX = 300, 6.0
#: As many deviations are a distinctness of 0.5.
HALF_CLEAR = 4.0
#: Within which the second opinion counts, in deviations.
_SECOND_RANGE = -3.0, 8.0
#: Above these surprise and, alone, the second opinion say no more.
_MOST_SURPRISE, _MOST_SECOND = 5.0, 5.0
#: Share of drawn pixels beyond which more may be drawn than was found.
_DRAWN_SHARE = 0.002
#: Share of drawn pixels beyond which what is left of two tiles has the shape of what is
#: gone, and agrees where that does, and the second opinion that tells it is ground.
_MOST_DRAWN, _IS_GROUND = 0.5, 2.0
#: How far a placement stands out at most, per deviation that it leads by: all else
#: must not do alone, for what repeats itself agrees as well one period further.
_PER_LEAD = 3.0

#: Lead, agreement of the parts, surprise, logarithm of the rotations and scales tried,
#: second opinion, whether something was drawn over both, and a constant; fitted as
#: ``benchmark/studies/calibrate_gradient.py`` does, to 687 true and 1185 unrelated
#: pairs of training places and simulated scenes, 96 to 512 px. Unrelated pairs lie
#: around 0 with a deviation of 1.
ALONE = np.array([0.279, 0.395, 0.417, -0.339, 0.541, -1.013, -0.685])
#: With a network lead, lead and strength among its descriptors, and second opinion;
#: from ``benchmark/studies/unrelated.py``: the limit of ``core.estimation.acceptance``
#: lies 3.25 deviations above the mean of unrelated crops.
JOINT = np.array([0.34, 0.52, 0.2, 0.47, -1.24])
#: How many of the first opinions are leads; the strength of a placement is the next.
LEADS_ALONE, LEADS_JOINT = 1, 2
#: Strength beyond which a lead counts less in proportion: where parts agree by so many
#: deviations, related images leave their rivals further behind than a pattern does.
STRONG_ALONE = 8.7


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
    return float(np.clip(witness(pair, mov_to_ref), *_SECOND_RANGE))


def opinions(
    pair: TilePair, seen: Inspection, learned: Standing | None = None
) -> tuple[float, ...]:
    """Return what speaks for a placement, as ``ALONE`` or ``JOINT`` weighs it."""
    own, second = seen.standing, second_opinion(pair, seen.mov_to_ref)
    if learned is None:
        surprise = min(seen.surprise, _MOST_SURPRISE)
        tried, drawn = float(np.log(seen.turns)), float(seen.overlay > _DRAWN_SHARE)
        found = own.lead, seen.parts, surprise, tried, min(second, _MOST_SECOND)
        return *found, drawn
    return own.lead, learned.lead, learned.strength, second


def combined_clearness(
    found: np.ndarray, weights: np.ndarray, leads: int, strong: float = np.inf
) -> np.ndarray:
    """Return by how many deviations placements stand out, (...), of their opinions.

    Args:
        found: (..., k) as ``opinions`` gives them.
        weights: (k + 1,) the constant last.
        leads: how many of the first opinions are leads.
        strong: strength, the opinion after them, from which a lead counts less.
    """
    total = found @ weights[:-1] + weights[-1]
    lead, strength = found[..., :leads].sum(axis=-1), found[..., leads]
    return np.minimum(total, _PER_LEAD * lead / np.maximum(strength / strong, 1.0))


def clearness(
    pair: TilePair, seen: Inspection, learned: Standing | None = None
) -> float:
    """Return by how many deviations a placement stands out, all opinions together.

    0 where what is drawn over both leaves too little, and for copies of one texture.

    Args:
        pair: tiles.
        seen: of them.
        learned: how it stands among learned descriptors, if there are any.
    """
    if both_are_copies(pair):
        return 0.0
    mostly_drawn = seen.overlay > _MOST_DRAWN
    if mostly_drawn and second_opinion(pair, seen.mov_to_ref) < _IS_GROUND:
        return 0.0
    found = np.array(opinions(pair, seen, learned))
    if learned is None:
        return float(combined_clearness(found, ALONE, LEADS_ALONE, STRONG_ALONE))
    return float(combined_clearness(found, JOINT, LEADS_JOINT))


def distinctness(clear: float) -> float:
    """Return deviations of ``clearness`` on a scale from 0 to 1."""
    return max(clear, 0.0) / (max(clear, 0.0) + HALF_CLEAR)
