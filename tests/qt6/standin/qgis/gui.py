"""``qgis.gui``: base classes are Qt's own, so that layouts and painting are real."""

import enum
from typing import Any

from .core import Anything, QgsMapSettings, QgsPointXY
from .PyQt.QtCore import QObject, QPointF, QRectF, pyqtSignal
from .PyQt.QtGui import QColor, QCursor, QMouseEvent
from .PyQt.QtWidgets import (
    QComboBox,
    QDockWidget,
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QTreeView,
    QWidget,
)

QgsMapMouseEvent = QMouseEvent


class _Owned:
    """For widgets that the plugin uses and does not extend: QGIS's methods for all."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


#: QGIS's own have their methods in C++, whatever Python forgets.
_KEPT: list[Any] = []


class QgsMapCanvas(_Owned, QGraphicsView):
    extentsChanged = pyqtSignal()
    destinationCrsChanged = pyqtSignal()
    mapToolSet = pyqtSignal(object, object)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self._tool: Any = None
        _KEPT.append(self)

    def mapTool(self) -> Any:
        return self._tool

    def setMapTool(self, tool: Any) -> None:
        if tool is not self._tool:
            before = self._tool
            if before is not None:
                before.deactivate()
            self._tool = tool
            tool.activate()
            self.mapToolSet.emit(tool, before)

    def unsetMapTool(self, tool: Any) -> None:
        if tool is not None and tool is self._tool:
            self._tool = None
            tool.deactivate()
            self.mapToolSet.emit(None, tool)

    def mapSettings(self) -> QgsMapSettings:
        return QgsMapSettings()

    def canvasColor(self) -> QColor:
        return QColor("#ffffff")


class QgsMapCanvasItem(QGraphicsItem):
    def __init__(self, canvas: QgsMapCanvas):
        super().__init__()
        canvas.scene().addItem(self)

    def toCanvasCoordinates(self, point: QgsPointXY) -> QPointF:
        return QPointF(point.x(), point.y())


class QgsRubberBand(QgsMapCanvasItem):
    def __init__(self, canvas: QgsMapCanvas, kind: Any = None):
        super().__init__(canvas)

    def boundingRect(self) -> QRectF:
        return QRectF()

    def setStrokeColor(self, colour: QColor) -> None: ...

    def setFillColor(self, colour: QColor) -> None: ...

    def setWidth(self, width: int) -> None: ...

    def setToGeometry(self, shape: Any) -> None: ...


class QgsMapTool(QObject):
    activated = pyqtSignal()
    deactivated = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas):
        super().__init__(canvas)
        self._map, self._cursor = canvas, QCursor()

    def canvas(self) -> QgsMapCanvas:
        return self._map

    def setCursor(self, cursor: Any) -> None:
        self._cursor = QCursor(cursor)

    def cursor(self) -> QCursor:
        return self._cursor

    def activate(self) -> None:
        self.activated.emit()

    def deactivate(self) -> None:
        self.deactivated.emit()

    def toMapCoordinates(self, place: Any) -> QgsPointXY:
        return QgsPointXY(place.x(), place.y())


class QgsMapToolPan(QgsMapTool): ...


class QgsMapToolZoom(QgsMapTool): ...


class QgsMapToolExtent(QgsMapTool):
    extentChanged = pyqtSignal(object)

    def clearRubberBand(self) -> None:
        pass


class QgsDockWidget(QDockWidget):
    def setUserVisible(self, visible: bool) -> None:
        self.setVisible(visible)

    def isUserVisible(self) -> bool:
        return self.isVisible()


class QgsCollapsibleGroupBox(QGroupBox):
    _collapsed = False

    def setCollapsed(self, collapsed: bool) -> None:
        self._collapsed = collapsed

    def isCollapsed(self) -> bool:
        return self._collapsed


class QgsFileWidget(QWidget):
    StorageMode = enum.Enum("StorageMode", "GetFile GetDirectory")
    fileChanged = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._line = QLineEdit()
        self._line.textChanged.connect(self.fileChanged)
        QHBoxLayout(self).addWidget(self._line)

    def lineEdit(self) -> QLineEdit:
        return self._line

    def filePath(self) -> str:
        return self._line.text()

    def setFilePath(self, path: str) -> None:
        self._line.setText(path)

    def setStorageMode(self, mode: Any) -> None:
        self.StorageMode(mode)


class QgsMapLayerComboBox(_Owned, QComboBox):
    layerChanged = pyqtSignal(object)

    def currentLayer(self) -> Any:
        return None

    def setLayer(self, layer: Any) -> None:
        pass


class QgsRasterBandComboBox(_Owned, QComboBox):
    bandChanged = pyqtSignal(int)

    def setShowNotSetOption(self, show: bool, text: str) -> None:
        self.addItem(text)

    def setLayer(self, layer: Any) -> None:
        pass

    def currentBand(self) -> int:
        return -1


class QgsLayerTreeView(_Owned, QTreeView):
    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        _KEPT.append(self)

    def selectedLayers(self) -> list[Any]:
        return []


class QgsGui(_Owned):
    @staticmethod
    def processingGuiRegistry() -> Any:
        return Anything()
