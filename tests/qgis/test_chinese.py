"""The engine's own sentences in Chinese, from the worker to what the user reads."""

import re
from pathlib import Path
from typing import get_args

import pytest
from han import HAN, REFUSED, UNITS, is_chinese
from qgis.core import (
    QgsCoordinateReferenceSystem,
)
from soma.core.base.job import SearchMode
from soma.core.base.types import Modality, Resampling, TransformKind
from soma.core.base.words.message import Message
from soma.core.base.words.sentences import SENTENCES
from soma.ui.click.points import (
    ControlPoint,
    FitResult,
    PointList,
    Residual,
    read_fit,
)
from soma.ui.click.table import PointTable
from soma.ui.processing.choices import MEANINGS
from soma.ui.qt import i18n
from soma.ui.words import sentences

ROOT = Path(__file__).resolve().parents[2]
#: Kinds of transform as the engine writes them.
KINDS = ("shift", "similarity", "affine", "poly2", "poly3", "tps", "flow")
#: Files whose stages nobody sees in QGIS.
SILENT = ("simulate", "commandline")


def test_every_sentence_of_the_engine_is_said_in_chinese(chinese):
    assert len(SENTENCES) > 150
    assert [c for c, text in SENTENCES.items() if not HAN.search(i18n.tr(text))] == [
        "two_sentences",
        "text",
    ]


def test_terms_in_the_gaps_are_chinese(chinese):
    values = {"kind": "poly3", "error": 0.33, "gain": 0.06, "rival": "affine"}
    why = Message("chosen_better", values).say(i18n.tr)
    assert is_chinese(why), why
    values = {"shift": [4.1, 41.0], "direction": "NW", "rest": [3.0, 30.0]}
    told = Message("shifted_and_distorted", values).say(i18n.tr)
    assert is_chinese(told) and "西北" in told
    assert "4.1\u00a0像素（41.0\u00a0米）" in told
    told = Message("cannot_tell", {"reason": REFUSED["unrelated"]}).say(i18n.tr)
    assert is_chinese(told) and "3" in told and "40" in told
    for kind in KINDS:
        assert is_chinese(Message("asked", {"kind": kind}).say(i18n.tr))


@pytest.mark.parametrize("count", [1, 2, 3, 9])
@pytest.mark.parametrize("asked", ["auto", "affine"])
def test_why_a_transform_fits_the_clicks_is_chinese(
    chinese, plugin, pair, tmp_path, count, asked
):
    if asked == "affine" and count < 3:
        return
    points = [(453500.0 + 500 * (n % 3), 5106000.0 + 400 * (n // 3)) for n in range(9)]
    points[2] = (454500.0, 5106300.0)
    listed = tuple(
        ControlPoint(n, (x, y), (x + 20, y)) for n, (x, y) in enumerate(points[:count])
    )
    job = {"sar": pair[0], "optical": pair[1], "out": str(tmp_path), "transform": asked}
    answer = plugin.engine.call(
        "fit_points",
        job=job,
        points=[point.to_dict() for point in listed],
        crs="EPSG:32632",
    )
    fit = read_fit(listed, answer)
    assert is_chinese(fit.why), fit.why


def test_every_stage_of_the_engine_is_chinese(chinese):
    found = set()
    for path in (ROOT / "core").rglob("*.py"):
        if not any(name in str(path.relative_to(ROOT)) for name in SILENT):
            stages = re.compile(r"(?:next|setProgressText)\(\"([^\"]+)\"")
            found.update(stages.findall(path.read_text(encoding="utf-8")))
    assert len(found) > 8
    assert all(HAN.search(sentences.stage(text)) for text in found), found
    assert sentences.stage("Warping a.tif") == "正在校正 a.tif"
    assert HAN.search(sentences.stage("pair 1: good"))


def test_a_text_without_a_code_stays_as_it_is(chinese):
    assert sentences.said({}, "Something new happened.") == "Something new happened."


def test_units_are_chinese_in_every_text(chinese):
    for text in SENTENCES.values():
        told = i18n.tr(text).replace("40px", "").replace("_px", "")
        assert not UNITS.search(re.sub("{.*?}", "", told)), told
    said = [sentences.length(metres) for metres in (850.0, 12_000.0)]
    said.append(sentences.with_metres(1, 4))
    lengths = [length.replace("\u00a0", "_") for length in said]
    assert lengths == ["850_米", "12_千米", "1.0_像素（4.0_米）"]
    plan = {"ok": True, "overlap_m": None, "width": 9, "height": 8, "tiles": 1}
    assert "9 × 8\u00a0像素" in sentences.plan_line({**plan, "seconds": 2})


def test_units_are_chinese_in_lists_and_legends(chinese, plugin, project):
    points = PointList()
    points.crs = QgsCoordinateReferenceSystem("EPSG:32632")
    point = points.add((5e5, 5e6), (5e5 + 3.0, 5e6 + 4.0))
    left = Residual(0.5, 5.0, 0.75, (0.0, 0.0))
    points.set_fit(FitResult("shift", "", 0.5, 5.0, {point.number: left}))
    table = PointTable(points)
    shown = [table.item(0, column).text() for column in (1, 2, 3)]
    assert [text.split("\u00a0") for text in shown] == [
        ["5.0", "米"],
        ["0.50", "像素"],
        ["0.75", "像素"],
    ]
    plugin.show_dock()
    assert plugin.tools.compare.slider.value.text() == "96\u00a0像素"


def test_no_line_ends_between_a_number_and_its_unit(qapp, plugin):
    """Only the engine's own words for users are meant, not those of other programs."""
    plan = {"ok": True, "overlap_m": (3840.0, 384.0), "gsd_m": 10.0, "tiles": 4}
    texts = [
        *(message.say(i18n.tr) for message in REFUSED.values()),
        Message("asked_error", {"kind": "poly3", "error": 0.33}).say(i18n.tr),
        Message("aligned", {"error": [4.1, 41.0]}).say(i18n.tr),
        sentences.with_metres(0.31, 3.1),
        sentences.plan_line({**plan, "seconds": 300}),
    ]
    figures = re.compile(r"\d(.)(px|m|km|s|min)\b")
    spaces = [found[1] for text in texts for found in figures.finditer(text)]
    assert len(spaces) > 10 and set(spaces) == {"\u00a0"}


def test_every_word_of_the_algorithms_is_chinese(chinese, plugin):
    """Values such as px stay what the command line calls them, and are explained."""
    for known in plugin.provider.algorithms():
        algorithm = known.create()
        inputs = algorithm.parameterDefinitions()
        for part in (*inputs, *algorithm.outputDefinitions()):
            assert HAN.search(part.description()), part.description()
            assert HAN.search(algorithm.shortHelpString())
        for parameter in inputs:
            assert HAN.search(parameter.help()), parameter.name()
            meanings = parameter.metadata().get(MEANINGS, {})
            assert parameter.type() != "enum" or meanings, parameter.name()
            for value, meaning in meanings.items():
                # A name has no translation.
                assert HAN.search(meaning) or meaning == "Lanczos", value


@pytest.mark.parametrize(
    ("name", "meanings"),
    [
        ("MOVING", get_args(Modality)),
        ("TRANSFORM", get_args(TransformKind)),
        ("SEARCH", get_args(SearchMode)),
        ("RESAMPLING", get_args(Resampling)),
    ],
)
def test_every_value_of_a_job_can_be_chosen(plugin, name, meanings):
    algorithm = plugin.provider.algorithm("register").create()
    assert algorithm.parameterDefinition(name).options() == list(meanings)


@pytest.mark.parametrize("kind", KINDS)
def test_english_names_the_transforms_in_full(qapp, plugin, kind):
    plugin.show_dock()
    panel = plugin.dock.panel
    values = {"kind": kind, "error": 0.33, "gain": 0.06, "rival": kind}
    why = Message("chosen_better", values)
    nothing = {"before": {}, "after": {}, "n_inliers": 4, "n_matches": 5}
    result = {"status": "ok", "transform": kind, "quality": nothing, "files": {}}
    panel.show_result({**result, "reason": str(why), "message": why.to_dict()}, [])
    told = panel.why.text()
    assert told.startswith("Transform and why: ")
    assert not re.search("poly[23]|tps", told), told
    name = sentences.transforms()[kind].split(" (")[0].lower()
    assert told.lower().count(name) == 2
