"""What a network's matches are said to be worth."""

import dataclasses

import numpy as np
import pytest
from soma.core.gradient.confidence import COEFFICIENTS, probability
from soma.core.gradient.matcher import Examined
from soma.core.gradient.standing import clearness, distinctness
from soma.core.types import Tile, TilePair
from soma.models.confidence import UNCALIBRATED, judged


def pair():
    rng = np.random.default_rng(0)
    ones = np.ones((128, 128), bool)
    sides = (rng.random((128, 128)).astype(np.float32) for _ in range(2))
    kinds = ("optical", "sar")
    return TilePair(
        *(Tile(p, ones, np.eye(3), k) for p, k in zip(sides, kinds, strict=True))
    )


def seen(off_px, gap=5.0):
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 128, (10, 2))
    ref = xy + np.array([30.0, -20.0])
    ref[: len(off_px), 0] += off_px
    placed = np.eye(3)
    placed[:2, 2] = 30.0, -20.0
    return Examined(xy, ref, rng.uniform(0, 3, (10, 6)), placed, gap)


def test_the_share_that_agrees_is_a_feature_of_all():
    features, clear = judged(pair(), seen([0.5, -1.9, 2.1, -9.0]), 4.0)
    assert features.shape == (10, 7)
    assert features[:, 6] == pytest.approx(0.8)
    assert features[:, 4] == pytest.approx(np.log1p(clear))
    assert features[:, :4] == pytest.approx(seen([]).features[:, :4])


def test_every_opinion_counts():
    tiles = pair()
    low, high = (clearness(tiles, seen([]), gap) for gap in (0.0, 8.0))
    assert high > low + 2
    assert clearness(tiles, seen([], gap=9.0), 0.0) > low + 2
    assert clearness(tiles, seen([], gap=9.0)) > clearness(tiles, seen([]))
    alike = TilePair(tiles.ref, dataclasses.replace(tiles.mov, pixels=tiles.ref.pixels))
    placed = dataclasses.replace(seen([]), mov_to_ref=np.eye(3))
    assert clearness(alike, placed) > clearness(tiles, placed) + 1
    scale = [distinctness(value) for value in (-3.0, 0.0, 4.0, 1e6)]
    assert scale == pytest.approx([0.0, 0.0, 0.5, 1.0], abs=1e-5)


def test_uncalibrated_confidence_is_that_of_the_gradient_matcher():
    features = np.random.default_rng(2).uniform(0, 2, (20, 7))
    found = probability(features, np.array(UNCALIBRATED))
    assert found == pytest.approx(probability(features[:, :6], COEFFICIENTS))
