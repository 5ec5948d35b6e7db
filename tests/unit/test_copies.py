"""A texture copied side by side is no ground, whatever else speaks for a placement."""

from dataclasses import replace

import numpy as np
import pytest
from flat_ground import SIDE, ground
from soma.benchmark.data.patterns import in_tiles
from soma.benchmark.data.tiles import as_tile
from soma.core.base.types import Search, TilePair
from soma.core.matching.gradient import GradientMatcher
from soma.core.matching.gradient.copies import (
    COPIED,
    both_are_copies,
    likeness_elsewhere,
)


def copied(seed, side=75, firsts=((5, 9), (17, 2))):
    """Return the two images of one place, each copied over a larger one."""
    images = ground(seed, side)
    return [
        in_tiles(image, (SIDE, SIDE), np.array(first))
        for image, first in zip(images, firsts, strict=True)
    ]


def tiles(optical, sar):
    return TilePair(as_tile(optical, "optical"), as_tile(sar, "sar"))


def test_likeness_is_the_correlation_of_what_overlaps():
    rng = np.random.default_rng(0)
    noise = (rng.random((96, 96)) * 255).astype(np.uint8)
    tile = as_tile(noise, "sar")
    assert likeness_elsewhere(tile) < 0.2
    half = as_tile(np.hstack([noise[:, :48], noise[:, :48]]), "sar")
    assert likeness_elsewhere(half) > 0.97
    masked = replace(half, valid=np.arange(96)[None, :] < 48 + np.zeros((96, 1)))
    assert likeness_elsewhere(masked) < 0.3


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (12, 12), (600, 20)])
def test_tiles_without_another_place_are_no_copies(shape):
    flat = as_tile(np.full(shape, 90, np.uint8), "sar")
    assert likeness_elsewhere(flat) < COPIED
    ramp = np.arange(np.prod(shape)).reshape(shape) % 251
    assert np.isfinite(likeness_elsewhere(as_tile(ramp.astype(np.uint8), "sar")))


def test_copies_are_refused_where_the_next_one_lies_out_of_reach():
    search = Search(30.0, 3.0, 1.03)
    for seed in (1, 2, 3):
        pair = tiles(*copied(seed))
        assert both_are_copies(pair)
        assert GradientMatcher(1).match([pair], search)[0].distinctness == 0.0


def test_ground_is_no_copy_and_one_image_of_copies_is_told_by_the_other():
    for seed in range(3):
        optical, sar = ground(seed)
        assert likeness_elsewhere(as_tile(optical, "optical")) < COPIED
        assert likeness_elsewhere(as_tile(sar, "sar")) < COPIED
        assert not both_are_copies(tiles(copied(seed)[0], sar))
