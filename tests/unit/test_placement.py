"""How a placement that another matcher found is judged by the gradients."""

import numpy as np
import pytest
from scipy import ndimage
from soma.core.base.feedback import SILENT
from soma.core.base.types import Search, Tile, TilePair
from soma.core.matching.gradient import GradientMatcher
from soma.core.matching.gradient.placement_search import Placement
from soma.models.placement import examined_at

SEARCH = Search(8.0, 5.0, 1.05)


@pytest.fixture(scope="module")
def pair():
    noise = np.random.default_rng(0).normal(size=(160, 160))
    pixels = ndimage.gaussian_filter(noise, 2.0)
    pixels = ((pixels - pixels.min()) / np.ptp(pixels)).astype(np.float32)
    valid = np.ones(pixels.shape, bool)
    sides = (Tile(pixels, valid, np.eye(3), kind) for kind in ("optical", "sar"))
    return TilePair(*sides)


def moved(px):
    matrix = np.eye(3)
    matrix[:2, 2] = px
    return matrix


@pytest.mark.parametrize("px", [0, 60])
def test_all_that_the_gradients_tried_counts_wherever_they_ended(pair, px):
    """A place that nobody searched for would stand out too easily."""
    theirs = Placement(moved(px), 0.0, -2.0, 40)
    seen = examined_at(GradientMatcher(1), pair, SEARCH, SILENT, np.eye(3), theirs)
    assert (seen.surprise, seen.turns) == (-2.0, 40)


def test_a_placement_that_the_gradients_move_is_another(pair):
    asked = GradientMatcher(1), pair, SEARCH, SILENT, moved(7)
    assert examined_at(*asked) is None
