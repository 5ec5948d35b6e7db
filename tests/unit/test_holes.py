"""Holes of one shape in both images are no reason why these should fit."""

from functools import cache

import numpy as np
from soma.benchmark.data.patterns import cloudy
from soma.core.matching.gradient.channels import (
    ChannelParams,
    Channels,
    oriented_channels,
)
from soma.core.matching.gradient.placement_search import Correlator

SIDE, STEP, RADIUS = 128, 30, 40


def gridded(seed: int) -> Channels:
    """Return channels of noise without the lines of a map grid."""
    valid = np.ones((SIDE, SIDE), bool)
    for start in range(-2, 3):
        valid[STEP // 2 + start :: STEP] = False
        valid[:, STEP // 2 + start :: STEP] = False
    pixels = cloudy((SIDE, SIDE), np.random.default_rng(seed)).astype(np.float32) / 255
    return oriented_channels(pixels, valid, ChannelParams())


@cache
def surfaces(holed: bool) -> np.ndarray:
    """Return (n, 2r+1, 2r+1) scores of pairs that have but their holes in common."""
    here = [np.eye(3)]
    return np.concatenate(
        [
            Correlator(gridded(n), gridded(n + 100), RADIUS, 1, holed).surfaces(here)
            for n in range(40)
        ]
    )


def places(offset: int) -> np.ndarray:
    """Return which shifts lie ``offset`` beyond steps of the grid, along both axes."""
    t = np.arange(-RADIUS, RADIUS + 1) % STEP == offset
    return t[:, None] & t[None, :]


def test_holes_do_not_agree_themselves():
    found = surfaces(holed=False)[:, places(0)]
    # Three standard errors of 360 independent scores.
    assert abs(found.mean()) < 0.16 * found.std()


def test_scores_rise_less_where_holes_of_both_meet():
    def ratio(found: np.ndarray) -> float:
        return float(found[:, places(0)].std() / found[:, places(STEP // 2)].std())

    plain, evened = ratio(surfaces(holed=False)), ratio(surfaces(holed=True))
    assert evened < 0.65 * plain
