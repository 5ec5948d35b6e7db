import numpy as np
import pytest
from soma.core.base.errors import BadInput, Refused
from soma.core.base.types import Matches
from soma.core.engine.control_points import aligned, fit_controls, guide
from soma.core.engine.control_set import Controls
from soma.core.engine.odd_point import odd_point
from soma.core.estimation.estimate import estimate
from soma.core.transform.thin_plate import fit_thin_plate

SIZE = 384


def grid_points(truth, count, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    mov = rng.uniform(20, SIZE - 20, (count, 2))
    ref = truth(mov) + rng.normal(0, noise, (count, 2))
    return Controls(Matches(mov, ref, np.ones(count, np.float32)), np.ones(count, bool))


def sheared(xy):
    return xy @ np.array([[1.02, 0.01], [-0.03, 0.97]]) + (5.0, -7.0)


def test_three_points_define_an_affine_exactly():
    controls = grid_points(sheared, 3)
    fit = fit_controls(controls, "auto", (SIZE, SIZE))
    assert fit.kind == "affine"
    assert fit.residual_px == pytest.approx(0, abs=1e-6)
    at = np.array([[10.0, 300.0]])
    assert fit.mov_to_ref(at) == pytest.approx(sheared(at))
    assert guide(controls, (SIZE, SIZE))[:2] @ (10, 300, 1) == pytest.approx(
        sheared(at)[0]
    )


def test_one_and_two_points_define_less():
    assert fit_controls(grid_points(sheared, 1), "auto", (SIZE, SIZE)).kind == "shift"
    two = fit_controls(grid_points(sheared, 2), "auto", (SIZE, SIZE))
    assert two.kind == "similarity"
    assert two.residual_px == pytest.approx(0, abs=1e-6)


def test_the_kind_is_chosen_by_points_left_out():
    def turned(xy):
        return xy @ np.array([[1.0, 0.02], [-0.02, 1.0]]) + (3.0, 4.0)

    def bent(xy):
        return sheared(xy) + 5 * np.sin(xy[:, ::-1] / 30)

    size = (SIZE, SIZE)
    assert fit_controls(grid_points(turned, 9, 0.5), "auto", size).kind == "similarity"
    assert fit_controls(grid_points(sheared, 12, 0.3), "auto", size).kind == "affine"
    best = fit_controls(grid_points(bent, 100, 0.1), "auto", size)
    assert best.kind == "tps"
    assert best.holdout_px["tps"] < best.holdout_px["affine"]


def test_a_wrong_point_shows_and_can_be_switched_off():
    controls = grid_points(sheared, 8)
    ref = controls.matches.ref_xy.copy()
    ref[5] += (30, 0)
    wrong = Matches(controls.matches.mov_xy, ref, controls.matches.confidence)
    fit = fit_controls(Controls(wrong, controls.enabled), "affine", (SIZE, SIZE))
    assert np.argmax(fit.held_px) == 5
    assert fit.held_px[5] > 29
    without = controls.enabled.copy()
    without[5] = False
    fit = fit_controls(Controls(wrong, without), "affine", (SIZE, SIZE))
    assert fit.residual_px[without] == pytest.approx(0, abs=1e-6)
    assert fit.residual_px[5] == pytest.approx(30)


def test_too_few_and_folding_points_are_told():
    with pytest.raises(BadInput, match="For an affine transform at least 3"):
        fit_controls(grid_points(sheared, 2), "affine", (SIZE, SIZE))
    with pytest.raises(BadInput, match="no control points"):
        fit_controls(grid_points(sheared, 0), "auto", (SIZE, SIZE))
    crossed = grid_points(sheared, 8)
    mov = crossed.matches.mov_xy
    swapped = Matches(mov, sheared(mov)[::-1], crossed.matches.confidence)
    with pytest.raises(Refused, match="fold"):
        fit_controls(Controls(swapped, crossed.enabled), "tps", (SIZE, SIZE))


@pytest.mark.parametrize("count", [3, 5])
def test_points_on_one_line_do_not_say_what_is_beside_it(count):
    along = np.linspace(30, 350, count)
    ref = np.column_stack([along, np.full(count, 200.0)])
    # What little they are off the line by error would become all of an affine.
    mov = ref - (4.0, -3.0) + 0.4 * np.random.default_rng(3).normal(size=(count, 2))
    every = np.ones(count, bool)
    controls = Controls(Matches(mov, ref, np.ones(count, np.float32)), every)
    fit = fit_controls(controls, "auto", (SIZE, SIZE))
    assert fit.kind == "similarity" and "one line" in str(fit.choice.why)
    corner = np.array([[0.0, 0.0]])
    assert fit.mov_to_ref(corner)[0] == pytest.approx((4, -3), abs=3)
    assert guide(controls, (SIZE, SIZE))[:2, 2] == pytest.approx((4, -3), abs=3)
    with pytest.raises(Refused, match="lie on one line"):
        fit_controls(controls, "affine", (SIZE, SIZE))


def test_points_close_together_predict_a_shift():
    ref = np.array([[100.0, 100.0], [108.0, 100.0], [100.0, 108.0]])
    mov = ref - (4.0, -3.0) + [[0, 0], [0, 1], [1, 0]]
    controls = Controls(Matches(mov, ref, np.ones(3, np.float32)), np.ones(3, bool))
    found = guide(controls, (SIZE, SIZE))
    assert found[:2, :2] == pytest.approx(np.eye(2))


def projective(xy):
    """Return places after a perspective that moves corners by up to 4 px."""
    depth = 1 + xy @ np.array([1e-4, -6e-5])
    return sheared(xy) / depth[:, None] + (3.0, 2.0)


def plate():
    rng = np.random.default_rng(7)
    nodes = np.stack(np.meshgrid(*[np.linspace(0, SIZE, 4)] * 2), -1).reshape(-1, 2)
    return fit_thin_plate(nodes, sheared(nodes) + rng.normal(0, 6, nodes.shape), 0.0)


LATTICE = np.stack(np.meshgrid(*[np.linspace(60, SIZE - 60, 9)] * 2), -1).reshape(-1, 2)


@pytest.mark.parametrize(
    ("truth", "count", "kinds", "within_px"),
    [
        (sheared, 8, {"affine"}, 0.5),
        (sheared, 40, {"affine"}, 0.3),
        (projective, 40, {"poly2"}, 0.5),
        (plate(), 100, {"tps", "poly3"}, 1.5),
    ],
)
def test_what_points_came_from_is_found_again(truth, count, kinds, within_px):
    """Affine, perspective and thin plate, with clicks 0.3 px off along each axis."""
    for seed in range(3):
        controls = grid_points(truth, count, 0.3, seed)
        fit = fit_controls(controls, "auto", (SIZE, SIZE))
        off = np.linalg.norm(fit.mov_to_ref(LATTICE) - truth(LATTICE), axis=1)
        assert fit.kind in kinds
        assert np.sqrt((off**2).mean()) < within_px
        stated = aligned(controls, fit, (SIZE, SIZE)).evidence.expected_error_px
        assert np.sqrt((off**2).mean()) < stated


@pytest.mark.parametrize("wrong", [[3], [3, 9]])
def test_wrong_points_are_named_one_after_the_other_until_the_truth_is_left(wrong):
    controls = grid_points(sheared, 14, 0.5, 2)
    for n, index in enumerate(wrong):
        controls.matches.ref_xy[index] += (18.0 + 9 * n, -11.0)
    enabled = controls.enabled.copy()
    for _ in wrong:
        now = Controls(controls.matches, enabled.copy())
        index, off = odd_point(now, fit_controls(now, "affine", (SIZE, SIZE)).kind)
        assert index in wrong and off > 15
        enabled[index] = False
    last = Controls(controls.matches, enabled)
    assert odd_point(last, "affine") is None
    fit = fit_controls(last, "auto", (SIZE, SIZE))
    left = np.linalg.norm(fit.mov_to_ref(LATTICE) - sheared(LATTICE), axis=1)
    assert fit.kind == "affine" and left.max() < 1.5


@pytest.mark.parametrize(("truth", "kind"), [(sheared, "affine"), (plate(), "tps")])
def test_points_are_fitted_as_the_matches_of_whole_images_are(truth, kind):
    controls = grid_points(truth, 120, 0.3, 5)
    asked = fit_controls(controls, kind, (SIZE, SIZE))
    whole = estimate(controls.matches, kind, (SIZE, SIZE))
    apart = asked.mov_to_ref(LATTICE) - whole.mov_to_ref(LATTICE)
    assert np.sqrt((apart**2).mean()) < 0.2
    assert asked.holdout_px[kind] == pytest.approx(whole.holdout_px[kind], rel=0.1)


def test_what_was_compared_is_kept_for_the_report():
    fit = fit_controls(grid_points(sheared, 30, 0.3), "auto", (SIZE, SIZE))
    kinds = [one.kind for one in fit.choice.compared]
    assert kinds == ["similarity", "affine", "poly2", "poly3", "tps"]
    assert fit.choice.compared[1].outcome == "better"
