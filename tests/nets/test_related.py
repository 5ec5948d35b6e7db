"""Telling related crops from unrelated ones."""

import numpy as np
import pytest
import torch
from soma.benchmark.protocols import PROTOCOLS
from soma.benchmark.related import ASKED, coefficients, measure, row
from soma.core.evidence import LEAST_DISTINCTNESS
from soma.core.gradient.standing import WITNESS_WEIGHT, distinctness
from soma.models.predictor import SomaMatcher
from soma.models.soma import TINY, Soma
from soma.training.data import Pair

from .scenes import smooth_image


def made(n=4000):
    """Unrelated and related rows of known means and deviations."""
    rng = np.random.default_rng(0)
    rows = rng.normal((0.3, -0.2, 0.4, 0, 0), (1, 0.8, 0.9, 0, 0), (n, 5))
    rows[: n // 2, 3] = 1.0
    rows[n // 2 :, :3] += 6.0
    rows[n // 2 :, 4] = rng.choice([1.0, 9.0], n // 2)
    return rows


def test_the_limit_of_the_product_lies_where_it_is_asked_for():
    rows = made()
    weights = coefficients(rows, (1.0, 0.5, 0.75))
    assert weights[1] / weights[0] == pytest.approx(0.5)
    unrelated = rows[rows[:, 3] > 0, :3]
    clear = unrelated @ weights[:3] + weights[3]
    before = unrelated @ (1.0, WITNESS_WEIGHT, 0.0)
    assert clear.mean() == pytest.approx(before.mean())
    limit = distinctness(clear.mean() + ASKED * clear.std())
    assert limit == pytest.approx(LEAST_DISTINCTNESS, abs=1e-6)


def test_only_what_was_placed_right_can_be_missed():
    rows = made()
    cells = row("1,0,0", 128, rows, (1.0, 0.0, 0.0))
    assert cells[:3] == ["1,0,0", "128", "2000"]
    assert int(cells[6]) == (rows[2000:, 4] < 3).sum()
    # 6.0 above the mean, where 3.25 are asked for: a normal deviate below -2.75.
    assert float(cells[7]) == pytest.approx(0.003, abs=0.003)


def test_partners_are_of_other_places():
    pairs = [
        Pair(image, image, (0.0, 0.0), f"p{k}", "made")
        for k, image in enumerate(smooth_image(seed, 256) for seed in range(4))
    ]
    torch.manual_seed(0)
    matcher = SomaMatcher(Soma(TINY), "cpu")
    found = measure(matcher, pairs, PROTOCOLS["click128"], 128, 4)
    assert found[:, 3].tolist() == [0.0, 1.0] * 4
    related, unrelated = found[::2], found[1::2]
    assert np.median(related[:, 4]) < 1.0
    assert np.median(related[:, 0]) > 6 > unrelated[:, 0].max()
