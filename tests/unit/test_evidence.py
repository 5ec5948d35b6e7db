"""Refusals: unrelated, badly spread, ambiguous, out of range, already aligned."""

from dataclasses import replace

import numpy as np
import pytest
from soma.core.base.errors import Refused
from soma.core.base.grid import apply_affine
from soma.core.base.types import Matches, Search
from soma.core.estimation.acceptance import RULES, Claim, judge, require_distinct
from soma.core.estimation.estimate import estimate
from soma.core.estimation.evidence import gather
from soma.core.transform.domain import share_inside

SIDE = 512.0
EXTENT = (SIDE, SIDE)
NEAR = Search(30.0, 3.0, 1.03)
MATRIX = np.array([[1.005, 0.02, 5.0], [-0.02, 0.995, -3.0], [0, 0, 1]])


def make(count, wrong, seed, matrix=MATRIX, sigma=0.7, radius=30.0):
    rng = np.random.default_rng(seed)
    mov = rng.uniform(0, SIDE, (count, 2))
    ref = apply_affine(matrix, mov) + rng.normal(0, sigma, mov.shape)
    bad = rng.random(count) < wrong
    ref[bad] = mov[bad] + rng.uniform(-radius, radius, (int(bad.sum()), 2))
    return Matches(mov, ref, rng.random(count).astype(np.float32))


def lattice(step, seed, radius):
    """What a template matcher finds in unrelated images."""
    rng = np.random.default_rng(seed)
    x = np.arange(32.0, SIDE - 31.0, step)
    mov = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    ref = mov + rng.uniform(-radius, radius, mov.shape)
    return Matches(mov, ref, rng.random(len(mov)).astype(np.float32))


def verdict(matches, kind="affine", search=NEAR, extent=EXTENT, **options):
    try:
        fit = estimate(matches, kind, extent, limits=search)
        judge(matches, fit, extent, search, **options)
    except Refused as refusal:
        return refusal.code
    return "ok"


def refuse(matches, kind="affine", search=NEAR, extent=EXTENT, **options):
    with pytest.raises(Refused) as caught:
        fit = estimate(matches, kind, extent, limits=search)
        judge(matches, fit, extent, search, **options)
    return caught.value


@pytest.mark.parametrize(
    ("step", "radius"), [(32, 30.0), (32, 8.0), (64, 30.0), (64, 8.0), (16, 30.0)]
)
def test_random_matches_are_refused(step, radius):
    search = Search(radius, 3.0, 1.03)
    runs = 100 if step > 16 else 40
    seen = [verdict(lattice(step, s, radius), search=search) for s in range(runs)]
    assert "ok" not in seen


@pytest.mark.parametrize("kind", ["shift", "similarity", "tps", "auto"])
def test_random_matches_are_refused_for_other_kinds(kind):
    seen = [verdict(lattice(32, seed, 30.0), kind) for seed in range(12)]
    assert "ok" not in seen


@pytest.mark.parametrize(
    ("count", "wrong", "least"), [(60, 0.3, 0.95), (60, 0.6, 0.85), (400, 0.7, 1.0)]
)
def test_true_matches_are_accepted(count, wrong, least):
    seen = [verdict(make(count, wrong, seed)) for seed in range(30)]
    assert seen.count("ok") / len(seen) >= least


def test_clumped_random_matches_do_not_count_twice():
    """Overlapping windows repeat one wrong place many times."""
    rng = np.random.default_rng(0)
    centres = rng.uniform(0, SIDE, (30, 2))
    wrong = rng.uniform(-30, 30, (30, 2))
    offset = rng.uniform(-6, 6, (30, 40, 2))
    mov = (centres[:, None] + offset).reshape(-1, 2)
    ref = (centres[:, None] + offset + wrong[:, None]).reshape(-1, 2)
    matches = Matches(mov, ref, np.full(len(mov), 0.9, np.float32))
    assert verdict(matches) in ("unrelated", "too_few_matches")


def test_unrelated_says_how_many_places():
    error = refuse(lattice(32, 3, 30.0))
    assert error.code == "unrelated"
    assert "of 225 parts" in str(error)


def test_few_places_are_too_few():
    matches = make(300, 0.0, 0)
    corner = matches.take((matches.mov_xy < 60).all(axis=1))
    error = refuse(corner)
    assert error.code == "too_few_matches" and "separate parts" in str(error)


def test_matches_in_one_corner_are_badly_spread():
    matches = make(6000, 0.3, 0)
    corner = matches.take((matches.mov_xy < 110).all(axis=1))
    error = refuse(corner, "shift")
    assert error.code == "badly_spread" and "% of the overlap" in str(error)


def test_uncertain_transform_is_badly_spread():
    rng = np.random.default_rng(4)
    mov = np.stack([rng.uniform(0, 512, 60), rng.uniform(225, 287, 60)], axis=1)
    ref = apply_affine(MATRIX, mov) + rng.normal(0, 2.5, mov.shape)
    error = refuse(Matches(mov, ref, np.ones(60, np.float32)))
    assert error.code == "badly_spread" and "uncertain" in str(error)


def test_two_alignments_are_ambiguous():
    first = make(200, 0.0, 0)
    second = make(180, 0.0, 1)
    second = Matches(second.mov_xy, second.ref_xy - 20.0, second.confidence)
    error = refuse(Matches.concat([first, second]))
    assert error.code == "ambiguous" and "20 px away" in str(error)


def test_one_alignment_among_wrong_matches_is_not_ambiguous():
    assert [verdict(make(400, 0.6, seed)) for seed in range(10)] == ["ok"] * 10


def test_a_placement_that_does_not_stand_out_is_unrelated():
    with pytest.raises(Refused) as caught:
        require_distinct(0.3)
    assert caught.value.code == "unrelated"
    require_distinct(0.6)
    require_distinct(float("nan"))


@pytest.mark.parametrize(
    ("matrix", "says"),
    [
        ([[1, 0, 40.5], [0, 1, 0], [0, 0, 1]], "a shift of 40"),
        (
            [[0.9945, -0.1045, 28.2], [0.1045, 0.9945, -25.3], [0, 0, 1]],
            "a rotation of 6.0 degrees",
        ),
        ([[1.08, 0, -20.5], [0, 1.08, -20.5], [0, 0, 1]], "a scale of 1.080"),
        ([[1.35, 0, -89.6], [0, 1, 0.0], [0, 0, 1]], "stretch the image"),
    ],
)
def test_out_of_range(matrix, says):
    matches = make(300, 0.2, 0, matrix=np.array(matrix))
    fit = estimate(matches, "affine", EXTENT)
    with pytest.raises(Refused, match=says) as caught:
        judge(matches, fit, EXTENT, NEAR)
    assert caught.value.code == "out_of_range"


@pytest.mark.parametrize(
    ("turn_deg", "scale", "sigma", "says"),
    [
        (4.5, 1.0, 1.5, "ok"),
        (4.5, 1.0, 0.05, "out_of_range"),
        (0.0, 1.08, 1.5, "out_of_range"),
    ],
)
def test_a_rotation_is_beyond_the_range_where_the_matches_are_sure_of_it(
    turn_deg, scale, sigma, says
):
    """Fifty matches over 80 px tell 4.5 degrees to 0.4 where they scatter by 1.5 px.

    To a scale no doubt is allowed: a graticule over other ground was off by one.
    """
    rng = np.random.default_rng(1)
    mov = rng.uniform(24, 104, (50, 2))
    turn = np.radians(turn_deg)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    ref = scale * (mov - 64) @ matrix.T + 64 + rng.normal(0, sigma, mov.shape)
    matches = Matches(mov, ref, np.ones(50, np.float32))
    assert verdict(matches, "similarity", extent=(128.0, 128.0)) == says


@pytest.mark.parametrize(
    ("distinctness", "says"),
    [(float("nan"), "unrelated"), (0.48, "unrelated"), (0.6, "ok")],
)
def test_four_places_are_related_where_the_placement_stands_out(distinctness, says):
    rng = np.random.default_rng(0)
    mov = rng.uniform(34, 62, (25, 2))
    ref = mov + np.array([3.0, -2.0]) + rng.normal(0, 0.4, mov.shape)
    matches = Matches(mov, ref, np.ones(25, np.float32))
    options = {"extent": (96.0, 96.0), "distinctness": distinctness}
    assert verdict(matches, "affine", **options) == says


def test_a_placement_that_stands_out_does_not_stand_for_matches_that_disagree():
    options = {"search": Search(8.0, 3.0, 1.03), "distinctness": 0.9}
    seen = [verdict(lattice(32, seed, 8.0), "shift", **options) for seed in range(20)]
    assert "ok" not in seen


def test_mirrored_image_is_out_of_range():
    mirror = np.array([[-1.0, 0, 512], [0, 1, 0], [0, 0, 1]])
    matches = make(300, 0.0, 0, matrix=mirror)
    assert verdict(matches, search=Search(30.0, 180.0, 1.3)) != "ok"


def test_aligned_images_stay_as_they_are():
    matches = make(300, 0.3, 0, matrix=np.eye(3))
    error = refuse(matches)
    assert error.code == "already_aligned" and "uncertain by" in str(error)
    assert verdict(matches, check_identity=False) == "ok"


def test_small_but_certain_shift_is_worth_it():
    half = np.array([[1, 0, 0.5], [0, 1, 0.4], [0, 0, 1]])
    assert verdict(make(1500, 0.3, 0, matrix=half), "shift") == "ok"


def test_figures_of_a_good_fit():
    matches = make(500, 0.4, 0)
    fit = estimate(matches, "affine", EXTENT)
    evidence = gather(matches, fit, EXTENT, 30.0)
    assert evidence.log10_chance < -50
    assert 0.9 < evidence.coverage <= 1.0
    true = np.linalg.norm(matches.ref_xy - matches.mov_xy, axis=1)[fit.inlier]
    assert evidence.before_px == pytest.approx(np.sqrt(np.mean(true**2)))
    assert evidence.after_px == pytest.approx(0.7 * np.sqrt(2), rel=0.1)
    assert 0.02 < evidence.spread_px < 0.4
    assert evidence.spread_px < evidence.expected_error_px < evidence.corner_error_px
    assert evidence.corner_error_px < 3.0


def test_what_no_image_shows_is_not_to_be_covered():
    """Of a frame that is empty but for its middle, matches cover what there is."""
    x, y = np.meshgrid(np.arange(220.0, 280.0, 2.0), np.arange(220.0, 280.0, 2.0))
    ground = np.stack([x.ravel(), y.ravel()], axis=1)
    matches = make(5000, 0.4, 0)
    middle = (np.abs(matches.ref_xy - 250) < 40).all(axis=1)
    matches = matches.take(middle)
    fit = estimate(matches, "shift", EXTENT)
    whole = gather(matches, fit, EXTENT, 30.0, place_px=8.0)
    there = gather(matches, fit, EXTENT, 30.0, place_px=8.0, ground_xy=ground)
    assert whole.coverage < 0.05 and there.coverage > 0.5
    half = np.concatenate([ground, np.add(ground, [200, 0])])
    there = gather(matches, fit, EXTENT, 30.0, place_px=8.0, ground_xy=half)
    assert 0.3 < there.coverage <= 0.5


def test_coverage_never_exceeds_the_whole():
    """Matches beyond the overlap, as in large shifts, do not count twice."""
    square = np.array([[-200, -200], [700, -200], [700, 700], [-200, 700]], float)
    assert share_inside(square, (400, 400)) == pytest.approx(1.0)
    half = np.array([[200, -50], [900, -50], [900, 450], [200, 450]], float)
    assert share_inside(half, (400, 400)) == pytest.approx(0.5, abs=1e-3)
    beside = half + np.array([500, 0])
    assert share_inside(beside, (400, 400)) == pytest.approx(0.0, abs=1e-6)
    assert share_inside(np.zeros((0, 2)), (400, 400)) == 0.0


def test_matches_of_which_none_agrees_are_refused_in_words():
    matches = make(12, 0.0, 0)
    fit = estimate(matches, "shift", EXTENT, limits=NEAR)
    nothing = replace(fit, inlier=np.zeros(12, bool), residual_px=np.zeros(12))
    with pytest.raises(Refused):
        judge(matches, nothing, EXTENT, NEAR)
    evidence = gather(matches, fit, EXTENT, 30.0)
    claim = Claim(matches, nothing, evidence, EXTENT, NEAR, 32.0, float("nan"))
    RULES["unique"](claim)
