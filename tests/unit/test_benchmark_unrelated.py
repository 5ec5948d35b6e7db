"""Pairs that must be refused and true ones, as the studies of figures draw them."""

from functools import lru_cache

import numpy as np
import pytest
from scipy import ndimage
from soma.benchmark.data import pools, unrelated
from soma.benchmark.data.sets import Scene
from soma.benchmark.methods.estimate import Estimate
from soma.benchmark.studies.acceptance import Counts, count
from soma.benchmark.studies.expected_error import gsd_of, row


@pytest.fixture(autouse=True)
def scenes(monkeypatch):
    """Scenes whose two images are the same, 700 px, none read from disk."""

    @lru_cache
    def scene(number):
        noise = np.random.default_rng(number).standard_normal((700, 700))
        smooth = ndimage.gaussian_filter(noise, 4)
        image = np.clip(128 + 60 * smooth / smooth.std(), 0, 255).astype(np.uint8)
        return Scene(f"own_{number}_3m", image, image)

    monkeypatch.setattr(pools, "_own", scene)
    monkeypatch.setitem(pools.SMALL, "tuning", ())
    pools.least_side.cache_clear()
    yield
    pools.least_side.cache_clear()


@pytest.mark.parametrize("search", ["near", "any"])
@pytest.mark.parametrize("size", [96, 320])
def test_the_truth_of_a_true_pair_is_exact(size, search):
    for seed in range(4):
        pair = unrelated.draw("tuning", unrelated.TRUE, size, search, seed)
        y, x = np.mgrid[10 : size - 10 : 7, 10 : size - 10 : 7] + 0.5
        there = pair.case.truth(np.stack([x.ravel(), y.ravel()], axis=1))
        inside = ((there > 4) & (there < size - 4)).all(axis=1)
        seen = ndimage.map_coordinates(
            pair.ref.astype(float), there[inside].T[::-1] - 0.5, order=3
        )
        here = pair.mov[y.ravel().astype(int), x.ravel().astype(int)][inside]
        assert inside.sum() > 20
        assert np.abs(seen - here).mean() < 2.0


def test_the_same_seed_gives_the_same_pair():
    for kind in ("other place", "fields", "tiles", "frame", "true, caption"):
        one, two = (unrelated.draw("tuning", kind, 96, "near", 3) for _ in range(2))
        other = unrelated.draw("tuning", kind, 96, "near", 4)
        np.testing.assert_array_equal(one.ref, two.ref)
        np.testing.assert_array_equal(one.mov, two.mov)
        assert one.ref.shape[:2] == one.mov.shape == (96, 96)
        assert not np.array_equal(one.mov, other.mov)


def test_what_lies_beyond_the_range_lies_beyond_it():
    for seed in range(5):
        pair = unrelated.draw("tuning", "beyond the range", 96, "near", seed)
        shift = np.abs(pair.case.mov_to_ref[:2, 2]).max()
        assert shift > 1.3 * pair.search.shift_px


def test_only_wrong_answers_count_as_accepted():
    pair = unrelated.draw("tuning", unrelated.COVERED[0], 96, "near", 0)
    wrong = pair.case.mov_to_ref.copy()
    wrong[0, 2] += 9
    counts = Counts()
    for found in (
        Estimate(reason="no"), Estimate(pair.case.mov_to_ref), Estimate(wrong),
    ):  # fmt: skip
        count(counts, pair, unrelated.COVERED[0], found)
    assert counts.cells()[:2] == ["3", "1"]


def test_only_right_placements_can_be_missed():
    pair = unrelated.draw("tuning", unrelated.TRUE, 96, "near", 0)
    right = {"unjudged_mov_to_ref": pair.case.mov_to_ref.tolist()}
    counts = Counts()
    for figures in ({}, right):
        found = Estimate(reason="no", figures=figures)
        count(counts, pair, unrelated.TRUE, found)
    assert counts.cells()[2:] == ["1", "1 (100.0%)"]


def test_shares_below_the_stated_error():
    cells = row("size px", "96", [(1.0, 2.5), (2.0, 2.5), (3.0, 2.5), (1.2, 2.5)])
    assert cells == ["size px", "96", "4", "1.60", "2.50", "0.75", "0.50"]
    assert gsd_of("own_4_3m") == 3.0 and gsd_of("delhi") == 10.0
