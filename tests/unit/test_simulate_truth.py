"""The misalignment of simulated pairs against OpenCV, rasterio and its inverse."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import rowcol, xy
from rasterio.warp import transform
from soma.core.base.errors import BadInput
from soma.core.simulate import Misalign, Truth
from soma.core.simulate.pair import optical_grid, sar_grid
from soma.core.simulate.truth import make_truth


def _truth(misalign, sar_gsd=10.0, sar_crs=None, size=400, seed=3):
    ref = optical_grid(size, 10.0, seed)
    return make_truth(ref, sar_grid(ref, sar_gsd, sar_crs), misalign, seed)


def _points(truth, count=40):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 1, (count, 2)) * [truth.mov.width, truth.mov.height]


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-60, 60),
    st.floats(-60, 60),
    st.floats(-180, 180),
    st.floats(0.7, 1.4),
    st.floats(0, 6),
)
def test_inverse_undoes_forward(right, down, rotation, scale, warp):
    truth = _truth(Misalign((right, down), rotation, scale, warp))
    points = _points(truth)
    back = truth.ref_to_mov(truth.mov_to_ref(points))
    np.testing.assert_allclose(back, points, atol=1e-6)


@pytest.mark.parametrize(
    ("sar_gsd", "sar_crs"), [(10.0, None), (7.3, "EPSG:4326"), (25.0, "EPSG:3857")]
)
def test_agrees_with_opencv_and_rasterio(sar_gsd, sar_crs):
    truth = _truth(Misalign((12, -8), 5.0, 1.02), sar_gsd, sar_crs)
    points = _points(truth)
    # rasterio's xy and rowcol speak of whole pixels; 0.5 moves to the corner
    mx, my = xy(truth.mov.transform, points[:, 1] - 0.5, points[:, 0] - 0.5)
    if sar_crs:
        mx, my = transform(truth.mov.crs, truth.ref.crs, mx, my)
    row, col = rowcol(truth.ref.transform, mx, my, op=lambda v: v)
    turn = cv2.getRotationMatrix2D((200.0, 200.0), -5.0, 1.02)
    turn[:, 2] += (12, -8)
    expected = cv2.transform(np.column_stack([col, row])[None], turn)[0]
    np.testing.assert_allclose(truth.mov_to_ref(points), expected, atol=2e-3)


def test_json_round_trip_and_tie_points():
    truth = _truth(Misalign((3, 4), 1.0, 0.99, 2.5), 20.0, "EPSG:4326")
    again = Truth.from_json(truth.to_json())
    points = _points(truth)
    np.testing.assert_allclose(
        again.mov_to_ref(points), truth.mov_to_ref(points), atol=1e-6
    )
    ties = truth.to_dict()["tie_points"]
    np.testing.assert_allclose(
        again.mov_to_ref(np.array(ties["mov_xy"])), ties["ref_xy"], atol=1e-6
    )
    assert again.misalign == truth.misalign


def test_warp_is_as_large_as_asked_and_smooth():
    straight, warped = _truth(Misalign()), _truth(Misalign(warp_px=4.0))
    move = warped.dense() - straight.dense()
    size = np.hypot(move[..., 0], move[..., 1])
    assert 3.8 < size.max() < 4.1
    assert size.std() > 0.3
    assert np.abs(np.diff(move, axis=1)).max() < 0.15


def test_dense_rows_equal_points():
    truth = _truth(Misalign((5, 5), 2.0))
    part = truth.dense(7, 3)
    np.testing.assert_array_equal(part[1, 4], truth.mov_to_ref([[4.5, 8.5]])[0])


def test_map_positions_are_those_of_the_reference():
    truth = _truth(Misalign((5, 5), 2.0))
    points = _points(truth)
    expected = [truth.ref.transform * tuple(p) for p in truth.mov_to_ref(points)]
    np.testing.assert_allclose(truth.mov_to_map(points), expected)


def test_parses_text():
    parsed = Misalign.parse("shift=12,-8; rotation=1.2;scale=1.01;warp=3")
    assert parsed == Misalign((12.0, -8.0), 1.2, 1.01, 3.0)
    assert Misalign.parse("") == Misalign()


@pytest.mark.parametrize(
    "text", ["shift=1", "turn=3", "scale=0", "warp=-1", "rotation=nan", "shift=a,b"]
)
def test_refuses_bad_text(text):
    with pytest.raises(BadInput, match="misalign"):
        Misalign.parse(text)


def test_refuses_a_broken_truth():
    with pytest.raises(BadInput, match="truth"):
        Truth.from_json('{"ref": 1}')
