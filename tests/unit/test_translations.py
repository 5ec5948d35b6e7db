"""Every text of the plugin is there in every language, with the same gaps to fill."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("tool", ROOT / "scripts/translations.py")
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


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


@pytest.mark.parametrize("language", tool.LANGUAGES)
def test_compiled_file_is_not_older_than_its_source(language):
    compiled = (tool.FOLDER / f"soma_{language}.qm").read_bytes()
    known = tool.read(tool.FOLDER / f"soma_{language}.ts")
    missing = [t for t in known.values() if t.encode("utf-16-be") not in compiled]
    assert missing == []
