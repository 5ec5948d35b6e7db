"""What is drawn over both images is no ground."""

from dataclasses import replace

import numpy as np
import pytest
from flat_ground import SIDE, ground
from scipy import ndimage
from soma.benchmark.data.patterns import OVERLAYS, cloudy
from soma.benchmark.data.tiles import as_tile
from soma.core.base.types import Search, TilePair
from soma.core.matching.gradient import GradientMatcher
from soma.core.matching.gradient.distinctness import clearness
from soma.core.matching.gradient.overlays import (
    left_out,
    overlay_pixels,
    without_overlays,
)
from soma.core.matching.gradient.surface_fit import agree


def tiles(optical, sar):
    return TilePair(as_tile(optical, "optical"), as_tile(sar, "sar"))


def covered(name, seed, shift=0):
    """Return another place's SAR image, or that moved, under the same overlay."""
    optical, sar = ground(seed)
    other = np.roll(sar, (shift, shift), (0, 1)) if shift else ground(seed + 100)[1]
    for image in (optical, other):
        OVERLAYS[name](image, np.random.default_rng(seed))
    return tiles(optical, other)


def test_ground_is_not_drawn():
    pair = tiles(*ground(1))
    assert overlay_pixels(pair.ref, pair.mov).mean() < 0.01
    clean = without_overlays(pair)
    assert clean.ref.pixels is pair.ref.pixels or (
        np.abs(clean.ref.pixels - pair.ref.pixels)[clean.ref.valid].max() < 1e-6
    )


@pytest.mark.parametrize("name", ["frame", "caption", "scale bar", "dead columns"])
def test_what_is_drawn_over_both_is_not_used(name):
    optical, sar = ground(3)
    before = optical.copy()
    for image in (optical, sar):
        OVERLAYS[name](image, np.random.default_rng(3))
    ink = optical != before
    masked = ~without_overlays(tiles(optical, sar)).ref.valid
    assert masked[ink].mean() > 0.2
    beside = ndimage.binary_dilation(ink, iterations=7)
    assert (masked & ~beside).sum() < 0.1 * masked.sum()


@pytest.mark.parametrize("name", ["caption", "frame", "graticule", "scale bar"])
def test_ink_is_found_where_the_ground_is_as_dark_as_it(name):
    for seed in range(4):
        optical, sar = ground(seed)
        sar[:, :50] = 0
        sar[:50] = 255
        before = optical.copy()
        for image in (optical, sar):
            OVERLAYS[name](image, np.random.default_rng(seed))
        ink = optical != before
        masked = ~without_overlays(tiles(optical, sar)).ref.valid
        assert masked[ink].mean() > 0.9


def test_what_is_left_out_is_counted():
    pair = covered("caption", 3)
    valid = np.arange(SIDE * SIDE).reshape(SIDE, SIDE) % 10 > 0
    masked = TilePair(pair.ref, replace(pair.mov, valid=valid))
    assert left_out(pair, pair) == 0.0
    assert left_out(pair, masked) == pytest.approx(0.1, abs=1e-3)
    assert GradientMatcher(1).examine_ground(pair, Search(20.0))[1].overlay > 0.01
    bare = GradientMatcher(1).examine_ground(tiles(*ground(1)), Search(20.0))[1]
    assert bare.overlay < 0.002


@pytest.mark.parametrize("name", sorted(OVERLAYS))
def test_an_overlay_does_not_make_images_related(name):
    matcher, search = GradientMatcher(1), Search(40.0, 3.0, 1.03)
    for seed in (1, 2):
        found = matcher.match([covered(name, seed)], search)[0]
        assert not found.distinctness >= 0.46


@pytest.mark.parametrize("lines", [4, 16])
def test_stripes_of_any_width_are_levelled_and_not_masked(lines):
    optical, sar = ground(5)
    dark = (np.arange(SIDE) // lines) % 2 == 0
    striped = [np.where(dark[:, None], image * 0.6, image) for image in (optical, sar)]
    clean = without_overlays(tiles(*(image.astype(np.uint8) for image in striped)))
    for tile in (clean.ref, clean.mov):
        assert tile.valid.mean() > 0.98
        means = tile.pixels.mean(axis=1)
        assert abs(means[dark].mean() - means[~dark].mean()) < 0.05


@pytest.mark.parametrize("name", ["frame", "graticule", "dead columns"])
def test_lines_are_drawn_though_they_cover_much_of_a_small_image(name):
    for seed in range(3):
        optical, sar = ground(seed, 96)
        before = optical.copy()
        for image in (optical, sar):
            OVERLAYS[name](image, np.random.default_rng(seed))
        masked = ~without_overlays(tiles(optical, sar)).ref.valid
        assert masked[optical != before].mean() > 0.9


def test_lines_under_the_speckle_of_one_look_are_told_by_their_ink():
    rng = np.random.default_rng(2)
    optical, _ = ground(2)
    sar = np.clip(90 * np.sqrt(rng.gamma(1.0, 1.0, (SIDE, SIDE))), 0, 255)
    for image in (optical, sar):
        image[20::45] = image[:, 31::45] = 0
    masked = ~without_overlays(tiles(optical, sar.astype(np.uint8))).ref.valid
    assert masked[20::45].mean() > 0.9 and masked[:, 31::45].mean() > 0.9


def test_a_pair_of_one_kind_that_is_half_under_cloud_is_not_drawn():
    fine = ndimage.gaussian_filter(np.random.default_rng(4).random((SIDE, SIDE)), 1.5)
    optical = np.clip(128 + 300 * (fine - 0.5), 0, 255).astype(np.uint8)
    later = optical.copy()
    later[:, : SIDE // 2] = cloudy((SIDE, SIDE // 2), np.random.default_rng(1))
    pair = TilePair(as_tile(optical, "optical"), as_tile(later, "optical"))
    assert overlay_pixels(pair.ref, pair.mov).mean() < 0.01


def test_edges_of_fields_that_both_images_show_alike_are_not_drawn():
    fields = ndimage.zoom(
        np.random.default_rng(5).uniform(40, 200, (16, 16)), 12, order=0
    )
    noise = np.random.default_rng(6).normal(0, 6, (2, *fields.shape))
    one, two = (np.clip(fields + grain, 1, 254).astype(np.uint8) for grain in noise)
    pair = TilePair(as_tile(one, "optical"), as_tile(two, "sar"))
    assert overlay_pixels(pair.ref, pair.mov).mean() < 0.01


def test_what_most_of_two_tiles_is_drawn_over_has_to_be_told_by_its_grey_values():
    pair = covered("caption", 5, 12)
    ground_of, seen = GradientMatcher(1).examine_ground(pair, Search(40.0))
    much = replace(seen, overlay=0.6)
    assert clearness(ground_of, much) == clearness(ground_of, seen) > 3.0
    grey = replace(ground_of, mov=replace(ground_of.mov, pixels=pair.mov.pixels * 0))
    assert clearness(grey, replace(seen, overlay=0.4)) > clearness(grey, much) == 0.0


@pytest.mark.parametrize("name", ["frame", "caption", "scale bar", "scan stripes"])
def test_the_ground_below_is_still_found(name):
    found = GradientMatcher(1).match([covered(name, 5, 12)], Search(40.0, 3.0, 1.03))[0]
    np.testing.assert_allclose(found.mov_to_ref[:2, 2], -12, atol=3.0)


def test_images_of_one_kind_are_not_drawn():
    optical, _ = ground(1)
    pair = TilePair(*(as_tile(optical, "optical") for _ in range(2)))
    assert not overlay_pixels(pair.ref, pair.mov).any()
    found = GradientMatcher(1).match([pair], Search(20.0))[0]
    assert found.distinctness > 0.46


def test_where_no_window_has_structure_nothing_breaks():
    scores = np.zeros((4, 15, 15), np.float32)
    found = agree(scores, np.zeros((4, 2)), np.zeros(4), 1.0)
    assert found.score == 0.0
