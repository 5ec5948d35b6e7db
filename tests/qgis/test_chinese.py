"""The engine's own sentences in Chinese, from the worker to what the user reads."""

import ast
import re
import string
from pathlib import Path
from typing import get_args

import pytest
from han import HAN, REFUSED, UNITS, is_chinese
from qgis.core import (
    QgsCoordinateReferenceSystem,
)
from soma.core.job import SearchMode
from soma.core.types import Modality, Resampling, TransformKind
from soma.ui import engine_complaints, engine_findings, i18n, words
from soma.ui.click.points import (
    ControlPoint,
    FitResult,
    PointList,
    Residual,
    read_fit,
)
from soma.ui.click.table import PointTable
from soma.ui.processing.base import MEANINGS
from soma.ui.sentences import translated

ROOT = Path(__file__).resolve().parents[2]
#: Kinds of transform as the engine writes them.
KINDS = ("shift", "similarity", "affine", "poly2", "poly3", "tps", "flow")
#: Calls in which the engine speaks to the user, and the files that do not.
SPEAKING = {"BadInput", "Refused", "ModelUnavailable"}
SILENT = ("simulate", "cli.py", "options.py", "commands.py", "pairtable.py")
#: What only a program that talks to the worker by itself can hear, or the command
#: line's ``match``.
UNHEARD = ("The job ", "Unknown call", "7 is the dense map's name")
#: What a gap holds that is made of parts.
PARTS = {
    "alignment has 7;": "alignment has a scale of 1.2 (searched: up to 1.03);",
    "has no bands7.": "has no bands; it holds several rasters, give one of them: 7.",
}


def spoken():
    """Return every sentence of the engine's code, with 7 in its gaps."""
    files = [*(ROOT / "core").rglob("*.py"), *(ROOT / "models").glob("*.py")]
    for path in files:
        if any(name in str(path.relative_to(ROOT)) for name in SILENT):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in SPEAKING:
                text = written(node.args[name == "Refused"])
                if text and not text.startswith(UNHEARD):
                    yield f"{path.name}:{node.lineno}", text


def written(node):
    """Return a literal sentence with 7 in its gaps, "" for anything else."""
    if isinstance(node, ast.Constant):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    return "".join(p.value if isinstance(p, ast.Constant) else "7" for p in node.values)


def templates():
    """Return every sentence that is known, in English."""
    return [
        *engine_findings.refusals(str),
        *engine_findings.reasons(str),
        *engine_complaints.files(str),
        *engine_complaints.choices(str),
    ]


def test_every_sentence_of_the_engine_is_known_in_chinese(chinese):
    found = dict(spoken())
    assert len(found) > 90
    unknown = {}
    for where, text in found.items():
        for gap, part in PARTS.items():
            text = text.replace(gap, part)
        if not HAN.search(translated(text)):
            unknown[where] = text
    assert unknown == {}


def test_the_models_of_the_engine_are_described_in_chinese(chinese):
    tree = ast.parse((ROOT / "models/registry.py").read_text(encoding="utf-8"))
    values = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and node.target.id == "MODELS"
    ]
    assert values and values[0]
    cards = [card for _, card in values[0].values()]
    cards += [p.read_text("utf-8") for p in (ROOT / "models/weights").glob("*.md")]
    for card in cards:
        assert HAN.search(words.card_line(card)), words.card_line(card)


def test_every_sentence_keeps_its_values_and_loses_its_english(chinese):
    for text in templates():
        gaps = [name for _, name, _, _ in string.Formatter().parse(text) if name]
        values = {name: f"⟨{k}⟩" for k, name in enumerate(gaps)}
        told = translated(text.format(**values))
        assert told != text and HAN.search(told), text
        assert all(value in told for value in values.values()), told


def test_words_in_the_gaps_are_translated(chinese):
    why = "poly3: held-out error 0.33 px, better than affine with 0.35 px."
    assert is_chinese(translated(why)), translated(why)
    told = translated(
        "shifted by 4.1 px (41 m) towards NW, and locally by up to 3.0 px more"
    )
    assert is_chinese(told) and "西北" in told
    assert "4.1\u00a0像素（41\u00a0米）" in told
    told = translated(f"cannot tell: {REFUSED['unrelated']}")
    assert is_chinese(told) and "3" in told and "40" in told
    others = translated(
        "affine: error at left-out points 0.5 px; shift 4.0 px, tps 0.4 px."
    )
    assert is_chinese(others) and "，薄板样条 0.4\u00a0像素" in others, others


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
    assert all(HAN.search(words.stage(text)) for text in found), found
    assert words.stage("Warping a.tif") == "正在校正 a.tif"


def test_unknown_sentences_stay_as_they_are(chinese):
    assert translated("Something new happened.") == "Something new happened."


def test_units_are_chinese_in_every_text(chinese):
    for text in templates():
        told = i18n.tr(text).replace("40px", "")
        assert not UNITS.search(re.sub("{.*?}", "", told)), told
    lengths = [words.length(850.0), words.length(12_000.0), words.with_metres(1, 4)]
    lengths = [length.replace("\u00a0", "_") for length in lengths]
    assert lengths == ["850_米", "12_千米", "1.00_像素（4_米）"]
    plan = {"ok": True, "overlap_m": None, "width": 9, "height": 8, "tiles": 1}
    assert "9 × 8\u00a0像素" in words.plan_line({**plan, "seconds": 2})


def test_units_are_chinese_in_lists_and_legends(chinese, plugin, project):
    points = PointList()
    points.crs = QgsCoordinateReferenceSystem("EPSG:32632")
    point = points.add((5e5, 5e6), (5e5 + 3.0, 5e6 + 4.0))
    left = Residual(0.5, 5.0, 0.75, (0.0, 0.0), (0.0, 0.0))
    points.set_fit(FitResult("shift", "", 0.5, 5.0, {point.number: left}))
    table = PointTable(points)
    shown = [table.item(0, column).text() for column in (1, 2, 3)]
    assert [text.split("\u00a0") for text in shown] == [
        ["5", "米"],
        ["0.50", "像素"],
        ["0.75", "像素"],
    ]
    plugin.show_dock()
    assert plugin.tools.compare.value.text() == "96\u00a0像素"


def test_english_stays_english(qapp):
    for text in REFUSED.values():
        named = text.replace("poly2", "2nd-order polynomial")
        assert translated(text).replace("\u00a0", " ") == named


def test_no_line_ends_between_a_number_and_its_unit(qapp, plugin):
    """Only the engine's own words for users are meant, not those of other programs."""
    plan = {"ok": True, "overlap_m": (3840.0, 384.0), "gsd_m": 10.0, "tiles": 4}
    texts = [
        *map(translated, REFUSED.values()),
        translated("poly3: held-out error 0.33 px, better than affine with 0.35 px."),
        translated("shifted by 4.1 px (41 m) towards NW"),
        words.with_metres(0.31, 3.1),
        words.plan_line({**plan, "seconds": 300}),
    ]
    figures = re.compile(r"\d(.)(px|m|km|s|min)\b")
    spaces = [found[1] for text in texts for found in figures.finditer(text)]
    assert len(spaces) > 15 and set(spaces) == {"\u00a0"}


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
    why = f"{kind}: held-out error 0.33 px, better than {kind} with 0.35 px."
    nothing = {"before": {}, "after": {}, "n_inliers": 4, "n_matches": 5}
    result = {"status": "ok", "transform": kind, "reason": why, "quality": nothing}
    panel.show_result({**result, "files": {}}, [])
    told = panel.why.text()
    assert told.startswith("Transform and why: ")
    assert not re.search("poly[23]|tps", told), told
    name = words.transforms()[kind].split(" (")[0].lower()
    told = told.replace("\u00a0", " ").lower()
    assert f"{name}: held-out error 0.33 px, better than {name} with" in told
