"""The texts of a language, from the catalogue that the plugin has as well."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Callable, Sequence
from xml.etree import ElementTree  # nosec B405 - reads the program's own file

#: ``i18n/soma_LANGUAGE.ts``: what is written in English, and what it is elsewhere.
FOLDER = Path(__file__).resolve().parents[3] / "i18n"


def closest(language: str, names: Sequence[str]) -> str:
    """Return which of ``names`` (like ``zh_CN``) a reader of ``language`` reads, or "".

    Args:
        language: as systems name it: ``zh_CN.UTF-8``, ``zh-Hans``, ``en``.
        names: languages that there are.
    """
    name = language.split(".")[0].replace("-", "_")
    # Traditional Chinese is not read as Simplified by everyone.
    if name in ("zh_TW", "zh_HK", "zh_Hant"):
        return ""
    same = [known for known in names if known == name]
    related = [known for known in names if known.split("_")[0] == name.split("_")[0]]
    return (same + related + [""])[0]


@lru_cache(maxsize=4)
def translator(language: str) -> Callable[[str], str]:
    """Return what turns a text into ``language``; it leaves alone what it lacks."""
    names = [path.stem[len("soma_") :] for path in sorted(FOLDER.glob("soma_*.ts"))]
    name = closest(language, names)
    if not name:
        return str
    known = read(FOLDER / f"soma_{name}.ts")

    def translate(text: str) -> str:
        return known.get(text, text)

    return translate


def read(path: Path) -> dict[str, str]:
    """Return the finished translations of a ``.ts`` file, {} where there is none."""
    if not path.exists():
        return {}
    known = {}
    # The file is the program's own.
    for message in ElementTree.parse(path).iter("message"):  # nosec B314
        translation = message.find("translation")
        if translation is not None and translation.get("type") is None:
            known[message.findtext("source", "")] = translation.text or ""
    return known
