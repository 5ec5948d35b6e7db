"""As many tiles are matched as the deformation of the overlap asks for."""

from contextlib import ExitStack

import numpy as np
import pytest
from fakes import FakeMatcher
from scipy.spatial import cKDTree
from soma.core.base.errors import Refused
from soma.core.base.feedback import SILENT
from soma.core.base.job import Job
from soma.core.base.types import Matches, TileMatch
from soma.core.pipeline.coarse_to_fine import align
from soma.core.products.residual_raster import kernel_sigma_px, residual_field
from soma.core.raster.pair import open_pair

SIDES = (1500, 1900)
#: Middle of the ground that moved by itself, and how far around.
SLIDE, REACH = np.array([1500.0, 400.0]), 200.0


class Watching(FakeMatcher):
    """Remembers the windows at working resolution that it was given."""

    def __init__(self, truth, **options):
        super().__init__(truth, **options)
        self.centres = []

    def match(self, pairs, search, feedback=SILENT):
        for pair in pairs:
            if step_of(pair) == pytest.approx(1.0):
                size = np.array(pair.ref.valid.shape[::-1])
                self.centres.append(pair.ref.to_working[:2, 2] + size / 2)
        return super().match(pairs, search, feedback)


def step_of(pair):
    return abs(np.linalg.det(pair.ref.to_working[:2, :2])) ** 0.5


def straight(xy):
    return xy @ np.array([[1.001, 0.002], [-0.002, 0.999]]) + [6.0, -9.0]


def slid(xy):
    apart = np.linalg.norm(xy - SLIDE, axis=1, keepdims=True)
    return straight(xy) + [0.0, 6.0] * np.exp(-0.5 * (apart / REACH) ** 2)


@pytest.fixture
def run(make_raster):
    names = [str(make_raster(n, shape=SIDES)) for n in ("s.tif", "o.tif")]

    def run(truth, **options):
        job, matcher = Job(*names, **options), Watching(truth)
        with ExitStack() as stack:
            pair = stack.enter_context(open_pair(job))
            return align(job, pair, matcher, stack)[1], matcher

    return run


def test_six_numbers_need_few_tiles(run):
    found, _ = run(straight)
    assert found.n_tiles < 30
    at = np.random.default_rng(0).uniform((0, 0), SIDES[::-1], (200, 2))
    error = found.fit.mov_to_ref(at) - straight(at)
    assert np.linalg.norm(error, axis=1).max() < 0.1


def test_ground_that_no_tile_showed_has_no_residual(run):
    found, _ = run(straight, effort="quick")
    inliers = found.matches.take(found.fit.inlier)
    left = inliers.ref_xy - found.fit.mov_to_ref(inliers.mov_xy)
    at = inliers.mov_xy
    field = residual_field(at, left, inliers.confidence, SIDES)
    step, reach = field.step_px, kernel_sigma_px(len(at), SIDES, 16)
    rows, cols = np.mgrid[: field.values.shape[1], : field.values.shape[2]]
    cells = step * (np.stack([cols, rows], axis=-1) + 0.5)
    apart = cKDTree(at).query(cells)[0]
    known = np.isfinite(field.values).all(axis=0)
    assert known[apart < 2 * reach].all()
    assert not known[apart > 4 * reach].any() and (apart > 4 * reach).any()


def test_effort_says_how_many(run):
    counts = [
        run(straight, effort=effort)[0].n_tiles
        for effort in ("quick", "normal", "thorough")
    ]
    assert counts == sorted(set(counts))
    assert counts[-1] == 15 * 12
    assert run(straight, transform="flow")[0].n_tiles == counts[-1]


def test_ground_that_moved_by_itself_is_looked_at_closer(run):
    found, matcher = run(slid)
    assert found.n_tiles < 0.75 * 15 * 12
    # All that is there is matched, and of the rest not much more than half.
    apart = np.linalg.norm(np.array(matcher.centres) - SLIDE, axis=1)
    assert (apart < 1.5 * REACH).sum() >= 16
    assert found.fit.kind in ("tps", "flow", "poly3")
    moved = found.fit.mov_to_ref(SLIDE[None]) - straight(SLIDE[None])
    assert moved == pytest.approx(np.array([[0.0, 6.0]]), abs=0.8)


def test_quick_is_quick_wherever_ground_bends(run):
    def bent(xy):
        return straight(xy) + 5.0 * np.sin(xy[:, ::-1] / 60.0)

    counts = [run(bent, effort=effort)[0].n_tiles for effort in ("quick", "normal")]
    assert counts[0] <= 24 < counts[1]


def test_what_leans_is_no_deformation(make_raster):
    """Tiles of 1 m are off by more pixels than those of 10 m, each by itself."""

    class Leaning(Watching):
        def _one(self, pair):
            found = super()._one(pair)
            off = self.rng.normal(0.0, 0.5, 2)
            shifted = Matches(
                found.matches.mov_xy,
                found.matches.ref_xy + off,
                found.matches.confidence,
            )
            return TileMatch(shifted)

    counts = []
    for gsd in (1.0, 10.0):
        names = [
            str(make_raster(f"{n}{gsd}.tif", shape=SIDES, gsd=gsd)) for n in ("s", "o")
        ]
        with ExitStack() as stack:
            job = Job(*names)
            pair = stack.enter_context(open_pair(job))
            found = align(job, pair, Leaning(straight), stack)[1]
        counts.append(found.n_tiles)
        at = np.random.default_rng(0).uniform((0, 0), SIDES[::-1], (200, 2))
        error = found.fit.mov_to_ref(at) - straight(at)
        stated = found.evidence.expected_error_px
        assert np.sqrt((error**2).sum(axis=1).mean()) < 0.5 * stated
    assert counts[0] < 50 < counts[1], counts


def test_few_tiles_are_never_why_a_pair_is_refused(make_raster):
    """Nothing is seen but in the overview, and all of it is looked at."""
    names = [str(make_raster(n, shape=SIDES)) for n in ("s.tif", "o.tif")]
    job = Job(*names, effort="quick")

    class Blind(Watching):
        def match(self, pairs, search, feedback=SILENT):
            found = super().match(pairs, search, feedback)
            none = TileMatch(Matches.empty(), reason="no_structure")
            whole = step_of(pairs[0]) > 10
            return found if whole else [none] * len(found)

    with ExitStack() as stack:
        pair = stack.enter_context(open_pair(job))
        blind = Blind(straight)
        with pytest.raises(Refused):
            align(job, pair, blind, stack)
        assert len({tuple(centre) for centre in blind.centres}) == 15 * 12


def test_a_window_that_led_to_the_place_is_not_matched_again(run):
    _, matcher = run(slid, effort="thorough")
    places, counts = np.unique(np.array(matcher.centres), axis=0, return_counts=True)
    assert (counts == 1).all() and len(places) == len(matcher.centres)


def test_coarser_pixels_have_to_agree_in_metres(make_raster):
    """What is nothing at the files' pixels is twice as much ground at pixels of two."""

    class Scattered(Watching):
        def _one(self, pair):
            found = super()._one(pair)
            matches = found.matches
            off = matches.ref_xy + self.rng.normal(0.0, 0.25, 2)
            return TileMatch(Matches(matches.mov_xy, off, matches.confidence))

    counts = []
    for shape, coarser in (((1000, 1300), 1.0), ((2000, 2600), 2.0)):
        names = [
            str(make_raster(f"{n}_{coarser}.tif", shape=shape)) for n in ("s", "o")
        ]
        with ExitStack() as stack:
            pair = stack.enter_context(open_pair(Job(*names)))
            job = Job(*names, working_gsd=coarser * pair.gsd_m)
            counts.append(align(job, pair, Scattered(straight), stack)[1].n_tiles)
    assert counts[0] < 30 < counts[1], counts
