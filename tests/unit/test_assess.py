"""Assessment of the present alignment: known displacements, words and figures."""

import json

import numpy as np
import pytest
from soma.core.base.types import Matches
from soma.core.base.words.message import Message
from soma.core.pipeline.assess import assess, blocked_mean, direction


def pair(displacement, count=300, seed=4):
    """Matches whose moving image lies off its place by ``displacement``."""
    rng = np.random.default_rng(seed)
    ref = rng.uniform(0, 1000, (count, 2))
    mov = ref + displacement(ref) if callable(displacement) else ref + displacement
    return Matches(mov, ref, np.ones(count, np.float32))


def plain(found):
    """Return the verdict with plain spaces."""
    return found["verdict"].replace("\u00a0", " ")


def everything(matches):
    return np.ones(len(matches), bool)


def noisy(shift, sigma, seed=9):
    rng = np.random.default_rng(seed)
    return lambda ref: np.asarray(shift) + rng.normal(0, sigma, ref.shape)


def test_noise_alone_is_aligned():
    matches = pair(noisy((0, 0), 0.3))
    found = assess(matches, everything(matches), gsd_m=10.0)
    assert found["status"] == "aligned"
    # CE90 of a circular normal distribution is 2.146 sigma.
    assert found["ce90_px"] == pytest.approx(2.146 * 0.3, rel=0.1)
    assert found["rmse_px"] == pytest.approx(0.3 * 2**0.5, rel=0.1)
    assert plain(found) == "aligned within 0.64 px (6.4 m)"


def test_shift_is_found_with_its_direction():
    matches = pair(noisy((9, -9), 0.5))
    found = assess(matches, everything(matches), gsd_m=10.0)
    assert found["status"] == "shifted"
    assert found["shift_px"] == pytest.approx(12.73, abs=0.15)
    assert found["shift_m"] == pytest.approx(127.3, abs=1.5)
    assert plain(found) == "shifted by 12.7 px (127 m) to the north-east"


def test_uncertainty_covers_the_truth():
    errors, sigmas = [], []
    for seed in range(60):
        matches = pair(noisy((3, 2), 1.0, seed), count=100, seed=seed)
        found = assess(matches, everything(matches))
        errors.append(np.hypot(found["shift_x_px"] - 3, found["shift_y_px"] - 2))
        sigmas.append(found["shift_sigma_px"])
    ratio = np.sqrt(np.mean(np.square(errors))) / np.sqrt(np.mean(np.square(sigmas)))
    assert 0.7 < ratio < 1.4


def test_dense_corner_does_not_decide_the_shift():
    rng = np.random.default_rng(8)
    ref = np.concatenate(
        [rng.uniform(0, 1000, (400, 2)), rng.uniform(0, 60, (2000, 2))]
    )
    shift = np.where((ref < 60).all(axis=1)[:, None], (6.0, 0.0), (0.0, 0.0))
    mean, _ = blocked_mean(ref, shift)
    assert np.abs(mean).max() < 0.5


def test_local_distortion_without_a_shift_is_named():
    matches = pair(lambda ref: 6 * np.sin(ref / 150))
    found = assess(matches, everything(matches))
    assert found["status"] == "distorted"
    assert found["verdict"].startswith("locally displaced by up to")
    assert found["scatter_px"] == pytest.approx(6, rel=0.1)


def test_shift_with_distortion_says_both():
    matches = pair(lambda ref: np.array([30.0, 0]) + 4 * np.sin(ref / 100))
    found = assess(matches, everything(matches))
    assert found["verdict"].startswith("shifted by")
    assert "locally by up to" in plain(found)


def test_outliers_are_left_out():
    matches = pair(noisy((0, 0), 0.2))
    wild = Matches(matches.mov_xy + 80.0, matches.ref_xy, matches.confidence)
    both = Matches.concat([matches, wild])
    inlier = np.arange(len(both)) < len(matches)
    found = assess(both, inlier)
    assert found["status"] == "aligned"
    assert (found["matches"], found["inliers"]) == (600, 300)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_few_matches_cannot_tell(count):
    matches = pair((0.0, 0.0), count=count)
    found = assess(matches, everything(matches))
    assert found["status"] == "unknown"
    assert found["verdict"].startswith(f"cannot tell: only {count} matches agree")
    assert "ce90_px" not in found


def test_given_reason_is_passed_on():
    matches = pair((0.0, 0.0))
    found = assess(matches, everything(matches), reason=Message("no_structure"))
    assert plain(found) == f"cannot tell: {Message('no_structure')}"


def test_without_pixel_size_there_are_no_metres():
    matches = pair((5.0, 0.0))
    found = assess(matches, everything(matches))
    assert not [name for name in found if name.endswith("_m")]
    assert plain(found) == "shifted by 5.0 px to the east"


def test_result_is_plain_json():
    matches = pair(noisy((2, 1), 0.4))
    found = assess(matches, everything(matches), gsd_m=10.0)
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("shift", "compass", "side"),
    [
        ((1, 0), "E", "right"),
        ((1, -1), "NE", "upper right"),
        ((0, -1), "N", "top"),
        ((-1, -1), "NW", "upper left"),
        ((-1, 0), "W", "left"),
        ((-1, 1), "SW", "lower left"),
        ((0, 1), "S", "bottom"),
        ((1, 1), "SE", "lower right"),
    ],
)
def test_direction_of_eight(shift, compass, side):
    assert direction(np.array(shift), north_up=True) == compass
    assert direction(np.array(shift), north_up=False) == side
