"""The dock's tabs, with help about the one that is in front."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QTabWidget, QToolButton, QWidget

from ..qt.help import open_help
from ..qt.i18n import tr
from ..qt.widgets import calm_wheel, keep_readable


class DockTabs(QTabWidget):
    """Tabs that each have a page of the help."""

    def __init__(self) -> None:
        super().__init__()
        self._topics: dict[QWidget, str] = {}
        self.setDocumentMode(True)
        self.help = QToolButton()
        self.help.setText("?")
        self.help.setAutoRaise(True)
        self.help.setToolTip(tr("Help about this tab"))
        self.help.setAccessibleName(tr("Help about this tab"))
        self.help.clicked.connect(self.show_help)
        self.setCornerWidget(self.help)
        # From the tabs the way leads into the page.
        self.setTabOrder(self.help, self.tabBar())
        keep_readable(self)
        calm_wheel(self)

    def add(self, page: QWidget, title: str, topic: str) -> None:
        """Add a tab and the page of the help that tells about it."""
        self.addTab(page, title)
        self._topics[page] = topic

    def show_help(self) -> None:
        """Open the help about the tab in front."""
        open_help(self._topics[self.currentWidget()])
