"""The report page: self-contained, escaped, says what happened."""

import base64
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from soma.core.errors import REASONS
from soma.core.report import ReportData, render_report, write_report
from soma.core.report_figures import (
    CLASS_NAMES,
    ReportPoints,
    arrows,
    histogram,
    residual_class,
    scatter,
)
from soma.core.report_pictures import Pictures, board, detail_box, jpeg_uri
from soma.core.report_words import ADVICE, KINDS, figure_rows, sentence, verdict
from soma.core.types import Result

VOID = {"meta", "img", "input", "br", "link", "hr"}


class Page(HTMLParser):
    """Collects tags and text, and checks that tags are closed in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def pictures(after=True, size=(120, 200)):
    rng = np.random.default_rng(1)
    ok = np.ones(size, bool)
    return Pictures(
        ref=rng.integers(0, 255, (*size, 3), np.uint8),
        before=rng.integers(0, 255, size, np.uint8),
        ref_ok=ok,
        before_ok=ok,
        after=rng.integers(0, 255, size, np.uint8) if after else None,
        after_ok=ok if after else None,
        origin_xy=(100.0, 50.0),
        step_px=2.0,
    )


def points(count=60):
    rng = np.random.default_rng(2)
    ref = np.array([100.0, 50.0]) + rng.uniform(0, [400, 240], (count, 2))
    left = rng.normal(0, 0.5, (count, 2))
    return ReportPoints(
        ref + np.array([9, -4]) + left, ref, left, np.arange(count) % 5 != 0
    )


def accepted(**changes):
    quality = {"rmse_px": 0.5, "rmse_m": 5.0, "inliers": 48, "inlier_share": 0.8}
    result = Result(
        "ok",
        "An affine is enough.",
        "",
        "gradient",
        "affine",
        quality,
        {"registered": "registered.tif"},
        {"match": 1.5, "total": 2.5},
    )
    values = {
        "result": result,
        "moving": "sar.tif",
        "reference": "optical.tif",
        "made": "2025-01-31 12:00",
        "gsd_m": 10.0,
        "expected_px": 0.4,
        "before_px": 12.34,
        "points": points(),
        "overview": pictures(),
        "detail": pictures(),
        "holdout_px": {"shift": 8.0, "affine": 0.4, "flow": float("nan")},
        "settings": {"search": "near", "sar_bands": (1, 2), "aoi": None},
        "versions": {"SOMA": "1.2.3"},
    }
    return ReportData(**values | changes)


def refused(code, **changes):
    result = Result("refused", f"Seen: {code}.", code, "gradient", "")
    fields = {"expected_px": float("nan"), "before_px": float("nan")}
    pics = pictures(after=False)
    fields |= {"overview": pics, "detail": None, "holdout_px": {}}
    return accepted(result=result, **fields | changes)


EVERY_SHAPE = {
    "accepted": accepted(),
    "refused": refused("ambiguous"),
    "no pictures": accepted(overview=None, detail=None),
    "no points": accepted(points=None),
    "bare": accepted(gsd_m=float("nan"), holdout_px={}, settings={}, versions={}),
    "refused early": refused("no_overlap", overview=None, points=None),
}


@pytest.mark.parametrize("name", EVERY_SHAPE)
def test_page_refers_to_nothing_outside_itself(name):
    text = render_report(EVERY_SHAPE[name])
    assert not re.search(r"(?i)https?://|url\(|@import|//[a-z0-9-]+\.[a-z]", text)
    for tag, attributes in Page(text).tags:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        for key in ("src", "href", "xlink:href", "srcset", "action"):
            value = attributes.get(key)
            assert value is None or value.startswith(("data:image/jpeg;base64,", "#"))


@pytest.mark.parametrize("name", EVERY_SHAPE)
def test_references_within_the_page_have_a_target(name):
    tags = Page(render_report(EVERY_SHAPE[name])).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {a["href"][1:] for _, a in tags if a.get("href", "").startswith("#")}
    assert wanted <= set(ids)


def test_pictures_are_whole_jpegs():
    sizes = set()
    for tag, attributes in Page(render_report(accepted())).tags:
        uri = attributes.get("src") or attributes.get("href", "#")
        if tag in ("img", "image"):
            data = base64.b64decode(uri.split(",", 1)[1], validate=True)
            sizes.add(cv2.imdecode(np.frombuffer(data, np.uint8), -1).shape[:2])
    assert sizes == {(120, 200)}


@pytest.mark.parametrize(
    "evil",
    ['<script>alert("x")</script>', "\"><img src=x onerror='y'>", "{{ 7*7 }}", "&lt;"],
)
def test_texts_from_outside_are_escaped(evil):
    result = Result("ok", evil, "", evil, evil, {evil: evil}, {evil: evil}, {evil: 1.0})
    data = accepted(
        result=result,
        moving=evil,
        reference=evil,
        made=evil,
        holdout_px={evil: 1.0},
        settings={evil: evil},
        versions={evil: evil},
    )
    page = Page(render_report(data))
    clean = Page(render_report(accepted()))

    def tags(p, name):
        return [attributes for tag, attributes in p.tags if tag == name]

    assert len(tags(page, "script")) == len(tags(clean, "script")) == 1
    assert not [a for _, a in page.tags if any(k.startswith("on") for k in a)]
    assert evil in page.text


def test_headline_says_error_in_pixels_and_metres():
    text = Page(render_report(accepted())).text
    assert "Registered: expected error 0.4 px (4 m)" in text
    assert "Before, the images were 12.3 px (123 m) apart." in text
    assert "48 of 60 matches agree" in text
    assert "An affine is enough." in text
    assert "Affine – chosen" in text
    assert "not possible" in text


@pytest.mark.parametrize(
    ("expected_px", "gsd_m", "grade", "says"),
    [
        (0.4, 10.0, "good", "0.4 px (4 m)"),
        (0.14, 10.0, "good", "0.1 px (1.4 m)"),
        (2.2, 1.0, "fair", "2.2 px (2.2 m)"),
        (4.0, float("nan"), "poor", "error 4.0 px"),
        (250.0, 2.0, "poor", "250 px (500 m)"),
    ],
)
def test_verdict_is_graded_by_expected_error(expected_px, gsd_m, grade, says):
    found = verdict(accepted().result, expected_px, 12.0, gsd_m)
    assert found.grade == grade
    assert found.headline.replace("\u00a0", " ").endswith(says)
    # No line ends between a number and its unit.
    assert not re.search(r"\d (px|m)\b", found.headline + found.detail)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (
            "tps: held-out error 0.56 px, better than poly3 with 0.69 px; flow with "
            "0.57 px is no clear gain.",
            "Thin-plate spline: held-out error 0.56 px, better than 3rd-order "
            "polynomial with 0.69 px; dense flow with 0.57 px is no clear gain.",
        ),
        ("flow, as asked for.", "Dense flow, as asked for."),
        ("similarity: held-out error 1.00 px.", "Similarity: held-out error 1.00 px."),
        (
            "tps.tif and flow-2.tif share no valid pixels; check their georeferences.",
            "tps.tif and flow-2.tif share no valid pixels; check their georeferences.",
        ),
    ],
)
def test_reasons_name_transforms_in_full_and_leave_files_alone(reason, told):
    assert sentence(reason).replace("\u00a0", " ") == told


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_names_a_transform_by_its_code(kind):
    reason = f"{kind}: held-out error 0.5 px, better than {kind} with 0.7 px."
    result = Result("ok", reason, "", "gradient", kind, {"rmse_px": 0.5})
    settings = {"transform": kind}
    page = render_report(
        accepted(result=result, settings=settings, holdout_px={kind: 0.5})
    )
    shown = Page(page).text
    assert KINDS[kind].split(" (")[0] in shown
    assert not re.search(r"\b(poly2|poly3|tps)\b", shown)
    why = sentence(reason).replace("\u00a0", " ")
    assert why in shown.replace("\u00a0", " ")
    assert "Settings transform " + KINDS[kind] in shown


@pytest.mark.parametrize("code", REASONS)
def test_refusal_says_reason_what_was_seen_and_what_to_try(code):
    text = Page(render_report(refused(code))).text
    assert f"Not registered: {REASONS[code]}" in text
    assert f"Seen: {code}." in text
    assert ADVICE[code]
    assert all(line in text for line in ADVICE[code])
    assert "What is left" not in text and "After" not in text


def test_advice_knows_every_reason():
    assert set(ADVICE) == set(REASONS)


def test_figures_pair_pixels_with_metres():
    quality = {
        "rmse_px": 0.52,
        "rmse_m": 5.1,
        "median_px": 0.4,
        "rotation_deg": 1.5,
        "inlier_share": 0.79,
        "nested": {"a": 1},
        "before_rmse_px": 43.2,
    }
    rows = figure_rows(quality, 10.0)
    assert [(r.label, r.value, r.metres) for r in rows] == [
        ("Root mean square error", "0.52 px", "5.1 m"),
        ("Median error", "0.4 px", "4 m"),
        ("Rotation", "1.5 °", ""),
        ("Share that agrees", "79 %", ""),
        ("Root mean square error, before", "43.2 px", "432 m"),
    ]
    bare = figure_rows({"median_px": 0.4}, float("nan"))
    assert bare[0].metres == ""


def test_full_size_page_stays_below_three_megabytes(tmp_path):
    noise = pictures(size=(700, 1000))
    detail = pictures(size=(900, 1600))
    data = accepted(points=points(20_000), overview=noise, detail=detail)
    write_report(data, tmp_path / "report.html")
    # Noise is the worst there is for JPEG.
    assert (tmp_path / "report.html").stat().st_size < 3_000_000


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
    assert f"half within {np.median(residual):.2f} px" == drawn.marks[0][1]
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
