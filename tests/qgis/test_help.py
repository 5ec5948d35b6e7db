"""The pages that ship with the plugin: written by the code, whole, and in the zip."""

import ast
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from checkout import ROOT, load_file
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QObject, QUrl, pyqtSlot
from qgis.PyQt.QtGui import QDesktopServices
from soma.ui.engine.engine import Engine
from soma.ui.processing.provider import ALGORITHMS
from soma.ui.qt.help import open_help, page_url

LANGUAGES = {"en": "en_GB", "zh_CN": "zh_CN"}


class Page(HTMLParser):
    """Targets of a page: its anchors, and what it leads to or loads."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links = [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors += [values["id"]] if "id" in values else []
        self.links += [values[k] for k in ("href", "src") if k in values]


def page_files():
    return sorted((ROOT / "help").rglob("*.html"))


@pytest.fixture
def language(qapp, request):
    """QGIS is set to a language; returns its folder of pages."""
    settings = QgsSettings()
    settings.setValue("locale/overrideFlag", True)
    settings.setValue("locale/userLocale", LANGUAGES[request.param])
    yield request.param
    settings.remove("locale/overrideFlag")
    settings.remove("locale/userLocale")


def test_pages_say_what_the_code_says(qapp):
    """Else: scripts/help_pages.py."""
    written = {
        path.relative_to(ROOT / "help").as_posix(): path.read_text(encoding="utf-8")
        for path in page_files()
    }
    assert written == load_file("scripts/help_pages.py").pages()


@pytest.mark.parametrize("language", LANGUAGES, indirect=True)
def test_every_algorithm_has_a_page_in_the_zip(language, tmp_path):
    pack = load_file("scripts/package.py")
    pack.write_zip(tmp_path / "soma.zip")
    with zipfile.ZipFile(tmp_path / "soma.zip") as archive:
        names = set(archive.namelist())
    for kind in ALGORITHMS:
        url = QUrl(kind(Engine()).helpUrl())
        path = Path(url.toLocalFile())
        assert url.isLocalFile() and path.parent.name == language
        assert f"soma/{path.relative_to(ROOT).as_posix()}" in names


def test_every_link_leads_somewhere():
    for path in page_files():
        page = Page(path)
        assert len(page.anchors) == len(set(page.anchors)), path
        for link in page.links:
            target, _, anchor = link.partition("#")
            # Nothing comes from the network, whatever the page is opened with.
            assert not re.match(r"\w+:|//", link), (path, link)
            found = (path.parent / target).resolve() if target else path
            assert found.is_file(), (path, link)
            assert not anchor or anchor in Page(found).anchors, (path, link)


def test_languages_have_the_same_pages_and_anchors():
    here, there = (
        {p.name: Page(p).anchors for p in (ROOT / "help" / folder).glob("*.html")}
        for folder in LANGUAGES
    )
    assert here and here == there


def topics():
    """Return every topic that the plugin opens."""
    for path in [ROOT / "plugin.py", *sorted((ROOT / "ui").rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and "open_help" in ast.dump(node.func):
                yield from (a.value for a in node.args if isinstance(a, ast.Constant))


@pytest.mark.parametrize("language", LANGUAGES, indirect=True)
def test_every_topic_is_a_page(language):
    for topic in [*topics(), "figures#expected-error"]:
        url = page_url(topic)
        path = Path(url.toLocalFile())
        assert path.is_file() and path.parent.name == language, topic
        assert not url.hasFragment() or url.fragment() in Page(path).anchors, topic


class Browser(QObject):
    """Stands in for the web browser."""

    def __init__(self):
        super().__init__()
        self.opened = []

    @pyqtSlot(QUrl)
    def show(self, url):
        self.opened.append(url)


def test_help_opens_the_page_at_its_anchor(qapp):
    browser = Browser()
    QDesktopServices.setUrlHandler("file", browser, "show")
    try:
        open_help("figures#expected-error")
    finally:
        QDesktopServices.unsetUrlHandler("file")
    (url,) = browser.opened
    assert url.toString().endswith("/help/en/figures.html#expected-error")


def test_every_parameter_and_output_is_explained(qapp):
    for kind in ALGORITHMS:
        algorithm = kind(Engine())
        algorithm.initAlgorithm()
        for parameter in algorithm.parameterDefinitions():
            assert parameter.help().endswith("."), parameter.name()
        for output in algorithm.outputDefinitions():
            assert output.description() != output.name()
