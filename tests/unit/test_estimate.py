"""Robust estimation and the choice of the transform, against known truth."""

import cv2
import numpy as np
import pytest
from fakes import CountingFeedback
from scipy import ndimage
from soma.core.base.errors import BadInput, Cancelled, Refused
from soma.core.base.feedback import SILENT
from soma.core.base.grid import apply_affine
from soma.core.base.types import Matches, Search
from soma.core.base.words import terms
from soma.core.estimation import model_selection
from soma.core.estimation.cross_validation import (
    CONTEST,
    ContestParams,
    contest,
    make_blocks,
    prediction_spread,
)
from soma.core.estimation.estimate import LEAST, estimate
from soma.core.estimation.local_inliers import agree_locally
from soma.core.estimation.robust_fit import find_consensus, measure_noise, polish
from soma.core.transform.fitters import SMOOTHING
from soma.core.transform.linear import Affine2D

SIDE = 512.0
EXTENT = (SIDE, SIDE)
MATRIX = np.array([[1.015, 0.03, 5.0], [-0.03, 0.985, -3.0], [0, 0, 1]])
CORNERS = np.array([[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]])
INNER = np.stack(
    np.meshgrid(np.linspace(30, 480, 15), np.linspace(30, 480, 15)), axis=-1
).reshape(-1, 2)


def wave(xy, size):
    x, y = xy[:, 0] / 80, xy[:, 1] / 90
    return size * np.stack([np.sin(x + 1) * np.cos(y), np.cos(1.1 * x)], axis=1)


def square(xy, size):
    u, v = ((xy - 256) / 256).T
    return size * np.stack([u * u - v, u * v], axis=1)


def no_bend(xy, size):
    return 0.0 * xy


def make(count, wrong, seed, bend=no_bend, size=0.0, matrix=MATRIX, sigma=0.7):
    """Matches of which a share is placed at random, and which ones are true."""
    rng = np.random.default_rng(seed)
    mov = rng.uniform(0, SIDE, (count, 2))
    ref = apply_affine(matrix, mov) + bend(mov, size)
    ref += rng.normal(0, sigma, ref.shape)
    bad = rng.random(count) < wrong
    ref[bad] = mov[bad] + rng.uniform(-30, 30, (int(bad.sum()), 2))
    trust = np.where(bad, rng.beta(1, 2, count), rng.beta(2, 1, count))
    return Matches(mov, ref, trust.astype(np.float32)), ~bad


@pytest.mark.parametrize("count", [60, 300, 1500])
@pytest.mark.parametrize("wrong", [0.3, 0.5, 0.7])
def test_affine_within_statistical_limits(count, wrong):
    errors, limits = [], []
    for seed in range(8):
        matches, true = make(count, wrong, seed)
        fit = estimate(matches, "affine", EXTENT)
        error = fit.mov_to_ref(INNER) - apply_affine(MATRIX, INNER)
        errors.append(np.mean(error**2))
        # An affine through n matches has variance 3 sigma^2 / n per axis on average.
        limits.append(3 * 0.7**2 / true.sum())
    assert np.sqrt(np.mean(errors)) < 1.8 * np.sqrt(np.mean(limits))


@pytest.mark.parametrize("wrong", [0.3, 0.7])
def test_inliers_are_the_true_matches(wrong):
    matches, true = make(600, wrong, 5)
    fit = estimate(matches, "affine", EXTENT)
    assert fit.inlier[true].mean() > 0.96
    # Wrong ones that fall within the band by chance cannot be told apart.
    assert true[fit.inlier].mean() > 0.95
    assert fit.sigma_px == pytest.approx(0.7, rel=0.1)


def test_not_worse_than_opencv_magsac():
    ours, theirs = [], []
    for seed in range(12):
        matches, _ = make(200, 0.6, seed)
        found = estimate(matches, "affine", EXTENT).mov_to_ref.matrix
        other, _ = cv2.estimateAffine2D(
            matches.mov_xy,
            matches.ref_xy,
            method=cv2.USAC_MAGSAC,
            ransacReprojThreshold=2.0,
            maxIters=5000,
            confidence=0.9999,
        )
        truth = apply_affine(MATRIX, CORNERS)
        ours.append(np.abs(apply_affine(found, CORNERS) - truth).max())
        theirs.append(np.abs(CORNERS @ other[:, :2].T + other[:, 2] - truth).max())
    assert np.median(ours) <= np.median(theirs)


def test_same_seed_same_fit():
    matches, _ = make(300, 0.6, 1)
    first, second = (estimate(matches, "auto", EXTENT, rng_seed=4) for _ in range(2))
    assert first.kind == second.kind
    np.testing.assert_array_equal(first.mov_to_ref(CORNERS), second.mov_to_ref(CORNERS))


@pytest.mark.parametrize("kind", ["shift", "similarity", "affine"])
def test_linear_kinds_are_what_they_say(kind):
    c, s = np.cos(0.02), np.sin(0.02)
    truth = {
        "shift": np.array([[1, 0, 7.0], [0, 1, -4], [0, 0, 1]]),
        "similarity": np.array([[c, -s, 7.0], [s, c, -4], [0, 0, 1]]),
        "affine": MATRIX,
    }[kind]
    matches, _ = make(400, 0.5, 2, matrix=truth)
    fit = estimate(matches, kind, EXTENT)
    assert fit.kind == kind
    linear = fit.mov_to_ref.matrix[:2, :2]
    if kind == "shift":
        np.testing.assert_array_equal(linear, np.eye(2))
    if kind != "affine":
        assert linear[0, 0] == pytest.approx(linear[1, 1])
        assert linear[0, 1] == pytest.approx(-linear[1, 0])
    error = apply_affine(truth, CORNERS) - fit.mov_to_ref(CORNERS)
    assert np.abs(error).max() < 0.5


def test_auto_keeps_the_affine_when_it_is_the_truth():
    kinds = [
        estimate(make(400, 0.5, seed)[0], "auto", EXTENT).kind for seed in range(10)
    ]
    assert kinds.count("affine") >= 9


def test_auto_keeps_the_shift_when_it_is_the_truth():
    truth = np.array([[1, 0, 7.0], [0, 1, -4], [0, 0, 1]])
    kinds = [
        estimate(make(200, 0.4, seed, matrix=truth)[0], "auto", EXTENT).kind
        for seed in range(8)
    ]
    assert kinds.count("shift") >= 7


def test_auto_finds_a_polynomial():
    kinds = [
        estimate(make(500, 0.4, seed, square, 6.0)[0], "auto", EXTENT).kind
        for seed in range(6)
    ]
    assert kinds.count("poly2") >= 5


@pytest.mark.parametrize("wrong", [0.3, 0.6])
def test_auto_finds_a_local_deformation(wrong):
    for seed in range(4):
        matches, true = make(800, wrong, seed, wave, 4.0)
        fit = estimate(matches, "auto", EXTENT)
        assert fit.kind in ("tps", "flow")
        assert fit.inlier[true].mean() > 0.9
        truth = apply_affine(MATRIX, INNER) + wave(INNER, 4.0)
        error = np.linalg.norm(fit.mov_to_ref(INNER) - truth, axis=1)
        assert np.sqrt(np.mean(error**2)) < 0.8
        assert fit.holdout_px[fit.kind] < 0.7 * fit.holdout_px["affine"]
        told = str(fit.choice.why)
        assert terms.transform(fit.kind) in told and "left out of its fit" in told


def leaning(seed, bend_px, side=384, size=0.8):
    """Matches each 16 px whose errors neighbours share, as windows over houses do."""
    rng = np.random.default_rng(seed)
    axis = np.arange(8, side, 16)
    field = ndimage.gaussian_filter(rng.normal(size=(2, side, side)), (0, 24, 24))
    shared = field[:, axis][:, :, axis].reshape(2, -1).T
    mov = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2).astype(float)
    ref = apply_affine(MATRIX, mov) + wave(mov, bend_px)
    shared *= size / np.sqrt(np.square(shared).sum(axis=1).mean())
    ref += shared + rng.normal(0, 0.2, ref.shape)
    return Matches(mov, ref, np.full(len(mov), 0.9, np.float32))


def test_auto_does_not_follow_what_leans(monkeypatch):
    """Held-out matches share their neighbours' errors, and a local kind finds them."""

    def chosen(bend_px):
        fits = [
            estimate(leaning(seed, bend_px), "auto", (384.0, 384.0))
            for seed in range(6)
        ]
        off = [
            fit.mov_to_ref(INNER[:100]) - apply_affine(MATRIX, INNER[:100])
            for fit in fits
        ]
        return [fit.kind in ("tps", "flow") for fit in fits], np.square(off).mean()

    local, error = chosen(0.0)
    assert not any(local)
    assert all(chosen(3.0)[0])
    monkeypatch.setattr(model_selection, "CONTEST", ContestParams(least_missed_px=0))
    followed, worse = chosen(0.0)
    assert sum(followed) >= 4 and worse > 1.5 * error


def test_precise_matches_show_what_bends():
    """Errors count up to a cap that goes by the smallest ones; a bend goes beyond."""
    for seed in range(3):
        matches, _ = make(800, 0.3, seed, wave, 4.0, sigma=0.15)
        assert estimate(matches, "auto", EXTENT).kind in ("tps", "flow")


def test_large_ground_shows_smaller_bends():
    """Where held-out blocks are wider than windows, errors are not alike over them."""
    rng = np.random.default_rng(0)
    mov = rng.uniform(0, 4 * SIDE, (4000, 2))
    ref = mov + wave(mov / 4, 0.8) + rng.normal(0, 0.3, mov.shape)
    matches = Matches(mov, ref, np.full(4000, 0.9, np.float32))
    assert make_blocks(mov).side_px > CONTEST.narrow_px
    fit = estimate(matches, "auto", (4 * SIDE, 4 * SIDE))
    assert fit.kind in ("tps", "flow")
    missed = fit.holdout_px["affine"] ** 2 - fit.holdout_px[fit.kind] ** 2
    assert missed < CONTEST.least_missed_px**2


def test_small_pixels_show_what_leans_larger():
    """The same matches bend an image of 10 m, and one of 1 m does not follow them."""
    size, at = (384.0, 384.0), INNER[:100]
    for seed in range(2):
        matches, bent = leaning(seed, 0.0, size=1.2), leaning(seed, 4.0)
        fits = [estimate(matches, "auto", size, gsd_m=gsd) for gsd in (10.0, 1.0)]
        assert [fit.kind in ("tps", "flow") for fit in fits] == [True, False]
        off = [fit.mov_to_ref(at) - apply_affine(MATRIX, at) for fit in fits]
        assert np.square(off[1]).mean() < 0.7 * np.square(off[0]).mean()
        assert estimate(bent, "auto", size, gsd_m=1.0).kind in ("tps", "flow")


@pytest.mark.parametrize("kind", sorted(LEAST))
def test_asked_for_kind_is_fitted_both_ways(kind):
    matches, _ = make(300, 0.4, 3, wave, 2.0)
    fit = estimate(matches, kind, EXTENT)
    assert fit.kind == fit.mov_to_ref.kind == kind
    query = np.random.default_rng(0).uniform(-100, 612, (500, 2))
    assert np.abs(fit.ref_to_mov(fit.mov_to_ref(query)) - query).max() < 0.01
    assert len(fit.inlier) == len(fit.residual_px) == len(fit.held_px) == 300
    assert list(fit.holdout_px) == [kind]


def test_expected_error_is_honest():
    """The jackknife's standard error against the true error, over many draws."""
    ratios = []
    for seed in range(20):
        matches, _ = make(300, 0.4, seed)
        fit = estimate(matches, "affine", EXTENT)
        spread = prediction_spread(fit.fold_fits, fit.mov_to_ref, INNER)
        error = fit.mov_to_ref(INNER) - apply_affine(MATRIX, INNER)
        ratios.append([np.mean(spread**2), np.mean(np.sum(error**2, axis=1))])
    said, true = np.sqrt(np.mean(ratios, axis=0))
    assert 0.8 * true < said < 2.0 * true


def test_three_control_points_make_an_affine():
    mov = np.array([[10.0, 10.0], [400.0, 30.0], [50.0, 450.0]])
    matches = Matches(mov, apply_affine(MATRIX, mov), np.ones(3, np.float32))
    fit = estimate(matches, "affine", EXTENT)
    np.testing.assert_allclose(fit.mov_to_ref.matrix, MATRIX, atol=1e-6)
    assert fit.inlier.all()


@pytest.mark.parametrize(("kind", "count"), [("affine", 2), ("poly3", 8), ("auto", 0)])
def test_too_few_matches_are_refused(kind, count):
    matches, _ = make(50, 0.0, 0)
    with pytest.raises(Refused, match="matches agree") as caught:
        estimate(matches.take(np.arange(count)), kind, EXTENT)
    assert caught.value.code == "too_few_matches"


def test_unknown_kind_is_bad_input():
    with pytest.raises(BadInput, match="spline"):
        estimate(make(50, 0.0, 0)[0], "spline", EXTENT)


def test_folding_transform_is_refused():
    rng = np.random.default_rng(0)
    mov = rng.uniform(0, 100, (12, 2))
    ref = mov + rng.normal(0, 1.5, mov.shape)
    mov[:, 1] = 50 + 0.02 * mov[:, 1]
    ref[:, 1] = mov[:, 1] + rng.normal(0, 1.5, 12)
    with pytest.raises(Refused):
        estimate(Matches(mov, ref, np.ones(12, np.float32)), "poly3", EXTENT)


def test_cancel_passes_through():
    with pytest.raises(Cancelled):
        estimate(
            make(200, 0.3, 0)[0], "auto", EXTENT, feedback=CountingFeedback(stop_at=1)
        )


def test_limits_keep_a_rival_out():
    near, _ = make(80, 0.0, 0, matrix=np.eye(3))
    far, _ = make(120, 0.0, 1, matrix=np.array([[1, 0, 90.0], [0, 1, 0], [0, 0, 1]]))
    both = Matches.concat([near, far])
    rng = np.random.default_rng(0)
    free = find_consensus(both, "affine", rng)
    held = find_consensus(both, "affine", rng, Search(20.0, 3.0, 1.05))
    assert free.matrix[0, 2] == pytest.approx(90, abs=2)
    assert held.matrix[0, 2] == pytest.approx(0, abs=2)


def test_noise_is_measured_among_wrong_matches():
    for sigma in (0.3, 1.0, 2.0):
        matches, true = make(1000, 0.5, 3, sigma=sigma)
        noise = measure_noise(matches, Affine2D(MATRIX), 0)
        assert noise.sigma_px == pytest.approx(sigma, rel=0.12)
        assert noise.weight[true].mean() > 0.9 > 0.3 > noise.weight[~true].mean()


def test_neighbours_save_what_the_affine_loses():
    matches, true = make(800, 0.5, 2, wave, 6.0)
    start = find_consensus(matches, "affine", np.random.default_rng(0))
    affine, noise = polish(matches, start, "affine")
    local = agree_locally(matches, affine, noise)
    assert local[true].mean() > 0.85
    assert local[~true].mean() < 0.08


def test_blocks_hold_out_whole_neighbourhoods():
    xy = np.random.default_rng(0).uniform(0, SIDE, (800, 2))
    blocks = make_blocks(xy)
    assert (blocks.test.sum(axis=0) == 1).all()
    assert not (blocks.test & blocks.train).any()
    for test, train in zip(blocks.test, blocks.train, strict=True):
        gap = np.linalg.norm(xy[test][:, None] - xy[train][None], axis=2).min()
        assert gap > 2.0
        assert train.sum() > 0.4 * len(xy)
        assert len(set(blocks.block[test]) & set(blocks.block[train])) == 0


@pytest.mark.parametrize("kind", ["tps", "flow"])
def test_strengths_held_out_together_err_as_alone(kind):
    matches, _ = make(400, 0.0, 3, wave, 4.0)
    blocks = make_blocks(matches.mov_xy)
    seen = model_selection.Observations(
        matches, np.ones(400), blocks, model_selection.OF_MATCHES
    )
    together = model_selection.run_trials(kind, seen, SILENT)
    assert len(together) == len(SMOOTHING[kind])
    for trial, strength in zip(together, reversed(SMOOTHING[kind]), strict=True):
        [alone] = model_selection.run_trials(kind, seen, SILENT, (strength,))
        errors = trial.held_out.error_px, alone.held_out.error_px
        np.testing.assert_allclose(*errors, atol=1e-9)
        fits = trial.fit(seen), alone.fit(seen)
        np.testing.assert_allclose(*(fit(INNER) for fit in fits), atol=1e-9)


def test_better_needs_more_than_luck():
    rng = np.random.default_rng(0)
    block = np.repeat(np.arange(40), 10)
    one = rng.rayleigh(1.0, 400)
    assert not contest(one, one, block, 5.0).is_better
    assert contest(0.8 * one, one, block, 5.0).is_better
    lucky = one.copy()
    lucky[block == 3] = 0.0
    one[block == 3] = 4.0
    assert not contest(lucky, one, block, 5.0).is_better


def test_no_error_below_none_is_asked_for():
    """Where the simpler kind errs by less than the least gain, no other can win."""
    block, one = np.repeat(np.arange(40), 10), np.full(400, 0.2)
    lost = contest(0.5 * one, one, block, 5.0, least_px=0.5)
    assert (lost.outcome, lost.needed_px) == ("gain_too_small", 0.0)
    assert contest(one, one, block, 5.0, least_px=0.1).needed_px == pytest.approx(0.1)
