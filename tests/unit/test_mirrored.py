"""An image that fits better in the mirror does not fit as it lies."""

import numpy as np
import pytest
from soma.core.base.feedback import SILENT
from soma.core.base.grid import apply_affine
from soma.core.base.types import Matches, Search, Tile, TileMatch, TilePair
from soma.core.matching.tally import Tally
from soma.core.pipeline.mirrored import MIRRORS, fits_mirrored, mirrored

NEAR, ANY = Search(20.0, 3.0, 1.03), Search(20.0, 180.0, 1.5)


def tile(shape=(30, 40), seed=1):
    pixels = np.random.default_rng(seed).random(shape).astype(np.float32)
    place = np.array([[2.0, 0, 7], [0, 2, -3], [0, 0, 1]])
    return Tile(pixels, pixels > 0.1, place, "sar", ground=pixels / 2)


@pytest.mark.parametrize("kind", MIRRORS)
def test_each_pixel_keeps_its_place_and_all_that_is_known_of_it(kind):
    before = tile()
    after = mirrored(before, kind)
    assert np.linalg.det(after.to_working) < 0
    rows, columns = np.indices(after.pixels.shape).reshape(2, -1)
    there = apply_affine(after.to_working, np.stack([columns, rows], axis=1) + 0.5)
    back = apply_affine(np.linalg.inv(before.to_working), there) - 0.5
    column, row = np.round(back).astype(int).T
    assert np.abs(back - np.stack([column, row], axis=1)).max() < 1e-9
    for one, two in (
        (before.pixels, after.pixels),
        (before.valid, after.valid),
        (before.ground, after.ground),
    ):
        assert (one[row, column] == two[rows, columns]).all()


class Names:
    """A matcher with a name that says nothing."""

    name, tile_px, batch = "gradient", 64, 4

    def match(self, pairs, search, feedback=SILENT):
        return [TileMatch(Matches.empty()) for _ in pairs]


def test_looks_into_the_mirror_are_no_tiles_of_the_result():
    tally = Tally(Names())
    pair = TilePair(tile(seed=2), tile())
    turned = [TilePair(pair.ref, mirrored(pair.mov, kind)) for kind in MIRRORS]
    tally.match([pair, *turned], NEAR)
    assert tally.tiles == {"gradient": 1}
    assert not pair.mov.is_mirrored and all(one.mov.is_mirrored for one in turned)


class Sees:
    """A matcher to which a pair stands out as its moving tile says."""

    def __init__(self, like, share=0.58):
        self.like, self.share, self.asked = like, share, 0

    def match(self, pairs, search, feedback=SILENT):
        self.asked += len(pairs)
        return [
            TileMatch(
                Matches.empty(),
                distinctness=self.share
                if np.array_equal(pair.mov.pixels, self.like)
                else 0.1,
            )
            for pair in pairs
        ]


def looked_at(distinctness, matcher, search=NEAR):
    pair = TilePair(tile(seed=2), tile())
    found = TileMatch(Matches.empty(), distinctness=distinctness)
    return fits_mirrored(found, pair, matcher, search, SILENT)


@pytest.mark.parametrize("kind", MIRRORS)
def test_a_weak_placement_gives_way_to_the_mirrored_image(kind):
    assert looked_at(0.5, Sees(mirrored(tile(), kind).pixels))
    assert not looked_at(0.5, Sees(mirrored(tile(), kind).pixels, share=0.47))


def test_nobody_looks_where_that_decides_nothing():
    for distinctness, search in (
        (0.4, NEAR),
        (0.7, NEAR),
        (float("nan"), NEAR),
        (0.5, Search(16.0, 0.5, 1.005)),
    ):
        matcher = Sees(mirrored(tile(), "across").pixels)
        assert not looked_at(distinctness, matcher, search) and not matcher.asked


def test_one_way_round_is_all_where_every_rotation_is_searched():
    matcher = Sees(mirrored(tile(), "left to right").pixels)
    assert looked_at(0.5, matcher, ANY) and matcher.asked == 1
