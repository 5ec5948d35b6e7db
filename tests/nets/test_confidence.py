"""What a network's matches are said to be worth."""

from dataclasses import replace

import numpy as np
import pytest
from soma.core.base.types import Tile, TilePair
from soma.core.estimation.acceptance import ACCEPTANCE
from soma.core.matching.gradient.confidence import COEFFICIENTS, probability
from soma.core.matching.gradient.distinctness import clearness, distinctness
from soma.core.matching.gradient.inspection import Inspection, Standing
from soma.models.matcher.confidence import UNCALIBRATED, match_features

LEARNED = Standing(4.0, 8.0)


def pair():
    rng = np.random.default_rng(0)
    ones = np.ones((128, 128), bool)
    sides = (rng.random((128, 128)).astype(np.float32) for _ in range(2))
    kinds = ("optical", "sar")
    return TilePair(
        *(Tile(p, ones, np.eye(3), k) for p, k in zip(sides, kinds, strict=True))
    )


def seen(off_px, lead=5.0, strength=5.0):
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 128, (10, 2))
    ref = xy + np.array([30.0, -20.0])
    ref[: len(off_px), 0] += off_px
    placed = np.eye(3)
    placed[:2, 2] = 30.0, -20.0
    return Inspection(
        xy, ref, rng.uniform(0, 3, (10, 4)), placed, Standing(lead, strength)
    )


def test_the_share_that_agrees_is_a_feature_of_all():
    features, clear = match_features(pair(), seen([0.5, -1.9, 2.1, -9.0]), LEARNED)
    assert features.shape == (10, 7)
    assert features[:, 6] == pytest.approx(0.8)
    assert features[:, 4] == pytest.approx(np.log1p(clear))
    assert features[:, :4] == pytest.approx(seen([]).features)


def test_every_opinion_counts():
    tiles = pair()
    for learned in (None, LEARNED):
        low = clearness(tiles, seen([]), learned)
        assert clearness(tiles, seen([], lead=9.0), learned) > low + 0.5
    low = clearness(tiles, seen([]))
    surprising = replace(seen([]), surprise=3.0)
    assert clearness(tiles, surprising) > low + 0.5
    # The best of many tries is good by chance.
    assert clearness(tiles, replace(seen([]), turns=600)) < low - 0.5
    # Where something is drawn over both, more of it may have been missed.
    assert clearness(tiles, replace(seen([]), overlay=0.05)) < low - 0.5
    everywhere = replace(seen([]), parts=12.0)
    assert clearness(tiles, everywhere) > low + 0.5
    # What agrees everywhere without leading repeats itself.
    behind = replace(seen([], lead=2.0), parts=25.0)
    assert distinctness(clearness(tiles, behind)) < ACCEPTANCE.least_distinctness
    low = clearness(tiles, seen([]), LEARNED)
    assert clearness(tiles, seen([]), replace(LEARNED, lead=9.0)) > low + 1
    assert clearness(tiles, seen([]), replace(LEARNED, strength=15.0)) > low + 1
    alike = TilePair(tiles.ref, replace(tiles.mov, pixels=tiles.ref.pixels))
    placed = replace(seen([]), mov_to_ref=np.eye(3))
    assert clearness(alike, placed) > clearness(tiles, placed) + 1
    scale = [distinctness(value) for value in (-3.0, 0.0, 4.0, 1e6)]
    assert scale == pytest.approx([0.0, 0.0, 0.5, 1.0], abs=1e-5)


def test_strength_alone_is_not_enough():
    for learned in (None, Standing(0.3, 500.0)):
        with_rivals = seen([], lead=0.5, strength=500.0)
        said = distinctness(clearness(pair(), with_rivals, learned))
        assert said < ACCEPTANCE.least_distinctness


def test_uncalibrated_confidence_is_that_of_the_gradient_matcher():
    features = np.random.default_rng(2).uniform(0, 2, (20, 7))
    found = probability(features, np.array(UNCALIBRATED))
    assert found == pytest.approx(probability(features[:, :6], COEFFICIENTS))
