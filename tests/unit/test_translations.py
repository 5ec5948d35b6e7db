"""Every text of the plugin is there in every language, with the same gaps to fill."""

import re

import pytest
from checkout import load_file

tool = load_file("scripts/translations.py")


def test_nothing_is_left_untranslated():
    assert tool.unfinished() == []


@pytest.mark.parametrize("language", tool.LANGUAGES)
def test_placeholders_and_shortcuts_survive(language):
    known = tool.read(tool.FOLDER / f"soma_{language}.ts")
    for text, translated in known.items():
        gaps = [sorted(re.findall(r"{[^}]*}", t)) for t in (text, translated)]
        assert gaps[0] == gaps[1], text
        keys = [re.findall(r"&(\w)", t.upper()) for t in (text, translated)]
        assert keys[0] == keys[1], text


#: What keeps Latin punctuation inside of a Chinese text: gaps, shortcuts, patterns of
#: files, numbers, and names such as EPSG:32632.
LATIN = r"{[^}]*}|\(&\w\)|\(\*[^)]*\)|\w+://\S+|\w[,:]\w|<[^>]*>|\w+\(\)"


def narrow_marks(text):
    """Return the half-width marks of a text that Chinese typography wants wide."""
    if not re.search("[\u4e00-\u9fff]", text):
        return []
    return re.findall("[,;:?!()]", re.sub(LATIN, "", text, flags=re.ASCII))


def test_narrow_marks_are_found():
    assert narrow_marks("左,右") == [","] and narrow_marks("打开(推荐)") == ["(", ")"]
    assert narrow_marks("图层(&L)，EPSG:4326（{n:.2f}）。") == []


def test_chinese_has_wide_marks():
    known = tool.read(tool.FOLDER / "soma_zh_CN.ts")
    assert {t: narrow_marks(t) for t in known.values() if narrow_marks(t)} == {}


@pytest.mark.parametrize("language", tool.LANGUAGES)
def test_compiled_file_is_not_older_than_its_source(language):
    compiled = (tool.FOLDER / f"soma_{language}.qm").read_bytes()
    known = tool.read(tool.FOLDER / f"soma_{language}.ts")
    missing = [t for t in known.values() if t.encode("utf-16-be") not in compiled]
    assert missing == []
