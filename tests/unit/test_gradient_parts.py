from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy import signal
from soma.core.base.types import Search, Tile, TilePair
from soma.core.matching.gradient.channels import (
    ChannelParams,
    Channels,
    oriented_channels,
)
from soma.core.matching.gradient.correlate import (
    BlockCorrelator,
    window_centres,
    window_scores,
)
from soma.core.matching.gradient.mutual_information import witness
from soma.core.matching.gradient.peaks import find_peaks
from soma.core.matching.gradient.placement_search import hypothesis_grid, rotated_planes
from soma.core.matching.gradient.surface_fit import agree, fit_matrix


def noise(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def stack(shape, seed=0):
    return Channels(noise((5, *shape), seed), np.ones(shape, np.float32))


def test_channels_ignore_the_sign_of_contrast():
    image, valid = noise((64, 80)), np.ones((64, 80), bool)
    params = ChannelParams()
    left = oriented_channels(image, valid, params).planes
    right = oriented_channels(1 - image, valid, params).planes
    np.testing.assert_allclose(left, right, atol=1e-4)


def test_turning_the_image_is_turning_the_phases():
    image, valid = noise((64, 64)), np.ones((64, 64), bool)
    params = ChannelParams()
    turned = oriented_channels(np.rot90(image).copy(), valid, params).planes
    planes = oriented_channels(image, valid, params).planes
    expected = rotated_planes(np.rot90(planes, axes=(1, 2)).copy(), -np.pi / 2)
    np.testing.assert_allclose(
        turned[:, 8:-8, 8:-8], expected[:, 8:-8, 8:-8], atol=1e-3
    )


def test_invalid_pixels_have_no_energy():
    valid = np.ones((64, 64), bool)
    valid[20:40, 10:30] = False
    planes = oriented_channels(noise((64, 64)), valid, ChannelParams()).planes
    assert not planes[:, 20:40, 10:30].any()
    assert planes[:, :10].any()


@pytest.mark.parametrize("shape", [(32, 48), (37, 50)])
def test_block_surfaces_equal_direct_correlation(shape):
    mov, ref = stack(shape, 1), stack(shape, 2)
    surfaces = BlockCorrelator(ref, 16, 3, workers=1).surfaces(mov)
    padded = np.pad(ref.planes, ((0, 0), (3, 19), (3, 19)))
    for row, col in np.ndindex(surfaces.mov_energy.shape):
        y, x = 16 * row, 16 * col
        block = mov.planes[:, y : y + 16, x : x + 16]
        part = padded[:, y : y + block.shape[1] + 6, x : x + block.shape[2] + 6]
        direct = signal.correlate(part, block, mode="valid", method="direct")[0]
        np.testing.assert_allclose(surfaces.product[row, col], direct, atol=1e-3)


def test_scores_of_a_shifted_copy_peak_at_one():
    ref = stack((128, 128), 3)
    mov = Channels(np.roll(ref.planes, (-2, 3), axis=(1, 2)), ref.weight)
    surfaces = BlockCorrelator(ref, 16, 5, workers=1).surfaces(mov)
    scores = window_scores(surfaces, 1.0)
    peaks = find_peaks(scores, (8, 8), 16)
    inner = np.zeros((8, 8), bool)
    inner[3:5, 3:5] = True
    shift = np.rint(peaks.shift[inner.ravel()])
    np.testing.assert_array_equal(shift, np.tile([-3.0, 2.0], (4, 1)))
    assert peaks.score[inner.ravel()].min() > 0.95
    assert scores.max() < 1.05
    assert peaks.back_px[inner.ravel()].max() == 0


def test_window_centres_move_away_from_the_rim():
    stacks = Channels(
        np.ones((5, 128, 128), np.float32), np.ones((128, 128), np.float32)
    )
    centres = window_centres(BlockCorrelator(stacks, 16, 2, 1).surfaces(stacks), 1.5)
    centres = centres.reshape(8, 8, 2)
    assert centres[0, 0].min() > 16
    np.testing.assert_allclose(centres + centres[::-1, ::-1], 128, atol=1e-6)


def test_agree_finds_an_affine_among_false_maxima():
    rng = np.random.default_rng(5)
    centres = (
        np.stack(np.meshgrid(np.arange(8), np.arange(8)), -1).reshape(-1, 2) * 16.0
    )
    truth = np.array([[1.01, -0.02, 2.0], [0.02, 0.99, -1.5], [0, 0, 1]])
    t = np.arange(-7, 8)
    shift = centres @ (truth[:2, :2] - np.eye(2)).T + truth[:2, 2]
    false = rng.random(64) < 0.4
    shift[false] = rng.uniform(-7, 7, (false.sum(), 2))
    dx, dy = t[None] - shift[:, :1], t[None] - shift[:, 1:]
    scores = 6 * np.exp(-(dx[:, None, :] ** 2 + dy[:, :, None] ** 2) / 8)
    scores += 0.5 * rng.standard_normal(scores.shape)
    found = agree(scores.astype(np.float32), centres, np.ones(64), 1e9).matrix
    left = centres @ (found - truth)[:2, :2].T + (found - truth)[:2, 2]
    assert np.abs(left).max() < 0.8


def test_stiffness_goes_from_affine_to_similarity():
    rng = np.random.default_rng(6)
    source = rng.uniform(0, 100, (30, 2))
    target = source @ np.array([[1.1, 0.2], [-0.1, 0.9]]).T + (3, 4)
    free = fit_matrix(source, target, np.ones(30), 0.0)
    np.testing.assert_allclose(free[:2, :2], [[1.1, 0.2], [-0.1, 0.9]], atol=1e-6)
    stiff = fit_matrix(source, target, np.ones(30), 1e12)
    assert stiff[0, 0] == pytest.approx(stiff[1, 1])
    assert stiff[0, 1] == pytest.approx(-stiff[1, 0])


def test_hypotheses_leave_no_gap():
    angles, scales = hypothesis_grid(Search(10, 180, 1.25))
    assert len(angles) == 70 and np.diff(angles).max() < 5.2
    assert scales.min() == pytest.approx(0.8) and scales.max() == pytest.approx(1.25)
    assert np.diff(np.log(scales)).max() < 0.12
    angles, scales = hypothesis_grid(Search(10, 20, 1.0))
    assert angles.min() == -20 and angles.max() == 20 and list(scales) == [1.0]
    angles, _ = hypothesis_grid(Search(10))
    assert list(angles) == [0.0]


@pytest.mark.parametrize("shape", [(64, 600), (600, 64), (30, 700), (240, 240)])
def test_a_second_opinion_on_tiles_of_any_shape(shape):
    image = cv2.GaussianBlur(noise(shape), (0, 0), 6)
    valid = np.ones(shape, bool)
    ref = Tile(image, valid, np.eye(3), "optical")
    mov = Tile(1 - image, valid, np.eye(3), "sar")
    here = witness(TilePair(ref, mov), np.eye(3))
    other = Tile(cv2.GaussianBlur(noise(shape, 1), (0, 0), 6), valid, np.eye(3), "sar")
    assert np.isfinite(here)
    if min(shape) >= 200:
        assert here > 4.0 > witness(TilePair(ref, other), np.eye(3))
