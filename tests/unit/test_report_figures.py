"""What a report draws: arrows, histograms, boards and details."""

import base64
import re

import cv2
import numpy as np
import pytest
from report_parts import pictures, points
from soma.core.base.words import numbers
from soma.core.products.report_figures import (
    CLASS_NAMES,
    ReportPoints,
    arrows,
    histogram,
    residual_class,
    scatter,
)
from soma.core.products.report_pictures import Pictures, board, detail_box, jpeg_uri


def heads(paths):
    """Return ((n, 2) starts, (n, 2) tips) of the arrows in SVG path data."""
    numbers = [re.findall(r"[-\d.]+", arrow) for p in paths for arrow in p.split("M")]
    shafts = np.array([n[:4] for n in numbers if len(n) == 4], float)
    return shafts[:, :2], shafts[:, 2:]


def test_arrows_run_from_where_it_was_to_where_it_belongs():
    ref = np.array([[200.0, 150.0], [300.0, 100.0]])
    mov = ref + np.array([8, -6])
    some = ReportPoints(mov, ref, np.zeros((2, 2)), np.ones(2, bool))
    drawing = arrows(some, pictures(), left=False)
    start, tip = heads(drawing.paths)
    found = start[np.argsort(start[:, 0])], tip[np.argsort(start[:, 0])]
    want = (mov - (100, 50)) / 2
    np.testing.assert_allclose(found[0], want, atol=0.05)
    np.testing.assert_allclose(
        found[1], want + drawing.factor * np.array([-4, 3]), atol=0.05
    )


def test_arrows_are_coloured_by_residual_and_outliers_are_rings():
    ref = np.full((7, 2), 200.0)
    length = np.array([0.1, 0.5, 0.7, 1.5, 3.0, 9.0, 9.0])
    left = np.stack([length, 0 * length], axis=1)
    inlier = np.arange(7) < 6
    drawing = arrows(ReportPoints(ref + left, ref, left, inlier), pictures(), True)
    assert [path.count("M") // 2 for path in drawing.paths] == [2, 1, 1, 1, 1]
    assert drawing.rings == [(50.0, 75.0)]


def test_dense_points_are_thinned_evenly():
    drawing = arrows(points(50_000), pictures(), left=False)
    start, _ = heads(drawing.paths)
    assert 150 < len(start) <= 330
    counts = np.histogram2d(*start.T, bins=4, range=[[0, 200], [0, 120]])[0]
    assert counts.min() > 0.4 * counts.mean()


def test_residual_classes_close_at_their_upper_edge():
    found = residual_class(np.array([0.0, 0.5, 0.51, 1.0, 2.0, 5.0, 5.01]))
    assert found.tolist() == [0, 0, 1, 1, 2, 3, 4]
    assert len(CLASS_NAMES) == 5


@pytest.mark.parametrize("scale", [0.01, 0.5, 3.0, 40.0])
def test_histogram_shows_every_point_and_its_marks(scale):
    residual = np.abs(np.random.default_rng(3).normal(0, scale, 1000))
    drawn = histogram(residual)
    heights = np.array([bar.height for bar in drawn.bars])
    assert heights.max() == pytest.approx(225)
    assert all(bar.x >= 20 and bar.x + bar.width <= 620.1 for bar in drawn.bars)
    assert all(20 <= x <= 400 for x, _, _ in drawn.marks)
    assert f"half within {numbers.pixels(np.median(residual))}" == drawn.marks[0][1]
    assert 4 <= len(drawn.ticks) <= 16


def test_histogram_of_nothing_is_nothing():
    assert histogram(np.zeros(0)) is None


@pytest.mark.parametrize("sigma", [0.02, 0.4, 3.0, 15.0])
def test_scatter_is_to_scale_and_its_circle_holds_ninety_percent(sigma):
    left = np.random.default_rng(5).normal((0.5 * sigma, 0), sigma, (1000, 2))
    drawn = scatter(left)
    radius, label = drawn.rings[-1]
    unit = radius / float(label)
    dots = np.array([dot[:2] for dot in drawn.dots])
    assert 0.87 < (np.hypot(*dots.T) <= drawn.radius).mean() < 0.95
    assert drawn.radius < radius <= 140.1
    np.testing.assert_allclose(drawn.mean, left.mean(axis=0) * unit, atol=0.2)
    inside = left[np.hypot(*left.T) * unit <= radius]
    np.testing.assert_allclose(dots, inside * unit, atol=0.3)
    assert scatter(np.zeros((0, 2))) is None


def test_board_takes_cells_in_turn_and_fills_gaps():
    shown = pictures()
    after_ok = np.ones((120, 200), bool)
    after_ok[:, 150:] = False
    shown = Pictures(
        shown.ref,
        shown.before,
        shown.ref_ok,
        shown.before_ok,
        shown.after,
        after_ok,
    )
    got = board(shown, True, 50)
    np.testing.assert_array_equal(got[:50, :50], shown.ref[:50, :50])
    np.testing.assert_array_equal(got[:50, 50:100, 1], shown.after[:50, 50:100])
    np.testing.assert_array_equal(got[:50, 150:], shown.ref[:50, 150:])
    before = board(shown, False, 50)
    np.testing.assert_array_equal(before[:50, 50:100, 2], shown.before[:50, 50:100])


def test_crop_keeps_the_middle_and_its_place():
    middle = pictures().crop(100, 60)
    assert (middle.width, middle.height) == (100, 60)
    assert middle.origin_xy == (200.0, 110.0)
    np.testing.assert_array_equal(middle.ref, pictures().ref[30:90, 50:150])


def test_jpeg_keeps_colours_in_order():
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 250
    data = base64.b64decode(jpeg_uri(red).split(",")[1])
    blue, green, red_again = cv2.imdecode(np.frombuffer(data, np.uint8), 1)[8, 8]
    assert red_again > 230 and green < 20 and blue < 20


def test_detail_lies_where_most_points_are():
    rng = np.random.default_rng(6)
    crowd = rng.uniform((2500, 1200), (2800, 1400), (50, 2))
    xy = np.concatenate([crowd, rng.uniform(0, (4000, 3000), (20, 2))])
    x, y, width, height = detail_box(xy, (3000, 4000), 800, 600)
    assert (width, height) == (800, 600)
    assert x <= 2500 and y <= 1200 and x + width >= 2800 and y + height >= 1400


def test_detail_without_points_is_the_middle_and_fits_small_grids():
    assert detail_box(np.zeros((0, 2)), (1000, 1000), 200, 200) == (400, 400, 200, 200)
    assert detail_box(np.zeros((0, 2)), (50, 60), 200, 200) == (0, 0, 60, 50)
