"""What is said: every sentence has its code, its values and its other language."""

import ast
import string
from pathlib import Path

import pytest
from soma.core.base.errors import BadInput, Refused
from soma.core.base.words import numbers, terms
from soma.core.base.words.catalogue import closest, translator
from soma.core.base.words.message import Message
from soma.core.base.words.sentences import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
ERRORS = {"BadInput", "Cancelled", "ModelUnavailable", "Refused", "SomaError"}


def gaps(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def calls():
    """Yield (file:line, code, names of its values) of all sentences in the code."""
    for folder in ("core", "models"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                function = node.func
                if isinstance(function, ast.Name) and function.id in ERRORS:
                    yield where, None, set()
                elif isinstance(function, ast.Attribute) and function.attr == "of":
                    owner = getattr(function.value, "id", "")
                    if owner in ERRORS:
                        code = node.args[1 if owner == "Refused" else 0]
                        yield where, code, {key.arg for key in node.keywords}


def test_every_error_says_a_sentence_and_fills_all_of_its_gaps():
    found = list(calls())
    assert len(found) > 120
    for where, code, names in found:
        assert code is not None, (
            f"{where}: an error of the core says a sentence by code"
        )
        if isinstance(code, ast.Constant):
            assert names == gaps(SENTENCES[code.value]), where


def test_an_error_without_a_code_is_noticed():
    tree = ast.parse('raise BadInput("text")').body[0].exc
    assert isinstance(tree.func, ast.Name) and tree.func.id in ERRORS


def test_values_come_back_from_json_and_are_said_in_both_languages():
    error = Refused.of(
        "too_few_matches", "few_matches", inliers=2, kind="affine", least=3
    )
    again = Message.from_dict(error.message.to_dict())
    assert (
        str(again)
        == str(error)
        == ("Too few matches agree: 2. For an affine transform at least 3 have to.")
    )
    said = again.say(translator("zh_CN.UTF-8"))
    assert "仿射变换" in said and "2 个" in said and "affine" not in said
    assert error.code == "too_few_matches"


@pytest.mark.parametrize("kind", terms.KINDS)
def test_articles_fit_their_nouns(kind):
    noun = terms.a_transform(kind)
    assert noun.split()[0] == ("an" if noun.split()[1][0] in "aeiou" else "a")


def test_messages_in_messages_and_lists_are_said_as_well():
    faults = [
        Message("fault_shift", {"found": 70.04, "searched": 64}),
        Message("fault_scale", {"found": 1.2, "searched": 1.03}),
    ]
    error = Refused.of("out_of_range", "outside_search", faults=faults)
    assert "a shift of 70.0 px (searched: 64) and a scale of 1.200" in str(error)
    again = Message.from_dict(error.message.to_dict())
    assert "和" in again.say(translator("zh")) and "70.0 像素" in again.say(
        translator("zh")
    )
    bands = BadInput.of("no_such_band", name="a.tif", band=7, bands=[1, 2])
    assert str(bands) == "a.tif has no data band 7; its bands are 1, 2."


def test_what_is_no_sentence_is_refused():
    with pytest.raises(ValueError, match="no sentence"):
        Message("nonsense")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "less than 0.01 px"),
        (7.2e-13, "less than 0.01 px"),
        (0.0099, "less than 0.01 px"),
        (0.01, "0.01 px"),
        (0.629, "0.63 px"),
        (0.6, "0.60 px"),
        (1.55, "1.6 px"),
        (9.96, "10 px"),
        (12.34, "12 px"),
        (0.996, "1.0 px"),
        (472.3, "470 px"),
        (float("nan"), "–"),
        (None, "–"),
    ],
)
def test_errors_have_two_digits_and_none_below_a_hundredth(value, text):
    assert numbers.pixels(value).replace("\u00a0", " ") == text


def test_displacements_have_three_digits():
    def plain(text):
        return text.replace("\u00a0", " ")

    assert plain(numbers.distance((47.23, 472.3))) == "47.2 px (472 m)"
    assert plain(numbers.distance((17.44, None))) == "17.4 px"
    assert plain(numbers.distance((17.44, float("nan")))) == "17.4 px"
    assert plain(numbers.on_ground(12340.0)) == "12.3 km"
    assert plain(numbers.share(1.0)) == "100 %"


@pytest.mark.parametrize(
    ("language", "found"),
    [
        ("zh_CN", "zh_CN"),
        ("zh_CN.UTF-8", "zh_CN"),
        ("zh-Hans", "zh_CN"),
        ("zh", "zh_CN"),
        ("zh_TW", ""),
        ("en_GB.UTF-8", ""),
        ("C", ""),
        ("", ""),
    ],
)
def test_languages_are_read_as_systems_name_them(language, found):
    assert closest(language, ["zh_CN"]) == found


def test_every_sentence_can_be_said_in_chinese():
    chinese = translator("zh_CN")
    same = [code for code, text in SENTENCES.items() if chinese(text) == text]
    assert same == ["text"]
