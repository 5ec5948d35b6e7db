"""Texts in the user's language."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QLocale, QTranslator

CONTEXT = "soma"
FOLDER = Path(__file__).resolve().parents[2] / "i18n"
#: Between a number, or the gap for one, and its unit.
_BEFORE_UNIT = re.compile(
    r"(?<=[\d}]) (?=(?:px|m|km|s|min|MB|GB|%|像素|米|千米|秒|分钟)(?![A-Za-z]))"
)
_NO_BREAK = "\u00a0"


def tr(text: str) -> str:
    """Return a text in the user's language, as it is where there is none.

    No line ends between a number and its unit.
    """
    return _unbroken(QCoreApplication.translate(CONTEXT, text))


@cache
def _unbroken(text: str) -> str:
    return _BEFORE_UNIT.sub(_NO_BREAK, text)


def locale_name() -> str:
    """Return the language that the user set for QGIS, like ``zh_CN``."""
    settings = QgsSettings()
    if settings.value("locale/overrideFlag", False, type=bool):
        return settings.value("locale/userLocale", "en", type=str)
    chosen = settings.value("locale/userLocale", "", type=str)
    return chosen or QLocale.system().name()


def language() -> str:
    """Return the language of ``FOLDER`` that the user reads, "" for English."""
    return _closest(locale_name())


def install_translator() -> QTranslator | None:
    """Load the texts of the user's language; returns what to remove later."""
    translator = QTranslator()
    name = language()
    if not name or not translator.load(str(FOLDER / f"soma_{name}.qm")):
        return None
    QCoreApplication.installTranslator(translator)
    return translator


def _closest(locale: str) -> str:
    names = [path.stem[len("soma_") :] for path in sorted(FOLDER.glob("soma_*.qm"))]
    same = [name for name in names if name == locale.replace("-", "_")]
    language = [name for name in names if name.split("_")[0] == locale[:2]]
    # Traditional Chinese is not read as Simplified by everyone.
    if locale in ("zh_TW", "zh_HK", "zh-Hant"):
        language = []
    return (same + language + [""])[0]
