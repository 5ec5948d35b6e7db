"""The plugin as QGIS sees it: what ``initGui`` adds, ``unload`` removes."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication, Qt, QTimer

from .ui.qt import settings
from .ui.qt.compat import QAction
from .ui.qt.i18n import install_translator, tr
from .ui.qt.icons import icon
from .ui.qt.windows import Windows

#: The dock's further tabs are made when it has been on the screen for so long.
TOOLS_AFTER_MS = 150


class SomaPlugin:
    """Actions, dock and Processing provider; heavy parts are made when asked for."""

    def __init__(self, iface: Any):
        self.iface = iface
        self.engine: Any = None
        self.dock: Any = None
        self._tools: Any = None
        self.provider: Any = None
        self._translator: Any = None
        self._warmup: Any = None
        self._windows = Windows()
        self._actions: list[Any] = []

    @property
    def tools(self) -> Any:
        """Return the dock's further tabs, None while there is no dock."""
        self._add_tools()
        return self._tools

    def initProcessing(self) -> None:
        """Register the algorithms; all that ``qgis_process`` calls."""
        from .ui.engine.engine import Engine
        from .ui.processing.provider import SomaProvider

        self._translator = self._translator or install_translator()
        self.engine = self.engine or Engine()
        self.provider = SomaProvider(self.engine)
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:
        """Add menu entries, the toolbar button and the algorithms."""
        from .ui.dock.warmup import Warmup

        self.initProcessing()
        self._warmup = Warmup()
        # QGIS puts docks where they were that it finds at its start. Making this one
        # takes longer than a start should, so it comes when all is quiet.
        self._warmup.done.connect(self._show_again)
        window = self.iface.mainWindow()
        toggle = QAction(icon("soma"), tr("SOMA Registration"), window)
        toggle.setCheckable(True)
        toggle.setObjectName("SomaToggleDock")
        toggle.toggled.connect(self.show_dock)
        self.iface.addToolBarIcon(toggle)
        self.iface.addPluginToRasterMenu("SOMA", toggle)
        self._actions = [toggle]
        for text, slot in (
            (tr("Set up engine…"), self.set_up_engine),
            (tr("Diagnostics…"), self.show_diagnostics),
        ):
            action = QAction(text, window)
            action.triggered.connect(slot)
            self.iface.addPluginToRasterMenu("SOMA", action)
            self._actions.append(action)

    def unload(self) -> None:
        """Undo ``initGui``, in reverse."""
        if self._warmup is not None:
            self._warmup.stop()
            self._warmup = None
        self._windows.close_all()
        if self._tools is not None and not sip.isdeleted(self._tools):
            self._tools.close_down()
        self._tools = None
        if self.dock is not None and not sip.isdeleted(self.dock):
            self.dock.visibilityChanged.disconnect(self._follow_dock)
            settings.note_dock(not self.dock.isHidden())
            self.dock.close_down()
            self.iface.removeDockWidget(self.dock)
            self.dock.deleteLater()
        self.dock = None
        for action in self._actions:
            self.iface.removePluginRasterMenu("SOMA", action)
            self.iface.removeToolBarIcon(action)
            action.deleteLater()
        self._actions = []
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        if self.engine is not None:
            self.engine.close()
            self.engine = None
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator = None

    def show_dock(self, visible: bool = True) -> None:
        """Show or hide the dock; it is made at the first time."""
        if self.dock is None:
            if not visible:
                return
            self._make_dock()
        self.dock.setUserVisible(visible)

    def set_up_engine(self) -> None:
        """Let the user make or choose the engine's Python."""
        from .ui.engine.setup_dialog import SetupDialog

        def make() -> SetupDialog:
            dialog = SetupDialog(self.engine, self.iface.mainWindow())
            dialog.engineChanged.connect(self._engine_changed)
            return dialog

        self._windows.show("set-up", make)

    def show_diagnostics(self) -> None:
        """Show versions, devices and the engine's log as one text to copy."""
        from .ui.engine.diagnostics import DiagnosticsDialog

        self._windows.show(
            "diagnostics",
            lambda: DiagnosticsDialog(self.engine, self.iface.mainWindow()),
        )

    def _show_again(self) -> None:
        """Show the dock where the last session ended with it."""
        if self.dock is None and settings.dock_was_open():
            self.show_dock()

    def _make_dock(self) -> None:
        from .ui.dock.dock import RegisterDock

        self.dock = RegisterDock(
            self.iface.mapCanvas(), self.engine, self.iface.mainWindow()
        )
        self.dock.setupWanted.connect(self.set_up_engine)
        self.dock.applyWanted.connect(self._apply_to_more)
        self.dock.bar.many.wanted.connect(self._register_many)
        self.dock.bar.many.follow(self.iface.layerTreeView())
        self.dock.visibilityChanged.connect(self._follow_dock)
        if not self.iface.mainWindow().restoreDockWidget(self.dock):
            area = Qt.DockWidgetArea.RightDockWidgetArea
            self.iface.addTabifiedDockWidget(area, self.dock, [], True)
        # After the first painting, so that no turn of the event loop takes long.
        QTimer.singleShot(TOOLS_AFTER_MS, self._add_tools)

    def _add_tools(self) -> None:
        if self._tools is None and self.dock is not None:
            from .ui.dock.further_tabs import FurtherTabs

            self._tools = FurtherTabs(self.dock, self.iface.mapCanvas())

    def _follow_dock(self) -> None:
        self._actions[0].setChecked(self.dock.isUserVisible())
        settings.note_dock(not self.dock.isHidden())

    def _engine_changed(self) -> None:
        self.engine.stop()
        if self.dock is not None:
            self.dock.refresh()

    def _register_many(self, sars: list[str], opticals: list[str]) -> None:
        """Open the algorithm for the images that are selected."""
        import processing

        images = {"SAR_LAYERS": sars, "OPTICAL_LAYERS": opticals}
        processing.createAlgorithmDialog("soma:registermany", images).show()

    def _apply_to_more(self, transform: str) -> None:
        from .ui.dock.apply_dialog import ApplyDialog

        self._windows.show(
            transform,
            lambda: ApplyDialog(transform, self.engine, self.iface.mainWindow()),
        )
