"""The report page: self-contained, escaped, says what happened."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from report_parts import accepted, pictures, points
from soma.core.base.errors import REASONS
from soma.core.base.job import Job
from soma.core.base.types import Result
from soma.core.base.words import figures, terms
from soma.core.base.words.advice import ADVICE
from soma.core.base.words.message import Message
from soma.core.products.report import render_report, write_report
from soma.core.products.report_words import (
    FILES,
    SETTINGS,
    STAGES,
    compared_rows,
)
from soma.core.products.write_all import FILES as WRITTEN

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
    def shown(self):
        """The text without styles and scripts."""
        return re.sub(
            r"(:root \{.*?break-inside: avoid; \} \})|\(function.*", "", self.text
        )

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def plain(text):
    return text.replace("\u00a0", " ")


def refused(code, **changes):
    result = Result("refused", f"Seen: {code}.", code, "gradient", "")
    fields = {"overview": pictures(after=False), "detail": None}
    return accepted(result=result, **fields | changes)


EVERY_SHAPE = {
    "accepted": accepted(),
    "refused": refused("ambiguous"),
    "no pictures": accepted(overview=None, detail=None),
    "no points": accepted(points=None),
    "bare": accepted(gsd_m=float("nan"), settings={}, versions={}),
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
    good = accepted().result
    result = Result("ok", evil, "", evil, evil, good.quality, {evil: evil}, {evil: 1.0})
    data = accepted(
        result=result,
        moving=evil,
        reference=evil,
        made=evil,
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


def test_the_page_says_what_happened_and_how_well_it_fits():
    text = plain(Page(render_report(accepted())).text)
    assert "Registered to within 2 pixels" in text
    assert "The image was moved 472 m to the north-west, turned 1.20° clockwise" in text
    assert "found by the model gradient" in text
    assert "half are met within 0.63 px (6.3 m), 90 % within 1.6 px (16 m)" in text
    assert "off by less than 0.40 px (4.0 m)" in text
    assert "48 of 60 matches agree; they cover 100 % of the overlap." in text
    assert "An affine is enough." in text
    assert "less than one in a million" in text


def test_a_choice_is_shown_by_what_decided_it():
    rows = compared_rows(accepted().result, str)
    assert [plain(row["told"]) for row in rows] == [
        "the simplest",
        "chosen: clearly better than a shift",
        "gains too little: 0.20 px or less is needed",
    ]
    # A shorter bar that loses ends above its mark.
    thin_plate = rows[-1]
    assert thin_plate["percent"] > thin_plate["needed"] > 0
    assert rows[1]["chosen"] and rows[1]["percent"] < rows[1]["needed"]
    assert rows[0]["cut"] and rows[0]["percent"] == 100


@pytest.mark.parametrize("kind", [k for k in terms.KINDS if k != "auto"])
def test_no_page_names_a_transform_by_its_code(kind):
    why = Message("asked_error", {"kind": kind, "error": 0.5})
    compared = [{"kind": kind, "outcome": "simplest", "error_px": 0.5}]
    quality = {**accepted().result.quality, "compared": compared}
    result = Result(
        "ok", str(why), "", "gradient", kind, quality, message=why.to_dict()
    )
    shown = Page(
        render_report(accepted(result=result, settings={"transform": kind}))
    ).text
    assert terms.heading(kind) in shown
    assert not re.search(r"\b(poly2|poly3|tps)\b", shown)
    assert plain(str(why)) in plain(shown)


@pytest.mark.parametrize("name", EVERY_SHAPE)
def test_no_internal_name_is_shown(name):
    shown = Page(render_report(EVERY_SHAPE[name])).text
    assert not re.search(r"log10|_px|_m\b|n_|matches_csv|trial|places agree", shown)


@pytest.mark.parametrize("name", EVERY_SHAPE)
def test_the_page_is_chinese_for_a_chinese_reader(name):
    data = replace(EVERY_SHAPE[name], language="zh_CN.UTF-8")
    reason = Message("like_unrelated", {"agreeing": 3.0, "places": 40})
    data = replace(data, result=replace(data.result, message=reason.to_dict()))
    page = render_report(data)
    assert '<html lang="zh-CN">' in page
    names = r"SOMA|SAR|px|sar\.tif|optical\.tif|gradient|registered\.tif|near|x"
    left = set(re.findall(r"[A-Za-z.]{2,}", re.sub(names, "", Page(page).shown)))
    assert left == set()


def test_every_option_file_and_stage_has_a_name():
    options = set(Job("", "").__dict__) - {"language"}
    assert set(SETTINGS) == options
    assert set(FILES) == set(WRITTEN)
    assert {"open", "match", "warp", "outputs", "total"} == set(STAGES)


@pytest.mark.parametrize("code", REASONS)
def test_refusal_says_reason_what_was_seen_and_what_to_try(code):
    text = Page(render_report(refused(code))).text
    assert "Not registered" in text
    assert f"Seen: {code}." in text
    assert ADVICE[code].lines
    assert all(line in text for line in ADVICE[code].lines)
    assert "What is left" not in text and "After" not in text


def test_advice_knows_every_reason():
    assert set(ADVICE) == set(REASONS)


def test_figures_are_shown_with_unit_and_meaning_and_only_where_known():
    quality = {
        "median_px": 0.629,
        "ce90_px": None,
        "before": {"median_px": 47.23},
        "coverage_share": 0.734,
        "bare_share": 0.21,
        "n_matches": 12345,
        "log10_chance": -3.2,
        "gsd_m": 10.0,
    }
    rows = figures.rows(quality)
    assert [(row.key, plain(row.value)) for row in rows] == [
        ("median_px", "0.63 px (6.3 m)"),
        ("before.median_px", "47.2 px (472 m)"),
        ("n_matches", "12\u202f345"),
        ("coverage_share", "73 %"),
        ("bare_share", "21 %"),
        ("log10_chance", "about one in 1,585"),
    ]
    assert all(row.label and row.meaning for row in rows)
    (bare,) = figures.rows({"median_px": 0.4})
    assert plain(bare.value) == "0.40 px"


def test_full_size_page_stays_below_three_megabytes(tmp_path):
    noise = pictures(size=(700, 1000))
    detail = pictures(size=(900, 1600))
    data = accepted(points=points(20_000), overview=noise, detail=detail)
    write_report(data, tmp_path / "report.html")
    # Noise is the worst there is for JPEG.
    assert (tmp_path / "report.html").stat().st_size < 3_000_000
