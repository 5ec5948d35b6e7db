"""Clicks whose windows overlap: the noise of each pixel is known, and so the truth."""

import numpy as np
import pytest
from soma.core.base.types import Matches
from soma.core.engine.click_window import box_around
from soma.core.engine.control_points import aligned, fit_controls
from soma.core.engine.control_set import Controls
from soma.core.estimation.sharing import correlations, shares

SIDE = 256
#: Noise of one pixel that leaves a window of SIDE 0.5 px off along each axis.
PIXEL_NOISE = 0.5 * SIDE
#: Where everything belongs, in truth.
TRUTH = np.array([7.0, -4.0])


def clicks(places, size, seed, side=SIDE):
    """Return clicks that are off by the mean noise of the pixels in their windows."""
    xy = np.asarray(places, float)
    noise = np.random.default_rng(seed).normal(0, PIXEL_NOISE, (2, size, size))
    total = np.pad(noise.cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))
    boxes = np.array([box_around((size, size), at, side) for at in xy])
    x0, y0, width, height = boxes.T
    x1, y1 = x0 + width, y0 + height
    sums = total[:, y1, x1] - total[:, y0, x1] - total[:, y1, x0] + total[:, y0, x0]
    mov = xy
    ref = mov + TRUTH + (sums / (width * height)).T
    every = np.ones(len(mov), bool)
    matches = Matches(mov, ref, np.ones(len(mov), np.float32))
    return Controls(matches, every, boxes.astype(float))


def spread_px(controls, fit, extent):
    return aligned(controls, fit, extent).evidence.spread_px


def error_of(fit, size):
    """Return how far a transform is from the truth, root mean square."""
    at = np.stack(np.meshgrid(*[np.linspace(0, size, 9)] * 2), -1).reshape(-1, 2)
    off = fit.mov_to_ref(at) - at - TRUTH
    return float(np.sqrt((off**2).sum(axis=1).mean()))


def test_windows_correlate_by_the_pixels_they_share():
    boxes = np.array(
        [[0, 0, 100, 100], [50, 0, 100, 100], [100, 100, 10, 10], [0, 0, 50, 50]], float
    )
    found = correlations(np.vstack([boxes, np.full((2, 4), np.nan)]))
    assert found[0, 1] == pytest.approx(0.5)
    assert found[0, 2] == 0 and found[0, 3] == pytest.approx(0.5)
    assert np.diag(found) == pytest.approx(1) and (found[4:, :4] == 0).all()
    assert found[4, 5] == 0


@pytest.mark.parametrize(
    ("places", "times", "counts"), [(1, 9, 1.0), (4, 1, 4.0), (4, 5, 4.0)]
)
def test_clicks_in_one_window_count_as_one_place(places, times, counts):
    spots = np.array([[150.0, 150], [850, 150], [150, 850], [850, 850]])[:places]
    controls = clicks(np.repeat(spots, times, axis=0), 1000, 0)
    assert controls.independent == pytest.approx(counts)


def test_independent_places_tell_the_error_of_their_mean():
    xy = np.random.default_rng(4).uniform(0, 600, (12, 2))
    weight = shares(clicks(xy, 600, 0).correlation)
    means = [
        weight @ (c.matches.ref_xy - c.matches.mov_xy) / weight.sum()
        for c in (clicks(xy, 600, seed) for seed in range(60))
    ]
    # Were they 12 independent places, the means would scatter by 0.14 px.
    assert weight.sum() < 6
    assert np.std(means, axis=0).mean() == pytest.approx(
        0.5 / np.sqrt(weight.sum()), rel=0.25
    )


@pytest.mark.parametrize("count", [3, 4, 9, 16])
def test_clicks_in_one_small_image_do_not_pose_as_evidence(count):
    size = 224
    xy = np.random.default_rng(count).uniform(20, size - 20, (count, 2))
    controls = clicks(xy, size, 1)
    fit = fit_controls(controls, "auto", (size, size))
    assert fit.kind == "similarity"
    assert f"{count} control points share pixels" in str(fit.choice.why)
    assert "count as 1.0 independent" in str(fit.choice.why)
    assert np.isnan(fit.held_px).all() and not fit.holdout_px
    assert np.isnan(spread_px(controls, fit, (size, size)))
    assert np.isnan(fit.sigma_px)


def test_more_clicks_in_the_same_windows_do_not_shrink_the_stated_error():
    size = 900
    spots = np.array([[140, 140], [760, 140], [140, 760], [760, 760], [450, 450.0]])
    stated, true = {}, {}
    for times in (1, 8):
        near = np.random.default_rng(1).uniform(-1, 1, (5 * times, 2))
        xy = np.repeat(spots, times, axis=0) + near
        some = [clicks(xy, size, seed) for seed in range(8)]
        fits = [fit_controls(one, "affine", (size, size)) for one in some]
        stated[times] = np.mean(
            [spread_px(o, f, (size, size)) for o, f in zip(some, fits, strict=True)]
        )
        true[times] = np.mean([error_of(fit, size) for fit in fits])
    assert true[8] == pytest.approx(true[1], rel=0.1)
    assert stated[8] == pytest.approx(stated[1], rel=0.2)
    assert stated[8] > 0.7 * true[8]


@pytest.mark.parametrize(("size", "count"), [(700, 8), (900, 12), (1100, 20)])
def test_the_stated_error_is_that_of_overlapping_windows(size, count):
    stated, true = [], []
    for seed in range(15):
        xy = np.random.default_rng(seed).uniform(60, size - 60, (count, 2))
        controls = clicks(xy, size, seed)
        fit = fit_controls(controls, "affine", (size, size))
        expected = spread_px(controls, fit, (size, size))
        if np.isfinite(expected):
            stated.append(expected)
            true.append(error_of(fit, size))
    assert len(stated) >= 10
    # Rather too much than too little: who shares pixels is left out as well.
    assert 0.8 < np.median(np.divide(stated, true)) < 2.6


def test_a_hand_set_pair_is_a_place_of_its_own():
    controls = clicks([[100.0, 100], [110, 100], [100, 110]], 224, 1)
    by_hand = np.vstack([controls.boxes, np.full((2, 4), np.nan)])
    far = np.array([[20.0, 200], [200, 30]])
    mov = np.vstack([controls.matches.mov_xy, far])
    ref = np.vstack([controls.matches.ref_xy, far + TRUTH])
    both = Controls(
        Matches(mov, ref, np.ones(5, np.float32)), np.ones(5, bool), by_hand
    )
    assert both.independent == pytest.approx(3)
    assert fit_controls(both, "auto", (224, 224)).kind == "affine"
