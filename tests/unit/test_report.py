"""The report page: self-contained, escaped, says what happened."""

import base64
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from report_parts import pictures, points
from soma.core.errors import REASONS
from soma.core.report import ReportData, render_report, write_report
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


def plain(text):
    return text.replace("\u00a0", " ")


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
    assert "Registered: expected error 0.40 px (4.0 m)" in plain(text)
    assert "Before, the images were 12.3 px (123 m) apart." in plain(text)
    assert "48 of 60 matches agree" in text
    assert "An affine is enough." in text
    assert "Affine – chosen" in text
    assert "not possible" in text


@pytest.mark.parametrize(
    ("expected_px", "gsd_m", "grade", "says"),
    [
        (0.4, 10.0, "good", "0.40 px (4.0 m)"),
        (0.14, 10.0, "good", "0.14 px (1.4 m)"),
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
            "0.57 px gains too little.",
            "Thin-plate spline: held-out error 0.56 px, better than 3rd-order "
            "polynomial with 0.69 px; dense flow with 0.57 px gains too little.",
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
