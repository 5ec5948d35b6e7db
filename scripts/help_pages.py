#!/usr/bin/env python3
"""Write the pages of ``help/`` from ``docs/help`` and from the plugin itself.

Usage: QT_QPA_PLATFORM=offscreen .venv-qgis/bin/python scripts/help_pages.py [--check]

The texts are those of ``docs/help/LANGUAGE/TOPIC.html``; names, tooltips, choices and
outputs of the algorithms and the words for refusals come from the code, in the
language of the page. With --check nothing is written; exit code 1 when a page is not
what it would be.
"""

import html
import importlib.util
import os
import re
import sys
import tempfile
from pathlib import Path

import jinja2

ROOT = Path(__file__).resolve().parents[1]
SOURCE, TARGET = ROOT / "docs" / "help", ROOT / "help"
#: Folder of the pages by language of the texts; "" is the language of the code.
LANGUAGES = {"en": "", "zh_CN": "zh_CN"}
#: In the order of the contents.
TOPICS = (
    "index",
    "dock",
    "compare",
    "points",
    "figures",
    "refusals",
    "setup",
    "register",
    "registermany",
    "matchpoints",
    "applytransform",
    "checkerboard",
    "assessalignment",
)
_HEADING = re.compile(r"<h1>(.*?)</h1>")


def pages() -> dict[str, str]:
    """Return the text of every page by its path below ``help``; needs QGIS."""
    load_plugin()
    from qgis.core import QgsApplication

    if QgsApplication.instance() is None:
        os.environ.setdefault("QGIS_CUSTOM_CONFIG_PATH", tempfile.mkdtemp("-help"))
        application = QgsApplication([], False)
        application.initQgis()
    found = {}
    for folder, language in LANGUAGES.items():
        with translated(language):
            found.update(pages_of(folder))
    return found


def load_plugin() -> None:
    """Make this folder the package ``soma``, as it is in QGIS."""
    if importlib.util.find_spec("soma") is None:
        sys.path.insert(0, str(ROOT / "core" / "engine"))
        from bootstrap import import_package

        import_package(ROOT)


class translated:
    """Texts of the plugin are in a language meanwhile, whatever the user's is."""

    def __init__(self, language: str):
        self._language, self._own = language, None

    def __enter__(self) -> None:
        from qgis.PyQt.QtCore import QCoreApplication, QTranslator

        self._own = QTranslator()
        if self._language:
            file = ROOT / "i18n" / f"soma_{self._language}.qm"
            if not self._own.load(str(file)):
                raise SystemExit(f"{file} cannot be read.")
            QCoreApplication.installTranslator(self._own)

    def __exit__(self, *what: object) -> None:
        from qgis.PyQt.QtCore import QCoreApplication

        QCoreApplication.removeTranslator(self._own)


def pages_of(folder: str) -> dict[str, str]:
    """Return the pages of one language by their path."""
    loader = jinja2.FileSystemLoader([SOURCE / folder, SOURCE])
    environment = jinja2.Environment(
        loader=loader, autoescape=False, undefined=jinja2.StrictUndefined
    )
    environment.globals.update(facts())
    bodies = {t: environment.get_template(f"{t}.html").render() for t in TOPICS}
    titles = {topic: _HEADING.search(body).group(1) for topic, body in bodies.items()}
    frame = environment.get_template("frame.html.j2")
    return {
        f"{folder}/{topic}.html": frame.render(
            topic=topic, body=bodies[topic], titles=titles, language=folder
        )
        for topic in TOPICS
    }


def facts() -> dict[str, object]:
    """Return what a page may ask of the code, in the language of the moment."""
    from soma.core.base.words.advice import ADVICE
    from soma.core.base.words.figures import FIGURES
    from soma.ui.engine.engine import Engine
    from soma.ui.processing.provider import ALGORITHMS
    from soma.ui.qt.i18n import tr
    from soma.ui.words import sentences

    engine = Engine()
    kinds = {kind(engine).name(): kind(engine) for kind in ALGORITHMS}
    for algorithm in kinds.values():
        algorithm.initAlgorithm()
    return {
        "about": lambda name: _text(kinds[name].about().help),
        "title": lambda name: _text(kinds[name].displayName()),
        "parameters": lambda name: [_parameter(p) for p in _inputs(kinds[name])],
        "outputs": lambda name: [
            (o.name(), _text(o.description())) for o in kinds[name].outputDefinitions()
        ],
        "figures": lambda: [
            (_anchor(f.key), _text(tr(f.label)), _text(tr(f.meaning))) for f in FIGURES
        ],
        "refusals": lambda: [
            (code, _text(" ".join(sentences.refusal(code)))) for code in ADVICE
        ],
    }


def _anchor(key: str) -> str:
    """Return where a page has a figure: "expected-error" for "expected_error_px"."""
    return re.sub("_px$", "", key).replace("_", "-").replace(".", "-")


def _inputs(algorithm: object) -> list:
    """Return the parameters, those first that are not folded away."""
    from soma.ui.processing.base import ADVANCED

    return sorted(
        algorithm.parameterDefinitions(), key=lambda p: bool(p.flags() & ADVANCED)
    )


def _parameter(parameter: object) -> dict[str, object]:
    from soma.ui.processing.choices import MEANINGS, words_of

    words = words_of(parameter) if MEANINGS in parameter.metadata() else []
    return {
        "name": parameter.name(),
        "text": _text(parameter.description()),
        "told": _text(parameter.help()),
        "choices": [(code, _text(meaning)) for code, meaning in words],
    }


def _text(text: str) -> str:
    return html.escape(text, quote=False)


def main() -> int:
    """Write the pages, or compare them with what they would be."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    differ = []
    for name, text in pages().items():
        path = TARGET / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        differ.append(name)
        if "--check" not in sys.argv[1:]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    sys.stderr.write(f"{len(differ)} pages differ: {', '.join(differ)}\n")
    return 1 if differ and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Which of Python and Qt takes QGIS's objects down first is luck.
    os._exit(code)
