"""Transforms, their fits, inverses and JSON."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.interpolate import RBFInterpolator
from skimage.transform import SimilarityTransform
from soma.core.base.errors import BadInput
from soma.core.base.grid import apply_affine
from soma.core.transform.bspline import fit_flows, flow_from_lattice
from soma.core.transform.domain import hull_of, share_inside, support_of
from soma.core.transform.kinds import Inverse, from_dict, invert, slope
from soma.core.transform.linear import Affine2D, fit_affine, fit_shift, fit_similarity
from soma.core.transform.polynomial import fit_polynomial, terms
from soma.core.transform.thin_plate import fit_thin_plate, thin

SIDE = 512.0
MATRIX = np.array([[1.01, 0.03, 5.0], [-0.03, 0.99, -3.0], [0, 0, 1]])


def points(count=300, seed=0):
    return np.random.default_rng(seed).uniform(0, SIDE, (count, 2))


def bend(xy, size=4.0):
    x, y = xy[:, 0] / 80, xy[:, 1] / 90
    return size * np.stack([np.sin(x) * np.cos(y), np.cos(1.1 * x)], axis=1)


def bent_transforms(seed=0, size=4.0):
    src = points(300, seed)
    dst = apply_affine(MATRIX, src) + bend(src, size)
    ones = np.ones(len(src))
    return [
        fit_polynomial(src, dst, 2),
        fit_polynomial(src, dst, 3),
        fit_thin_plate(src, dst, 1e-3),
        *fit_flows(src, dst, fit_affine(src, dst).matrix, ones, [1e-2]),
        flow_from_lattice(MATRIX, (16.0, 16.0), 32.0, lattice_of_bend(size)),
    ]


def lattice_of_bend(size):
    x = 16.0 + 32.0 * np.arange(16)
    nodes = np.stack(np.meshgrid(x, x), axis=-1)
    return bend(nodes.reshape(-1, 2), size).reshape(nodes.shape)


def every_transform():
    return [Affine2D(MATRIX, "affine"), *bent_transforms()]


@pytest.mark.parametrize("transform", every_transform(), ids=lambda t: t.kind)
def test_json_keeps_values(transform):
    query = points(50, 3) * 1.4 - 100
    for one in (transform, invert(transform)):
        again = from_dict(json.loads(json.dumps(one.to_dict())))
        assert again.kind == one.kind
        np.testing.assert_allclose(again(query), one(query), rtol=0, atol=1e-9)


@pytest.mark.parametrize("transform", every_transform(), ids=lambda t: t.kind)
def test_inverse_undoes_inside_and_far_outside(transform):
    query = np.random.default_rng(1).uniform(-2 * SIDE, 3 * SIDE, (2000, 2))
    np.testing.assert_allclose(
        invert(transform)(transform(query)), query, rtol=0, atol=1e-3
    )
    np.testing.assert_allclose(
        transform(invert(transform)(query)), query, rtol=0, atol=1e-3
    )
    assert invert(invert(transform))(query) == pytest.approx(transform(query))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    angle=st.floats(-3.1, 3.1),
    scale=st.floats(0.3, 3.0),
    size=st.floats(0.0, 6.0),
)
def test_inverse_of_any_gentle_thin_plate(seed, angle, scale, size):
    src = points(60, seed)
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    base = np.array([[c, -s, 40.0], [s, c, -70.0], [0, 0, 1]])
    dst = apply_affine(base, src + bend(src, size))
    plate = fit_thin_plate(src, dst, 1e-2)
    assume(slope(plate, (SIDE, SIDE)) <= 0.5)
    query = np.random.default_rng(seed).uniform(-SIDE, 2 * SIDE, (200, 2))
    error = np.abs(invert(plate)(plate(query)) - query)
    assert error.max() < 0.01


@pytest.mark.parametrize("transform", bent_transforms(), ids=lambda t: t.kind)
def test_far_outside_only_the_affine_is_left(transform):
    far = np.array([[5000.0, 200.0], [-4000.0, -4000.0], [300.0, 9000.0]])
    np.testing.assert_allclose(transform(far), apply_affine(transform.base, far))


def test_cubic_does_not_explode_next_to_its_support():
    src = points(200) * 0.5
    dst = src + bend(src) + 3e-6 * (src - 128) ** 3 / 8
    cubic = fit_polynomial(src, dst, 3)
    inside = np.abs(cubic.deformation(src)).max()
    query = np.random.default_rng(0).uniform(-300, 800, (4000, 2))
    outside = np.abs(cubic(query) - apply_affine(cubic.base, query)).max()
    untamed = np.abs(cubic.deformation(query)).max()
    assert outside < 3 * inside < untamed


@pytest.mark.parametrize("transform", bent_transforms(), ids=lambda t: t.kind)
def test_no_step_across_the_edge_of_the_support(transform):
    line = np.stack([np.linspace(-200, 700, 9001), np.full(9001, 250.0)], axis=1)
    second = np.diff(transform(line), 2, axis=0) / 0.1**2
    assert np.abs(second).max() < 0.01


def test_thin_plate_equals_scipy():
    src = points(120)
    dst = src + bend(src) + np.random.default_rng(1).normal(0, 0.5, src.shape)
    query = 0.5 * src[:60] + 0.5 * src[60:]
    for smoothing in (0.0, 1e-2):
        plate = fit_thin_plate(src, dst, smoothing)
        oracle = RBFInterpolator(
            src,
            dst,
            kernel="thin_plate_spline",
            smoothing=smoothing * plate.scale_px**2,
        )
        np.testing.assert_allclose(plate(query), oracle(query), rtol=0, atol=1e-6)


def test_weights_of_a_thin_plate_decide_where_it_gives_way():
    src = points(80)
    dst = src.copy()
    dst[0] += 10.0
    light, heavy = np.ones(80), np.ones(80)
    light[0], heavy[0] = 0.01, 100.0
    left = [
        np.abs(fit_thin_plate(src, dst, 0.1, w)(src[:1]) - src[:1]).max()
        for w in (light, heavy)
    ]
    assert left[0] < 1.0 and left[1] > 8.0


def test_polynomial_recovers_its_own_kind():
    src = points(100)
    uv = (src - 256) / 256
    for order, count in ((2, 6), (3, 10)):
        truth = np.random.default_rng(order).normal(0, 3, (count, 2))
        dst = src + terms(uv, order) @ truth
        found = fit_polynomial(src, dst, order)
        np.testing.assert_allclose(found(src), dst, rtol=0, atol=1e-8)


def test_affine_equals_weighted_lstsq():
    src, rng = points(50), np.random.default_rng(2)
    dst = apply_affine(MATRIX, src) + rng.normal(0, 1, src.shape)
    weight = rng.uniform(0.1, 1, 50)
    root = np.sqrt(weight)[:, None]
    design = np.column_stack([src, np.ones(50)])
    oracle = np.linalg.lstsq(design * root, dst * root, rcond=None)[0].T
    np.testing.assert_allclose(fit_affine(src, dst, weight).matrix[:2], oracle)


def test_similarity_equals_skimage():
    src = points(40)
    dst = apply_affine(MATRIX, src)
    oracle = SimilarityTransform.from_estimate(src, dst)
    np.testing.assert_allclose(fit_similarity(src, dst).matrix, oracle.params)


def test_similarity_is_exact_and_best():
    src = points(40)
    c, s = 1.2 * np.cos(2.0), 1.2 * np.sin(2.0)
    truth = np.array([[c, -s, 9.0], [s, c, -4.0], [0, 0, 1]])
    found = fit_similarity(src, apply_affine(truth, src)).matrix
    np.testing.assert_allclose(found, truth, atol=1e-9)


def test_shift_is_the_weighted_mean():
    src = np.zeros((2, 2))
    dst = np.array([[1.0, 2.0], [3.0, 6.0]])
    found = fit_shift(src, dst, np.array([3.0, 1.0])).matrix[:2, 2]
    np.testing.assert_allclose(found, [1.5, 3.0])


def test_affine_of_points_on_a_line_stays_a_similarity():
    src = np.stack([np.arange(10.0), 2 * np.arange(10.0)], axis=1)
    truth = np.array([[0.0, -1.0, 3.0], [1.0, 0.0, 2.0], [0, 0, 1]])
    found = fit_affine(src, apply_affine(truth, src)).matrix
    np.testing.assert_allclose(found, truth, atol=1e-9)


def test_flow_passes_through_its_lattice():
    field = flow_from_lattice(np.eye(3), (16.0, 16.0), 32.0, lattice_of_bend(4.0))
    x = 16.0 + 32.0 * np.arange(16)
    nodes = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(field(nodes) - nodes, bend(nodes), atol=1e-4)


def test_fitted_flow_follows_the_field_between_points():
    src = points(1500)
    [field] = fit_flows(src, src + bend(src), np.eye(3), np.ones(1500), [1e-2])
    inner = 40 + 0.84 * points(500, 9)
    assert np.abs(field(inner) - inner - bend(inner)).max() < 0.1


def test_slope_sees_a_fold():
    src = points(400)
    gentle = fit_thin_plate(src, src + bend(src, 2.0), 0.0)
    steep = fit_thin_plate(src, src + bend(src, 200.0), 0.0)
    assert slope(gentle, (SIDE, SIDE)) < 0.2
    assert slope(steep, (SIDE, SIDE)) > 1.0


def test_support_pulls_in_and_fades():
    square = np.array([[0.0, 0.0], [100, 0], [100, 100], [0, 100]])
    support = support_of(square, np.ones((4, 2)))
    query = np.array([[50.0, 50.0], [100.0 + 3 * support.fade_px, 50.0]])
    place, weight = support.pull_in(query)
    np.testing.assert_allclose(place[0], query[0])
    np.testing.assert_allclose(
        place[1], [100 + 0.25 * support.fade_px, 50.0], atol=1e-3
    )
    np.testing.assert_allclose(weight, [1.0, 0.0])


def test_hull_of_degenerate_points_is_empty():
    line = np.stack([np.arange(5.0), np.arange(5.0)], axis=1)
    assert len(hull_of(line)) == 0
    assert share_inside(hull_of(line), (9, 9)) == 0
    box = np.array([[0, 0], [2, 0], [2, 3], [0, 3.0]])
    assert share_inside(hull_of(box), (4, 3)) == pytest.approx(0.5)


def test_thinning_spreads_and_prefers_the_best():
    xy, score = points(3000), np.random.default_rng(5).random(3000)
    kept = thin(xy, score, 200)
    assert 100 <= len(kept) <= 200
    assert score[kept].mean() > 0.8
    cell = np.floor(xy[kept] / 128).astype(int)
    assert len(np.unique(cell, axis=0)) == 16


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"kind": "spline"},
        {"kind": "affine", "matrix": [[1, 0, 0]]},
        {"kind": "affine", "matrix": np.zeros((3, 3)).tolist()},
        {"kind": "inverse", "forward": {"kind": "shift", "matrix": np.eye(3).tolist()}},
    ],
)
def test_malformed_transform_is_refused(values):
    with pytest.raises(BadInput, match="malformed"):
        from_dict(values)


def test_inverse_names_the_kind_it_inverts():
    plate = bent_transforms()[2]
    assert isinstance(invert(plate), Inverse) and invert(plate).kind == "tps"
