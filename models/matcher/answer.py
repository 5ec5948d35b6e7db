"""From what speaks for a pair's placement to the answer about its tiles."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from ...core.base.types import Matches, TileMatch, TilePair
from ...core.matching.gradient.confidence import probability
from ...core.matching.gradient.distinctness import clearness, distinctness
from ...core.matching.gradient.inspection import Inspection, Standing
from ...core.matching.structure import on_valid
from ..network.glam_local import Motion
from .confidence import match_features
from .dense_flow import dense_flow

#: Matches that are less likely than this to be within 3 px are left out.
LEAST_CONFIDENCE = 0.1


@dataclass(frozen=True)
class PairEvidence:
    """All that speaks for one pair's placement, before anything is left out.

    Args:
        gradient: matches, the affine and how it stands out.
        standing: how it stands among the descriptors.
        motion: the dense motion of the derotated moving image, None where it was not
            asked for.
        derotation: (1, 2, 3) that was applied to the moving image.
    """

    gradient: Inspection
    standing: Standing
    motion: Motion | None
    derotation: Tensor


def answer_of(
    pair: TilePair,
    evidence: PairEvidence | None,
    peaks: np.ndarray,
    calibration: tuple[float, float],
) -> TileMatch:
    """Return one pair's matches, affine and dense flow, on its own moving grid.

    Args:
        pair: tiles.
        evidence: of them, None where no window has structure.
        peaks: coefficients of a match's confidence; see ``confidence``.
        calibration: (slope, offset) of the certainty logits.
    """
    if evidence is None:
        return TileMatch(Matches.empty(), reason="no_structure")
    own = evidence.gradient
    features, clear = match_features(pair, own, evidence.standing)
    confidence = probability(features, peaks)
    matches = Matches(own.mov_xy, own.ref_xy, confidence)
    good = confidence >= LEAST_CONFIDENCE
    good &= on_valid(own.mov_xy, pair.mov) & on_valid(own.ref_xy, pair.ref)
    found = TileMatch(matches.take(good), own.mov_to_ref, distinctness(clear))
    if evidence.motion is None:
        return found
    turn = evidence.derotation
    flow, sure = dense_flow(pair, evidence.motion, turn, calibration)
    return replace(found, flow=flow, certainty=sure)


def distinctness_of(pair: TilePair, look: PairEvidence | None) -> float:
    """Return how far a placement stands out, 0 to 1."""
    if look is None:
        return 0.0
    return distinctness(clearness(pair, look.gradient, look.standing))
