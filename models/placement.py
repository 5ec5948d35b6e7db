"""Whether what a matcher found stands out among all other placements of a tile.

A matcher that says nothing of it would have unrelated images judged by nothing but how
well its matches agree with one another, and a network's agree soon. So the same is
asked of its placement as of that of the gradient matcher.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..core.base.feedback import Feedback
from ..core.base.types import Matches, Search, TilePair
from ..core.estimation.robust_fit import find_consensus
from ..core.matching.gradient import GradientMatcher
from ..core.matching.gradient.distinctness import clearness, distinctness
from ..core.matching.gradient.inspection import Inspection
from ..core.matching.gradient.placement_search import Placement

#: Fewest matches that an affine is read from.
LEAST_MATCHES = 6
#: A placement that lies further from where the gradients agree near it is not the same.
SAME_PX = 4.0


def affine_of(
    matches: Matches, search: Search, kind: str = "affine"
) -> np.ndarray | None:
    """Return the (3, 3) affine that most matches agree on, None for too few.

    Args:
        matches: in pixels of the tiles.
        search: how far it may be from the identity.
        kind: "similarity" where the matches are too rough to tell shear.
    """
    if len(matches) < LEAST_MATCHES:
        return None
    rng = np.random.default_rng(0)
    found = find_consensus(matches, kind, rng, search).matrix
    return found if np.isfinite(found).all() else None


def examined_at(
    gradient: GradientMatcher,
    pair: TilePair,
    search: Search,
    feedback: Feedback,
    mov_to_ref: np.ndarray,
    placement: Placement | None = None,
) -> Inspection | None:
    """Return what gradients say of a placement, None where they say another.

    Args:
        gradient: the matcher that is asked.
        pair: tiles.
        search: how far other placements are looked for.
        feedback: asked for a cancel.
        mov_to_ref: (3, 3) the placement.
        placement: what the gradients found by themselves. Where it is the same, its
            surprise counts; wherever it is, what was found is no greater surprise, and
            as many rotations and scales could have agreed.
    """
    here = Placement(mov_to_ref, 0.0)
    if placement and _apart_px(placement.mov_to_ref, mov_to_ref, pair) < 2 * SAME_PX:
        here = Placement(mov_to_ref, 0.0, placement.surprise, placement.turns)
    seen = gradient.examine(pair, search, feedback, here)
    if seen is None or not same_place(seen.mov_to_ref, mov_to_ref, pair):
        return None
    if placement is None:
        return seen
    surprise = min(seen.surprise, placement.surprise)
    return replace(seen, surprise=surprise, turns=max(seen.turns, placement.turns))


def same_place(a: np.ndarray, b: np.ndarray, pair: TilePair) -> bool:
    """Return whether two (3, 3) affines of a pair's tiles are one placement."""
    return _apart_px(a, b, pair) < SAME_PX


def distinctness_of(
    gradient: GradientMatcher,
    pair: TilePair,
    search: Search,
    feedback: Feedback,
    matches: Matches,
) -> float:
    """Return how far the placement of some matches stands out; see ``TileMatch``."""
    matrix = affine_of(matches, search)
    if matrix is None:
        return 0.0
    found = gradient.locate(pair, search, feedback)
    seen = examined_at(gradient, pair, search, feedback, matrix, found)
    return distinctness(clearness(pair, seen)) if seen is not None else 0.0


def _apart_px(a: np.ndarray, b: np.ndarray, pair: TilePair) -> float:
    """Return the RMS distance of two affines at the corners of the moving tile."""
    height, width = pair.mov.pixels.shape
    corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    return float(np.sqrt((((a - b) @ corners)[:2] ** 2).sum(axis=0).mean()))
