"""The report as a browser lays it out: on paper, on a phone, for dark eyes."""

import re
import shutil
import subprocess

import pytest
from report_parts import accepted
from soma.core.products.report import render_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(not BROWSER, reason="no chromium on this machine")
#: Pages of a whole report; with one picture on each there were twelve.
MOST_PAGES = 6
#: Chromium makes no window narrower than this.
NARROW_PX = 500
#: Writes into the title how much wider the page is than a phone, in pixels.
MEASURE = """<script>
document.body.style.width = "360px";
const most = document.body.getBoundingClientRect().left + 361;
document.title = "too wide: " + [...document.querySelectorAll("table,figure,section")]
  .filter(part => part.getBoundingClientRect().right > most)
  .map(part => part.className || part.tagName).join(" ");
</script></body>"""


def browse(page, tmp_path, *options):
    words = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}/p",
    ]
    return subprocess.run(
        [BROWSER, *words, *options, page.as_uri()],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(render_report(accepted()), encoding="utf-8")
    return path


def test_paper_is_not_wasted(page, tmp_path):
    pdf = tmp_path / "report.pdf"
    browse(page, tmp_path, f"--print-to-pdf={pdf}")
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))
    assert 1 <= pages <= MOST_PAGES


def test_phones_need_not_be_pushed_aside(page, tmp_path):
    page.write_text(page.read_text().replace("</body>", MEASURE))
    shown = browse(page, tmp_path, f"--window-size={NARROW_PX},900", "--dump-dom")
    assert re.search(r"<title>(too wide: [^<]*)", shown)[1].strip() == "too wide:"
