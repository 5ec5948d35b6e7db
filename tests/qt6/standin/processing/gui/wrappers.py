"""What QGIS shows a parameter by in its dialogs."""

from typing import Any

from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget


class WidgetWrapper(QObject):
    widgetValueHasChanged = pyqtSignal(object)

    def __init__(self, parameter: Any, dialog: Any, *place: Any):
        super().__init__()
        self._parameter = parameter
        self.widget: Any = self.createWidget()

    def parameterDefinition(self) -> Any:
        return self._parameter

    def createWidget(self) -> QWidget:
        raise NotImplementedError
