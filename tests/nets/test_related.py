"""Telling related crops from unrelated ones."""

import numpy as np
import pytest
import torch
from soma.benchmark.data.protocols import PROTOCOLS
from soma.benchmark.studies.unrelated import (
    ASKED,
    LIMIT,
    MEAN,
    by_gradient,
    by_network,
    cells,
    fitted,
    judged,
    measure,
)
from soma.core.estimation.acceptance import ACCEPTANCE
from soma.core.matching.gradient.distinctness import distinctness
from soma.models.matcher.predictor import SomaMatcher
from soma.models.network.soma import TINY, Soma
from soma.training.pairs import Pair

from .scenes import smooth_image


def made(n=4000):
    """Unrelated and related rows; the third opinion knows nothing."""
    rng = np.random.default_rng(0)
    rows = rng.normal((0.3, -0.2, 0.4, 0, 0), (1, 0.8, 0.9, 0, 0), (n, 5))
    rows[: n // 2, 3] = 1.0
    rows[n // 2 :, :2] += 3.0
    rows[n // 2 :, 4] = rng.choice([1.0, 9.0], n // 2)
    return rows


def test_the_limit_of_the_product_lies_where_it_is_asked_for():
    rows = made()
    weights = fitted(rows)
    clear = rows[:2000, :3] @ weights[:3] + weights[3]
    assert clear.mean() == pytest.approx(MEAN)
    assert clear.mean() + ASKED * clear.std() == pytest.approx(LIMIT)
    assert distinctness(LIMIT) == pytest.approx(ACCEPTANCE.least_distinctness)


def test_opinions_count_what_they_tell_apart():
    weights = fitted(made())
    # Of normal deviates shifted alike, the better is the one that scatters less.
    assert weights[1] / weights[0] == pytest.approx(1 / 0.8**2, rel=0.25)
    assert abs(weights[2]) < 0.1 * weights[0]


def test_only_what_was_placed_right_can_be_missed():
    rows = made()
    clear = np.where(rows[:, 4] < 3, LIMIT + 1.0, LIMIT - 1.0)
    clear[:2000] = np.linspace(0, 1, 2000)
    clear[:3] = LIMIT + 0.5
    found = cells(rows, clear)
    assert found[0] == "2000" and found[2] == "3"
    assert int(found[3]) == (rows[2000:, 4] < 3).sum()
    assert found[4] == "0.000"
    assert cells(rows, clear - 2.0)[4] == "1.000"


def test_a_source_is_judged_by_the_others():
    rows, turned = made(), made()
    rows[2000:, :2] += 3.0
    turned[:, :2] = -rows[:, :2]  # what speaks for it in one speaks against it in two
    alike = {(source, side): rows for source in "ab" for side in (128, 192)}
    unlike = {key: rows if key[0] == "a" else turned for key in alike}
    for found, by_others, by_committed in ((alike, 0.0, 0.0), (unlike, 1.0, 0.5)):
        table = judged("m", found, fitted(rows))
        assert [row[1] for row in table] == ["fitted"] * 2 + ["committed"] * 2
        missed = [float(row[-1]) for row in table]
        assert missed[:2] == pytest.approx([by_others] * 2, abs=0.02)
        assert missed[2:] == pytest.approx([by_committed] * 2, abs=0.02)


@pytest.mark.parametrize(("name", "opinions"), [("gradient", 6), ("soma", 4)])
def test_partners_are_of_other_places(name, opinions):
    pairs = [
        Pair(image, image, (0.0, 0.0), f"p{k}", "made")
        for k, image in enumerate(smooth_image(seed, 256) for seed in range(4))
    ]
    torch.manual_seed(0)
    matcher = SomaMatcher(Soma(TINY), "cpu")
    view = by_gradient(1) if name == "gradient" else by_network(matcher)
    found = measure(view, pairs, PROTOCOLS["click128"], 128, 4)
    assert found.shape == (8, opinions + 2)
    assert found[:, -2].tolist() == [0.0, 1.0] * 4
    related, unrelated = found[::2], found[1::2]
    assert np.median(related[:, -1]) < 1.0
    for opinion in (0, 1):
        assert np.median(related[:, opinion]) > unrelated[:, opinion].max()
