"""Ground on which the images share nothing: it is seen, told, and widens the error."""

import numpy as np
import pytest
from fakes import FakeMatcher
from scipy import ndimage
from soma.benchmark.data import pools, unrelated
from soma.benchmark.data.sets import Scene
from soma.benchmark.data.water import with_water
from soma.core.base.job import Job
from soma.core.base.types import Tile, TilePair
from soma.core.base.words.message import Message
from soma.core.estimation.expected_error import floor_px, in_nine_of_ten
from soma.core.matching.structure import bare_share
from soma.core.pipeline.register import register

SIDE = 200


def fields(seed=0, side=SIDE):
    """Return (h, w) in 0..1 of patches some 12 px wide, as fields and blocks are."""
    noise = np.random.default_rng(seed).standard_normal((side, side))
    patches = np.sign(ndimage.gaussian_filter(noise, 5))
    return 0.5 + 0.15 * patches


def speckle(seed=1, looks=2):
    """Return log intensity in 0..1 of a radar image that shows nothing."""
    power = np.random.default_rng(seed).gamma(looks, 1 / looks, (SIDE, SIDE))
    return np.clip(0.5 + 0.1 * ndimage.gaussian_filter(np.log(power), 0.6), 0, 1)


def tile(pixels, modality="sar", valid=None):
    valid = np.ones(pixels.shape, bool) if valid is None else valid
    return Tile(pixels.astype(np.float32), valid, np.eye(3), modality)


def share_of(mov, ref, together=True):
    return bare_share(TilePair(tile(ref, "optical"), tile(mov)), together)


def test_ground_shows_structure_and_speckle_slopes_and_flat_water_do_not():
    slope = np.tile(np.linspace(0.45, 0.55, SIDE), (SIDE, 1))
    waves = 0.2 + 0.005 * np.random.default_rng(3).standard_normal((SIDE, SIDE))
    land = fields() + 0.02 * np.random.default_rng(4).standard_normal((SIDE, SIDE))
    assert share_of(land, fields()) < 0.05
    for nothing in (speckle(), slope, waves):
        assert share_of(nothing, fields()) > 0.9
        assert share_of(land, nothing) > 0.9


def test_half_of_the_ground_is_half_of_it():
    west = np.arange(SIDE) < SIDE // 2
    assert share_of(np.where(west, fields(), speckle()), fields()) == pytest.approx(
        0.5, abs=0.1
    )
    sides = np.where(west, fields(), 0.4), np.where(west, 0.4, fields())
    assert share_of(*sides) > 0.8
    assert share_of(*sides, together=False) == pytest.approx(0.5, abs=0.12)


def test_what_is_not_valid_is_no_ground():
    west = np.tile(np.arange(SIDE) < SIDE // 2, (SIDE, 1))
    half = np.where(west, fields(), 0.0)
    pair = TilePair(tile(half, "optical", west), tile(fields()))
    assert bare_share(pair) < 0.05
    none = tile(fields(), valid=np.zeros((SIDE, SIDE), bool))
    assert np.isnan(bare_share(TilePair(none, none)))


def test_the_less_ground_shows_structure_the_larger_is_the_error():
    shares = [in_nine_of_ten(0.2, 25, 10.0, bare=share) for share in (0.0, 0.4, 0.8)]
    assert shares[0] < 1.3 < shares[1] < 1.8 < shares[2]
    assert floor_px(10.0) < floor_px(10.0, float("nan")) < floor_px(10.0, 1.0)


@pytest.fixture
def coast(monkeypatch):
    """Return a true pair of fields, and that pair with water over most of it."""
    land = np.rint(255 * fields(7, 400)).astype(np.uint8)
    monkeypatch.setattr(pools, "_own", lambda number: Scene("own_0_10m", land, land))
    monkeypatch.setitem(pools.SMALL, "tuning", ())
    pools.least_side.cache_clear()
    pair = unrelated.draw("tuning", unrelated.TRUE, 192, "near", 1)
    yield pair, with_water(pair, 0.6, 3)
    pools.least_side.cache_clear()


def test_water_covers_a_share_of_both_and_leaves_the_rest(coast):
    pair, wet = coast
    for before, after in ((pair.ref, wet.ref), (pair.mov, wet.mov)):
        assert before.shape == after.shape and after.dtype == np.uint8
        assert 0.5 < (before != after).mean() < 0.85
    assert with_water(pair, 0.0, 3) is pair
    assert np.array_equal(with_water(pair, 0.6, 3).mov, wet.mov)


@pytest.mark.parametrize("tile_px", [512, 96], ids=["in one piece", "in tiles"])
@pytest.mark.parametrize(("water", "said"), [(0.0, []), (0.65, ["bare_ground"])])
def test_a_registration_says_where_most_of_its_ground_shows_nothing(
    make_raster, tmp_path, water, said, tile_px
):
    """The matches are the same: only the images tell how far they can be believed."""
    land = np.tile(np.arange(SIDE) >= water * SIDE, (SIDE, 1))
    images = np.where(land, fields(), speckle()), np.where(land, fields(), 0.4)
    files = {
        name: make_raster(f"{name}.tif", np.rint(255 * image).astype("u1"), gsd=10.0)
        for name, image in zip(("sar", "optical"), images, strict=True)
    }
    job = Job(**files, out=str(tmp_path / "out"))
    matcher = FakeMatcher(lambda xy: np.add(xy, (7.0, -5.0)))
    matcher.tile_px = tile_px
    result = register(job, matcher, only=("report",))
    assert result.status == "ok", result.reason
    assert [note["code"] for note in result.notes] == said
    assert result.quality["bare_share"] == pytest.approx(water, abs=0.2)
    assert (result.quality["expected_error_px"] > 1.3) == bool(said)
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    for note in result.notes:
        assert str(Message.from_dict(note)) in report
        assert "% of the overlap shows structure" in str(Message.from_dict(note))
