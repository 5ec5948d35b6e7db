"""``qgis.core`` as far as building widgets and running tasks asks."""

import enum
import threading
from typing import Any, ClassVar

from .PyQt.QtCore import QObject, QSize, pyqtSignal
from .PyQt.QtGui import QIcon, QStandardItemModel
from .PyQt.QtNetwork import QNetworkProxy
from .PyQt.QtWidgets import QApplication

NULL = None


class _Permissive(type):
    def __getattr__(cls, name: str) -> Any:
        return _answer(name)


class Anything(metaclass=_Permissive):
    """Takes every call and has every attribute; empty, false, and of no meaning."""

    def __init__(self, *args: Any, **values: Any):
        pass

    def __getattr__(self, name: str) -> Any:
        return _answer(name)

    def __call__(self, *args: Any, **values: Any) -> Any:
        return Anything()

    def __or__(self, other: Any) -> Any:
        return self

    def __iter__(self) -> Any:
        return iter(())

    def __bool__(self) -> bool:
        return False


def _answer(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Anything()


def __getattr__(name: str) -> Any:
    """Make the classes that are not below."""
    if not name.startswith("Qgs"):
        raise AttributeError(name)
    return globals().setdefault(name, type(name, (Anything,), {}))


class Qgis(Anything):
    QGIS_VERSION, QGIS_VERSION_INT = "4.0.0-standin", 40000


class QgsCsException(Exception):
    pass


class QgsProcessingException(Exception):
    pass


class QgsPointXY:
    def __init__(self, x: Any, y: float = 0.0):
        self._xy = (x.x(), x.y()) if isinstance(x, QgsPointXY) else (x, y)

    def x(self) -> float:
        return self._xy[0]

    def y(self) -> float:
        return self._xy[1]


class QgsCoordinateReferenceSystem(Anything):
    def authid(self) -> str:
        return ""

    def isValid(self) -> bool:
        return False


class QgsMapToPixel(Anything):
    def toMapCoordinates(self, x: float, y: float) -> QgsPointXY:
        return QgsPointXY(x, y)


class QgsMapSettings(Anything):
    def outputSize(self) -> QSize:
        return QSize(400, 300)

    def destinationCrs(self) -> QgsCoordinateReferenceSystem:
        return QgsCoordinateReferenceSystem()

    def mapToPixel(self) -> QgsMapToPixel:
        return QgsMapToPixel()


class QgsSettings:
    store: ClassVar[dict[str, Any]] = {}

    def value(self, key: str, default: Any = None, type: Any = None) -> Any:
        return self.store.get(key, default)

    def setValue(self, key: str, value: Any) -> None:
        self.store[key] = value

    def remove(self, key: str) -> None:
        self.store.pop(key, None)


class QgsNetworkAccessManager:
    _proxy = QNetworkProxy()

    @classmethod
    def instance(cls) -> "QgsNetworkAccessManager":
        return cls()

    def setFallbackProxyAndExcludes(self, proxy: Any, *lists: Any) -> None:
        type(self)._proxy = proxy

    def fallbackProxy(self) -> QNetworkProxy:
        return self._proxy

    def excludeList(self) -> list[str]:
        return []

    noProxyList = excludeList


class QgsProject(QObject):
    readProject = pyqtSignal()
    cleared = pyqtSignal()
    layersWillBeRemoved = pyqtSignal(list)
    _one: Any = None

    @classmethod
    def instance(cls) -> "QgsProject":
        cls._one = cls._one or cls()
        return cls._one

    def mapLayers(self) -> dict[str, Any]:
        return {}

    def mapLayer(self, layer_id: str) -> Any:
        return None

    def absolutePath(self) -> str:
        return ""

    def readEntry(self, scope: str, key: str, default: str = "") -> tuple[str, bool]:
        return default, True

    def clear(self) -> None:
        self.cleared.emit()

    def layerTreeRoot(self) -> Any:
        return Anything()

    def __getattr__(self, name: str) -> Any:
        return _answer(name)

    def transformContext(self) -> Any:
        return Anything()


class QgsLayerTreeModel(QStandardItemModel):
    """Empty, and of Qt's own kind, so that views take it."""

    def __init__(self, root: Any, parent: QObject):
        super().__init__(parent)


class QgsTask(QObject):
    Flag = enum.Flag("Flag", "CanCancel Hidden Silent")
    TaskStatus = enum.Enum("TaskStatus", "Queued OnHold Running Complete Terminated")
    progressChanged = pyqtSignal(float)

    def __init__(self, description: str = "", flags: Any = None):
        super().__init__()
        self._cancelled = False
        self._status = self.TaskStatus.Queued
        self._description = description

    def status(self) -> Any:
        return self._status

    def description(self) -> str:
        return self._description

    def setDescription(self, text: str) -> None:
        self._description = text

    def cancel(self) -> None:
        self._cancelled = True

    def isCanceled(self) -> bool:
        return self._cancelled

    def setProgress(self, percent: float) -> None:
        self.progressChanged.emit(percent)

    def setDependentLayers(self, layers: list[Any]) -> None:
        pass


class QgsTaskManager(QObject):
    _ended = pyqtSignal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self._ended.connect(lambda task, good: task.finished(good))

    def addTask(self, task: Any) -> None:
        def work() -> None:
            task._status = task.TaskStatus.Running
            self._ended.emit(task, task.run())

        threading.Thread(target=work).start()


class QgsApplication(QApplication):
    _tasks: Any = None

    def __init__(self, words: list[str], *others: Any):
        super().__init__(words)

    def initQgis(self) -> None:
        pass

    @classmethod
    def taskManager(cls) -> QgsTaskManager:
        cls._tasks = cls._tasks or QgsTaskManager()
        return cls._tasks

    @staticmethod
    def processingRegistry() -> Any:
        return Anything()

    @staticmethod
    def getThemeIcon(name: str) -> QIcon:
        return QIcon()
