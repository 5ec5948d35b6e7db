"""Large pairs: found at a coarse level, matched at the one that shows most."""

from contextlib import ExitStack

import numpy as np
import pytest
from fakes import FakeMatcher
from scipy import ndimage
from soma.core.base.errors import BadInput, Refused
from soma.core.base.feedback import SILENT
from soma.core.base.grid import apply_affine
from soma.core.base.job import Job
from soma.core.base.types import Matches, TileMatch
from soma.core.matching.gradient import GradientMatcher
from soma.core.pipeline import coarse_to_fine
from soma.core.pipeline.coarse_to_fine import align, asked_coarser, plan_search
from soma.core.pipeline.levels import find_guide
from soma.core.pipeline.preflight import plan
from soma.core.pipeline.register import registration_of
from soma.core.raster.pair import open_pair
from soma.core.raster.tiling import plan_tiles, spread_evenly

#: Where the radar of a scene lies too far right and down, in its pixels.
SHIFT = (23, -14)


class Blind:
    """Sees nothing, and remembers how far it was asked to look, and in what."""

    name, tile_px, batch = "blind", 128, 2

    def __init__(self):
        self.asked = []

    def match(self, pairs, search, feedback=SILENT):
        self.asked += [(search.shift_px, pair.ref.pixels.shape) for pair in pairs]
        return [TileMatch(Matches.empty(), reason="no_structure")] * len(pairs)


def scene(side, detail_px, noise, seed=0):
    """Return fields of flat colour with edges, and the same displaced and in noise."""
    rng = np.random.default_rng(seed)
    wide = side + 64
    fields = ndimage.gaussian_filter(rng.normal(size=(wide, wide)), 5 * detail_px)
    flat = np.digitize(fields, np.quantile(fields, [0.2, 0.4, 0.6, 0.8])).astype(float)
    flat = ndimage.gaussian_filter(flat, detail_px)
    x, y = SHIFT
    still = flat[32 : 32 + side, 32 : 32 + side]
    moved = flat[32 - y : 32 - y + side, 32 - x : 32 - x + side]
    grain = rng.gamma(4.0, 0.25, moved.shape) if noise else 1.0
    return 60 + 30 * still, (60 + 30 * moved) * grain


@pytest.fixture
def make_pair(make_raster):
    def make(detail_px, noise, side=900, **options):
        optical, sar = scene(side, detail_px, noise)
        names = (
            make_raster(f"{name}.tif", data.astype("float32"), **options)
            for name, data in (("sar", sar), ("optical", optical))
        )
        return Job(*(str(name) for name in names))

    return make


def _gradient():
    matcher = GradientMatcher()
    matcher.tile_px = 256
    return matcher


@pytest.mark.parametrize(
    ("detail_px", "noise", "coarse"), [(0.5, False, False), (4.0, True, True)]
)
def test_pixels_that_show_no_more_are_joined(make_pair, detail_px, noise, coarse):
    job = make_pair(detail_px, noise)
    with ExitStack() as stack:
        pair = stack.enter_context(open_pair(job))
        guide = find_guide(pair, _gradient(), plan_search(job, pair), SILENT)
        assert (guide.coarser > 1) == coarse
        at = np.array([[450.0, 450.0]])
        there = apply_affine(guide.mov_to_ref, at) - at
        assert np.abs(there + SHIFT).max() < 3.0
        found_in, found = align(job, pair, _gradient(), stack)
        answer = registration_of(found_in, found, "gradient").mov_to_ref_pixels()
        assert np.abs(apply_affine(answer, at) - at + SHIFT).max() < 0.7
        assert found_in.gsd_m == pytest.approx(guide.coarser * pair.gsd_m)


@pytest.mark.parametrize("alike", [False, True])
def test_a_finer_level_is_taken_where_matches_err_less(make_raster, alike):
    """Matches err by a share of a pixel, or by as much ground at every level."""

    class Matcher(FakeMatcher):
        def _one(self, pair):
            step = abs(np.linalg.det(pair.ref.to_working[:2, :2])) ** 0.5
            self.noise_px = 1.2 / step if alike else 0.3
            return super()._one(pair)

    names = [make_raster(name, shape=(1200, 1300)) for name in ("s.tif", "o.tif")]
    job = Job(*map(str, names))
    with open_pair(job) as pair:
        matcher = Matcher(lambda xy: xy + SHIFT)
        guide = find_guide(pair, matcher, plan_search(job, pair), SILENT)
    assert (guide.coarser > 1) == alike


@pytest.mark.parametrize("placing", ["own", "nowhere", "mirrored"])
@pytest.mark.parametrize("options", [{}, {"crs": None}])
def test_coarser_working_pixels_lie_where_the_fine_ones_do(
    make_raster, placing, options
):
    names = [
        str(make_raster(name, np.random.default_rng(7).random((210, 301)), **options))
        for name in ("sar.tif", "optical.tif")
    ]
    job = Job(*names, search="any")
    with open_pair(job, placing=placing) as fine:
        with open_pair(job, placing=placing, coarser=3) as coarse:
            assert (coarse.grid.width, coarse.grid.height) == (101, 70)
            at = np.array([[0.0, 0.0], [20.5, 31.25], [100.0, 70.0]])
            for which in ("ref", "mov"):
                told = coarse.working_to_native(which, at)
                assert told == pytest.approx(fine.working_to_native(which, 3 * at))
            if np.isfinite(fine.gsd_m):
                assert coarse.gsd_m == pytest.approx(3 * fine.gsd_m)
            else:
                assert np.isnan(coarse.gsd_m)
            a, b = (p.frames for p in (fine, coarse))
            for one, other in zip(a, b, strict=True):
                if one is not None:
                    assert other.transform * (20, 30) == pytest.approx(
                        one.transform * (60, 90)
                    )


def test_a_coarse_tile_holds_the_means_of_the_fine_one(make_raster):
    job = Job(*(str(make_raster(n, shape=(96, 96))) for n in ("s.tif", "o.tif")))
    with open_pair(job) as pair:
        fine = pair.tile(24, 12, 60, 48).ref.pixels
        coarse = pair.tile(24, 12, 20, 16, step=3.0).ref
        means = fine.reshape(16, 3, 20, 3).mean(axis=(1, 3))
        # Values are cut off at the ends of the stretch before they are averaged.
        inner = np.abs(means - 0.5) < 0.2
        assert np.abs(coarse.pixels - means)[inner].max() < 0.05
        at = apply_affine(coarse.to_working, np.array([[20.0, 16.0]]))
        assert at == pytest.approx(np.array([[84.0, 60.0]]))


def test_the_search_is_the_same_ground_at_any_working_resolution(make_raster):
    job = Job(*(str(make_raster(n, shape=(900, 800))) for n in ("s.tif", "o.tif")))
    for asked in (job, Job(job.sar, job.optical, max_shift=90, max_shift_unit="px")):
        with open_pair(job) as fine, open_pair(job, coarser=4) as coarse:
            one, other = (plan_search(asked, pair) for pair in (fine, coarse))
            assert other.shift_px == pytest.approx(one.shift_px / 4)


def test_no_window_is_searched_without_bound(make_raster):
    sides = {"shape": (3000, 3000), "crs": None}
    job = Job(*(str(make_raster(n, **sides)) for n in ("s.tif", "o.tif")))
    blind = Blind()
    with open_pair(job) as pair:
        search = plan_search(job, pair)
        assert search.shift_px == 1500
        with pytest.raises(Refused):
            find_guide(pair, blind, search, SILENT)
    assert len(blind.asked) > 1
    for shift_px, shape in blind.asked:
        assert shift_px <= 1.5 * blind.tile_px
        assert max(shape) < 2 * blind.tile_px


def test_windows_lie_where_both_images_are(make_raster):
    data = np.random.default_rng(3).random((1000, 1000)) + 1
    data[:, 300:] = 0
    job = Job(
        str(make_raster("s.tif", data, nodata=0)),
        str(make_raster("o.tif", data, nodata=0)),
    )
    seen = []

    class Watching(FakeMatcher):
        def match(self, pairs, search, feedback=SILENT):
            seen.extend(pair.ref.valid.mean() for pair in pairs)
            return super().match(pairs, search, feedback)

    with open_pair(job) as pair:
        find_guide(pair, Watching(lambda xy: xy), plan_search(job, pair), SILENT)
    assert len(seen) > 5
    assert min(seen) > 0.2


def test_the_first_windows_lie_all_over():
    order = spread_evenly(plan_tiles(4000, 3000, 200, 400))
    assert len({(w.x0, w.y0) for w in order}) == len(order) == 300
    assert {(w.x0 == 0, w.y0 == 0) for w in order[1:5]} == {
        (left, top) for left in (True, False) for top in (True, False)
    }
    corners = {(w.x0 + w.width, w.y0 + w.height) for w in order[1:5]}
    assert (4000, 3000) in corners
    # At any time no place is much farther from a window than it has to be.
    for count in (5, 12, 40, 120):
        centres = np.array([(w.x0 + 120, w.y0 + 120) for w in order])
        apart = np.linalg.norm(centres[:, None] - centres[None, :count], axis=2)
        even = np.sqrt(4000 * 3000 / count)
        assert apart.min(axis=1).max() < 1.5 * even


def test_a_working_pixel_that_is_asked_for_is_taken(make_pair):
    job = make_pair(0.5, False, side=720)
    asked = Job(job.sar, job.optical, working_gsd=25.0)
    with ExitStack() as stack:
        pair = stack.enter_context(open_pair(asked))
        found_in, found = align(asked, pair, GradientMatcher(), stack)
        assert found_in.gsd_m == pytest.approx(25.0, rel=1e-3)
        assert found_in.grid.width == pytest.approx(288, abs=1)
        assert [note.code for note in found_in.notes] == ["working_pixels_m"]
        answer = registration_of(found_in, found, "gradient").mov_to_ref_pixels()
        at = np.array([[360.0, 360.0]])
        assert np.abs(apply_affine(answer, at) - at + SHIFT).max() < 0.7


@pytest.mark.parametrize(
    ("metres", "options", "code"),
    [
        (5.0, {}, "working_gsd_too_fine"),
        (90.0, {}, "working_gsd_too_coarse"),
        (20.0, {"crs": None}, "working_gsd_without_metres"),
    ],
)
def test_working_pixels_that_cannot_be(make_raster, metres, options, code):
    names = [str(make_raster(n, **options)) for n in ("s.tif", "o.tif")]
    job = Job(*names, working_gsd=metres)
    with open_pair(job) as pair, pytest.raises(BadInput) as error:
        asked_coarser(job, pair)
    assert error.value.message.code == code


def test_the_plan_tells_the_working_pixel_that_is_asked_for(make_raster):
    job = Job(*(str(make_raster(n, shape=(90, 120))) for n in ("s.tif", "o.tif")))
    found = plan(Job(job.sar, job.optical, working_gsd=30.0))
    assert found["ok"], found["reason"]
    assert (found["width"], found["height"]) == pytest.approx((40, 30), abs=1)
    assert found["gsd_m"] == pytest.approx(30.0, rel=1e-3)


@pytest.mark.parametrize("kind", ["auto", "poly2"])
def test_an_uncertain_kind_gives_way_to_a_simpler_one(make_raster, monkeypatch, kind):
    """The matches follow a parabola, and whatever bends is called uncertain."""
    names = [str(make_raster(n, shape=(300, 400))) for n in ("s.tif", "o.tif")]
    job = Job(*names, transform=kind)
    judge = coarse_to_fine.judge

    def strict(matches, fit, *args, **values):
        if fit.kind not in ("shift", "similarity", "affine"):
            told = {"kind": fit.kind, "error": 9.0, "most": 3.0}
            raise Refused.of("badly_spread", "uncertain", **told)
        return judge(matches, fit, *args, **values)

    monkeypatch.setattr(coarse_to_fine, "judge", strict)
    matcher = FakeMatcher(lambda xy: xy + [7, -5] + 24 * (xy / 400 - 0.5) ** 2)
    matcher.tile_px = 512
    with ExitStack() as stack:
        pair = stack.enter_context(open_pair(job))
        if kind != "auto":
            with pytest.raises(Refused) as refused:
                align(job, pair, matcher, stack)
            assert refused.value.message.code == "uncertain"
            return
        found = align(job, pair, matcher, stack)[1]
    assert found.fit.kind == "affine"
    assert found.fit.choice.why.code == "chosen_more_certain"
    # What was compared still shows that another kind predicted better.
    assert any(one.outcome == "better" for one in found.fit.choice.compared)


def test_ground_that_bends_may_have_gaps_between_tiles(make_raster):
    """324 tiles would hold all of it, and 200 are matched at most."""

    def bent(xy):
        return xy + [6.0, -9.0] + 4.0 * np.sin(xy / 2300 * 2 * np.pi)[:, ::-1]

    names = [str(make_raster(n, shape=(2300, 2300))) for n in ("s.tif", "o.tif")]
    with open_pair(Job(*names)) as pair:
        search = plan_search(Job(*names), pair)
        guide = find_guide(pair, FakeMatcher(bent), search, SILENT)
        assert guide.coarser == 1.0
