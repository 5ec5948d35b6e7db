"""The pages that ship with the plugin, in the user's language.

``scripts/help_pages.py`` writes them from the texts in ``docs/help``, and from the
algorithms and words of the plugin itself.
"""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices

from .i18n import language

FOLDER = Path(__file__).resolve().parents[2] / "help"
_ENGLISH = "en"


def page_url(topic: str) -> QUrl:
    """Return the address of a page.

    Args:
        topic: name of a page such as ``register``, or with one of its anchors, such
            as ``figures#expected-error``.
    """
    page, _, anchor = topic.partition("#")
    folder = FOLDER / (language() or _ENGLISH)
    url = QUrl.fromLocalFile(str(folder / f"{page}.html"))
    if anchor:
        url.setFragment(anchor)
    return url


def open_help(topic: str) -> None:
    """Show a page in the web browser; ``topic`` is as in ``page_url``."""
    QDesktopServices.openUrl(page_url(topic))
