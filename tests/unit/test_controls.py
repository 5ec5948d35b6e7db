import numpy as np
import pytest
from soma.core.base.errors import BadInput, Refused
from soma.core.base.types import Matches
from soma.core.engine.control_points import fit_controls
from soma.core.engine.control_set import Controls
from soma.core.engine.guide import guide

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
    assert guide(controls.used)[:2] @ (10, 300, 1) == pytest.approx(sheared(at)[0])


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
    assert guide(controls.used)[:2, 2] == pytest.approx((4, -3), abs=3)
    with pytest.raises(Refused, match="lie on one line"):
        fit_controls(controls, "affine", (SIZE, SIZE))


def test_points_close_together_predict_a_shift():
    ref = np.array([[100.0, 100.0], [108.0, 100.0], [100.0, 108.0]])
    mov = ref - (4.0, -3.0) + [[0, 0], [0, 1], [1, 0]]
    found = guide(Matches(mov, ref, np.ones(3, np.float32)))
    assert found[:2, :2] == pytest.approx(np.eye(2))
