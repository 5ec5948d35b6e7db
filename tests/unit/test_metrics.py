"""Figures of merit against numbers worked out by hand."""

import json

import numpy as np
import pytest
from soma.benchmark.stages import metrics
from soma.core.base.types import Matches
from soma.core.estimation import figures
from soma.core.estimation.estimate import estimate
from soma.core.estimation.evidence import gather
from soma.core.transform.linear import Affine2D

IDENTITY = Affine2D(np.eye(3))


def shifted(x, y):
    return Affine2D(np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]]))


def test_rmse_and_ce90():
    error = np.array([3.0, 4.0])
    assert figures.rmse_px(error) == pytest.approx(np.sqrt(12.5))
    assert figures.ce90_px(np.arange(101.0)) == pytest.approx(90.0)
    assert figures.rmse_px(np.zeros(0)) == np.inf
    assert figures.ce90_px(np.zeros(0)) == np.inf


def test_flow_rmse_counts_valid_pixels_only():
    truth = np.zeros((4, 5, 2))
    found = truth + np.array([3.0, 4.0])
    found[0, 0] = np.nan
    valid = np.ones((4, 5), bool)
    assert metrics.flow_rmse_px(found, truth, valid) == np.inf
    valid[0, 0] = False
    assert metrics.flow_rmse_px(found, truth, valid) == pytest.approx(5.0)
    assert metrics.flow_rmse_px(found, truth, np.zeros((4, 5), bool)) == np.inf
    assert metrics.flow_rmse_px(truth, truth) == 0.0


def test_corner_errors_of_a_shift_and_a_rotation():
    assert metrics.corner_error_px(shifted(3, 4), IDENTITY, (100, 50)) == (
        pytest.approx(5.0)
    )
    turned = Affine2D(
        np.diag([-1.0, -1.0, 1.0]) + np.array([[0, 0, 8], [0, 0, 6], [0, 0, 0]])
    )
    # Half a turn about the centre of an 8 x 6 image: each corner goes to the
    # opposite one, 10 px away; sorting the corners would hide it.
    assert metrics.corner_error_px(turned, IDENTITY, (8, 6)) == pytest.approx(10.0)


def test_failures_are_infinite():
    assert metrics.corner_error_px(None, IDENTITY, (9, 9)) == np.inf


def test_cmr_counts_failures_and_nan_as_misses():
    errors = np.array([0.5, 0.99, 1.0, 2.5, np.inf, np.nan])
    assert metrics.cmr(errors, (1, 3)) == {
        "cmr@1px": pytest.approx(2 / 6),
        "cmr@3px": pytest.approx(4 / 6),
    }


def test_corner_auc_is_the_area_under_the_recall_curve():
    errors = np.array([0.3, 1.2, 2.0, 4.0, np.inf])
    t = np.linspace(0, 3, 300_001)
    recall = (errors[:, None] <= t).mean(axis=0)
    area = recall.mean()
    assert metrics.corner_auc(errors, (3,))["auc@3px"] == pytest.approx(area, abs=1e-4)
    assert metrics.corner_auc(np.array([np.inf, np.nan]), (5,)) == {"auc@5px": 0.0}


def test_bootstrap_covers_the_truth_about_as_often_as_it_says():
    hits = 0
    for seed in range(100):
        values = np.random.default_rng(seed).normal(1.0, 1.0, 60)
        low, high = metrics.bootstrap_ci(
            values, lambda v: float(v.mean()), 300, rng_seed=seed
        )
        hits += low <= 1.0 <= high
    assert 85 <= hits <= 100


def test_bootstrap_keeps_rows_together_and_infinities_apart():
    pairs = np.stack([np.arange(20.0), np.arange(20.0) + 2.0], axis=1)
    low, high = metrics.bootstrap_ci(
        pairs, lambda v: float(np.mean(v[:, 1] - v[:, 0])), 100
    )
    assert low == high == 2.0
    errors = np.array([1.0, 2.0, np.inf, np.inf])
    low, high = metrics.bootstrap_ci(errors, lambda v: float(np.median(v)), 200)
    assert low in (1.0, 1.5, 2.0) and high == np.inf


def test_displacement_statistics():
    values = figures.displacement_stats(np.array([[3.0, 4.0], [3.0, 4.0]]), 10.0)
    assert values["mean_x_px"] == 3 and values["std_px"] == 0
    assert values["rmse_px"] == 5 and values["rmse_m"] == 50
    assert figures.displacement_stats(np.zeros((0, 2)), 10.0) == {"n": 0}
    assert figures.displacement_stats(np.ones((2, 2)), np.nan)["rmse_m"] is None


def test_quality_is_json_and_consistent():
    rng = np.random.default_rng(0)
    mov = rng.uniform(0, 500, (300, 2))
    ref = mov + np.array([6.0, -8.0]) + rng.normal(0, 0.5, mov.shape)
    ref[:60] += rng.uniform(-30, 30, (60, 2))
    matches = Matches(mov, ref, np.full(300, 0.7, np.float32))
    fit = estimate(matches, "affine", (500, 500))
    values = figures.quality(
        matches, fit, gather(matches, fit, (500, 500), 30.0), gsd_m=10.0
    )
    json.dumps(values, allow_nan=False)
    assert values["n_matches"] == 300 and 230 <= values["n_inliers"] <= 245
    assert values["before"]["rmse_px"] == pytest.approx(10.0, rel=0.02)
    assert values["rmse_px"] == pytest.approx(0.5 * np.sqrt(2), rel=0.1)
    assert values["rmse_m"] == pytest.approx(10 * values["rmse_px"])
    assert values["after"]["rmse_px"] == pytest.approx(values["rmse_px"], rel=0.05)
    assert values["holdout_px"]["affine"] >= values["median_px"]
