"""What ``gradient`` asks of a placement and of a match is fitted as it is said."""

from dataclasses import replace

import numpy as np
import pytest
from soma.benchmark.data.sets import DATA
from soma.benchmark.studies import calibrate_gradient
from soma.benchmark.studies.calibrate_gradient import (
    ASKED,
    LIMIT,
    Sample,
    clear_of,
    judged,
    pairs,
    sample,
    weights_of,
)
from soma.core.estimation.acceptance import ACCEPTANCE
from soma.core.matching.gradient.distinctness import distinctness
from soma.core.matching.gradient.matcher import GradientMatcher

#: What related pairs have more of each opinion than unrelated ones, in deviations.
MORE = np.array([2.0, 3.0, 1.0, 0.0])


def made(count=3000, seed=0):
    """Normal opinions with a deviation of 1, so that the best weights are known."""
    rng = np.random.default_rng(seed)
    found = []
    for index in range(count):
        related = bool(index % 2)
        opinions = 5.0 + rng.standard_normal(4) + related * MORE
        features = rng.standard_normal((4, 4)) + related
        true = np.full(4, related)
        source = "abc"[index % 3]
        found.append(
            Sample(source, tuple(opinions), features, true, related, not related)
        )
    return found


def test_opinions_count_as_normal_deviates_should():
    samples = made()
    weights = weights_of(samples)
    # The logit of two normal distributions that lie MORE apart is MORE times opinion.
    assert weights[:3] / weights[1] == pytest.approx(MORE[:3] / MORE[1], rel=0.2)
    assert abs(weights[3]) < 0.1 * weights[1]
    other = [s for s in samples if s.unrelated]
    assert clear_of(other, weights).std() == pytest.approx(1.0, rel=0.01)


def test_the_limit_lies_where_the_logit_is_asked_for():
    weights = weights_of(made())
    middle = 5.0 + MORE / 2  # as likely of one as of the other
    per_logit = np.linalg.norm(weights[:-1]) / np.linalg.norm(MORE)
    clear = middle @ weights[:-1] + weights[-1]
    assert clear == pytest.approx(LIMIT - ASKED * per_logit, abs=0.15)
    assert distinctness(LIMIT) == pytest.approx(ACCEPTANCE.least_distinctness)


def test_what_repeats_itself_has_no_say():
    samples = made()
    strange = replace(samples[0], opinions=(0.0, 90.0, 90.0, 90.0), repeats=True)
    assert weights_of([*samples, *[strange] * 500]) == pytest.approx(
        weights_of(samples)
    )


def test_a_source_is_judged_by_fits_to_others():
    samples = [s for s in made() if s.source != "c"]
    clear, chance = judged(samples)
    related = np.array([s.right for s in samples])
    assert (clear[related] > LIMIT).mean() > 0.8
    assert (clear[~related] > LIMIT).mean() < 0.1
    turned = [
        replace(s, opinions=tuple(10.0 - np.array(s.opinions)))
        if s.source == "b"
        else s
        for s in samples
    ]
    here = np.array([s.source == "a" for s in samples])
    # What speaks for a placement in one source speaks against it in the other.
    assert (judged(turned)[0][here & related] > LIMIT).mean() < 0.1
    assert len(chance) == 4 * len(samples) and ((chance >= 0) & (chance <= 1)).all()


@pytest.mark.skipif(
    not DATA.is_dir(), reason="the real pairs are not part of this repository"
)
def test_pairs_have_partners_and_strangers(monkeypatch):
    monkeypatch.setattr(calibrate_gradient, "SIZES_PX", ())
    monkeypatch.setattr(calibrate_gradient, "MADE_PX", ())
    matcher = GradientMatcher(1)
    known = [(sample(matcher, *item), item[2]) for item in pairs(2)]
    assert {kind for _, kind in known} == {"true", "other place"}
    for one, kind in known:
        assert one.unrelated == (kind == "other place")
        assert not (one.unrelated and (one.right or one.true.any()))
    assert sum(one.right for one, _ in known) >= 4
