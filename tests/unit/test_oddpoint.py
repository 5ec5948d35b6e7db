import numpy as np
import pytest
from soma.core.base.types import Matches
from soma.core.engine.control_set import Controls
from soma.core.engine.odd_point import odd_point


def points(count, wrong=(), seed=0, noise=0.3):
    rng = np.random.default_rng(seed)
    mov = rng.uniform(0, 400, (count, 2))
    ref = mov @ np.array([[1.0, 0.02], [-0.02, 1.0]]) + rng.normal(0, noise, (count, 2))
    for index in wrong:
        ref[index] += (12.0, 5.0)
    every = np.ones(count, bool)
    return Controls(Matches(mov, ref, np.ones(count, np.float32)), every)


@pytest.mark.parametrize(
    ("kind", "count"), [("similarity", 4), ("affine", 6), ("tps", 9)]
)
def test_the_point_that_spoils_the_fit_is_named(kind, count):
    for wrong in range(count):
        index, px = odd_point(points(count, [wrong]), kind)
        assert index == wrong
        assert px == pytest.approx(13, abs=5)


def test_points_that_agree_or_are_too_few_have_no_odd_one():
    for seed in range(10):
        assert odd_point(points(7, seed=seed), "affine") is None
    assert odd_point(points(3, [1]), "similarity") is None
    assert odd_point(points(4, [1]), "affine") is None


def test_points_that_are_switched_off_are_not_asked():
    some = points(8, [2, 5])
    enabled = np.ones(8, bool)
    enabled[2] = False
    index, _ = odd_point(Controls(some.matches, enabled), "affine")
    assert index == 5
