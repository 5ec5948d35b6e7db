"""Comparing matchers on crops that training never saw."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage
from soma.benchmark.studies.heldout import RANGES, errors_px, rows, told
from soma.core.base.types import Matches, TileMatch
from soma.core.matching.gradient import GradientMatcher
from soma.training.data import Mix, PairSampler, tile_pair
from soma.training.ground import REACH_PX
from soma.training.pairs import SIMULATOR, Pair

from .scenes import smooth_image

PAIRS = [
    Pair(image, np.dstack([image] * 3), (0.0, 0.0), f"p{k}", source)
    for k, (image, source) in enumerate(
        (smooth_image(seed, 256), "ab"[seed % 2]) for seed in range(4)
    )
]


class Still:
    """Says that nothing moved."""

    name = "still"

    def match(self, pairs, search):
        return [TileMatch(Matches.empty(), np.eye(3)) for _ in pairs]


def test_images_of_one_sensor_are_placed_to_a_fraction_of_a_pixel():
    errors = errors_px(GradientMatcher(1), PAIRS, 6, 128)
    assert np.median(errors) < 0.2
    # Both directions are among them; nothing else would be as good by chance.
    still = errors_px(Still(), PAIRS, 6, 128)
    assert still.min() > 1


def test_a_matcher_that_does_nothing_is_off_by_the_motion():
    sampler = PairSampler(PAIRS, RANGES, Mix(0, 0, 0), 77)
    sample = sampler.batch(0, 1, 128)
    flow = sample.flow[0, :, 4:-3:8, 4:-3:8].numpy()
    axis = np.arange(4, 128, 8) + 0.5
    here = np.stack(np.meshgrid(axis, axis))
    expected = np.sqrt(((flow - here) ** 2).sum(axis=0).mean())
    assert errors_px(Still(), PAIRS, 1, 128)[0] == pytest.approx(expected, rel=1e-3)


def test_the_moving_image_is_the_one_that_the_sample_says():
    sampler = PairSampler(PAIRS, RANGES, Mix(0, 0, 0), 77)
    for index, moving in ((0, "sar"), (1, "optical")):
        sample = sampler.batch(index, 1, 128)
        pair = tile_pair(sample)
        assert pair.mov.modality == moving
        pixels = getattr(sample, moving)[0, 0]
        assert torch.equal(torch.from_numpy(pair.mov.pixels), pixels)


def test_what_stands_on_the_ground_is_told_of_the_crop_that_shows_it():
    """A reach of pixels around it goes with what stands there."""
    ground = np.full((256, 256), 255, np.uint8)
    ground[:, 100:150] = 0
    known = [
        replace(p, source=SIMULATOR, sar_ground=ground, optical_ground=ground)
        for p in PAIRS[:1]
    ]
    for index in range(2):
        sample = PairSampler(known, RANGES, Mix(0, 0, 0), 77).batch(index, 1, 128)
        pair = told(sample)
        for tile in (pair.ref, pair.mov):
            label = getattr(sample, f"{tile.modality}_ground")[0, 0].numpy()
            side = 2 * REACH_PX + 1
            shrunk = ndimage.minimum_filter(label, side, mode="nearest")
            assert np.allclose(tile.ground, shrunk, atol=1e-6)
            assert 0.1 < tile.ground.mean() < label.mean() < 0.9


def test_every_source_has_its_row():
    found = rows("still", Still(), PAIRS, 2, 128)
    assert [row[:3] for row in found] == [["a", "still", "2"], ["b", "still", "2"]]
