"""QGIS's main window as far as the plugin asks for it."""

import itertools

from qgis.core import QgsLayerTreeModel, QgsProject
from qgis.gui import QgsLayerTreeView, QgsMapCanvas
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtWidgets import QApplication, QMainWindow, QMenu, QToolBar

_numbers = itertools.count()


class Iface:
    """What the plugin asks of QGIS's main window, with real widgets.

    As in QGIS they belong to C++ alone: each call gives a new Python object, and what
    only such an object holds loses its Python half with it.
    """

    def __init__(self):
        window = QMainWindow()
        self._name = f"bare main window {next(_numbers)}"
        window.setObjectName(self._name)
        window.resize(1280, 800)
        window.setCentralWidget(QgsMapCanvas(window))
        QToolBar(window)
        QMenu(window)
        tree = QgsLayerTreeView(window)
        tree.setModel(QgsLayerTreeModel(QgsProject.instance().layerTreeRoot(), tree))
        sip.transferto(window, QCoreApplication.instance().thread())

    @property
    def window(self):
        """The main window, found anew."""
        windows = QApplication.topLevelWidgets()
        return next(w for w in windows if w.objectName() == self._name)

    @property
    def canvas(self):
        """The map."""
        return self.window.centralWidget()

    @property
    def toolbar(self):
        """The plugins' toolbar."""
        return self.window.findChild(QToolBar)

    @property
    def menu(self):
        """The plugin's menu."""
        return self.window.findChild(QMenu)

    def layerTreeView(self):
        return self.window.findChild(QgsLayerTreeView)

    def mainWindow(self):
        return self.window

    def mapCanvas(self):
        return self.canvas

    def addToolBarIcon(self, action):
        self.toolbar.addAction(action)

    def removeToolBarIcon(self, action):
        self.toolbar.removeAction(action)

    def addPluginToRasterMenu(self, name, action):
        self.menu.addAction(action)

    def removePluginRasterMenu(self, name, action):
        self.menu.removeAction(action)

    def addTabifiedDockWidget(self, area, dock, names=(), raise_tab=False):
        self.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock):
        self.window.removeDockWidget(dock)
