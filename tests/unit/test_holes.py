"""Holes of one shape in both images are no reason why these should fit."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from flat_ground import SIDE as GROUND
from flat_ground import ground
from scipy import ndimage
from soma.benchmark.data.patterns import cloudy
from soma.benchmark.data.tiles import as_tile
from soma.core.base.types import Search, TilePair
from soma.core.estimation.acceptance import ACCEPTANCE
from soma.core.matching.gradient import GradientMatcher
from soma.core.matching.gradient.channels import (
    ChannelParams,
    Channels,
    oriented_channels,
)
from soma.core.matching.gradient.overlays import without_overlays
from soma.core.matching.gradient.placement_search import Correlator

SIDE, STEP, RADIUS = 128, 30, 40


def gridded(seed: int) -> Channels:
    """Return channels of noise without the lines of a map grid."""
    valid = np.ones((SIDE, SIDE), bool)
    for start in range(-2, 3):
        valid[STEP // 2 + start :: STEP] = False
        valid[:, STEP // 2 + start :: STEP] = False
    pixels = cloudy((SIDE, SIDE), np.random.default_rng(seed)).astype(np.float32) / 255
    return oriented_channels(pixels, valid, ChannelParams())


@cache
def surfaces(holed: bool) -> np.ndarray:
    """Return (n, 2r+1, 2r+1) scores of pairs that have but their holes in common."""
    here = [np.eye(3)]
    return np.concatenate(
        [
            Correlator(gridded(n), gridded(n + 100), RADIUS, 1, holed).surfaces(here)
            for n in range(40)
        ]
    )


def places(offset: int) -> np.ndarray:
    """Return which shifts lie ``offset`` beyond steps of the grid, along both axes."""
    t = np.arange(-RADIUS, RADIUS + 1) % STEP == offset
    return t[:, None] & t[None, :]


def test_holes_do_not_agree_themselves():
    found = surfaces(holed=False)[:, places(0)]
    # Three standard errors of 360 independent scores.
    assert abs(found.mean()) < 0.16 * found.std()


def test_scores_rise_less_where_holes_of_both_meet():
    def ratio(found: np.ndarray) -> float:
        return float(found[:, places(0)].std() / found[:, places(STEP // 2)].std())

    plain, evened = ratio(surfaces(holed=False)), ratio(surfaces(holed=True))
    assert evened < 0.65 * plain


def blobs(seed: int) -> np.ndarray:
    """Return (h, w) bool, where one mask leaves two fifths of an image."""
    values = np.random.default_rng(seed).normal(size=(GROUND, GROUND))
    values = ndimage.gaussian_filter(values, GROUND / 24)
    return values > np.quantile(values, 0.6)


def under(valid: np.ndarray, optical: np.ndarray, sar: np.ndarray) -> TilePair:
    """Return the tiles of two images that are masked alike, as they lie."""
    tiles = []
    for pixels, modality in ((optical, "optical"), (sar, "sar")):
        tile = as_tile(pixels, modality)
        tiles.append(replace(tile, valid=valid, pixels=np.where(valid, tile.pixels, 0)))
    return TilePair(*tiles)


def stands_out(pair: TilePair) -> bool:
    found = GradientMatcher(1).match([pair], Search(40.0, 3.0, 1.03))[0]
    return found.distinctness >= ACCEPTANCE.least_distinctness


@pytest.mark.parametrize("seed", [6, 31])
def test_two_places_under_one_mask_do_not_fit(seed):
    elsewhere = ground(seed + 100)[1]
    assert not stands_out(under(blobs(seed), ground(seed)[0], elsewhere))


@pytest.mark.parametrize("seed", [7, 9])
def test_one_place_under_one_mask_fits_where_it_is(seed):
    optical, sar = ground(seed)
    moved = np.roll(sar, (9, -12), (0, 1))
    pair = under(blobs(seed), optical, moved)
    found = GradientMatcher(1).match([pair], Search(40.0, 3.0, 1.03))[0]
    middle = found.mov_to_ref @ [GROUND / 2, GROUND / 2, 1.0]
    assert middle[:2] - GROUND / 2 == pytest.approx([12.0, -9.0], abs=1.0)
    assert stands_out(pair)


def test_a_pair_without_holes_stays_the_same():
    pair = under(np.ones((GROUND, GROUND), bool), *ground(2))
    assert without_overlays(pair) is pair


def test_what_holes_of_one_shape_are():
    valid, whole = blobs(1), np.ones((GROUND, GROUND), bool)
    images = ground(1)

    def holed(ref: np.ndarray, mov: np.ndarray) -> bool:
        pair = under(whole, *images)
        ref, mov = replace(pair.ref, valid=ref), replace(pair.mov, valid=mov)
        return without_overlays(TilePair(ref, mov)).holed

    assert holed(valid, valid)
    assert not holed(valid, whole)
    assert not holed(valid, blobs(2))
    speck = whole.copy()
    speck[90:100, 90:110] = False
    assert not holed(speck, speck)
    rim = np.zeros_like(whole)
    rim[20:-20, 30:-30] = True
    assert not holed(rim, rim)
