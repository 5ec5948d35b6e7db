"""Parts of a tile speak for a placement each by itself."""

import cv2
import numpy as np
import pytest
from soma.core.matching.gradient.channels import ChannelParams, oriented_channels
from soma.core.matching.gradient.parts import agreement_of_parts
from soma.core.matching.gradient.placement_search import stands_out

FINE = ChannelParams(sigma=1.0, smooth=0.9, background=12.0, floor=2.0)
SIDE, APART_PX = 192, 6.0


def texture(seed, side=SIDE):
    rng = np.random.default_rng(seed)
    blurred = cv2.GaussianBlur(rng.standard_normal((side, side)), (0, 0), 2)
    return 0.5 + 0.1 * blurred / blurred.std()


def channels(image):
    image = image.astype(np.float32)
    return oriented_channels(image, np.ones(image.shape, bool), FINE)


def agreement(mov, ref, factor=1):
    return agreement_of_parts(channels(mov), channels(ref), APART_PX, factor, 1)


def whole(mov, ref):
    return stands_out(channels(mov), channels(ref), 48.0, APART_PX, 1).strength


def test_unrelated_images_agree_as_far_as_chance_says():
    found = [agreement(texture(s), texture(100 + s)) for s in range(24)]
    assert np.mean(found) == pytest.approx(4.0, abs=0.7)
    assert np.std(found) == pytest.approx(1.0, abs=0.4)


def test_related_images_agree_in_noise_and_inverted():
    for seed in range(4):
        ground = texture(seed)
        noisy = 1 - ground + 0.12 * texture(50 + seed)
        assert agreement(noisy, ground) > 12.0


def test_one_strong_structure_is_not_the_whole_tile():
    """A road that both images show by chance, and a weak image of one place."""
    road = np.zeros((SIDE, SIDE))
    cv2.line(road, (20, 8), (60, 40), 1.0, 5, cv2.LINE_AA)
    by_chance = texture(1) + road, texture(2) + road
    weak = texture(3)
    related = weak + 2 * (texture(4) - 0.5), weak + 2 * (texture(5) - 0.5)
    assert agreement(*related) > agreement(*by_chance) + 2.0
    # The score of the whole tile hardly tells one from the other.
    assert whole(*related) < whole(*by_chance) + 0.5


def test_parts_count_alike_however_strong_they_are():
    """Contrast that differs over the tile changes nothing that is known of it."""
    ground, noise = texture(6), texture(7) - 0.5
    gain = np.linspace(0.5, 2.0, SIDE)[None]
    plain = agreement(ground + noise, ground)
    uneven = agreement(gain * (ground + noise), gain * ground)
    assert uneven == pytest.approx(plain, rel=0.2)


def test_what_shows_nothing_says_nothing():
    flat = np.full((SIDE, SIDE), 0.5)
    assert agreement(flat, flat) == 0.0
    assert agreement(texture(1), flat) == pytest.approx(0.0, abs=1e-6)
    assert agreement(texture(1, 16), texture(2, 16)) == 0.0  # no rivals so near


def test_parts_without_ground_are_left_out():
    ground = texture(8)
    noisy = ground + texture(9) - 0.5
    half = np.arange(SIDE) < SIDE // 2
    valid = np.tile(half, (SIDE, 1))
    one = oriented_channels(np.where(valid, noisy, 0).astype(np.float32), valid, FINE)
    found = agreement_of_parts(one, channels(ground), APART_PX, 1, 1)
    # Half of the parts, each as sure as before.
    assert found == pytest.approx(agreement(noisy, ground) / np.sqrt(2), rel=0.2)
